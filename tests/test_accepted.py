"""`--allow-incomplete`: what it makes complete, and what it never does."""

from __future__ import annotations

from secretscan.cli.run import accepted
from secretscan.config import Settings
from secretscan.model import Coverage, Reason


def made_complete(*allowed: Reason, scanned: int = 1, empty_is_clean: bool = False, **skipped: int) -> bool:
    reasons = {Reason[name]: count for name, count in skipped.items()}
    unread = any(reason.skip_class.name == "UNREAD" for reason in reasons)
    coverage = Coverage(scanned, scanned, 0, bool(scanned) and not unread, reasons, {})
    return accepted(coverage, Settings(allow_incomplete=frozenset(allowed)), empty_is_clean).complete


def test_every_reason_must_be_accepted() -> None:
    assert made_complete(Reason.CORRUPT, CORRUPT=3)
    assert made_complete(Reason.CORRUPT, Reason.SHALLOW, CORRUPT=3, SHALLOW=1)
    assert not made_complete(Reason.CORRUPT, CORRUPT=3, SHALLOW=1)
    assert not made_complete(CORRUPT=1)


def test_what_needs_no_acceptance_does_not_stand_in_the_way() -> None:
    assert made_complete(Reason.CORRUPT, CORRUPT=1, SYMLINK=4, EXCLUDED=2, UNPARSED=1)
    assert made_complete(SYMLINK=4)


def test_nothing_read_at_all_is_never_accepted() -> None:
    assert not made_complete(Reason.CORRUPT, scanned=0, CORRUPT=1)
    assert not made_complete(Reason.MISSING, scanned=0, MISSING=1)
    assert not made_complete(*Reason, scanned=0)


def test_a_staged_set_need_not_hold_anything_that_can_be_read() -> None:
    assert made_complete(Reason.MISSING, scanned=0, empty_is_clean=True, MISSING=1)
    assert not made_complete(Reason.CORRUPT, scanned=0, empty_is_clean=True, MISSING=1)
