r"""`.secretscanignore`: what the people of a repository have decided to live with.

One entry a line:

    key: <32 to 128 hex digits>          the key of this repository's fingerprints (at most once)
    v1:<32 hex digits>                   a secret, wherever it stands
    [commit:]file:rule:line              a position, as in `.gitleaksignore`; it hides whatever stands there later
    vendor/**, *.snap, !keep.snap        paths, as in `.gitignore`; inside archives too (`a.zip!b` also counts as `a.zip/b`)

After an entry may follow `# a reason` and `# until YYYY-MM-DD`, the last day on which it counts. A pattern that begins with `#` or
holds ` #` escapes it: `\#`. The file is read only if it is a regular file of at most 1 MiB; a link is refused, because a hostile
repository once linked it to /dev/random.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from secretscan.errors import ConfigError
from secretscan.redaction import printable

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

MAX_BYTES = 1 << 20
_BATCH = 256  # patterns that RE2 matches at once within its memory
_KEY = re.compile(r"key:\s*((?:[0-9a-fA-F]{2}){16,64})")
_FINGERPRINT = re.compile(r"v1:[0-9a-f]{32}")
_POSITION = re.compile(r"(?:([0-9a-f]{7,64}):)?([^:].*):([^:\s]+):([0-9]{1,12})")
_REMARK = re.compile(r"(?<!\\)\s#|^#")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line that ignores something. `number` counts from 1; `text` is the line without its remarks."""

    number: int
    text: str


