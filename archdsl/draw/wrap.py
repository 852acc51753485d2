"""A long figure on a page: columns, or rows, that are read one after the other.

Columns stand side by side; a line leads from the foot of each to the head of the next, between the two. Of a figure
that reads to the right, the columns are rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from archdsl.draw.branching import TURN
from archdsl.draw.figure import Body
from archdsl.draw.layout import Piece, Setting, pieces, setting_of, strung, tallest
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
    best = [found]
    for count in range(2, min(MOST, len(found)) + 1):
        columns = list(_columns(found, count))
        if _scale(best, horizontal) >= LEAST or _scale(columns, horizontal) < _scale(best, horizontal):
            break
        best = columns
    if _scale(best, horizontal) < min(LEAST, WORTH * _scale([found], horizontal)):
        best = [found]
    return strung(found) if len(best) == 1 else _beside([_settled(column, setting) for column in best])


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
    length = 0.0
    for piece in found:
        own = _length([piece])
        if column and length + own > limit:
            yield column
            column, length = [], 0.0
        column.append(piece)
        length += own
    yield column


def _settled(column: Sequence[Piece], setting: Setting) -> Sequence[Piece]:
    """A column; a row of towers is as high as the tallest that is in it."""
    if not setting.tallest:
        return column
    own = tallest(box.part for piece in column for box in piece.tile.boxes)
    items = tuple(item for piece in column for item in piece.items)
    return list(pieces(Series(items), replace(setting, tallest=own), 1))


def _beside(columns: Sequence[Sequence[Piece]]) -> Tile:
    """Columns in their places, with a line from the foot of each to the head of the next."""
    whole = before = strung(columns[0], 0.0, HEAD)
    x, lowest = 0.0, 0.0
    for column in columns[1:]:
        gutter, foot = before.right + GUTTER / 2, before.length + before.tail + TURN
        way: Line = ((x, before.length), (x, foot), (gutter, foot), (gutter, 0.0))
        x = before.right + GUTTER + max(piece.tile.left for piece in column)
        before, lowest = strung(column, x, HEAD), max(lowest, foot)
        whole = linked(whole, before, (*way, (x, 0.0)))
    return replace(whole, length=max(whole.length, lowest))
