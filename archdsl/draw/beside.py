"""Figures side by side on one page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from archdsl.draw.figure import Body, Figure
from archdsl.draw.legend import MARGIN, end_of, entry_of, wrapped, written
from archdsl.draw.measure import NOTE, TITLE
from archdsl.draw.metrics import width
from archdsl.draw.page import Item, Page, Words
from archdsl.draw.paint import HEADING, Sheet, content, heading
from archdsl.draw.theme import Theme
from archdsl.draw.tile import Tile
from archdsl.draw.wrap import scale
from archdsl.lower.record import Counts

Placed = tuple[Figure, Tile]
COLUMN, ROW = 48.0, 30.0
"""Between figures."""
TITLES = 2 * (TITLE + 6) + 6
"""Room for what is said above a figure."""
MARKS = ("added", "removed", "changed", "same")


def side_by_side(title: str, subtitle: str, figures: Sequence[Placed], theme: Theme) -> Page:
    """Figures that read downward, one beside the other, below one title and above one legend."""
    whole = Figure("block", title, subtitle, Body(()), Counts())
    items: list[Item] = [*heading(whole, theme)]
    top = MARGIN + HEADING + NOTE + 16
    x, end = MARGIN, 0.0
    for column in _columns(figures):
        wide, y = max(map(_width, column)), top
        for placed in column:
            items += _figure(placed, x + wide / 2, y, theme)
            y += _height(placed)
        x, end = x + wide + COLUMN, max(end, y - ROW)
    legend = [entry_of(mark, theme) for mark in MARKS]
    wide = max(x - COLUMN, MARGIN + max(width(title, HEADING, True), width(subtitle, NOTE + 1)))
    wide = max(wide, MARGIN + sum(entry.width for entry in legend)) + MARGIN
    rows = wrapped(legend, wide - 2 * MARGIN)
    items += written(rows, end + 14, theme)
    return Page(wide, end_of(end, rows), title, theme.background, tuple(items))


def _figure(placed: Placed, middle: float, top: float, theme: Theme) -> Iterator[Item]:
    """A figure below its title and what is said about it."""
    figure, tile = placed
    yield Words(middle, top + TITLE, figure.title, TITLE, theme.ink, "middle", True)
    if figure.subtitle:
        yield Words(middle, top + 2 * TITLE + 3, figure.subtitle, NOTE, theme.muted)
    axis = middle + (tile.left - tile.right) / 2
    yield from content(figure, tile, Sheet(False, axis, top + TITLES), theme)


def _width(placed: Placed) -> float:
    figure, tile = placed
    return max(tile.left + tile.right, width(figure.title, TITLE, True), width(figure.subtitle, NOTE))


def _height(placed: Placed) -> float:
    """With its title, and the room behind it."""
    return TITLES + placed[1].length + ROW


def _columns(figures: Sequence[Placed]) -> Sequence[Sequence[Placed]]:
    """Figures in columns, in the order in which they are: of all ways, that which a page shows largest."""
    return max(_ways(figures), key=_scale)


def _ways(figures: Sequence[Placed]) -> Iterator[list[list[Placed]]]:
    """All ways to stand in columns, first that of one figure a column."""
    for beside in product((True, False), repeat=len(figures) - 1):
        columns = [[figures[0]]]
        for figure, apart in zip(figures[1:], beside, strict=True):
            columns += [[figure]] if apart else []
            columns[-1] += [] if apart else [figure]
        yield columns


def _scale(columns: Sequence[Sequence[Placed]]) -> float:
    wide = sum(max(map(_width, column)) + COLUMN for column in columns) - COLUMN
    return scale(wide, max(sum(map(_height, column)) for column in columns))
