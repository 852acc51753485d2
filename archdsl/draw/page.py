"""What is on paper: the shapes and words that every writer knows how to write."""

from __future__ import annotations

from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle with round corners."""

    x: float
    y: float
    width: float
    height: float
    fill: str | None
    stroke: str | None
    radius: float = 0.0
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text; `y` is its baseline, `anchor` says which of its points `x` is: start, middle or end."""

    x: float
    y: float
    text: str
    size: float
    ink: str
    anchor: str = "middle"
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line with corners, which jumps over others at its `hops`."""

    points: tuple[Point, ...]
    ink: str
    hops: tuple[Point, ...] = ()
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Polygon:
    """A filled shape: the head of an arrow."""

    points: tuple[Point, ...]
    fill: str


@dataclass(frozen=True, slots=True)
class Group:
    """Shapes that are one thing, with its id and its name."""

    id: str
    title: str
    items: tuple[Rect | Words | Stroke | Polygon, ...]


Item = Rect | Words | Stroke | Polygon | Group


@dataclass(frozen=True, slots=True)
class Page:
    """A sheet with everything on it, in pixels, from back to front."""

    width: float
    height: float
    title: str
    background: str
    items: tuple[Item, ...]


HOP = 4.0
"""The radius of the arc by which a line jumps over another."""
LINE_WIDTH = 1.2
EDGE_WIDTH = 1.2
