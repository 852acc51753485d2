"""What a block or a network is given, and the defaults of what it is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any

from archdsl.limits import spend
from archdsl.lower.bind import fitted
from archdsl.lower.evaluate import Evaluator
from archdsl.lower.memory import Memory
from archdsl.lower.resolve import Definition
from archdsl.lower.values import BlockLayer, Value
from archdsl.ops import Parameter
from archdsl.report import Mistake, Span, errors
from archdsl.syntax import tree

PARAMETER = 5
"""The steps that a parameter takes."""


def completed_block(layer: BlockLayer, applied: Span) -> dict[str, Value]:
    """All arguments of a block, defaults among them; a default sees the parameters before it."""
    bound = dict(layer.bound)
    missing = [p.name for p in layer.parameters if p.required and p.name not in bound]
    if missing:
        raise Mistake(errors.missing_argument(applied, layer.name, missing, layer.definition.span))
    return with_defaults(layer.definition, bound)


def worked_out(scope: Evaluator, node: tree.Expr, owner: str, parameter: Parameter) -> Value:
    """The value of an expression, brought to the kind of the parameter that it is for."""
    return scope.once(node, lambda: fitted(owner, parameter, node.span, scope.value(node)), parameter.name)


def with_defaults(definition: Definition, bound: Mapping[str, Value], memory: Memory | None = None) -> dict[str, Value]:
    """The arguments given, and the worked out defaults of the others, in the order of the declaration."""
    scope = Evaluator(definition.unit, {}, memory)
    spend(PARAMETER * len(definition.parameters))
    known = {**_constants(definition), **bound}
    for parameter in definition.parameters:
        if parameter.name in known:
            scope.names[parameter.name] = known[parameter.name]
            continue
        default = definition.defaults.get(parameter.name)
        if default is None:
            raise Mistake(errors.parameter_not_set(definition.span, definition.name, parameter.name))
        scope.names[parameter.name] = worked_out(scope, default, definition.name, parameter)
    return scope.names


@lru_cache(maxsize=1000)
def _constants(definition: Definition) -> Mapping[str, Value]:
    """The defaults that are plain numbers and the like, which no argument changes."""
    scope = Evaluator(definition.unit, {})
    plain = [p for p in definition.parameters if isinstance(definition.defaults.get(p.name), tree.Literal)]
    found: dict[str, Value] = {}
    for parameter in plain:
        with suppress(Mistake):
            found[parameter.name] = worked_out(scope, definition.defaults[parameter.name], definition.name, parameter)
    return found


def names_in(node: Any) -> Iterator[str]:
    """Every name that an expression mentions, each once, in order."""
    seen: dict[str, None] = {}
    for part in tree.walk(node):
        if isinstance(part, tree.Name):
            seen[part.id] = None
    yield from seen
