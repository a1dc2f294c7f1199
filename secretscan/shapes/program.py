"""A regex as a program for the core, which runs it many times faster than RE2 does where captures are wanted.

RE2 stays the last word: what this cannot say exactly is left to it.
"""

from __future__ import annotations

from secretscan.shapes.syntax import Unreadable, parse
from secretscan.shapes.tree import ALL, Alt, Bytes, Cat, Group, Look, Node, Repeat

_MATCH, _SET, _RUN, _LAZY, _SPLIT, _JUMP, _SAVE, _LOOK, _BOUNDS = range(9)
_LOOKS = "bBAz^$"
_NONE = 0xFFFFFFFF
_MOST = 4000  # operations; a larger program gains nothing


def encode_program(regex: str) -> bytes | None:
    """The program, as secretscan._core.Program has it; None where the regex cannot be said that way."""
    try:
        tree, groups = parse(regex, exact=True)
        compiler = _Compiler()
        compiler.add(tree)
    except Unreadable:
        return None
    compiler.emit(_MATCH)
    return compiler.encoded(groups, _first(tree) if tree.low else ALL)


def _first(node: Node) -> int:
    """The bytes that may begin a match that is not empty."""
    if isinstance(node, Group | Repeat):
        return _first(node.item)
    if isinstance(node, Alt):
        return _union(node.options)
    if isinstance(node, Cat):
        end = next((number for number, item in enumerate(node.items) if item.low), len(node.items) - 1)
        return _union(node.items[: end + 1])
    return node.alphabet


def _union(nodes: tuple[Node, ...]) -> int:
    mask = 0
    for node in nodes:
        mask |= _first(node)
    return mask


class _Compiler:
    def __init__(self) -> None:
        self.operations: list[list[int]] = []
        self.sets: dict[int, int] = {}
        self.forks = 0
        self.fork_next = False

    def emit(self, kind: int, first: int = 0, second: int = 0) -> int:
        if len(self.operations) >= _MOST:
            raise Unreadable("too large")
        fork = _NONE
        if self.fork_next or kind == _SPLIT:  # what many ways lead to is gone through once
            fork = self.forks
            self.forks += 1
            self.fork_next = False
        self.operations.append([kind, first, second, fork])
        return len(self.operations) - 1

    def set_of(self, alphabet: int) -> int:
        return self.sets.setdefault(alphabet, len(self.sets))

    def add(self, node: Node) -> None:
        if isinstance(node, Bytes):
            self.emit(_SET, self.set_of(node.alphabet))
        elif isinstance(node, Look):
            self.emit(_LOOK, _LOOKS.index(node.kind))
        elif isinstance(node, Cat):
            for item in node.items:
                self.add(item)
        elif isinstance(node, Group):
            self.emit(_SAVE, 2 * node.number)
            self.add(node.item)
            self.emit(_SAVE, 2 * node.number + 1)
        elif isinstance(node, Alt):
            self.add_options(node.options)
        elif node.most != 0:
            self.add_repeat(node)

    def add_options(self, options: tuple[Node, ...]) -> None:
        ends = []
        for option in options[:-1]:
            split = self.emit(_SPLIT)
            self.operations[split][1] = len(self.operations)
            self.add(option)
            ends.append(self.emit(_JUMP))
            self.operations[split][2] = len(self.operations)
        self.add(options[-1])
        for end in ends:
            self.operations[end][1] = len(self.operations)

    def add_repeat(self, node: Repeat) -> None:
        if isinstance(node.item, Bytes):
            if (node.least, node.most) == (1, 1):
                self.add(node.item)
                return
            self.emit(_LAZY if node.lazy else _RUN, self.set_of(node.item.alphabet))
            self.emit(_BOUNDS, node.least, _NONE if node.most is None else node.most)
            self.fork_next = node.least != node.most
            return
        for _ in range(node.least):
            self.add(node.item)
        if node.most is None:
            if not node.item.low:
                raise Unreadable("an empty match repeated without end")
            split = self.emit(_SPLIT)
            self.add(node.item)
            self.emit(_JUMP, split)
            self.branch(split, split + 1, len(self.operations), node.lazy)
            return
        splits = []
        for _ in range(node.most - node.least):
            splits.append(self.emit(_SPLIT))
            self.add(node.item)
        for split in splits:
            self.branch(split, split + 1, len(self.operations), node.lazy)

    def branch(self, split: int, more: int, end: int, lazy: bool) -> None:
        self.operations[split][1:3] = (end, more) if lazy else (more, end)

    def encoded(self, groups: int, begins: int) -> bytes:
        head = b"".join(number.to_bytes(4, "little") for number in (len(self.operations), len(self.sets), self.forks, 2 * (groups + 1)))
        sets = b"".join(mask.to_bytes(32, "little") for mask in (begins, *self.sets))
        return head + sets + b"".join(number.to_bytes(4, "little") for operation in self.operations for number in operation)
