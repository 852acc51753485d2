"""A page as SVG: the same bytes for the same page, and nothing in a spec can add to its markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from html import escape

from archdsl.draw.metrics import FAMILY
from archdsl.draw.page import EDGE_WIDTH, HOP, LINE_WIDTH, Group, Item, Page, Polygon, Rect, Stroke, Words

_FORBIDDEN = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def svg(page: Page, width: float | None = None) -> str:
    """The text of an SVG file, `width` pixels wide or as wide as the page."""
    wide = page.width if width is None else width
    high = page.height * wide / page.width
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{number(wide)}" height="{number(high)}" '
        f'viewBox="0 0 {number(page.width)} {number(page.height)}" role="img" '
        f'font-family="{FAMILY}" stroke-linejoin="round">'
    )
    lines = [head, f"<title>{said(page.title)}</title>"]
    lines.append(f'<rect width="{number(page.width)}" height="{number(page.height)}" fill="{page.background}"/>')
    for item in page.items:
        lines += _lines(item)
    return "\n".join([*lines, "</svg>"]) + "\n"


def _lines(item: Item) -> Iterator[str]:
    if not isinstance(item, Group):
        yield _mark(item)
        return
    yield f'<g id="{said(item.id)}"><title>{said(item.title)}</title>'
    yield from map(_mark, item.items)
    yield "</g>"


def _mark(item: Rect | Words | Stroke | Polygon) -> str:
    match item:
        case Rect():
            dash = ' stroke-dasharray="5 3"' if item.dashed else ""
            radius = f' rx="{number(item.radius)}"' if item.radius else ""
            stroke = f' stroke="{item.stroke}" stroke-width="{number(EDGE_WIDTH)}"' if item.stroke else ""
            return (
                f'<rect x="{number(item.x)}" y="{number(item.y)}" width="{number(item.width)}" '
                f'height="{number(item.height)}"{radius} fill="{item.fill or "none"}"{stroke}{dash}/>'
            )
        case Words():
            bold = ' font-weight="bold"' if item.bold else ""
            anchor = "" if item.anchor == "start" else f' text-anchor="{item.anchor}"'
            return (
                f'<text x="{number(item.x)}" y="{number(item.y)}" font-size="{number(item.size)}"{bold}{anchor} '
                f'fill="{item.ink}" xml:space="preserve">{said(item.text)}</text>'
            )
        case Stroke():
            dash = ' stroke-dasharray="5 3"' if item.dashed else ""
            ink = f'stroke="{item.ink}" stroke-width="{number(LINE_WIDTH)}"'
            return f'<path d="{_path(item)}" fill="none" {ink}{dash}/>'
        case Polygon():
            points = " ".join(f"{number(x)},{number(y)}" for x, y in item.points)
            return f'<polygon points="{points}" fill="{item.fill}"/>'


def _path(stroke: Stroke) -> str:
    """The commands of a line; it jumps in an arc over what it crosses."""
    (x, y), *rest = stroke.points
    parts = [f"M{number(x)} {number(y)}"]
    for to_x, to_y in rest:
        for hop_x, hop_y in sorted((h for h in stroke.hops if on_way(h, (x, y), (to_x, to_y))), reverse=to_x < x):
            sign = 1 if to_x > x else -1
            sweep = 1 if to_x > x else 0
            parts.append(f"H{number(hop_x - sign * HOP)}")
            parts.append(f"A{number(HOP)} {number(HOP)} 0 0 {sweep} {number(hop_x + sign * HOP)} {number(hop_y)}")
        parts.append(f"L{number(to_x)} {number(to_y)}")
        x, y = to_x, to_y
    return "".join(parts)


def on_way(point: tuple[float, float], a: tuple[float, float], b: tuple[float, float]) -> bool:
    """Whether a point lies on a level line."""
    return a[1] == b[1] and abs(point[1] - a[1]) < 0.01 and min(a[0], b[0]) < point[0] < max(a[0], b[0])


@lru_cache(4096)
def number(value: float) -> str:
    """A number in at most two decimals."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


@lru_cache(4096)
def said(text: str) -> str:
    """Text that is only text, wherever in the file it stands."""
    return escape(_FORBIDDEN.sub("�", text))
