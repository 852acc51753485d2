"""Where everything stands: the structure of a body as tiles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from archdsl.draw import words
from archdsl.draw.branching import ARROW, Merge, beside, closed, spread
from archdsl.draw.figure import Body, Part
from archdsl.draw.gates import gated
from archdsl.draw.layered import layered
from archdsl.draw.measure import BAR, NOTE, TITLE, caption, is_merge, size, tower
from archdsl.draw.metrics import width
from archdsl.draw.structure import Fork, Gate, Item, Leaf, Mesh, Series, decomposed
from archdsl.draw.tile import LINE, Box, End, Label, Tile, chained

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
    return strung(pieces(decomposed(body, ends=True), setting_of(body, horizontal, towers), 1))


def setting_of(body: Body, horizontal: bool, towers: bool) -> Setting:
    """How a whole body is drawn."""
    used = frozenset(source for part in body.walk() for source, _ in part.inputs)
    return Setting(horizontal, used, tallest(body.parts) if towers else 0.0)


def tallest(parts: Iterable[Part]) -> float:
    """The height of the tallest tower."""
    return max(tower(part)[1] for part in parts)


@dataclass(frozen=True, slots=True)
class Piece:
    """A tile of a series, the room before it, and what it is made of."""

    tile: Tile
    gap: float
    items: tuple[Item, ...]


def series(way: Series, setting: Setting, side: int) -> Tile:
    """One after the other; `side` is where lines and chains beside the axis go."""
    return strung(pieces(way, setting, side))


def strung(pieces: Iterable[Piece], across: float = 0.0, along: float = 0.0) -> Tile:
    """Pieces one after the other as one tile, which begins in this place, and without room."""
    tile = LINE.moved(across, along)
    for piece in pieces:
        tile = chained(tile, piece.tile, piece.gap if tile.boxes else 0.0, across)
    return tile


def pieces(way: Series, setting: Setting, side: int) -> Iterator[Piece]:
    """What stands one after the other: parts, and branches with the part where they meet."""
    before = LINE
    items = list(way.items)
    while items:
        item = items.pop(0)
        merge = items[0].part if items and isinstance(items[0], Leaf) and isinstance(item, Fork | Gate) else None
        own = (item,) if merge is None else (item, items.pop(0))
        match item:
            case Leaf(part):
                following, gap = leaf(part, setting), ARROW
            case Fork(branches):
                following, gap = fork(branches, merge, setting, side), 0.0
            case Gate():
                following, gap = gate(item, merge, setting), 0.0
            case Mesh():
                following, gap = mesh(item, setting), 0.0
        yield Piece(following, _tower_gap(before, following) if setting.tallest else max(gap, before.tail), own)
        before = following


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
        joint = _merge(merge, setting)
        return closed(tiles, spread(tiles, joint), joint)
    order = [trunk, *(i for i in range(len(branches)) if i != trunk)]
    tiles = [series(branches[i], setting, side) for i in order]
    return closed(tiles, beside(tiles, side), _merge(merge, setting))


def _merge(part: Part | None, setting: Setting) -> Merge | None:
    return None if part is None else Merge(part, leaf(part, setting))


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


def gate(item: Gate, merge: Part | None, setting: Setting) -> Tile:
    """Branches around the chain that weights them, and their products."""
    half = (len(item.branches) + 1) // 2
    tiles = [series(branch, setting, -1 if i < half else 1) for i, branch in enumerate(item.branches)]
    products = [Merge(product, leaf(product, setting)) for product in item.products]
    return gated(tiles, _merge(item.join, setting), series(item.chain, setting, 1), products, _merge(merge, setting))


def mesh(item: Mesh, setting: Setting) -> Tile:
    """Parts in layers."""
    tiles = {part.id: leaf(part, setting) for part in item.parts}
    ways = [series(link.way, setting, 1) if len(link.way) else None for link in item.links]
    return layered(item, tiles, ways)
