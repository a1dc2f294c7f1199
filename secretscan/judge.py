"""What a hit means. The core says where a rule might match; here its regex confirms, and entropy, checksums, allowlists and
inline allows decide. Everything is judged within one text; what depends on a place (paths, commits) is left to the ledger."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from secretscan._core import Refusals, entropy
from secretscan.checksums import Around, Verdict, load_within
from secretscan.model import REACH, Secret
from secretscan.rules import Allowlist, Pair, Required, Rule, RuleSet
from secretscan.shapes import Shape

_LINE_CAP = 4096  # bytes either side of a match that count as its line: a minified file is one line of megabytes
_NEIGHBOURS = 8  # first halves looked at on either side of a second: bounds a file made of nothing but halves


class InlineAllow(NamedTuple):
    """How comments allow what stands beside them: `read(line, line before)` names the comment. A text without any of `words` has none."""

    words: tuple[bytes, ...]
    read: Callable[[bytes, bytes], str | None]


class Match(NamedTuple):
    """One confirmed occurrence in one text. Offsets are the text's; `start:end` is the secret, `outer` the whole match.

    `at_place` are the allowlists that only a path or commit can decide, `behind` the rules that say more of these bytes wherever
    their path holds. `allowed` names the inline comment that allows it.
    """

    rule: Rule
    secret: Secret
    start: int
    end: int
    outer: tuple[int, int]
    entropy: float = 0.0
    verdict: Verdict | None = None
    at_place: tuple[Allowlist, ...] = ()
    allowed: str | None = None
    behind: tuple[Rule, ...] = ()


class PairMatch(NamedTuple):
    """Two halves that belong together."""

    pair: Pair
    first: Match
    second: Match


def windows(positions: Iterable[int], shape: Shape, size: int) -> Iterator[tuple[int, int]]:
    """Stretches that hold every match near the given positions, merged where they meet."""
    before, after = bounds(shape)
    low = high = -1
    for position in positions:
        if high < 0:
            low = max(0, position - before)
        elif position - before > high:
            yield low, high
            low = max(0, position - before)
        high = min(size, position + after)
    if high >= 0:
        yield low, high


def bounds(shape: Shape) -> tuple[int, int]:
    """How far before a literal a match may begin, and behind it end, as far as is looked."""
    before = min(shape.before if shape.before >= 0 else REACH, REACH)
    return before, min(shape.after if shape.after >= 0 else REACH, REACH)


def confirm(rule: Rule, text: bytes, stretches: Iterable[tuple[int, int]]) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """(whole match, secret) spans of a rule. The search goes on behind the secret, not behind the match, so that a delimiter can
    end one and begin the next."""
    for low, high in stretches:
        at = low
        while at <= high:
            found = rule.search(text, at, high)
            if found is None:
                break
            group = rule.group_of(found)
            start, end = found.span(group)
            yield found.span(), (start, end)
            at = max(end, at + 1)


def locate(rule: Rule, text: bytes, positions: list[int]) -> Iterable[tuple[tuple[int, int], tuple[int, int]]]:
    """As `confirm` in the windows around the positions of the rule's checks, which ascend; by the core where it can (18 times faster)."""
    program = rule.program if rule.near is None else None  # near a keyword a match may begin behind it
    if program is not None:
        before, after = bounds(rule.shape)
        found = program.confirm(text, positions, before, after, rule.secret_group)
        if found is not None:
            return [((start, end), (secret_start, secret_end)) for start, end, secret_start, secret_end in found]
    return confirm(rule, text, windows(positions, rule.shape, len(text)))


def judge(
    rule: Rule,
    ruleset: RuleSet,
    text: bytes,
    outer: tuple[int, int],
    span: tuple[int, int],
    refusals: Refusals | None = None,
    owner: int = 0,
) -> Match | None:
    """None if the match is no finding, whatever the place. `refusals` remember what was none, under the rule's number."""
    start, end = span
    if start == end:
        return None
    whole, at = text[outer[0] : outer[1]], start - outer[0]
    if refusals is not None and refusals.holds(owner, whole, at):
        return None
    secret = Secret(text[start:end])
    around = Around(text, outer[0], start, end)
    lists = [found for found in (*rule.allowlists, *ruleset.allowlists) if not found.target_rules or rule.id in found.target_rules]
    by_line = any(allowlist.regex_target == "line" for allowlist in lists)
    match = _weigh(rule, lists, secret, around, outer, line_of(text, *outer) if by_line else b"")
    if match is None and refusals is not None and not by_line and not around.looked:
        refusals.add(owner, whole, at)
    return match


def _weigh(rule: Rule, lists: Sequence[Allowlist], secret: Secret, around: Around, outer: tuple[int, int], line: bytes) -> Match | None:
    measured = entropy(secret)
    if rule.entropy and measured < rule.entropy:
        return None
    at_place: list[Allowlist] = []
    for allowlist in lists:
        said = allowlist.content_verdict(secret, around.text[outer[0] : outer[1]], line)
        if said:
            return None
        if said is None:
            at_place.append(allowlist)
    verdict = load_within(rule.checksum)(secret, around) if rule.checksum else None
    if verdict is not None and verdict.drop:
        return None
    return Match(rule, secret, around.start, around.end, outer, measured, verdict, tuple(at_place))


