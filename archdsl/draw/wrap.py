"""A long figure on a page: columns, or rows, that are read one after the other.

Columns stand side by side; a line leads from the foot of each to the head of the next, between the two. Of a figure
that reads to the right, the columns are rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from archdsl.draw.branching import TURN
from archdsl.draw.figure import Body
from archdsl.draw.layout import Piece, Setting, pieces, series, setting_of, strung, tallest
from archdsl.draw.structure import Series, decomposed
from archdsl.draw.tile import Line, Tile, linked

PAPER = (640.0, 900.0)
"""Room for a figure on a printed page: 17 by 24 cm, less what stands around it."""
LEAST = 0.8
"""Of its own size, the least at which text is read with ease: what is smallest then has six points."""
WORTH = 1.5
"""How much larger columns have to show what even they do not let read with ease."""
MOST = 12
HEAD = 26.0
GUTTER = 26.0


def on_paper(body: Body, horizontal: bool, towers: bool = False) -> Tile:
    """A whole body in as few columns as let it be read on a page, or in those that show it largest."""
    setting = setting_of(body, horizontal, towers)
    found = list(pieces(decomposed(body, ends=True), setting, 1))
    choices = [[found]]
    while _scale(choices[-1], horizontal) < LEAST and len(choices) < min(MOST, len(found)):
        choices.append(list(_columns(found, len(choices) + 1)))
    chosen = choices[-1]
    if (best := _scale(chosen, horizontal)) < LEAST:
        chosen = max(choices, key=lambda columns: _scale(columns, horizontal))
        best = _scale(chosen, horizontal)
    if best < LEAST and best < WORTH * _scale(choices[0], horizontal):
        chosen = choices[0]
    return strung(found) if len(chosen) == 1 else _beside([_tile(column, setting) for column in chosen])


def is_readable(tile: Tile, horizontal: bool) -> bool:
    """Whether a page shows a figure at a size at which it is read with ease."""
    wide, high = (tile.length, tile.left + tile.right) if horizontal else (tile.left + tile.right, tile.length)
    return scale(wide, high) >= LEAST


def scale(wide: float, high: float) -> float:
    """How large a page shows a figure, of its own size."""
    return min(1.0, PAPER[0] / wide, PAPER[1] / high)


def _scale(columns: Sequence[Sequence[Piece]], horizontal: bool) -> float:
    breadth = sum(max(p.tile.left for p in own) + max(p.tile.right for p in own) + GUTTER for own in columns) - GUTTER
    length = max(map(_length, columns))
    return scale(length, breadth) if horizontal else scale(breadth, length)


def _length(column: Sequence[Piece]) -> float:
    return sum(piece.gap + piece.tile.length for piece in column)


def _columns(found: Sequence[Piece], count: int) -> Iterator[list[Piece]]:
    """Pieces in at most so many columns, as even as they can be."""
    limit = max(_length(found) / count, *(_length([piece]) for piece in found))
    while len(columns := list(_filled(found, limit))) > count:
        limit *= 1.02
    yield from columns


def _filled(found: Sequence[Piece], limit: float) -> Iterator[list[Piece]]:
    """Pieces in columns that are not longer than a limit."""
    column: list[Piece] = []
    for piece in found:
        if column and _length([*column, piece]) > limit:
            yield column
            column = []
        column.append(piece)
    yield column


def _tile(column: Sequence[Piece], setting: Setting) -> Tile:
    """A column as one tile; a row of towers is as high as the tallest that is in it."""
    if not setting.tallest:
        return strung(column)
    own = tallest(box.part for piece in column for box in piece.tile.boxes)
    return series(Series(tuple(item for piece in column for item in piece.items)), replace(setting, tallest=own), 1)


def _beside(columns: Sequence[Tile]) -> Tile:
    """Columns in their places, with a line from the foot of each to the head of the next."""
    whole = columns[0].moved(0, HEAD)
    x, lowest = 0.0, 0.0
    for before, column in pairwise(columns):
        edge, end = x + before.right, HEAD + before.length
        gutter, foot = edge + GUTTER / 2, end + before.tail + TURN
        way: Line = ((x, end), (x, foot), (gutter, foot), (gutter, 0.0))
        x, lowest = edge + GUTTER + column.left, max(lowest, foot)
        whole = linked(whole, column.moved(x, HEAD), (*way, (x, 0.0)))
    return replace(whole, length=max(whole.length, lowest))
