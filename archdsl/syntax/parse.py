"""Reads text: `parse` a whole spec, `parse_expression` one flow."""

from __future__ import annotations

from itertools import islice
from typing import Any

from lark.exceptions import UnexpectedInput
from lark.utils import TextSlice

from archdsl.report import ArchError, Diagnostic, Span
from archdsl.report.source import Source
from archdsl.syntax import scan, tree
from archdsl.syntax.build import MOST_MISTAKES, Builder
from archdsl.syntax.grammar import grammar
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
    """The part of a text that is to be read."""
    if found := scan.too_long(source):
        raise ArchError([found])
    return Span(source, start, end)


def _expression(region: Span) -> tree.Expr:
    expression: tree.Expr = _read(region, "flow")
    return expression


def _read(region: Span, rule: str) -> Any:
    if found := scan.mistakes(region):
        raise ArchError(found)
    text = TextSlice(region.source.text, region.start, region.end)
    try:
        parsed = grammar().parse(text, start=rule)
    except UnexpectedInput as error:
        raise ArchError([diagnose(error, region)]) from None
    builder = Builder(region.source, _expression)
    built = builder.build(parsed)
    if builder.mistakes:
        raise ArchError(builder.mistakes)
    return built


def _mistakes_by_item(region: Span) -> tuple[Diagnostic, ...]:
    """Items are read one by one only where the whole is wrong: nothing but a guess tells where one begins."""
    found = (mistake for item in scan.items(region) for mistake in _mistakes(item))
    return tuple(islice(found, MOST_MISTAKES))


def _mistakes(item: Span) -> tuple[Diagnostic, ...]:
    try:
        _read(item, "file")
    except ArchError as error:
        return error.diagnostics
    return ()
