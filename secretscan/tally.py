"""What was read and what was not, counted while a scan runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from secretscan.config import Settings
from secretscan.model import Coverage, Reason, SkipClass, Skipped, Source

_SHOWN_UNREAD = 1000  # skips of a class kept by name; beyond that they are only counted


class Tally:
    """Coverage, growing. `scanned` counts contents, `bytes` theirs; `allowed` are exposures allowed by a comment."""

    def __init__(self) -> None:
        self.scanned = 0
        self.bytes = 0
        self.allowed = 0
        self._skipped: Counter[Reason] = Counter()
        self._suppressed: Counter[str] = Counter()
        self._named: Counter[SkipClass] = Counter()
        self._unread: list[Skipped] = []
        self._notes: list[str] = []

    def skip(self, skipped: Skipped) -> None:
        """Count a skip, and keep its name as long as there is room."""
        self._skipped[skipped.reason] += 1
        kind = skipped.reason.skip_class
        if kind in (SkipClass.UNREAD, SkipClass.FALLBACK) and self._named[kind] < _SHOWN_UNREAD:
            self._named[kind] += 1
            self._unread.append(skipped)

    def suppress(self, by: str, count: int = 1) -> None:
        """Count what is left out by a choice of the user; `by` names it in the report."""
        if count:
            self._suppressed[by] += count

    def note(self, text: str) -> None:
        """Keep a line for the report, once."""
        if text not in self._notes:
            self._notes.append(text)

    def coverage(self, sources: Sequence[Source], settings: Settings) -> Coverage:
        """What came of it all. Incomplete if anything was unread, or there was nothing to scan where something was expected."""
        read_otherwise = (SkipClass.FALLBACK,)
        seen = self.scanned + sum(count for reason, count in self._skipped.items() if reason.skip_class not in read_otherwise)
        unread = any(reason.skip_class is SkipClass.UNREAD for reason in self._skipped)
        nothing = self.scanned == 0 and not all(source.empty_is_clean for source in sources)
        if self.scanned == 0:
            self.note("nothing to scan" if nothing else "nothing to scan: no content was added or changed")
        return Coverage(
            seen=seen,
            scanned=self.scanned,
            bytes=self.bytes,
            complete=not unread and not nothing,
            skipped=dict(sorted(self._skipped.items(), key=lambda item: item[0].label)),
            suppressed=dict(sorted(self._suppressed.items())),
            unread=tuple(sorted(self._unread, key=lambda skipped: (skipped.reason.label, skipped.origin[:3], skipped.detail))),
            notes=(*settings.notes, *settings.from_target, *self._notes),
        )
