"""Parts in layers, for bodies that are not series-parallel.

A part stands in the layer behind the last of what it takes. Lines that pass layers have a place of their own in each,
so that none crosses a box; between two layers they run across in tracks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from archdsl.draw.structure import Mesh
from archdsl.draw.tile import LINE, End, Line, Tile, Wire, simple

Node = tuple[str, int]
"""What stands in a layer: a part, a way (its number), or where a link passes (its number and the layer)."""

ENTRY, EXIT = ("entry", 0), ("exit", 0)
GAP = 16.0
TRACK = 9.0
LEAD = 10.0
SWEEPS = 6


@dataclass(slots=True)
class _Layers:
    tiles: dict[Node, Tile] = field(default_factory=dict)
    edges: list[list[Node]] = field(default_factory=list)
    """Each way from one tile to another, by way of the places where it passes layers."""
    rows: list[list[Node]] = field(default_factory=list)
    across: dict[Node, float] = field(default_factory=dict)


def layered(mesh: Mesh, parts: Mapping[str, Tile], ways: Sequence[Tile | None]) -> Tile:
    """The parts of a mesh, and the ways between them that hold parts themselves, in their places."""
    layers = _Layers()
    layers.tiles = {(part.id, 0): parts[part.id] for part in mesh.parts} | {ENTRY: LINE, EXIT: LINE}
    layers.tiles |= {("way", i): way for i, way in enumerate(ways) if way is not None}
    hops = [_hops(link.source, link.target, i, ways[i]) for i, link in enumerate(mesh.links)]
    _rank(layers, [edge for edges in hops for edge in edges])
    _order(layers)
    _place(layers)
    return _assembled(layers, hops)


def _hops(source: str | None, target: str | None, i: int, way: Tile | None) -> list[tuple[Node, Node]]:
    start, end = ENTRY if source is None else (source, 0), EXIT if target is None else (target, 0)
    return [(start, end)] if way is None else [(start, ("way", i)), (("way", i), end)]


def _rank(layers: _Layers, edges: Sequence[tuple[Node, Node]]) -> None:
    """Gives every tile a layer, and every edge places in the layers that it passes."""
    before: dict[Node, list[Node]] = {node: [] for node in layers.tiles}
    for source, target in edges:
        before[target].append(source)
    ranks: dict[Node, int] = {}

    def rank(node: Node) -> int:
        if node not in ranks:
            ranks[node] = 1 + max((rank(other) for other in before[node]), default=-1)
        return ranks[node]

    last = max(rank(node) for node in layers.tiles)
    ranks[EXIT] = last
    layers.rows = [[] for _ in range(last + 1)]
    for node in layers.tiles:
        layers.rows[ranks[node]].append(node)
    for number, (source, target) in enumerate(edges):
        passed: list[Node] = [(f"pass {number}", i) for i in range(ranks[source] + 1, ranks[target])]
        for node in passed:
            layers.rows[node[1]].append(node)
        layers.edges.append([source, *passed, target])


def _neighbours(layers: _Layers) -> tuple[dict[Node, list[Node]], dict[Node, list[Node]]]:
    above: dict[Node, list[Node]] = {node: [] for row in layers.rows for node in row}
    below: dict[Node, list[Node]] = {node: [] for row in layers.rows for node in row}
    for edge in layers.edges:
        for source, target in pairwise(edge):
            above[target].append(source)
            below[source].append(target)
    return above, below


def _order(layers: _Layers) -> None:
    """Orders each layer so that few lines cross: every node near the middle of what it is linked to."""
    above, below = _neighbours(layers)
    for sweep in range(SWEEPS):
        linked = below if sweep % 2 else above
        rows = layers.rows[::-1] if sweep % 2 else layers.rows
        places = {node: i - len(row) / 2 for row in layers.rows for i, node in enumerate(row)}
        for row in rows:
            centres = {node: _mean([places[other] for other in linked[node]], places[node]) for node in row}
            row.sort(key=lambda node: centres[node])
            places.update((node, i - len(row) / 2) for i, node in enumerate(row))


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _place(layers: _Layers) -> None:
    """Where each node stands across: near the middle of what it is linked to, and clear of its neighbours."""
    above, below = _neighbours(layers)
    for row in layers.rows:
        layers.across.update(zip(row, _apart(layers, row, [0.0] * len(row)), strict=True))
    for sweep in range(SWEEPS):
        linked = below if sweep % 2 else above
        for row in layers.rows[::-1] if sweep % 2 else layers.rows:
            wanted = [_mean([layers.across[n] for n in linked[node]], layers.across[node]) for node in row]
            layers.across.update(zip(row, _apart(layers, row, wanted), strict=True))
    middle = layers.across[ENTRY]
    layers.across = {node: x - middle for node, x in layers.across.items()} | {EXIT: 0.0}


def _apart(layers: _Layers, row: Sequence[Node], wanted: Sequence[float]) -> list[float]:
    """The places nearest to those wanted at which nothing overlaps, in order (pool adjacent violators)."""
    offsets = [0.0]
    for a, b in pairwise(row):
        offsets.append(offsets[-1] + layers.tiles.get(a, LINE).right + GAP + layers.tiles.get(b, LINE).left)
    pools: list[tuple[float, int]] = []
    for want, offset in zip(wanted, offsets, strict=True):
        total, count = want - offset, 1
        while pools and pools[-1][0] / pools[-1][1] > total / count:
            before = pools.pop()
            total, count = total + before[0], count + before[1]
        pools.append((total, count))
    values = [total / count for total, count in pools for _ in range(count)]
    return [value + offset for value, offset in zip(values, offsets, strict=True)]


# --- lines ---------------------------------------------------------------------------------------------------


def _assembled(layers: _Layers, hops: Sequence[Sequence[tuple[Node, Node]]]) -> Tile:
    """All tiles in their places, with the lines between them."""
    tops, bottoms, tracks = _heights(layers)
    placed = {node: tile.moved(layers.across[node], tops[_row(layers, node)]) for node, tile in layers.tiles.items()}
    lines = [
        _line(layers, edge, {node: t.length for node, t in placed.items()}, tops, bottoms, tracks)
        for edge in layers.edges
    ]
    whole = Tile(length=tops[-1])
    for tile in placed.values():
        whole = replace(
            whole,
            left=max(whole.left, tile.left),
            right=max(whole.right, tile.right),
            boxes=whole.boxes + tile.boxes,
            wires=whole.wires + tile.wires,
            labels=whole.labels + tile.labels,
        )
    reach = [x for line in lines for x, _ in line]
    whole = replace(
        whole, left=max([whole.left, *(8 - x for x in reach)]), right=max([whole.right, *(8 + x for x in reach)])
    )
    number = 0
    for edges in hops:
        (source, _), (_, target) = edges[0], edges[-1]
        own = lines[number : number + len(edges)]
        number += len(edges)
        whole = _linked(whole, placed, source, target, own, placed.get(edges[0][1]) if len(edges) > 1 else None)
    return whole


def _linked(
    whole: Tile, placed: Mapping[Node, Tile], source: Node, target: Node, lines: Sequence[Line], way: Tile | None
) -> Tile:
    """A link from tile to tile, by way of the parts that it holds."""
    outs: tuple[End | None, ...] = (None,) if source == ENTRY else placed[source].exits
    ins: tuple[End | None, ...] = (None,) if target == EXIT else placed[target].entries
    if way is None:
        return _joined(whole, outs, lines[0], ins)
    whole = _joined(whole, outs, lines[0], way.entries)
    whole = _joined(whole, way.exits, lines[1], ins)
    for line in way.passes:
        whole = _joined(whole, outs, (*lines[0], *line, *lines[1]), ins)
    return whole


def _joined(whole: Tile, outs: Sequence[End | None], line: Line, ins: Sequence[End | None]) -> Tile:
    """A line between ends; None stands for an end of the whole tile."""
    for out in outs:
        for into in ins:
            way = simple((*(out.line if out else ()), *line, *(into.line if into else ())))
            match out, into:
                case End(), End():
                    whole = replace(whole, wires=(*whole.wires, Wire(out.part, into.part, way)))
                case None, End():
                    whole = replace(whole, entries=(*whole.entries, End(into.part, way)))
                case End(), None:
                    whole = replace(whole, exits=(*whole.exits, End(out.part, way)))
                case _:
                    whole = replace(whole, passes=(*whole.passes, way))
    return whole


def _row(layers: _Layers, node: Node) -> int:
    return next(i for i, row in enumerate(layers.rows) if node in row)


def _heights(layers: _Layers) -> tuple[list[float], list[float], dict[tuple[Node, int], float]]:
    """Where each layer begins and ends, and the track of every node's lines below its layer."""
    tops, bottoms, at = [0.0], [0.0], {}
    y = 0.0
    for i, row in enumerate(layers.rows[:-1]):
        y += max((layers.tiles[n].length + layers.tiles[n].tail for n in row if n in layers.tiles), default=0.0)
        bottoms[i] = y
        tracks = _tracks(layers, i)
        for node, track in tracks.items():
            at[node, i] = y + LEAD + TRACK * track
        y += LEAD + TRACK * (max(tracks.values(), default=0)) + (18 if i + 2 < len(layers.rows) else LEAD)
        tops.append(y)
        bottoms.append(y)
    return tops, bottoms, at


