"""Values that come from outside of any spec: from Python, or from the command line as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archdsl.lower.check import Scope, check_expression
from archdsl.lower.evaluate import Evaluator
from archdsl.lower.replace import Edit
from archdsl.lower.resolve import Definition, Unit
from archdsl.lower.settings import edit_of, given_values, parameters
from archdsl.lower.values import Value, spell
from archdsl.report import ArchError, Mistake, Source, Span, errors
from archdsl.syntax import tree
from archdsl.syntax.parse import parse_expression


def from_python(definition: Definition, given: Mapping[str, Any]) -> dict[str, Value]:
    """Python values for parameters of a network; text may stand for what is no string.

    Raises `ArchError` with all mistakes.
    """
    known = parameters(definition)
    values: dict[str, tuple[Span, Value]] = {}
    for name, value in given.items():
        kind = known[name].kind.name if name in known else "any"
        if isinstance(value, str) and kind != "str":
            values[name] = _read(definition.unit, f"{name} = {value}", len(name) + 3)
        else:
            value = plain(value)
            values[name] = errors.outside(f"{name} = {spell(value)}"), value
    return given_values(definition, values)


def from_text(definition: Definition, given: Mapping[str, str]) -> dict[str, Value]:
    """Values for parameters of a network in the language's words, as a command line has them.

    Raises `ArchError` with all mistakes.
    """
    values = {name: _read(definition.unit, f"{name}={text}", len(name) + 1) for name, text in given.items()}
    return given_values(definition, values)


def _read(unit: Unit, text: str, start: int) -> tuple[Span, Value]:
    """The value of an expression in the names of a file; the text from `start` on is the expression."""
    node = _expression(Source("<argument>", text), start, Scope(unit, {}))
    try:
        return node.span, Evaluator(unit, {}).value(node)
    except Mistake as mistake:
        raise ArchError(mistake.diagnostics) from None


def _expression(source: Source, start: int, scope: Scope) -> tree.Expr:
    """What stands in a text from `start` on."""
    node = parse_expression(source, start)
    problems = list(check_expression(node, scope))
    if problems:
        raise ArchError(problems)
    return node


def outside_edit(unit: Unit, pattern: str, layer: str) -> Edit:
    """A part to be replaced, as `replace` says it in a file."""
    whole = errors.outside(f"replace {pattern} with {layer}")
    node = _expression(whole.source, whole.end - len(layer), Scope(unit, {"in": whole}))
    return edit_of(pattern, node, unit, {}, whole)


def plain(value: Any) -> Value:
    """A Python value with tuples for lists, as the language has them."""
    if isinstance(value, list | tuple):
        return tuple(map(plain, value))
    return value
