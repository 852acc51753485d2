"""Where everything stands: the structure of a body as tiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from archdsl.draw import words
from archdsl.draw.figure import Body, Part
from archdsl.draw.layered import layered
from archdsl.draw.measure import BAR, NOTE, TITLE, caption, is_merge, size, tower
from archdsl.draw.metrics import width
from archdsl.draw.structure import Fork, Gate, Leaf, Mesh, Series, decomposed
from archdsl.draw.tile import LINE, Box, End, Label, Line, Tile, Wire, chained, simple

ARROW = 20.0
TURN = 9.0
SIDE = 18.0
SKIP = 16.0
TAIL = 15.0
FRAME = 12.0
TITLED = 22.0


@dataclass(frozen=True, slots=True)
class Setting:
    """How a picture reads: to the right, or downward; the parts whose results are used."""

    horizontal: bool
    used: frozenset[str]
    tallest: float = 0.0
    """Of towers, the height of the tallest; 0 where parts are boxes."""


def laid_out(body: Body, horizontal: bool, towers: bool = False) -> Tile:
    """A whole body with its inputs and its output; its parts are towers if `towers` says so."""
    used = frozenset(source for part in body.walk() for source, _ in part.inputs)
    tallest = max(tower(part)[1] for part in body.parts) if towers else 0.0
    return series(decomposed(body, ends=True), Setting(horizontal, used, tallest), 1)


def series(way: Series, setting: Setting, side: int) -> Tile:
    """One after the other; `side` is where lines and chains beside the axis go."""
    tile = LINE
    items = list(way.items)
    while items:
        item = items.pop(0)
        merge = items[0].part if items and isinstance(items[0], Leaf) and isinstance(item, Fork | Gate) else None
        if merge is not None:
            items.pop(0)
        match item:
            case Leaf(part):
                following, gap = leaf(part, setting), ARROW
            case Fork(branches):
                following, gap = fork(branches, merge, setting, side), 0.0
            case Gate():
                following, gap = gate(item, merge, setting, side), 0.0
            case Mesh():
                following, gap = mesh(item, setting), 0.0
        gap = _tower_gap(tile, following) if setting.tallest else max(gap, tile.tail)
        tile = chained(tile, following, gap if tile.boxes else 0.0)
    return tile


def _tower_gap(tile: Tile, following: Tile) -> float:
    """Between captions, and between towers where the label on the line needs more."""
    lead = min((box.along for box in following.boxes), default=0.0)
    return max(12.0, tile.tail - lead)


# --- one part ------------------------------------------------------------------------------------------------


def leaf(part: Part, setting: Setting) -> Tile:
    """A part as a box, or as a frame around its parts."""
    if setting.tallest and not is_merge(part):
        return _tower(part, setting)
    tile = _frame(part, setting) if part.body is not None else _box(part, setting)
    label = _label(part)
    if not part.inputs:
        tile = replace(tile, entries=())
    if part.id not in setting.used:
        return replace(tile, exits=())
    if not label:
        return tile
    wide = width(label, NOTE)
    if setting.horizontal:
        return replace(
            tile,
            left=max(tile.left, 18.0),
            labels=(*tile.labels, Label(label, (-6.0, tile.length + 4))),
            tail=wide + 12,
        )
    return replace(
        tile,
        right=max(tile.right, 8 + wide),
        labels=(*tile.labels, Label(label, (6.0, tile.length + 12))),
        tail=TAIL,
    )


def _label(part: Part) -> str:
    """The shape that goes out, where it is another one than came in."""
    if part.kind in ("input", "output", "parameter", "buffer", "more") or not part.gives or not part.takes:
        return ""
    if part.kind == "block" and part.body is None:
        return ""
    return words.shape_text(part.gives[0]) if part.gives[0] != part.takes[0] else ""


def _box(part: Part, setting: Setting) -> Tile:
    wide, high = size(part)
    breadth, length = (high, wide) if setting.horizontal else (wide, high)
    shape = "merge" if is_merge(part) else "more" if part.kind == "more" else "box"
    return _single(Box(part, -breadth / 2, 0, breadth, length, shape))


def _tower(part: Part, setting: Setting) -> Tile:
    """A part of a network, with its caption below the tallest."""
    wide, high = tower(part)
    texts = caption(part)
    length = max([wide, *(text.width for text in texts), BAR if part.counts.params else 0.0])
    start, end = (length - wide) / 2, (length + wide) / 2
    box = Box(part, -high / 2, start, high, wide, "tower", setting.tallest)
    sheets = 3.0 * min(2, part.units - 1)
    below = sum(text.height for text in texts) + (24.0 if part.counts.params else 6.0)
    label = words.shape_text(part.gives[0]) if part.kind != "output" else ""
    labels = (Label(label, (-6.0, end + sheets + 4)),) if label else ()
    entries = (End(part.id, ((0.0, 0.0), (0.0, start))),) if part.inputs else ()
    exits = (End(part.id, ((0.0, end), (0.0, length))),) if part.id in setting.used else ()
    tail = max(0.0, width(label, NOTE) + sheets + 16 - start)
    left, right = setting.tallest / 2 + 12, setting.tallest / 2 + below + 8
    return Tile(left, right, length, (box,), (), labels, entries, exits, (), tail)


def _single(box: Box) -> Tile:
    entry, out = End(box.part.id, ((0.0, 0.0),)), End(box.part.id, ((0.0, box.length),))
    return Tile(-box.across, box.across + box.breadth, box.length, (box,), (), (), (entry,), (out,))


def _frame(part: Part, setting: Setting) -> Tile:
    """The parts of a block, with room around them for a frame and its title."""
    assert part.body is not None
    inner = series(decomposed(part.body, ends=False), setting, 1)
    if inner.tail and inner.labels[-1].text == _label(part):
        inner = replace(inner, labels=inner.labels[:-1], tail=0.0)
    said = width(title_of(part), TITLE) + 16
    before, after = (FRAME + 6, FRAME + 6) if setting.horizontal else (TITLED, FRAME)
    left, right = inner.left + FRAME, inner.right + FRAME
    length = before + inner.length + max(inner.tail + 5, after)
    if setting.horizontal:
        left, length = left + TITLED - FRAME, max(length, said)
    elif said > left and said > right:
        left, right = (said, right) if said - left <= said - right else (left, said)
    tile = inner.moved(0, before)
    box = Box(part, -left, 0, left + right, length, "frame", left)
    start, end = (0.0, 0.0), (0.0, length)
    return replace(
        tile,
        left=left,
        right=right,
        length=length,
        boxes=(box, *tile.boxes),
        entries=tuple(replace(e, line=(start, *e.line)) for e in tile.entries),
        exits=tuple(replace(e, line=(*e.line, end)) for e in tile.exits),
        passes=tuple((start, *line, end) for line in tile.passes),
        tail=0.0,
    )


def title_of(part: Part) -> str:
    """The words at the head of a frame."""
    return part.title + (f"  ×{part.times}" if part.times > 1 else "")


# --- side by side --------------------------------------------------------------------------------------------


def fork(branches: Sequence[Series], merge: Part | None, setting: Setting, side: int) -> Tile:
    """Branches side by side, and the part where they meet."""
    trunk = _trunk(branches, merge)
    if trunk is None:
        order = sorted(range(len(branches)), key=lambda i: not len(branches[i]))
        halves = len(order) / 2
        tiles = [series(branches[i], setting, -1 if place + 0.5 < halves else 1) for place, i in enumerate(order)]
        places = _spread(tiles)
    else:
        order = [trunk, *(i for i in range(len(branches)) if i != trunk)]
        tiles = [series(branches[i], setting, side) for i in order]
        places = _beside(tiles, side)
    return _closed(tiles, places, merge, setting)


def _trunk(branches: Sequence[Series], merge: Part | None) -> int | None:
    """The branch that keeps to the axis; None where they stand around it."""
    filled = [i for i, branch in enumerate(branches) if len(branch)]
    empty = [i for i, branch in enumerate(branches) if not len(branch)]
    if len(filled) == 1 and len(empty) == 1:
        gated = merge is not None and merge.title in ("×", "÷")
        hangs = not next(branches[filled[0]].leaves()).inputs
        return empty[0] if gated or hangs else filled[0]
    weights = [sum(1 for _ in branch.leaves()) for branch in branches]
    shortcut = any(all(isinstance(item, Leaf) and item.part.body is None for item in b.items) for b in branches)
    if len(branches) == 2 and shortcut and weights[0] != weights[1] and merge is not None and merge.title == "+":
        return max(filled, key=lambda i: weights[i])
    return None


def _spread(tiles: Sequence[Tile]) -> list[float]:
    """Places of branches around the axis, which is in the middle of them or on the middle one."""
    places = [0.0]
    for before, tile in pairwise(tiles):
        places.append(places[-1] + _apart(before, tile))
    half = len(places) // 2
    middle = places[half] if len(places) % 2 else (places[half - 1] + places[half]) / 2
    return [place - middle for place in places]


def _beside(tiles: Sequence[Tile], side: int) -> list[float]:
    """The first branch on the axis, the others beside it."""
    places = [0.0]
    for before, tile in pairwise(tiles):
        step = _apart(before, tile) if side > 0 else _apart(tile, before)
        places.append(places[-1] + side * step)
    return places


def _apart(left: Tile, right: Tile) -> float:
    gap = SIDE if left.boxes and right.boxes else SKIP
    return left.right + gap + right.left


def _closed(tiles: Sequence[Tile], places: Sequence[float], merge: Part | None, setting: Setting) -> Tile:
    """Branches in their places, opened from one point and closed in the part where they meet."""
    head = TURN + ARROW if any(tile.entries for tile in tiles) else TURN
    longest = max(tile.length + tile.tail for tile in tiles)
    entries: list[End] = []
    passes: list[tuple[float, Line]] = []
    whole = Tile(max(t.left - x for t, x in zip(tiles, places, strict=True)), 0)
    whole = replace(whole, right=max(t.right + x for t, x in zip(tiles, places, strict=True)))
    ends: list[tuple[float, End]] = []
    for tile, x in zip(tiles, places, strict=True):
        top = head + (longest - tile.length - tile.tail) / 2
        placed = tile.moved(x, top)
        start: Line = ((0.0, 0.0), (0.0, TURN), (x, TURN))
        entries += [replace(e, line=(*start, *e.line)) for e in placed.entries]
        ends += [(x, e) for e in placed.exits]
        passes += [(x, (*start, *line)) for line in placed.passes]
        whole = replace(
            whole,
            boxes=whole.boxes + placed.boxes,
            wires=whole.wires + placed.wires,
            labels=whole.labels + placed.labels,
        )
    whole = replace(whole, entries=tuple(entries), length=head + longest)
    return _met(whole, ends, passes, merge, setting)


def _met(
    whole: Tile,
    ends: Sequence[tuple[float, End]],
    passes: Sequence[tuple[float, Line]],
    merge: Part | None,
    setting: Setting,
) -> Tile:
    """A tile closed in a part, which branches enter from above if they stand there, else from the sides."""
    if merge is None:
        end = whole.length
        exits = tuple(replace(e, line=(*e.line, (x, end), (0.0, end))) for x, e in ends)
        return replace(whole, exits=exits, passes=tuple((*line, (x, end), (0.0, end)) for x, line in passes))
    tile = leaf(merge, setting)
    box = tile.boxes[0]
    half = box.breadth / 2
    above = [x for x, _ in (*ends, *passes) if _is_above(x, half, merge)]
    gap = 18.0 if above else 6.0
    top = whole.length + gap
    placed = tile.moved(0, top)
    middle = top + tile.length / 2
    if merge.body is not None or box.shape != "merge":
        middle = top + min(tile.length / 2, 14)

    def last(x: float) -> Line:
        if _is_above(x, half, merge):
            return ((x, top),)
        edge = box.across + box.breadth if x > 0 else -box.across
        return ((x, middle), (edge if x > 0 else -edge, middle))

    wires = tuple(Wire(e.part, merge.id, simple((*e.line, *last(x)))) for x, e in ends)
    entries = tuple(End(merge.id, simple((*line, *last(x)))) for x, line in passes)
    return replace(
        whole,
        left=max(whole.left, placed.left),
        right=max(whole.right, placed.right),
        length=placed.length,
        boxes=whole.boxes + placed.boxes,
        wires=whole.wires + placed.wires + wires,
        labels=whole.labels + placed.labels,
        entries=whole.entries + (entries if merge.inputs else ()),
        exits=placed.exits,
        tail=placed.tail,
    )


def _is_above(x: float, half: float, merge: Part) -> bool:
    """Whether a branch comes down on a part from above."""
    return abs(x) < 0.01 if is_merge(merge) else abs(x) < half - 6


# --- gates ---------------------------------------------------------------------------------------------------


def gate(item: Gate, merge: Part | None, setting: Setting, side: int) -> Tile:
    """Branches around the chain that weights them, and their products."""
    half = (len(item.branches) + 1) // 2
    tiles = [series(b, setting, -1 if i < half else 1) for i, b in enumerate(item.branches)]
    chain = series(item.chain, setting, 1)
    joint = leaf(item.join, setting) if item.join is not None else None
    centre = chained(joint, chain, max(ARROW, joint.tail)) if joint is not None else chain
    columns = [*tiles[:half], centre, *tiles[half:]]
    places = [0.0]
    for before, tile in pairwise(columns):
        places.append(places[-1] + max(_apart(before, tile), 40.0))
    middle = places[half]
    xs = [place - middle for i, place in enumerate(places) if i != half]
    return _gated(item, tiles, xs, centre, joint, merge, setting)


def _gated(
    item: Gate,
    tiles: Sequence[Tile],
    xs: Sequence[float],
    centre: Tile,
    joint: Tile | None,
    merge: Part | None,
    setting: Setting,
) -> Tile:
    head, longest = TURN + ARROW, max(tile.length + tile.tail for tile in tiles)
    rows = _tracks(xs)
    depth = max(rows)
    low = head + longest
    begin = low + 8 + 10 * depth if joint is not None else head
    wires: list[Wire] = []
    whole = centre.moved(0, begin)
    bottom = max(begin + centre.length, low) + 8
    row = bottom + 10 * depth + 12 + 11
    entries: list[End] = []
    ends: list[tuple[float, End]] = []
    whole = replace(whole, length=row + 11)
    middle = begin + (joint.length / 2 if joint is not None else 0)
    for i, (tile, x, track) in enumerate(zip(tiles, xs, rows, strict=True)):
        placed = tile.moved(x, head + (longest - tile.length - tile.tail) / 2)
        start: Line = ((0.0, 0.0), (0.0, TURN), (x, TURN))
        entries += [replace(e, line=(*start, *e.line)) for e in placed.entries]
        product = leaf(item.products[i], setting).moved(x, row - 11)
        sign = 1 if x > 0 else -1
        for out in placed.exits:
            wires.append(Wire(out.part, item.products[i].id, simple((*out.line, (x, row - 11)))))
            if joint is not None and item.join is not None:
                y = middle - 10 * track
                turn = sign * (joint.boxes[0].breadth / 2 + 14)
                line: Line = ((x, y), (turn, y), (turn, middle)) if track else ((x, y),)
                end = (sign * joint.boxes[0].breadth / 2, middle)
                wires.append(Wire(out.part, item.join.id, simple((*out.line, *line, end))))
        for out in whole.exits:
            y = row - 23 - 10 * (track - 1) if track else row
            near = x - sign * 22
            way: Line = ((0.0, y), (near, y), (near, row)) if track else ((0.0, row),)
            wires.append(Wire(out.part, item.products[i].id, simple((*out.line, *way, (x - sign * 11, row)))))
        ends += [(x, e) for e in product.exits]
        whole = replace(
            whole,
            left=max(whole.left, tile.left - x, 11 - x),
            right=max(whole.right, tile.right + x, 11 + x),
            boxes=whole.boxes + placed.boxes + product.boxes,
            wires=whole.wires + placed.wires,
            labels=whole.labels + placed.labels,
        )
    if joint is None:
        entries += [replace(e, line=((0.0, 0.0), *e.line)) for e in whole.entries]
    whole = replace(whole, entries=tuple(entries), wires=whole.wires + tuple(wires), exits=())
    return _met(whole, ends, (), merge, setting)


def _tracks(xs: Sequence[float]) -> list[int]:
    """How many branches stand between each branch and the chain."""
    return [sum(1 for other in xs if abs(other) < abs(x) and other * x > 0) for x in xs]


# --- meshes --------------------------------------------------------------------------------------------------


def mesh(item: Mesh, setting: Setting) -> Tile:
    """Parts in layers."""
    tiles = {part.id: leaf(part, setting) for part in item.parts}
    ways = [series(link.way, setting, 1) if len(link.way) else None for link in item.links]
    return layered(item, tiles, ways)
