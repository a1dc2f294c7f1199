"""Two readings of the same bytes: which of them speaks. A view's silences; a secret as it is written and with its escapes undone."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from secretscan.hits import Spanned, matches
from secretscan.judge import Match
from secretscan.model import SEEN, Confidence, Silence


def is_silent(match: Match, silences: Sequence[Silence]) -> bool:
    """Whether a stretch that speaks of something else holds the match. What a view shows decoded is matched there; a sealed value or a
    reference silences guesses only: a provider's own token is one wherever it stands."""
    at = bisect_right(silences, match.start, key=lambda silence: silence.start) - 1
    if at < 0 or match.end > silences[at].end:
        return False
    return (
        silences[at].why.startswith(SEEN) or match.rule.family == "generic" or match.rule.silent or match.rule.confidence < Confidence.HIGH
    )


def add_shown(shown: Sequence[Spanned], raw: Sequence[Match], silences: Sequence[Silence]) -> list[Spanned]:
    """What a stretch shown decoded adds to a text: not what the text says itself, in the same bytes or more, and nothing silenced."""
    kept = []
    for spans, hit in shown:
        own = matches(hit)
        if any(is_silent(match._replace(start=one.start, end=one.end), silences) for match, one in zip(own, spans, strict=True)):
            continue
        if len(own) == 1 and spans[0].exact and any(match.start <= spans[0].start and spans[0].end <= match.end for match in raw):
            continue
        kept.append((spans, hit))
    return kept


def said_better(match: Match, shown: Sequence[Spanned]) -> bool:
    """Whether a match is a decoded secret as it is written: it begins with it and ends within, is the same rule's, or is a guess."""
    return any(
        not one.exact
        and match.start < one.end
        and one.start < match.end
        and (
            match.rule.id == other.rule.id
            or (one.start == match.start and match.end <= one.end)
            or (one.start <= match.start and (match.rule.silent or match.rule.family == "generic"))
        )
        for spans, hit in shown
        for one, other in zip(spans, matches(hit), strict=True)
    )