def line_of(text: bytes, start: int, end: int) -> bytes:
    """The lines that a span touches, at most _LINE_CAP bytes of them on either side."""
    low = max(0, start - _LINE_CAP)
    high = min(len(text), end + _LINE_CAP)
    first = text.rfind(b"\n", low, start) + 1 or low
    last = text.find(b"\n", end, high)
    return text[first : last if last >= 0 else high]


def line_before(text: bytes, start: int) -> bytes:
    """The line above the one that holds `start`; empty on the first."""
    end = text.rfind(b"\n", max(0, start - _LINE_CAP), start)
    if end < 0:
        return b""
    return text[max(text.rfind(b"\n", max(0, end - _LINE_CAP), end) + 1, end - _LINE_CAP, 0) : end]


def rank(match: Match) -> tuple[bool, bool, int, int, int]:
    """Which of two matches on the same bytes says more: a finding over a silent part, a provider over the generic, then the surer."""
    return (
        not match.rule.silent,
        "generic" not in match.rule.tags and match.rule.family != "generic",
        match.rule.confidence,
        match.rule.severity,
        match.end - match.start,
    )


def settle(matches: Iterable[Match]) -> list[Match]:
    """One match for each stretch of secret: of those that overlap the best stays, and another provider's that names other bytes."""
    kept: list[Match] = []
    cluster: list[Match] = []
    reach = -1
    for match in sorted(matches, key=lambda match: (match.start, match.end, match.rule.id)):
        if match.start >= reach and cluster:
            kept += _best(cluster)
            cluster = []
        cluster.append(match)
        reach = max(reach, match.end)
    return kept + _best(cluster)


def _best(cluster: list[Match]) -> list[Match]:
    if len(cluster) == 1:
        return cluster
    kept: list[Match] = []
    for match in sorted(cluster, key=lambda match: (*(-int(part) for part in rank(match)), match.start, match.rule.id)):
        strong = rank(match)[:2] == (True, True)
        better = [
            other
            for other in kept
            if match.start < other.end and other.start < match.end and not (strong and (other.start, other.end) != (match.start, match.end))
        ]
        # A rule of certain paths takes nothing away elsewhere: there the next best stands in its place.
        if all(other.rule.path is not None for other in better):
            kept.append(match._replace(behind=tuple(other.rule for other in better)) if better else match)
    return sorted(kept, key=lambda match: (match.start, match.end))


def require(matches: list[Match], line_number: Callable[[int], int]) -> list[Match]:
    """Only those whose rule's `required` rules match near enough in the same text (the schema's composite rules)."""
    if not any(match.rule.required for match in matches):
        return matches
    starts: dict[str, list[int]] = {}
    for match in sorted(matches, key=lambda match: match.start):
        starts.setdefault(match.rule.id, []).append(match.start)

    def near(start: int, need: Required) -> bool:
        others = starts.get(need.id, [])
        at = bisect(others, start)
        for other in others[max(0, at - 1) : at + 1]:
            lines = need.within_lines is None or abs(line_number(other) - line_number(start)) <= need.within_lines
            if lines and (need.within_columns is None or abs(other - start) <= need.within_columns):
                return True
        return False

    return [match for match in matches if all(near(match.start, need) for need in match.rule.required)]


def join_halves(matches: Sequence[Match], pairs: Iterable[Pair], line_number: Callable[[int], int]) -> tuple[list[PairMatch], list[Match]]:
    """Pairs within a text, and the matches that stay alone. The better kind of half first, then the nearest; each half joins once."""
    joined: list[PairMatch] = []
    used: set[int] = set()
    for pair in pairs:
        order = {rule: place for side in pair.parts for place, rule in enumerate(side)}
        firsts = sorted((match for match in matches if match.rule.id in pair.parts[0] and not match.allowed), key=lambda match: match.start)
        seconds = [match for match in matches if match.rule.id in pair.parts[1] and not match.allowed]
        if len(firsts) == len(seconds) > 1 and firsts[-1].start < min(second.start for second in seconds):
            # All ids, then all secrets: they are told apart by their order, not by how near they are.
            pairs_in_order = list(zip(firsts, sorted(seconds, key=lambda match: match.start), strict=True))
            if all(abs(line_number(first.start) - line_number(second.start)) <= pair.within_lines for first, second in pairs_in_order):
                joined += [PairMatch(pair, first, second) for first, second in pairs_in_order]
                used |= {id(match) for both in pairs_in_order for match in both}
                continue
        starts = [first.start for first in firsts]
        options: list[tuple[int, int, bool, Match, Match]] = []
        for second in seconds:
            at = bisect(starts, second.start)
            for first in firsts[max(0, at - _NEIGHBOURS) : at + _NEIGHBOURS]:
                distance = abs(first.start - second.start)
                apart = distance <= REACH and (first.end <= second.start or second.end <= first.start)
                if apart and abs(line_number(first.start) - line_number(second.start)) <= pair.within_lines:
                    options.append((order[second.rule.id], distance, second.start < first.start, first, second))
        for _, _, _, first, second in sorted(options, key=lambda option: (*option[:3], option[3].start)):
            if id(first) not in used and id(second) not in used:
                used |= {id(first), id(second)}
                joined.append(PairMatch(pair, first, second))
    return joined, [match for match in matches if id(match) not in used]


def allow_inline(matches: list[Match], text: bytes, inline: InlineAllow) -> list[Match]:
    """Mark the matches whose own line, or the line above, carries an allow comment."""
    if not any(word in text for word in inline.words):
        return matches
    return [match._replace(allowed=inline.read(line_of(text, *match.outer), line_before(text, match.outer[0]))) for match in matches]
