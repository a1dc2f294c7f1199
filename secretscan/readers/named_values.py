"""Objects of a JSON text that hold a name and its value, such as headers and variables, each as one line of a view."""

from __future__ import annotations

from secretscan.readers.json_text import Path, String, pieces, pointer, value
from secretscan.readers.lines import Lines, key


class NamedValues:
    """Joins what stands under `name` and under "value" of the same object, in whatever order they come, on one of `lines`."""

    def __init__(self, text: bytes, lines: Lines, name: str) -> None:
        self._text = text
        self._lines = lines
        self._name = name
        self._names: dict[Path, bytes] = {}
        self._values: dict[Path, String] = {}

    def holds(self, string: String) -> bool:
        """Whether a string is a name or a value by its key."""
        return bool(string.path) and string.path[-1] in (self._name, "value")

    def add(self, string: String, before: bytes, between: bytes) -> None:
        """Take a string that holds() accepts. Once both are there, the line is: `before`, the name, `between`, the value."""
        path = string.path[:-1]
        if string.path[-1] == self._name:
            self._names[path] = value(self._text, string)
        else:
            self._values[path] = string
        if path in self._names and path in self._values and not self._lines.full:
            found = self._values.pop(path)
            start = before + key(self._names.pop(path)) + between
            self._lines.add(start, pieces(self._text, found.start, found.end), {"pointer": pointer(found.path)})
