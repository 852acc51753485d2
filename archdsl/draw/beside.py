"""Figures side by side on one page."""

from __future__ import annotations

from collections.abc import Sequence

from archdsl.draw.figure import Body, Figure
from archdsl.draw.legend import MARGIN, end_of, entry_of, wrapped, written
from archdsl.draw.measure import NOTE, TITLE
from archdsl.draw.metrics import width
from archdsl.draw.page import Item, Page, Words
from archdsl.draw.paint import HEADING, Sheet, content, heading
from archdsl.draw.theme import Theme
from archdsl.draw.tile import Tile
from archdsl.lower.record import Counts

COLUMN = 48.0
"""Between figures."""
MARKS = ("added", "removed", "changed", "same")


def side_by_side(title: str, subtitle: str, figures: Sequence[tuple[Figure, Tile]], theme: Theme) -> Page:
    """Figures that read downward, one beside the other, below one title and above one legend."""
    whole = Figure("block", title, subtitle, Body(()), Counts())
    items: list[Item] = [*heading(whole, theme)]
    top = MARGIN + HEADING + NOTE + 16
    start = top + 2 * (TITLE + 6) + 6
    x, high = MARGIN, 0.0
    for figure, tile in figures:
        wide = max(tile.left + tile.right, width(figure.title, TITLE, True), width(figure.subtitle, NOTE))
        middle = x + wide / 2
        items.append(Words(middle, top + TITLE, figure.title, TITLE, theme.ink, "middle", True))
        if figure.subtitle:
            items.append(Words(middle, top + 2 * TITLE + 3, figure.subtitle, NOTE, theme.muted))
        axis = x + tile.left + (wide - tile.left - tile.right) / 2
        items += content(figure, tile, Sheet(False, axis, start), theme)
        x, high = x + wide + COLUMN, max(high, tile.length)
    legend = [entry_of(mark, theme) for mark in MARKS]
    wide = max(x - COLUMN, MARGIN + max(width(title, HEADING, True), width(subtitle, NOTE + 1)))
    wide = max(wide, MARGIN + sum(entry.width for entry in legend)) + MARGIN
    rows = wrapped(legend, wide - 2 * MARGIN)
    items += written(rows, start + high + 14, theme)
    return Page(wide, end_of(start + high, rows), title, theme.background, tuple(items))
