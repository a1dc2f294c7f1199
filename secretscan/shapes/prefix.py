"""How many leading bytes of a secret say only what kind it is."""

from __future__ import annotations

from collections.abc import Iterator

from secretscan.shapes.literals import CASELESS, Word, join, spell
from secretscan.shapes.syntax import Unreadable, parse
from secretscan.shapes.tree import Alt, Group, Node, Repeat, flatten

_MOST_WORDS = 8
"""Of how many alternatives a prefix may be one and still be public: a token's types, not a digit."""


def prefix_length(regex: str, secret_group: int) -> int:
    """See secretscan.shapes.public_prefix."""
    try:
        tree, groups = parse(regex)
    except Unreadable:
        return 0
    secrets: list[Node] = []
    if groups or secret_group:
        for group, always in _captures(tree, True):
            if secret_group in (0, group.number):
                secrets.append(group)
                if always and group.low:
                    break
        else:
            if secret_group:
                return _least(secrets) if secrets else 0
            secrets.append(tree)
    else:
        secrets.append(tree)
    return _least(secrets)


def _least(secrets: list[Node]) -> int:
    return min(0 if _spelled(secret) else _leading(secret) for secret in secrets)


def _captures(node: Node, always: bool) -> Iterator[tuple[Group, bool]]:
    """Captures in the order of their numbers, and whether each takes part in every match."""
    if isinstance(node, Group):
        yield node, always
        yield from _captures(node.item, always)
    elif isinstance(node, Alt):
        for option in node.options:
            yield from _captures(option, False)
    elif isinstance(node, Repeat):
        yield from _captures(node.item, always and node.least > 0)
    else:
        for item in getattr(node, "items", ()):
            yield from _captures(item, always)


def _words(node: Node) -> tuple[Word, ...] | None:
    words = spell(node, _MOST_WORDS)
    if words is None or any(letter >= CASELESS for word in words for letter in word):
        return None
    return words


def _spelled(node: Node) -> bool:
    """Whether some match of the node is spelled out whole."""
    if isinstance(node, Alt):
        return any(_spelled(option) for option in node.options)
    if isinstance(node, Group):
        return _spelled(node.item)
    return _words(node) is not None


def _leading(node: Node) -> int:
    words: tuple[Word, ...] | None = ((),)
    for item in flatten(node):
        longer = join(words, _words(item), _MOST_WORDS)
        if longer is None:
            least = min(map(len, words or ((),)))
            if isinstance(item, Alt):
                return least + min(_leading(option) for option in item.options)
            if isinstance(item, Repeat) and item.least:
                return least + _leading(item.item)
            return least
        words = longer
    return min(map(len, words or ((),)))
