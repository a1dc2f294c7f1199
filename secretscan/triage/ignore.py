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
from typing import TYPE_CHECKING, NamedTuple

from secretscan import lazy_re
from secretscan.errors import ConfigError
from secretscan.paths import BadPattern, PathPatterns
from secretscan.redaction import printable

if TYPE_CHECKING:
    from datetime import date

MAX_BYTES = 1 << 20
_KEY = lazy_re.compile(r"key:\s*((?:[0-9a-fA-F]{2}){16,64})")
_FINGERPRINT = lazy_re.compile(r"v1:[0-9a-f]{32}")
_POSITION = lazy_re.compile(r"(?:([0-9a-f]{7,64}):)?([^:].*):([^:\s]+):([0-9]{1,12})")
_REMARK = lazy_re.compile(r"(?<!\\)\s#|^#")


class Entry(NamedTuple):
    """One line that ignores something. `number` counts from 1; `text` is the line without its remarks.

    `said` is what messages call it. A fingerprint is quoted; anything else may be what somebody pasted into the wrong file.
    """

    number: int
    text: str
    said: str


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
        self._paths = PathPatterns(())

    def ignores_path(self, path: bytes) -> bool:
        """Whether a pattern takes `path` (relative to the file's folder, `/` separated) out. The last pattern that matches decides."""
        ways = [path, path.replace(b"!", b"/")] if b"!" in path else [path]
        return any(self._takes_out(way) for way in ways)

    def _takes_out(self, path: bytes) -> bool:
        found = self._paths.decide(path)
        if found is None:
            return False
        self._used.add(self._patterns[found[0]])
        return found[1]

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
        """Entries that hid nothing, in the order of the file, as `name:line: what`. Expired ones are not among them."""
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
        return f"{self.name}:{entry.number}: {entry.said}"

    def _add(self, number: int, text: str) -> None:
        entry = _entry(number, text)
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
        try:
            self._paths = PathPatterns([entry.text for entry in self._patterns])
        except BadPattern as bad:
            raise self._error(self._patterns[bad.number].number, "not a path pattern that git would take") from None


def _entry(number: int, text: str) -> Entry:
    said = text if _FINGERPRINT.fullmatch(text) else "a position" if _POSITION.fullmatch(text) else "a path pattern"
    return Entry(number, text, said)


def load(path: str | os.PathLike[str], *, today: date | None = None, missing_ok: bool = False) -> IgnoreFile:
    """Read an ignore file. With `missing_ok` a file that is not there is an empty one.

    ConfigError names the file, the line and what is wrong, never what stands there: people paste secrets into wrong files.
    """
    name = printable(os.fsencode(os.path.basename(path)))
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
    from datetime import date

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
            ignores._expired.append((_entry(number, text), until))
    ignores._compile()
    return ignores


def _until(ignores: IgnoreFile, number: int, remarks: list[str]) -> date | None:
    from datetime import date

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
