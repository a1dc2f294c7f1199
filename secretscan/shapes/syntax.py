r"""The RE2 dialect read into a tree, as it means bytes (the Latin-1 encoding).

Source: https://github.com/google/re2/wiki/Syntax. Where the dialect depends on Unicode tables that are not at hand
(scripts), a class is read as any byte: what is derived from the tree must never be stronger than the regex.
"""

from __future__ import annotations

import unicodedata

from secretscan.shapes.alphabets import CONTROL, PERL, POSIX, fold
from secretscan.shapes.tree import ALL, Alt, Bytes, Cat, Group, Look, Node, Repeat

_MOST_REPEATS = 1000
_DEEPEST = 100


class Unreadable(ValueError):
    """A regex that this parser does not understand. RE2 has the last word on whether it is one."""


def parse(regex: str, exact: bool = False) -> tuple[Node, int]:
    """The tree and the number of captures. The regex is taken as the bytes of its UTF-8. Raises Unreadable; with `exact` also
    where the tree would match more than the regex."""
    parser = _Parser(regex.encode("utf-8", "surrogateescape").decode("latin-1"))
    parser.exact = exact
    return parser.whole(), parser.groups


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.groups = 0
        self.flags: frozenset[str] = frozenset()
        self.depth = 0
        self.exact = False

    def whole(self) -> Node:
        node = self.alternatives()
        if self.at < len(self.text):
            raise Unreadable("unexpected )")
        return node

    def sees(self, text: str) -> bool:
        return self.text.startswith(text, self.at)

    def takes(self, text: str) -> bool:
        if self.sees(text):
            self.at += len(text)
            return True
        return False

    def next(self) -> str:
        if self.at >= len(self.text):
            raise Unreadable("ends too early")
        self.at += 1
        return self.text[self.at - 1]

    def until(self, end: str) -> str:
        stop = self.text.find(end, self.at)
        if stop < 0:
            raise Unreadable(f"missing {end}")
        taken = self.text[self.at : stop]
        self.at = stop + len(end)
        return taken

    def alternatives(self) -> Node:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise Unreadable("nested too deep")
        options = [self.sequence()]
        while self.takes("|"):
            options.append(self.sequence())
        self.depth -= 1
        return options[0] if len(options) == 1 else Alt(options)

    def sequence(self) -> Node:
        items: list[Node] = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            if self.takes("\\Q"):
                end = self.text.find("\\E", self.at)
                quoted = self.text[self.at : end] if end >= 0 else self.text[self.at :]
                self.at = end + 2 if end >= 0 else len(self.text)
                items += [self.byte(ord(char)) for char in quoted]
            else:
                atom = self.atom()
                if atom is None:
                    continue
                items.append(atom)
            if items:
                items[-1] = self.repeated(items[-1])
        return items[0] if len(items) == 1 else Cat(items)

    def repeated(self, item: Node) -> Node:
        bounds = self.bounds()
        if bounds is None:
            return item
        lazy = self.takes("?") != ("U" in self.flags)
        if self.bounds() is not None:
            raise Unreadable("repeated twice")
        return Repeat(item, *bounds, lazy)

    def bounds(self) -> tuple[int, int | None] | None:
        for sign, simple in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self.takes(sign):
                return simple
        end = self.text.find("}", self.at)
        if not self.sees("{") or end < 0:
            return None
        least, comma, most = self.text[self.at + 1 : end].partition(",")
        if not (least.isascii() and least.isdigit()) or not (not most or (most.isascii() and most.isdigit())):
            return None  # RE2 reads such braces as themselves
        self.at = end + 1
        low = int(least)
        high = int(most) if most else (None if comma else low)
        if low > _MOST_REPEATS or (high is not None and not low <= high <= _MOST_REPEATS):
            raise Unreadable("impossible repetition")
        return low, high

    def byte(self, value: int) -> Bytes:
        return Bytes(self.folded(1 << value))

    def atom(self) -> Node | None:
        """One thing that can be repeated; None for bare flags."""
        char = self.next()
        if char == "(":
            return self.group()
        if char == "[":
            return Bytes(self.char_class())
        if char == ".":
            return Bytes(ALL if "s" in self.flags else ALL & ~(1 << 10))
        if char == "^":
            return Look("^" if "m" in self.flags else "A")
        if char == "$":
            return Look("$" if "m" in self.flags else "z")
        if char in "*+?":
            raise Unreadable(f"nothing before {char}")
        if char != "\\":
            return self.byte(ord(char))
        if self.at < len(self.text) and self.text[self.at] in "AzbB":
            return Look(self.next())
        if self.takes("C"):
            return Bytes(ALL)
        return Bytes(self.escape())

    def group(self) -> Node | None:
        saved = self.flags
        number = 0
        if self.takes("?P<") or self.takes("?<"):
            self.until(">")
            self.groups += 1
            number = self.groups
        elif self.takes("?"):
            on, off = set[str](), set[str]()
            target = on
            while (char := self.next()) not in ":)":
                if char == "-":
                    target = off
                elif char in "imsU":
                    target.add(char)
                else:
                    raise Unreadable(f"unknown flag {char}")
            self.flags = frozenset((self.flags | on) - off)
            if char == ")":
                return None
        else:
            self.groups += 1
            number = self.groups
        item = self.alternatives()
        if not self.takes(")"):
            raise Unreadable("missing )")
        self.flags = saved
        return Group(item, number) if number else item

    def char_class(self) -> int:
        negated = self.takes("^")
        mask = 0
        first = True
        while first or not self.sees("]"):
            first = False
            if self.takes("[:"):
                mask |= self.posix(self.until(":]"))
            elif self.sees("\\") and self.text[self.at + 1 : self.at + 2] in tuple("dDsSwWpP"):
                self.at += 1
                mask |= self.escape(in_class=True)
            else:
                mask |= self.char_range()
        self.at += 1
        if self.vague:
            self.vague = False
            return ALL
        return ALL & ~mask if negated else mask

    def char_range(self) -> int:
        low = high = self.char_in_class()
        if self.sees("-") and not self.sees("-]"):
            self.at += 1
            high = self.char_in_class()
            if high < low:
                raise Unreadable("impossible range")
        return self.folded((high << 1) - low)

    def char_in_class(self) -> int:
        char = self.next()
        if char != "\\":
            return 1 << ord(char)
        mask = self.escape(in_class=True)
        if mask.bit_count() != 1:
            raise Unreadable("impossible range")
        return mask

    def folded(self, mask: int) -> int:
        if "i" not in self.flags:
            return mask
        if self.exact and (fold(mask) ^ mask) >> 0x80:
            raise Unreadable("letters beyond ASCII in either case: RE2 folds some of them and some not")
        return fold(mask)

    def posix(self, name: str) -> int:
        mask = POSIX.get(name.removeprefix("^"))
        if mask is None:
            raise Unreadable(f"unknown class {name}")
        mask = self.folded(mask)  # RE2 folds before it negates
        return ALL & ~mask if name.startswith("^") else mask

    vague = False
    """Whether the class being read names something unknown."""

    def escape(self, in_class: bool = False) -> int:
        """The set that the escape after a backslash stands for; a single byte may begin a range inside a class, so it is folded there."""
        char = self.next()
        if char in PERL:
            return PERL[char]
        if char in "pP":
            return self.property(char == "P", in_class)
        if char in CONTROL:
            return 1 << CONTROL[char]
        if char == "x":
            digits = self.until("}") if self.takes("{") else self.next() + self.next()
            value = _number(digits, 16)
        elif char in "01234567":
            digits = char
            while len(digits) < 3 and self.at < len(self.text) and self.text[self.at] in "01234567":
                digits += self.next()
            if char != "0" and len(digits) == 1:
                raise Unreadable("a back reference")
            value = _number(digits, 8)
        elif ord(char) < 0x80 and not char.isalnum():
            value = ord(char)
        else:
            raise Unreadable(f"unknown escape {char!r}")
        return 1 << value if in_class else self.folded(1 << value)

    def property(self, negated: bool, in_class: bool) -> int:
        name = self.until("}") if self.takes("{") else self.next()
        if name.startswith("^"):
            negated, name = not negated, name[1:]
        mask = 0
        for value in range(256):
            category = unicodedata.category(chr(value))
            if name in ("Any", category, category[0]):
                mask |= 1 << value
        if not mask:
            if self.exact:
                raise Unreadable(f"unknown property {name}")
            self.vague = in_class
            return ALL
        mask = self.folded(mask)
        return ALL & ~mask if negated else mask


def _number(digits: str, base: int) -> int:
    try:
        value = int(digits, base)
    except ValueError:
        value = 256
    if not 0 <= value < 256:
        raise Unreadable("not a byte")
    return value
