"""Tiles side by side: branches around an axis or beside it, and the part where they meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from archdsl.draw.figure import Part
from archdsl.draw.measure import is_merge
from archdsl.draw.tile import Box, End, Line, Tile, Wire, simple

ARROW = 20.0
TURN = 9.0
SIDE = 18.0
SKIP = 16.0


@dataclass(frozen=True, slots=True)
class Merge:
    """The part where branches meet, and its own tile."""

    part: Part
    tile: Tile

    def is_below(self, x: float) -> bool:
        """Whether a branch there comes down on it from above."""
        return abs(x) < 0.01 if is_merge(self.part) else abs(x) < self.box.breadth / 2 - 6

    @property
    def box(self) -> Box:
        return self.tile.boxes[0]

    @property
    def middle(self) -> float:
        """How far below its top branches enter it from the sides."""
        return self.tile.length / 2 if self.box.shape == "merge" else min(self.tile.length / 2, 14)

    def last(self, x: float, top: float) -> Line:
        """The end of the line of a branch; `top` is where the part begins."""
        if self.is_below(x):
            return ((x, top),)
        edge = self.box.across + self.box.breadth if x > 0 else self.box.across
        return ((x, top + self.middle), (edge, top + self.middle))


def spread(tiles: Sequence[Tile], merge: Merge | None) -> list[float]:
    """Places of branches around the axis, which is in the middle of them or on the middle one.

    Those next to the axis leave room for an arrow to where they meet.
    """
    least = 0.0 if merge is None or merge.box.shape != "merge" else merge.box.breadth / 2 + ARROW
    places = [0.0]
    for before, tile in pairwise(tiles):
        places.append(places[-1] + max(apart(before, tile), least if len(tiles) % 2 else 2 * least))
    half = len(places) // 2
    middle = places[half] if len(places) % 2 else (places[half - 1] + places[half]) / 2
    return [place - middle for place in places]


def beside(tiles: Sequence[Tile], side: int) -> list[float]:
    """The first branch on the axis, the others beside it."""
    places = [0.0]
    for before, tile in pairwise(tiles):
        step = apart(before, tile) if side > 0 else apart(tile, before)
        places.append(places[-1] + side * step)
    return places


def apart(left: Tile, right: Tile) -> float:
    """How far apart the axes of two neighbours stand."""
    gap = SIDE if left.boxes and right.boxes else SKIP
    return left.right + gap + right.left


def closed(tiles: Sequence[Tile], places: Sequence[float], merge: Merge | None) -> Tile:
    """Branches in their places, opened from one point and closed in the part where they meet."""
    head = TURN + ARROW if any(tile.entries for tile in tiles) else TURN
    placed = level(tiles, places, head)
    whole = Tile(length=head + max(tile.length + tile.tail for tile in tiles))
    for tile in placed:
        whole = whole.around(tile)
    starts: list[Line] = [((0.0, 0.0), (0.0, TURN), (x, TURN)) for x in places]
    ways = list(zip(places, starts, placed, strict=True))
    whole = replace(whole, entries=tuple(e.after(start) for _, start, tile in ways for e in tile.entries))
    ends = [(x, out) for x, _, tile in ways for out in tile.exits]
    passes: list[tuple[float, Line]] = [(x, (*start, *line)) for x, start, tile in ways for line in tile.passes]
    return met(whole, ends, passes, merge)


def level(tiles: Sequence[Tile], places: Sequence[float], head: float) -> list[Tile]:
    """Branches in their places, with their middles at one height below `head`."""
    longest = max(tile.length + tile.tail for tile in tiles)
    tops = [head + (longest - tile.length - tile.tail) / 2 for tile in tiles]
    return [tile.moved(x, top) for tile, x, top in zip(tiles, places, tops, strict=True)]


def met(
    whole: Tile, ends: Sequence[tuple[float, End]], passes: Sequence[tuple[float, Line]], merge: Merge | None
) -> Tile:
    """A tile closed in a part, which branches enter from above if they stand there, else from the sides."""
    if merge is None:
        end = whole.length
        exits = tuple(out.before(((x, end), (0.0, end))) for x, out in ends)
        return replace(whole, exits=exits, passes=tuple((*line, (x, end), (0.0, end)) for x, line in passes))
    top = whole.length + (18.0 if any(merge.is_below(x) for x, _ in (*ends, *passes)) else 6.0)
    placed = merge.tile.moved(0, top)
    name = merge.part.id
    wires = tuple(Wire(out.part, name, simple((*out.line, *merge.last(x, top)))) for x, out in ends)
    entries = tuple(End(name, simple((*line, *merge.last(x, top)))) for x, line in passes)
    whole = whole.around(placed)
    return replace(
        whole,
        length=placed.length,
        wires=whole.wires + wires,
        entries=whole.entries + (entries if merge.part.inputs else ()),
        exits=placed.exits,
        tail=placed.tail,
    )
