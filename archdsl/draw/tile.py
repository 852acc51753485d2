"""Pieces of a layout, put together along an axis.

A tile is laid out along an axis that runs through it, from (0, 0) to (0, length). The first coordinate is across, the
second along it: a picture that reads downward takes them as x and y, one that reads to the right as y and x.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from archdsl.draw.figure import Part

Point = tuple[float, float]
Line = tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Box:
    """A part in its place: the corner nearest to the origin, and how far it reaches across and along.

    `shape` is `box`, `merge` for a sign in a circle or a pill, `frame` around the parts of a block, `tower` for a part
    of a network whose size tells its resolution and channels, `more` for what is left out. `axis` is how far from its
    corner the line runs through a frame.
    """

    part: Part
    across: float
    along: float
    breadth: float
    length: float
    shape: str = "box"
    axis: float = 0.0

    def moved(self, across: float, along: float) -> Box:
        place = self.across + across, self.along + along
        return Box(self.part, *place, self.breadth, self.length, self.shape, self.axis)


@dataclass(frozen=True, slots=True)
class Wire:
    """A line from one part to another."""

    source: str
    target: str
    line: Line

    def moved(self, across: float, along: float) -> Wire:
        return Wire(self.source, self.target, moved(self.line, across, along))


@dataclass(frozen=True, slots=True)
class Label:
    """The shape of a tensor, beside the line on which it flows."""

    text: str
    at: Point

    def moved(self, across: float, along: float) -> Label:
        return Label(self.text, (self.at[0] + across, self.at[1] + along))


@dataclass(frozen=True, slots=True)
class End:
    """Where a wire enters or leaves a tile: the part inside, and the line between its edge and the tile's end."""

    part: str
    line: Line

    def after(self, line: Line) -> End:
        """The same end with a line before its own."""
        return End(self.part, (*line, *self.line))

    def before(self, line: Line) -> End:
        """The same end with a line behind its own."""
        return End(self.part, (*self.line, *line))

    def moved(self, across: float, along: float) -> End:
        return End(self.part, moved(self.line, across, along))


@dataclass(frozen=True, slots=True)
class Tile:
    """A piece of a layout: how far it reaches to both sides of its axis, its length, and what is in it.

    `entries` lead from (0, 0) to parts, `exits` from parts to (0, length); `passes` go through without touching any.
    `tail` is the room behind it that a label needs.
    """

    left: float = 0.0
    right: float = 0.0
    length: float = 0.0
    boxes: tuple[Box, ...] = ()
    wires: tuple[Wire, ...] = ()
    labels: tuple[Label, ...] = ()
    entries: tuple[End, ...] = ()
    exits: tuple[End, ...] = ()
    passes: tuple[Line, ...] = ()
    tail: float = 0.0

    def around(self, other: Tile) -> Tile:
        """The same with what is in another tile as well; its ends are left out."""
        return Tile(
            max(self.left, other.left),
            max(self.right, other.right),
            self.length,
            self.boxes + other.boxes,
            self.wires + other.wires,
            self.labels + other.labels,
            self.entries,
            self.exits,
            self.passes,
            self.tail,
        )

    def moved(self, across: float, along: float) -> Tile:
        """The same in another place; its ends move along."""
        return Tile(
            self.left - across,
            self.right + across,
            self.length + along,
            tuple(box.moved(across, along) for box in self.boxes),
            tuple(wire.moved(across, along) for wire in self.wires),
            tuple(label.moved(across, along) for label in self.labels),
            tuple(end.moved(across, along) for end in self.entries),
            tuple(end.moved(across, along) for end in self.exits),
            tuple(moved(line, across, along) for line in self.passes),
            self.tail,
        )


LINE = Tile(passes=(((0.0, 0.0),),))
"""A tile of no length that is only passed."""


def moved(line: Iterable[Point], across: float, along: float) -> Line:
    return tuple([(x + across, y + along) for x, y in line])


def simple(line: Iterable[Point]) -> Line:
    """A line without points that stand on the way between others."""
    found: list[Point] = []
    for point in line:
        if found and _same(found[-1], point):
            continue
        while len(found) > 1 and _between(found[-2], found[-1], point):
            found.pop()
        found.append(point)
    return tuple(found)


def _same(a: Point, b: Point) -> bool:
    return abs(a[0] - b[0]) < 0.01 and abs(a[1] - b[1]) < 0.01


def _between(a: Point, b: Point, c: Point) -> bool:
    straight = (abs(a[0] - b[0]) < 0.01 and abs(b[0] - c[0]) < 0.01) or (
        abs(a[1] - b[1]) < 0.01 and abs(b[1] - c[1]) < 0.01
    )
    return straight and (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1]) >= 0


def chained(first: Tile, second: Tile, gap: float, axis: float = 0.0) -> Tile:
    """Two tiles one after the other, with wires between them; the first is at its place along the axis."""
    return linked(first, second.moved(axis, first.length + gap), ((axis, first.length),))


def linked(first: Tile, second: Tile, way: Line) -> Tile:
    """Two tiles in their places, with wires from the end of the first to the start of the second by a way."""
    return Tile(
        max(first.left, second.left),
        max(first.right, second.right),
        max(first.length, second.length),
        first.boxes + second.boxes,
        first.wires + second.wires + tuple(_wires(first.exits, way, second.entries)),
        first.labels + second.labels,
        first.entries + tuple(e.after((*line, *way)) for line in first.passes for e in second.entries),
        second.exits + tuple(e.before((*way, *line)) for e in first.exits for line in second.passes),
        tuple((*a, *way, *b) for a in first.passes for b in second.passes),
        second.tail,
    )


def _wires(exits: Sequence[End], way: Line, entries: Sequence[End]) -> Iterator[Wire]:
    """A wire from each exit to each entry."""
    for out in exits:
        for into in entries:
            yield Wire(out.part, into.part, simple((*out.line, *way, *into.line)))
