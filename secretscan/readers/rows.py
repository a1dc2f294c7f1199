"""Rows of tables as lines: `column=value`, and where one column names what another holds, `name=value`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from secretscan.model import Json
from secretscan.readers.lines import Lines, Piece, key

Cell = Sequence[Piece]

_NAMES = frozenset(
    b"""
    key name option_name meta_key setting setting_name config_name config_key param parameter variable variable_name property path k
    item_key attribute itemkey identifier
    """.split()
)
_VALUES = frozenset(
    b"""
    value option_value meta_value setting_value config_value val data variable_value v item_value content itemvalue string_value secret
    """.split()
)
_LEAST = 4  # bytes; no shorter secret is told by a column's name


def add_row(lines: Lines, columns: Sequence[bytes], cells: Sequence[Cell], facts: Mapping[str, Json]) -> None:
    """One line for each cell with enough text. `columns` may be shorter than `cells`; what has no name is a `value`."""
    names = [columns[at] if at < len(columns) else b"value" for at in range(len(cells))]
    named = next((at for at, name in enumerate(names) if name.lower() in _NAMES and cells[at]), None)
    for name, cell in zip(names, cells, strict=True):
        if sum(len(piece.content) for piece in cell) < _LEAST or lines.full:
            continue
        if named is not None and name.lower() in _VALUES:
            name = b"".join(piece.content for piece in cells[named])
        lines.add(key(name) + b"=", cell, facts)