def _tracks(layers: _Layers, row: int) -> dict[Node, int]:
    """A track for the lines below each node of a layer, so that lines of two nodes never lie on each other."""
    spans: dict[Node, list[float]] = {}
    for edge in layers.edges:
        for source, target in pairwise(edge):
            if source in layers.rows[row] and target in layers.rows[row + 1]:
                spans.setdefault(source, [layers.across[source]]).append(layers.across[target])
    turning = {node: xs for node, xs in spans.items() if max(xs) - min(xs) > 0.5}
    order = list(_settled(layers, turning))
    found: dict[Node, int] = {}
    for node in order:
        track = max((found[o] + 1 for o in found if _under(layers, turning, o, node)), default=0)
        while any(found[o] == track and _overlap(turning[o], turning[node]) for o in found):
            track += 1
        found[node] = track
    return found


def _settled(layers: _Layers, spans: Mapping[Node, Sequence[float]]) -> Iterator[Node]:
    """Nodes, those first whose line down another one would lie on."""
    rest = sorted(spans, key=lambda node: layers.across[node])
    while rest:
        node = next((n for n in rest if not any(_under(layers, spans, o, n) for o in rest if o != n)), rest[0])
        rest.remove(node)
        yield node


def _under(layers: _Layers, spans: Mapping[Node, Sequence[float]], first: Node, second: Node) -> bool:
    """Whether the second one's lines go down where the first one stands, so that they have to turn below its own."""
    return any(abs(x - layers.across[first]) < 6 for x in spans[second][1:]) and first != second


def _overlap(a: Sequence[float], b: Sequence[float]) -> bool:
    return min(a) < max(b) + 8 and min(b) < max(a) + 8


def _line(
    layers: _Layers,
    edge: Sequence[Node],
    ends: Mapping[Node, float],
    tops: Sequence[float],
    bottoms: Sequence[float],
    tracks: Mapping[tuple[Node, int], float],
) -> Line:
    """A line from the end of a tile, through the layers that it passes, to the start of another."""
    points = [(layers.across[edge[0]], ends[edge[0]])]
    for source, target in pairwise(edge):
        row = _row(layers, source)
        a, b = layers.across[source], layers.across[target]
        y = tracks.get((source, row), bottoms[row])
        points += [(a, bottoms[row]), (a, y), (b, y), (b, tops[row + 1])]
    return simple(points)
