"""Two figures of every variant against each other, and the variants that no other one beats in both."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from archdsl.ablate.family import Variant
from archdsl.ablate.table import FIGURES, Beside
from archdsl.report import ArchError, errors

USUAL = "macs,params"
FORMATS = ["svg", "pdf", "png"]
WIDTH, HEIGHT, MARGIN = 720, 480, 70
FONT = 'font-family="sans-serif" font-size="11"'
INK, FAINT, ACCENT = "#1f2933", "#9aa5b1", "#2f6fdb"


@dataclass(frozen=True, slots=True)
class Axis:
    """A figure, or a column of what stands beside; `sign` is 1 where less of it is better, −1 where more is."""

    name: str
    sign: int

    @property
    def title(self) -> str:
        return FIGURES.get(self.name, self.name) + (
            " (less is better)" if self.name not in FIGURES and self.sign > 0 else ""
        )

    def of(self, variant: Variant[Any], beside: Beside) -> float | None:
        """The number of a variant on this axis; None where it has none."""
        if self.name in FIGURES:
            return None if variant.stats is None else float(getattr(variant.stats, self.name))
        text = beside.get(variant.name, {}).get(self.name, "")
        try:
            number = float(text)
        except ValueError:
            return None
        return number if math.isfinite(number) else None


@dataclass(frozen=True, slots=True)
class Point:
    name: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Axes:
    x: Axis
    y: Axis

    def point(self, variant: Variant[Any], beside: Beside) -> Point | None:
        x, y = self.x.of(variant, beside), self.y.of(variant, beside)
        return None if x is None or y is None else Point(variant.name, x, y)

    def named(self, points: Sequence[Point]) -> list[Point]:
        """The points that a picture calls by name: those in front, and the first, which is the baseline."""
        front = self.front(points)
        return front if not points or points[0] in front else [points[0], *front]

    def front(self, points: Iterable[Point]) -> list[Point]:
        """The points that no other one beats on one axis without losing on the other, from left to right."""
        best, found = math.inf, []
        for point in sorted(points, key=lambda p: (self.x.sign * p.x, self.y.sign * p.y)):
            if self.y.sign * point.y < best:
                best = self.y.sign * point.y
                found.append(point)
        return sorted(found, key=lambda p: p.x)


def axes(text: str, beside: Beside) -> Axes:
    """`macs,params`; a column of what stands beside is better the more it is, with a minus before it the less."""
    known = [*FIGURES, *dict.fromkeys(column for row in beside.values() for column in row)]
    names = text.split(",")
    if len(names) != 2 or any(name.removeprefix("-") not in known for name in names):
        raise ArchError([errors.unknown_axes(errors.outside(text), known)])
    found = (Axis(n.removeprefix("-"), 1 if n.startswith("-") or n in FIGURES else -1) for n in names)
    return Axes(*found)


def plot(axes: Axes, points: Sequence[Point], path: Path) -> None:
    """Writes the picture: SVG as it is, any other kind by matplotlib."""
    suffix = path.suffix[1:].lower()
    if suffix not in FORMATS:
        raise ArchError([errors.unknown_format(errors.outside(suffix or "no suffix"), suffix, FORMATS)])
    if suffix == "svg":
        path.write_text(svg(axes, points), encoding="utf-8")
        return
    try:
        from matplotlib.figure import Figure
    except ImportError:
        command = "pip install 'archdsl[draw]'"
        raise ArchError([errors.not_installed(errors.outside(path.name), "matplotlib", command)]) from None
    front, figure = axes.front(points), Figure(figsize=(WIDTH / 100, HEIGHT / 100), layout="constrained")
    plane = figure.add_subplot()
    plane.scatter([p.x for p in points], [p.y for p in points], s=14, color=FAINT)
    plane.plot([p.x for p in front], [p.y for p in front], color=ACCENT, marker="o", markersize=4)
    for point in axes.named(points):
        plane.annotate(point.name, (point.x, point.y), xytext=(4, 4), textcoords="offset points", fontsize=7)
    plane.set(xlabel=axes.x.title, ylabel=axes.y.title)
    figure.savefig(path, dpi=150)


# --- SVG ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Scale:
    """Numbers on a stretch of the picture, with ticks at round ones."""

    low: float
    high: float
    step: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        return round(self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start), 1)

    @property
    def ticks(self) -> list[float]:
        return [self.low + i * self.step for i in range(round((self.high - self.low) / self.step) + 1)]


def scale(values: Sequence[float], start: float, end: float) -> Scale:
    """A scale from a round number below the values to one above."""
    low, high = min(values, default=0), max(values, default=1)
    rough = (high - low or abs(high) or 1) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= rough)
    first, last = math.floor(low / step), math.ceil(high / step)
    return Scale(first * step, max(last, first + 1) * step, step, start, end)


def svg(axes: Axes, points: Sequence[Point]) -> str:
    """The picture as a text that needs nothing else."""
    x = scale([p.x for p in points], MARGIN, WIDTH - MARGIN / 2)
    y = scale([p.y for p in points], HEIGHT - MARGIN, MARGIN / 2)
    front = axes.front(points)
    line = " ".join(f"{x(p.x)},{y(p.y)}" for p in front)
    middle = (MARGIN + WIDTH - MARGIN / 2) / 2, (HEIGHT - MARGIN / 2) / 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" {FONT}>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        *(_tick(x(t), HEIGHT - MARGIN, t, f"M{x(t)} {y.start}V{y.end}") for t in x.ticks),
        *(_tick(MARGIN, y(t), t, f"M{x.start} {y(t)}H{x.end}", upright=True) for t in y.ticks),
        _text(middle[0], HEIGHT - 20, axes.x.title, 'text-anchor="middle"'),
        _text(20, middle[1], axes.y.title, f'text-anchor="middle" transform="rotate(-90 20 {middle[1]})"'),
        f'<polyline points="{line}" fill="none" stroke="{ACCENT}" stroke-width="1.5"/>',
        *(_dot(x(p.x), y(p.y), p, FAINT) for p in points if p not in front),
        *(_dot(x(p.x), y(p.y), p, ACCENT) for p in front),
        *(_text(x(p.x) + 6, y(p.y) - 6, p.name, f'fill="{INK}"') for p in axes.named(points)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _tick(left: float, top: float, value: float, path: str, upright: bool = False) -> str:
    label = 'text-anchor="end" dx="-8" dy="4"' if upright else 'text-anchor="middle" dy="18"'
    return f'<path d="{path}" stroke="#e4e7eb"/>' + _text(left, top, _short(value), label)


def _dot(x: float, y: float, point: Point, colour: str) -> str:
    title = f"{point.name}: {_short(point.x)}, {_short(point.y)}"
    return f'<circle cx="{x}" cy="{y}" r="4" fill="{colour}"><title>{escape(title)}</title></circle>'


def _text(x: float, y: float, text: str, attributes: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {attributes}>{escape(text)}</text>'


def _short(value: float) -> str:
    """`25.6M`, `4.1G`, `80.3`"""
    for factor, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= factor:
            return f"{value / factor:.4g}{unit}"
    return f"{value:.4g}"
