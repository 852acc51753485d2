"""A layout on paper: boxes, lines with arrowheads, words, a title and a legend."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from archdsl.draw.figure import Figure, Part
from archdsl.draw.layout import title_of
from archdsl.draw.legend import MARGIN, end_of, entries_of, legend_width, wrapped, written
from archdsl.draw.measure import BAR, NOTE, TITLE, caption, lines
from archdsl.draw.metrics import width
from archdsl.draw.page import Group, Item, Page, Point, Polygon, Rect, Stroke, Words
from archdsl.draw.theme import Heat, Theme
from archdsl.draw.tile import Box, Tile, Wire

HEADING = 14.0
HEAD = 7.0
"""How long the head of an arrow is."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """From across and along to x and y."""

    horizontal: bool
    x: float
    y: float

    def at(self, point: Point) -> Point:
        across, along = point
        return (self.x + along, self.y + across) if self.horizontal else (self.x + across, self.y + along)

    def rect(self, box: Box) -> tuple[float, float, float, float]:
        x, y = self.at((box.across, box.along))
        return (x, y, box.length, box.breadth) if self.horizontal else (x, y, box.breadth, box.length)


def painted(figure: Figure, tile: Tile, horizontal: bool, theme: Theme, heat: Heat) -> Page:
    """The page of a figure; `heat` gives each part its share of the largest, where colour tells shares."""
    top = MARGIN + (HEADING + 8 + (NOTE + 8 if figure.subtitle else 0) if figure.title else 0)
    wide, high = (tile.length, tile.left + tile.right) if horizontal else (tile.left + tile.right, tile.length)
    legend = list(entries_of(tile, theme, heat))
    words_wide = max(width(figure.title, HEADING, True), width(figure.subtitle, NOTE + 1))
    page_wide = max(wide, words_wide, min(legend_width(tile, heat), max(wide, 360.0))) + 2 * MARGIN
    left = (page_wide - wide) / 2
    sheet = Sheet(horizontal, left if horizontal else left + tile.left, top + (tile.left if horizontal else 0))
    items: list[Item] = [*heading(figure, theme)]
    items += content(figure, tile, sheet, theme, heat)
    rows = wrapped(legend, page_wide - 2 * MARGIN)
    items += written(rows, top + high + 14, theme)
    return Page(page_wide, end_of(top + high, rows), figure.title, theme.background, tuple(items))


def content(figure: Figure, tile: Tile, sheet: Sheet, theme: Theme, heat: Heat = None) -> Iterator[Item]:
    """All that stands in a figure, from back to front."""
    yield from (_frame(box, sheet, theme) for box in tile.boxes if box.shape == "frame")
    placed = [(wire, tuple(sheet.at(point) for point in wire.line)) for wire in tile.wires]
    removed = {box.part.id for box in tile.boxes if box.part.mark == "removed"}
    yield from _wires(placed, removed, theme)
    yield from (_box(box, sheet, theme, heat) for box in tile.boxes if box.shape not in ("frame", "tower"))
    yield from (_tower(box, sheet, theme, figure) for box in tile.boxes if box.shape == "tower")
    for label in tile.labels:
        x, y = sheet.at(label.at)
        yield Words(x, y, label.text, NOTE, theme.muted, "start")


def heading(figure: Figure, theme: Theme) -> Iterator[Item]:
    y = MARGIN + HEADING - 2
    yield Words(MARGIN, y, figure.title, HEADING, theme.ink, "start", True)
    if figure.subtitle:
        yield Words(MARGIN, y + NOTE + 8, figure.subtitle, NOTE + 1, theme.muted, "start")


# --- boxes ---------------------------------------------------------------------------------------------------


def _frame(box: Box, sheet: Sheet, theme: Theme) -> Group:
    x, y, wide, high = sheet.rect(box)
    said = title_of(box.part)
    ink = theme.stroke(box.part.mark) if box.part.mark else theme.frame
    fits = sheet.horizontal or width(said, TITLE) + 16 <= box.axis
    shapes = (
        Rect(x, y, wide, high, None, ink, 6, dashed=box.part.mark != "added"),
        Words(x + 8 + (0 if fits else box.axis), y + TITLE + 4, said, TITLE, theme.muted, "start"),
    )
    return Group(box.part.id, named(box.part), shapes)


def _box(box: Box, sheet: Sheet, theme: Theme, heat: Heat) -> Group:
    x, y, wide, high = sheet.rect(box)
    part = box.part
    fill, stroke = filled(part, theme, heat), theme.stroke(part.look)
    radius = high / 2 if box.shape == "merge" else 4.0
    shapes: list[Rect | Words | Stroke | Polygon] = []
    if box.shape != "more":
        shapes.append(Rect(x, y, wide, high, fill, stroke, radius, part.mark == "removed"))
    texts = lines(part)[:1] if box.shape == "merge" else lines(part)
    base = y + (high - sum(text.height for text in texts)) / 2
    for text in texts:
        ink = theme.ink if text.size == TITLE or heat is not None else theme.muted
        shapes.append(Words(x + wide / 2, base + text.height * 0.78, text.text, text.size, ink, "middle", text.bold))
        base += text.height
    return Group(part.id, named(part), tuple(shapes))


def filled(part: Part, theme: Theme, heat: Heat) -> str:
    """The colour in a box: its share where colour tells shares, or else what the part is."""
    if heat is None:
        return theme.fill(part.look)
    return theme.heat(heat[part.id]) if part.id in heat else theme.background


def _tower(box: Box, sheet: Sheet, theme: Theme, figure: Figure) -> Group:
    """A part of a network: as many sheets as blocks, up to three, its number of blocks, its caption and its shares."""
    x, y, wide, high = sheet.rect(box)
    part = box.part
    fill, stroke = theme.fill(part.kind), theme.stroke(part.kind)
    shapes: list[Rect | Words | Stroke | Polygon] = [
        Rect(x + 3 * i, y - 3 * i, wide, high, fill, stroke, 4) for i in reversed(range(min(3, part.units)))
    ]
    if part.units > 1:
        said = f"×{part.units}"
        badge = width(said, NOTE, True) + 12
        shapes.append(Rect(x + wide / 2 - badge / 2, y + high / 2 - 8, badge, 16, theme.ink, None, 8))
        shapes.append(Words(x + wide / 2, y + high / 2 + 3.6, said, NOTE, theme.background, "middle", True))
    middle, base = x + wide / 2, y + high / 2 + box.axis / 2 + 6
    for i, text in enumerate(caption(part)):
        ink = theme.ink if i == 0 else theme.muted
        shapes.append(Words(middle, base + text.height * 0.78, text.text, text.size, ink, "middle", text.bold))
        base += text.height
    if part.counts.params:
        for i, (kind, share) in enumerate(_shares(part, figure)):
            top = base + 4 + 8 * i
            shapes.append(Rect(middle - BAR / 2, top, BAR, 5, theme.fill("norm"), None))
            shapes.append(Rect(middle - BAR / 2, top, max(0.5, BAR * share), 5, theme.stroke(kind), None))
    return Group(part.id, named(part), tuple(shapes))


def _shares(part: Part, figure: Figure) -> Iterator[tuple[str, float]]:
    """The part of all parameters, and of all MACs."""
    yield "dense", part.counts.params / max(1, figure.total.params)
    macs, whole = part.counts.macs, figure.total.macs
    if isinstance(macs, int) and isinstance(whole, int) and whole:
        yield "conv", macs / whole


def named(part: Part) -> str:
    """What a part is called in the module; what is no part of it, by what it does."""
    return part.name or part.title


# --- lines ---------------------------------------------------------------------------------------------------


def _wires(placed: Sequence[tuple[Wire, tuple[Point, ...]]], removed: Collection[str], theme: Theme) -> Iterator[Item]:
    """Lines with arrowheads; those of removed parts lie behind the others."""
    placed = sorted(placed, key=lambda way: not {way[0].source, way[0].target} & set(removed))
    hops = _hops(placed)
    seen: Counter[tuple[str, str]] = Counter()
    drawn: dict[tuple[str, bool], list[tuple[Point, ...]]] = {}
    for i, (wire, points) in enumerate(placed):
        seen[wire.source, wire.target] += 1
        again = f"@{count}" if (count := seen[wire.source, wire.target]) > 1 else ""
        head = _arrowhead(points)
        gone = wire.source in removed or wire.target in removed
        ink = theme.stroke("removed") if gone else theme.line
        beside = drawn.setdefault((wire.source, gone), [])
        own = (*_from_where_it_leaves(points, beside)[:-1], head[0])
        beside.append(points)
        marks = (Stroke(own, ink, tuple(hops.get(i, ())), gone), Polygon(head[1], ink))
        yield Group(f"{wire.source}→{wire.target}{again}", f"{wire.source} → {wire.target}", marks)


def _from_where_it_leaves(points: Sequence[Point], drawn: Sequence[Sequence[Point]]) -> Sequence[Point]:
    """A line without that part of its start that another one has drawn, as a line drawn twice is a bold one."""
    best: tuple[int, float] = (0, 0.0)
    for other in drawn:
        same = next((i for i, (a, b) in enumerate(zip(points, other, strict=False)) if a != b), 0)
        if same:
            best = max(best, (same, _shared(points[same - 1], points[same], other[same])))
    same, length = best
    if not same:
        return points
    (ax, ay), (bx, by) = points[same - 1], points[same]
    share = length / (abs(bx - ax) + abs(by - ay))
    if share == 1 and same < len(points) - 1:
        return points[same:]
    return ((ax + (bx - ax) * share, ay + (by - ay) * share), *points[same:])


def _shared(start: Point, one: Point, two: Point) -> float:
    """How far two lines run together that start at one point, to one end and to another."""
    (dx, dy), (ex, ey) = ((end[0] - start[0], end[1] - start[1]) for end in (one, two))
    together = dx * ex + dy * ey > 0 and abs(dx * ey - dy * ex) < 0.01
    return min(abs(dx) + abs(dy), abs(ex) + abs(ey)) if together else 0.0


def _arrowhead(points: Sequence[Point]) -> tuple[Point, tuple[Point, ...]]:
    """Where the line ends, and the head in front of it."""
    (ax, ay), (bx, by) = points[-2:]
    length = abs(bx - ax) + abs(by - ay) or 1.0
    dx, dy = (bx - ax) / length, (by - ay) / length
    back = (bx - dx * HEAD, by - dy * HEAD)
    side = (-dy * HEAD / 2.3, dx * HEAD / 2.3)
    return back, ((bx, by), (back[0] + side[0], back[1] + side[1]), (back[0] - side[0], back[1] - side[1]))


def _hops(placed: Sequence[tuple[Wire, tuple[Point, ...]]]) -> dict[int, list[Point]]:
    """Where level lines cross upright ones that neither start nor end at the same part."""
    upright = sorted(
        ((a[0], min(a[1], b[1]), max(a[1], b[1]), i))
        for i, (_, points) in enumerate(placed)
        for a, b in pairwise(points)
        if abs(a[0] - b[0]) < 0.01
    )
    xs = [line[0] for line in upright]
    found: dict[int, list[Point]] = {}
    for i, (wire, points) in enumerate(placed):
        for a, b in pairwise(points):
            if abs(a[1] - b[1]) > 0.01:
                continue
            low, high = min(a[0], b[0]) + 5, max(a[0], b[0]) - 5
            for x, top, bottom, j in upright[bisect_left(xs, low) : bisect_right(xs, high)]:
                other = placed[j][0]
                if top + 1 < a[1] < bottom - 1 and wire.source != other.source and wire.target != other.target:
                    point = (x, a[1])
                    if point not in found.setdefault(i, []):
                        found[i].append(point)
    return found