class IgnoreFile:
    """The entries of one file, and which of them were of use. Safe to ask from several threads."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.key: bytes | None = None
        self._fingerprints: dict[str, list[Entry]] = {}
        self._positions: dict[tuple[str, int], list[tuple[str, str, Entry]]] = {}
        self._patterns: list[Entry] = []
        self._expired: list[tuple[Entry, date]] = []
        self._used: set[Entry] = set()
        self._specs: list[tuple[int, GitIgnoreSpec]] = []

    def ignores_path(self, path: bytes) -> bool:
        """Whether a pattern takes `path` (relative to the file's folder, `/` separated) out. The last pattern that matches decides."""
        ways = [path, path.replace(b"!", b"/")] if b"!" in path else [path]
        return any(self._takes_out(_matchable(way)) for way in ways)

    def _takes_out(self, name: str) -> bool:
        for first, spec in reversed(self._specs):
            found = spec.check_file(name)
            if found.index is not None:
                self._used.add(self._patterns[first + found.index])
                return bool(found.include)
        return False

    def suppresses(self, rule: str, fingerprint: str, path: bytes, line: int, commit: str | None) -> str | None:
        """What hides this place of a finding, as a name to count under (`.secretscanignore: fingerprint`), or None."""
        entries = self._fingerprints.get(fingerprint)
        if entries:
            self._used.update(entries)
            return f"{self.name}: fingerprint"
        for file, at_commit, entry in self._positions.get((rule, line), ()):
            if at_commit and not (commit or "").startswith(at_commit):
                continue
            here = path.decode("utf-8", "surrogateescape")
            if file in (here, printable(path)) or file.replace("\\", "/") == here:  # as it is, as reports print it, as Windows writes it
                self._used.add(entry)
                return f"{self.name}: position"
        if self.ignores_path(path):
            return f"{self.name}: path"
        return None

    def unused(self) -> list[str]:
        """Entries that hid nothing, in the order of the file, as `name:line: entry`. Expired ones are not among them."""
        entries = [*self._patterns]
        for same in self._fingerprints.values():
            entries += same
        for placed in self._positions.values():
            entries += [entry for _, _, entry in placed]
        return [self._say(entry) for entry in sorted(entries, key=lambda entry: entry.number) if entry not in self._used]

    def expired(self) -> list[str]:
        """Entries past their last day; they hide nothing any more."""
        return [f"{self._say(entry)} (expired on {day.isoformat()})" for entry, day in self._expired]

    def _say(self, entry: Entry) -> str:
        return f"{self.name}:{entry.number}: {printable(entry.text)}"

    def _add(self, number: int, text: str) -> None:
        entry = Entry(number, text)
        if text.startswith("key:"):
            found = _KEY.fullmatch(text)
            if found is None or self.key is not None:
                raise self._error(number, "a second key" if found else "a key is 32 to 128 hex digits")
            self.key = bytes.fromhex(found[1])
        elif re.match(r"v\d+:", text):
            if not _FINGERPRINT.fullmatch(text):
                raise self._error(number, "a fingerprint is v1: and 32 hex digits in lower case")
            self._fingerprints.setdefault(text, []).append(entry)
        elif found := _POSITION.fullmatch(text):
            commit, file, rule, line = found.groups()
            self._positions.setdefault((rule, int(line)), []).append((file.removeprefix("./"), commit or "", entry))
        else:
            self._patterns.append(entry)

    def _error(self, number: int, what: str) -> ConfigError:
        return ConfigError(f"{self.name}:{number}: {what}")

    def _compile(self) -> None:
        for first in range(0, len(self._patterns), _BATCH):
            self._compile_batch(first, self._patterns[first : first + _BATCH])

    def _compile_batch(self, first: int, entries: list[Entry]) -> None:
        """Compile patterns, in halves where they are too much together, until a bad one stands alone."""
        spec = _spec([entry.text for entry in entries])
        if spec is not None:
            self._specs.append((first, spec))
        elif len(entries) == 1:
            raise self._error(entries[0].number, "not a path pattern that git would take")
        else:
            half = len(entries) // 2
            self._compile_batch(first, entries[:half])
            self._compile_batch(first + half, entries[half:])


def load(path: str | os.PathLike[str], *, today: date | None = None, missing_ok: bool = False) -> IgnoreFile:
    """Read an ignore file. With `missing_ok` a file that is not there is an empty one.

    ConfigError names the file, the line and what is wrong, never what stands there: people paste secrets into wrong files.
    """
    name = printable(os.fsencode(Path(path).name))
    try:
        data = _read(path, name)
    except FileNotFoundError:
        if missing_ok:
            return IgnoreFile(name)
        raise ConfigError(f"{printable(os.fsencode(path))}: no such ignore file") from None
    except OSError as error:
        raise ConfigError(f"{printable(os.fsencode(path))}: the ignore file cannot be read: {error.strerror}") from None
    return parse(data, name, today=today)


def parse(data: bytes, name: str = ".secretscanignore", *, today: date | None = None) -> IgnoreFile:
    """An ignore file's content, for one that does not lie in a work tree. `name` is what messages call it."""
    today = today or date.today()
    ignores = IgnoreFile(name)
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if b"\0" in line:
            raise ignores._error(number, "a NUL byte; this is no text file")
        text, *remarks = _REMARK.split(line.rstrip(b"\r").decode("utf-8", "surrogateescape"))
        text = text.strip()
        if not text:
            continue
        until = _until(ignores, number, remarks)
        if until is None or until >= today:
            ignores._add(number, text)
        else:
            ignores._expired.append((Entry(number, text), until))
    ignores._compile()
    return ignores


def _until(ignores: IgnoreFile, number: int, remarks: list[str]) -> date | None:
    for remark in remarks:
        words = remark.split()
        if words[:1] == ["until"]:
            try:
                return date.fromisoformat(words[1] if len(words) == 2 and len(words[1]) == 10 else "no date")
            except ValueError:
                raise ignores._error(number, "after `# until` comes one day as YYYY-MM-DD") from None
    return None


def _read(path: str | os.PathLike[str], name: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb", buffering=0) as file:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode):
            raise ConfigError(f"{name}: an ignore file must be a regular file")
        data = bytearray()
        while chunk := file.read(MAX_BYTES + 1 - len(data)):
            data += chunk
            if len(data) > MAX_BYTES:
                raise ConfigError(f"{name}: an ignore file may have at most 1 MiB")
        return bytes(data)


def _spec(lines: list[str]) -> GitIgnoreSpec | None:
    """The patterns as one; None if one is bad or they are too large together. RE2 keeps a hostile pattern from hanging the scan."""
    import warnings

    import re2
    from pathspec import GitIgnoreSpec

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a class like [[:alpha:]] makes `re` talk to the developer of pathspec
        try:
            return GitIgnoreSpec.from_lines([_matchable(line.encode("utf-8", "surrogateescape")) for line in lines], backend="re2")
        except (ValueError, re.error, re2.error):
            return None


def _matchable(name: bytes) -> str:
    """A name as text that RE2 takes: bytes that are no UTF-8 go to private characters, in patterns and names alike."""
    text = name.decode("utf-8", "surrogateescape")
    return text if text.isascii() else text.translate(_PRIVATE)


_PRIVATE = {0xDC00 + byte: 0xF700 + byte for byte in range(0x80, 0x100)}
