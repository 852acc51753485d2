"""Reads text: `read` and `parse` a whole spec, `parse_expression` one flow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from archdsl.limits import at_most
from archdsl.report import ArchError, Diagnostic, Span, errors
from archdsl.report.source import Source
from archdsl.syntax import scan, tree
from archdsl.syntax.build import MOST_MISTAKES, Builder
from archdsl.syntax.grammar import grammar
from archdsl.syntax.lalr import END, Stuck
from archdsl.syntax.slips import diagnose


@dataclass(frozen=True, slots=True)
class Reading:
    """What can be made of a text: the items that are sound, and what is wrong with the others.

    `unread` are names that those may define.
    """

    items: tuple[tree.Item, ...] = ()
    mistakes: tuple[Diagnostic, ...] = ()
    unread: frozenset[str] = frozenset()


def parse(source: Source) -> tree.File:
    """The tree of a whole spec; an `ArchError` holds the mistakes of every item that has any."""
    reading = read(source)
    if reading.mistakes:
        raise ArchError(reading.mistakes)
    return file_of(source, reading)


def file_of(source: Source, reading: Reading) -> tree.File:
    """The sound items of a spec; where there are none, the file stands nowhere, and is all of its text."""
    items = reading.items
    return tree.File(items, span=items[0].span.to(items[-1].span) if items else Span(source, 0, len(source.text)))


def read(source: Source) -> Reading:
    """The items of a spec; from a mistake on each is read by itself, for only a guess tells where one begins."""
    whole = _region(source, 0, len(source.text))
    before, slip, rest = _items(whole)
    if not slip:
        return before
    regions = list(scan.items(rest))
    parts = _each(regions) if len(regions) > 1 else []
    if any(part.mistakes for part in parts):
        return _together([before, *parts])
    return _together([before, _unread(rest, slip)])


def _each(regions: Iterable[Span]) -> list[Reading]:
    """What each region says; where more is wrong than is told, no more of them is read."""
    found: list[Reading] = []
    count = 0
    for region in regions:
        found.append(_whole(region) if count < MOST_MISTAKES else _unread(region, ()))
        count += len(found[-1].mistakes)
    return found


Slip = tuple[Diagnostic, ...]
"""Why a text cannot be read on, if so."""


def _whole(region: Span) -> Reading:
    before, slip, rest = _items(region)
    return _together([before, _unread(rest, slip)]) if slip else before


def _items(region: Span) -> tuple[Reading, Slip, Span]:
    """The items of a region up to where it cannot be read on, and what is left from there."""
    if found := scan.mistakes(region):
        return Reading(), tuple(found), region
    builder = Builder(region.source, _expression)
    try:
        file: tree.File = grammar().parse(region.source.text, region.start, region.end, "file", builder.node)
    except Stuck as stuck:
        items = [item for item in stuck.first if isinstance(item, tree.Item)]
        rest = Span(region.source, items[-1].span.end if items else region.start, region.end)
        if END in stuck.accepts and stuck.start > rest.start:
            items += grammar().parse(region.source.text, rest.start, stuck.start, "file", builder.node).items
            rest = Span(region.source, stuck.start, region.end)
        return _sound(items, builder.mistakes), (diagnose(stuck, region),), rest
    return _sound(file.items, builder.mistakes), (), Span(region.source, region.end, region.end)


def _sound(items: Iterable[tree.Item], mistakes: Sequence[Diagnostic]) -> Reading:
    """Items apart from those in which there is a mistake."""
    found = [(item, tuple(m for m in mistakes if item.span.covers(m.primary.span))) for item in items]
    return _together([_unread(item.span, wrong) if wrong else Reading((item,)) for item, wrong in found])


def _unread(region: Span, mistakes: Slip) -> Reading:
    return Reading((), mistakes, frozenset(scan.defined(region)))


def _together(readings: Sequence[Reading]) -> Reading:
    return Reading(
        tuple(item for reading in readings for item in reading.items),
        tuple(mistake for reading in readings for mistake in reading.mistakes)[:MOST_MISTAKES],
        frozenset[str]().union(*(reading.unread for reading in readings)),
    )


def parse_expression(source: Source, start: int = 0, end: int | None = None) -> tree.Expr:
    """The tree of one flow that stands in a text, or is all of it."""
    return _expression(_region(source, start, len(source.text) if end is None else end))


def parse_part(region: Span, rule: str) -> Any:
    """The tree of a region that is one `flow`, `statement`, `factor`, `axis` or `type`, as the grammar calls them."""
    return _read(region, rule)


def parse_label(region: Span) -> tree.Template:
    """The tree of a label's text, as it stands between quotes."""
    builder = Builder(region.source, _expression)
    label = builder.template(region)
    if builder.mistakes:
        raise ArchError(builder.mistakes)
    return label


def _region(source: Source, start: int, end: int) -> Span:
    """The part of a text that is to be read; one too long is refused, not read in parts."""
    if len(source.text) > at_most().characters:
        raise ArchError([errors.text_too_long(Span(source, 0, 0), at_most().characters)])
    region = Span(source, start, end)
    if found := scan.surplus(region):
        raise ArchError([found])
    return region


def _expression(region: Span) -> tree.Expr:
    expression: tree.Expr = _read(region, "flow")
    return expression


def _read(region: Span, rule: str) -> Any:
    if found := scan.mistakes(region):
        raise ArchError(found)
    builder = Builder(region.source, _expression)
    try:
        built = grammar().parse(region.source.text, region.start, region.end, rule, builder.node)
    except Stuck as stuck:
        raise ArchError([diagnose(stuck, region)]) from None
    if builder.mistakes:
        raise ArchError(builder.mistakes)
    return built
