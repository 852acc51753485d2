"""A record as a picture, in every format."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from archdsl.draw import words
from archdsl.draw.beside import side_by_side
from archdsl.draw.dot import dot, laid_out_by_dot
from archdsl.draw.figure import Body, Figure, Level, Part
from archdsl.draw.layout import laid_out
from archdsl.draw.levels import figure, has_towers
from archdsl.draw.measure import words_of
from archdsl.draw.mermaid import mermaid
from archdsl.draw.page import Page
from archdsl.draw.paint import painted
from archdsl.draw.plot import plotted
from archdsl.draw.svg import svg
from archdsl.draw.theme import THEMES, Heat
from archdsl.draw.wrap import is_readable, on_paper
from archdsl.lower.record import Record
from archdsl.report import ArchError, Diagnostic, errors

ColorBy = Literal["kind", "params", "macs"]
Engine = Literal["own", "dot"]
Direction = Literal["down", "right"]
ThemeName = Literal["paper", "screen", "dark"]


@dataclass(frozen=True, slots=True)
class Style:
    """How a picture looks: what colours tell, its theme, which way it reads, and its width in pixels."""

    color_by: ColorBy = "kind"
    theme: ThemeName = "paper"
    direction: Direction | None = None
    width: float | None = None
    engine: Engine = "own"

    def __post_init__(self) -> None:
        wrong = [*_unknown("color_by", self.color_by, ColorBy), *_unknown("theme", self.theme, ThemeName)]
        wrong += [*_unknown("direction", self.direction, Direction), *_unknown("engine", self.engine, Engine)]
        if wrong:
            raise ArchError(wrong)


def _unknown(option: str, word: str | None, known: Any) -> list[Diagnostic]:
    """The mistake of a word that an option does not know."""
    if word is None or word in get_args(known):
        return []
    return [errors.unknown_choice(errors.outside(f"{option} = {word}"), option, str(word), list(get_args(known)))]


def shown(record: Record, name: str, level: Level | None, at: str | None, depth: int | None) -> Figure:
    """What a picture of a network shows: its stages, or else the part `at`."""
    if wrong := _unknown("level", level, Level):
        raise ArchError(wrong)
    return figure(record, name, level or ("network" if at is None else "block"), at, depth)


def page_of(content: Figure, style: Style) -> Page:
    """A figure on paper: a network of stages as towers, where these can be read and colours tell kinds."""
    theme = THEMES[style.theme]
    if has_towers(content) and style.direction != "down" and style.color_by == "kind":
        tile = on_paper(content.body, True, True)
        if style.direction == "right" or is_readable(tile, True):
            return painted(content, tile, True, theme, None)
    content, heat = _in_boxes(content, style.color_by)
    horizontal = style.direction == "right"
    return painted(content, on_paper(content.body, horizontal), horizontal, theme, heat)


def _in_boxes(content: Figure, by: ColorBy) -> tuple[Figure, Heat]:
    """A figure with the stages of a network, and blocks beside them, as closed boxes; and what colours tell."""
    if has_towers(content):
        closed = tuple(part if part.body is None else _closed(part) for part in content.body.parts)
        content = replace(content, body=Body(closed))
    return (content, None) if by == "kind" else _heated(content, by)


def _closed(part: Part) -> Part:
    title, notes = words_of(part)
    times = (f"×{part.units}",) if part.units > 1 else ()
    return replace(part, body=None, title=title, notes=(*notes[:1], *times, *notes[1:]))


def _heated(content: Figure, by: ColorBy) -> tuple[Figure, dict[str, float]]:
    """The figure with the share of each box in words, and as a number from 0 to 1."""
    whole = _cost(content.total.params if by == "params" else content.total.macs)
    heat: dict[str, float] = {}

    def noted(body: Body) -> Body:
        return Body(tuple(told(part) for part in body.parts))

    def told(part: Part) -> Part:
        if part.body is not None and part.kind == "block":
            return replace(part, body=noted(part.body))
        cost = _cost(part.counts.params if by == "params" else part.counts.macs)
        if not cost:
            return part
        heat[part.id] = cost / max(1, whole)
        what = "parameters" if by == "params" else "MACs"
        return replace(part, notes=(*part.notes, f"{words.share(cost, whole)} of {what}"))

    body = noted(content.body)
    most = max(heat.values(), default=1.0)
    return replace(content, body=body), {name: share / most for name, share in heat.items()}


def _cost(number: object) -> int:
    return number if isinstance(number, int) else 0


def _dot(content: Figure, heat: Heat, style: Style) -> str:
    return dot(content, style.direction, THEMES[style.theme], heat, style.width)


PAPER: dict[str, Callable[[Page, float | None], bytes]] = {
    "svg": lambda page, width: svg(page, width).encode(),
    "png": lambda page, width: plotted(page, "png", width),
    "pdf": lambda page, width: plotted(page, "pdf", width),
}
"""What writes a page, by the suffix of its file."""

FORMATS: dict[str, Callable[[Figure, Heat, Style], bytes]] = {
    "dot": lambda content, heat, style: _dot(content, heat, style).encode(),
    "mmd": lambda content, _, style: mermaid(content, style.direction).encode(),
}
"""What writes a figure and leaves the layout to others."""

SUFFIXES = [*PAPER, *FORMATS, "html"]
"""Every suffix of a picture; the page is written from the record of a network, with all that can be opened."""


def beside(
    title: str, subtitle: str, figures: Sequence[Figure], suffix: str, theme: ThemeName, width: float | None
) -> bytes:
    """Figures side by side on one page, as the contents of a file."""
    if suffix not in PAPER:
        mistake = errors.format_of_one if suffix in SUFFIXES else errors.unknown_format
        raise ArchError([mistake(errors.outside(suffix or "no suffix"), suffix, [*PAPER])])
    columns = [(shown, laid_out(shown.body, False)) for shown in figures]
    return PAPER[suffix](side_by_side(title, subtitle, columns, THEMES[theme]), width)


def written(content: Figure, style: Style, suffix: str) -> bytes:
    """A figure as the contents of a file."""
    if suffix not in SUFFIXES:
        raise ArchError([errors.unknown_format(errors.outside(suffix or "no suffix"), suffix, SUFFIXES)])
    if suffix in PAPER and style.engine == "own":
        return PAPER[suffix](page_of(content, style), style.width)
    content, heat = _in_boxes(content, style.color_by)
    if suffix in FORMATS:
        return FORMATS[suffix](content, heat, style)
    return laid_out_by_dot(_dot(content, heat, style), suffix)
