"""Values that come from outside of any spec: from Python, or from the command line as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archdsl.lower.check import check_expression
from archdsl.lower.evaluate import Evaluator
from archdsl.lower.replace import Edit
from archdsl.lower.resolve import Unit
from archdsl.lower.settings import edit_of
from archdsl.lower.values import Value, spell
from archdsl.ops import Parameter
from archdsl.report import ArchError, Mistake, Source, Span
from archdsl.syntax import tree
from archdsl.syntax.parse import parse_expression


def outside_values(
    unit: Unit, parameters: Mapping[str, Parameter], given: Mapping[str, Any]
) -> dict[str, tuple[Span, Value]]:
    """Python values as values of the language, each with a place to point at; text may stand for what is no string."""
    values: dict[str, tuple[Span, Value]] = {}
    for name, value in given.items():
        kind = parameters[name].kind.name if name in parameters else "any"
        if isinstance(value, str) and kind != "str":
            values[name] = read_value(unit, f"{name} = {value}", len(name) + 3)
        else:
            value = plain(value)
            text = f"{name} = {spell(value)}"
            values[name] = (Span(Source("<argument>", text), 0, len(text)), value)
    return values


def read_value(unit: Unit, text: str, start: int) -> tuple[Span, Value]:
    """The value of an expression in the names of a file; the text from `start` on is the expression."""
    node = _read(unit, text, start, set())
    try:
        return node.span, Evaluator(unit, {}).value(node)
    except Mistake as mistake:
        raise ArchError([mistake.diagnostic] if mistake.diagnostic else []) from None


def _read(unit: Unit, text: str, start: int, known: set[str]) -> tree.Expr:
    """An expression in the names of a file."""
    node = parse_expression(Source("<argument>", text), start)
    problems = list(check_expression(node, known, unit))
    if problems:
        raise ArchError(problems)
    return node


def outside_edit(unit: Unit, pattern: str, layer: str) -> Edit:
    """A part to be replaced, as `replace` says it in a file."""
    text = f"replace {pattern} with {layer}"
    node = _read(unit, text, len(text) - len(layer), {"in"})
    span = Span(node.span.source, 0, len(text))
    return edit_of(pattern, node, unit, {}, span)


def plain(value: Any) -> Value:
    """A Python value with tuples for lists, as the language has them."""
    if isinstance(value, list | tuple):
        return tuple(map(plain, value))
    return value
