"""Reads text: `parse` a whole spec, `parse_expression` one flow."""

from __future__ import annotations

from itertools import islice
from typing import Any

from archdsl.limits import at_most
from archdsl.report import ArchError, Diagnostic, Span, errors
from archdsl.report.source import Source
from archdsl.syntax import scan, tree
from archdsl.syntax.build import MOST_MISTAKES, Builder
from archdsl.syntax.grammar import grammar
from archdsl.syntax.lalr import Stuck
from archdsl.syntax.slips import diagnose


def parse(source: Source) -> tree.File:
    """The tree of a whole spec; an `ArchError` holds the mistakes of every item that has any."""
    region = _region(source, 0, len(source.text))
    try:
        file: tree.File = _read(region, "file")
    except ArchError as error:
        raise ArchError(_mistakes_by_item(region) or error.diagnostics) from None
    return file


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


def _mistakes_by_item(region: Span) -> tuple[Diagnostic, ...]:
    """Items are read one by one only where the whole is wrong: nothing but a guess tells where one begins."""
    items = list(scan.items(region))
    if len(items) == 1:
        return ()
    found = (mistake for item in items for mistake in _mistakes(item))
    return tuple(islice(found, MOST_MISTAKES))


def _mistakes(item: Span) -> tuple[Diagnostic, ...]:
    try:
        _read(item, "file")
    except ArchError as error:
        return error.diagnostics
    return ()
