"""What colours tell, in words below a picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archdsl.draw.measure import NOTE
from archdsl.draw.metrics import width
from archdsl.draw.page import Item, Rect, Words
from archdsl.draw.theme import KINDS, ORDER, Heat, Theme
from archdsl.draw.tile import Tile

MARGIN = 16.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One colour and what it says."""

    text: str
    fill: str
    stroke: str
    dashed: bool = False

    @property
    def width(self) -> float:
        return 16 + width(self.text, NOTE) + 14

    def items(self, x: float, y: float, theme: Theme) -> tuple[Item, ...]:
        return (
            Rect(x, y, 11, 11, self.fill, self.stroke, 2, self.dashed),
            Words(x + 16, y + 9, self.text, NOTE, theme.muted, "start"),
        )


def entries_of(tile: Tile, theme: Theme, heat: Heat) -> Iterator[Entry]:
    if heat is not None:
        yield Entry("none", theme.heat(0), theme.frame)
        yield Entry("half of the largest", theme.heat(0.5), theme.frame)
        yield Entry("the largest", theme.heat(1), theme.frame)
        return
    if any(box.shape == "tower" for box in tile.boxes):
        yield Entry("parameters, share of all", theme.stroke("dense"), theme.stroke("dense"))
        yield Entry("MACs, share of all", theme.stroke("conv"), theme.stroke("conv"))
        yield Entry("height tells resolution, width channels", theme.background, theme.frame)
        return
    kinds = {box.part.kind for box in tile.boxes if box.shape != "frame"}
    seen = set()
    for kind in sorted(kinds, key=ORDER.index):
        text = KINDS[kind][0]
        if text and text not in seen:
            seen.add(text)
            yield Entry(text, theme.fill(kind), theme.stroke(kind))


def entry_of(mark: str, theme: Theme) -> Entry:
    return Entry(KINDS[mark][0], theme.fill(mark), theme.stroke(mark), mark == "removed")


def written(rows: Sequence[Sequence[Entry]], y: float, theme: Theme) -> Iterator[Item]:
    for i, row in enumerate(rows):
        x = MARGIN
        for entry in row:
            yield from entry.items(x, y + 18 * i, theme)
            x += entry.width


def end_of(content: float, rows: Sequence[Sequence[Entry]]) -> float:
    """How far down a page reaches, below its legend."""
    return content + 14 + 18 * len(rows) + MARGIN - 8


def legend_width(tile: Tile, heat: Heat) -> float:
    theme = Theme("#ffffff", "#000000", "#000000", "#000000", "#000000")
    return sum(entry.width for entry in entries_of(tile, theme, heat))


def wrapped(entries: Sequence[Entry], wide: float) -> list[list[Entry]]:
    rows: list[list[Entry]] = []
    x = wide
    for entry in entries:
        if x + entry.width > wide + 14:
            rows.append([])
            x = 0
        rows[-1].append(entry)
        x += entry.width
    return rows
