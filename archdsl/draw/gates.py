"""Branches around the chain that weights them: a gate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from archdsl.draw.branching import ARROW, TURN, Merge, apart, level, met
from archdsl.draw.tile import End, Line, Tile, Wire, chained, simple

HALF = 11.0
"""Of a product: half of its circle."""
TRACK = 10.0
"""Between lines to branches on one side of the chain."""
ASIDE = 40.0
"""The least room between axes."""


def gated(
    branches: Sequence[Tile], joint: Merge | None, chain: Tile, products: Sequence[Merge], end: Merge | None
) -> Tile:
    """Branches around their chain, which starts at the joint or where they do; then their products, and their end."""
    centre = chain if joint is None else chained(joint.tile, chain, max(ARROW, joint.tile.tail))
    xs = _places(branches, centre)
    way = _Way(xs, _tracks(xs), joint, centre, TURN + ARROW + max(tile.length + tile.tail for tile in branches))
    placed = level(branches, xs, TURN + ARROW)
    whole = centre.moved(0, way.begin)
    gate, entries = whole.exits, whole.entries
    set_down = [product.tile.moved(x, way.row - HALF) for product, x in zip(products, xs, strict=True)]
    for tile, product in zip(placed, set_down, strict=True):
        whole = whole.around(tile).around(product)
    wires = [wire for i in range(len(xs)) for wire in way.wires(i, placed[i].exits, gate, products[i].part.id)]
    starts: list[Line] = [((0.0, 0.0), (0.0, TURN), (x, TURN)) for x in xs]
    into = [e.after(start) for start, tile in zip(starts, placed, strict=True) for e in tile.entries]
    if joint is None:
        into += [e.after(((0.0, 0.0),)) for e in entries]
    whole = replace(whole, length=way.row + HALF, entries=tuple(into), wires=(*whole.wires, *wires), exits=(), tail=0.0)
    return met(whole, [(x, out) for x, tile in zip(xs, set_down, strict=True) for out in tile.exits], (), end)


def _places(branches: Sequence[Tile], centre: Tile) -> list[float]:
    """Where the branches stand: one half on either side of the chain."""
    half = (len(branches) + 1) // 2
    columns = [*branches[:half], centre, *branches[half:]]
    places = [0.0]
    for before, tile in pairwise(columns):
        places.append(places[-1] + max(apart(before, tile), ASIDE))
    return [place - places[half] for i, place in enumerate(places) if i != half]


def _tracks(xs: Sequence[float]) -> list[int]:
    """How many branches stand between each branch and the chain."""
    return [sum(1 for other in xs if abs(other) < abs(x) and other * x > 0) for x in xs]


@dataclass(frozen=True, slots=True)
class _Way:
    """How lines run between branches, chain and products; `low` is where the branches end."""

    xs: Sequence[float]
    tracks: Sequence[int]
    joint: Merge | None
    centre: Tile
    low: float

    @property
    def begin(self) -> float:
        """Where the chain begins: below the branches if they meet first."""
        return TURN + ARROW if self.joint is None else self.low + 8 + TRACK * max(self.tracks)

    @property
    def row(self) -> float:
        """Where the middles of the products stand."""
        bottom = max(self.begin + self.centre.length, self.low) + 8
        return bottom + TRACK * max(self.tracks) + 12 + HALF

    def wires(self, i: int, outs: Sequence[End], gate: Sequence[End], product: str) -> Iterator[Wire]:
        """Those of one branch: to its product, to where the branches meet, and from the chain to its product."""
        for out in outs:
            yield Wire(out.part, product, simple((*out.line, (self.xs[i], self.row - HALF))))
            if self.joint is not None:
                yield Wire(out.part, self.joint.part.id, simple((*out.line, *self._joining(i, self.joint))))
        for out in gate:
            yield Wire(out.part, product, simple((*out.line, *self._weighting(i))))

    def _joining(self, i: int, joint: Merge) -> Line:
        x, sign = self.xs[i], 1 if self.xs[i] > 0 else -1
        middle, edge = self.begin + joint.tile.length / 2, joint.box.breadth / 2
        y = middle - TRACK * self.tracks[i]
        turn = sign * (edge + 14)
        line: Line = ((x, y), (turn, y), (turn, middle)) if self.tracks[i] else ((x, y),)
        return (*line, (sign * edge, middle))

    def _weighting(self, i: int) -> Line:
        x, sign = self.xs[i], 1 if self.xs[i] > 0 else -1
        y = self.row - HALF - 12 - TRACK * (self.tracks[i] - 1)
        near = x - sign * 2 * HALF
        line: Line = ((0.0, y), (near, y), (near, self.row)) if self.tracks[i] else ((0.0, self.row),)
        return (*line, (x - sign * HALF, self.row))
