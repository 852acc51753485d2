"""What a block or a network is given, and the defaults of what it is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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


def completed_block(layer: BlockLayer, applied: Span, memory: Memory) -> dict[str, Value]:
    """All arguments of a block, defaults among them; a default sees the parameters before it."""
    bound = dict(layer.bound)
    missing = [p.name for p in layer.parameters if p.required and p.name not in bound]
    if missing:
        raise Mistake(errors.missing_argument(applied, layer.name, missing, layer.definition.span))
    return with_defaults(layer.definition, bound, memory)


def worked_out(scope: Evaluator, node: tree.Expr, owner: str, parameter: Parameter) -> Value:
    """The value of an expression, brought to the kind of the parameter that it is for."""

    def work_out() -> Value:
        return fitted(owner, parameter, node.span, scope.value(node))

    return work_out() if scope.memory is None else scope.memory.once(node, scope.names, work_out, parameter.name)


def with_defaults(definition: Definition, bound: Mapping[str, Value], memory: Memory | None = None) -> dict[str, Value]:
    """The arguments given, and the worked out defaults of the others, in the order of the declaration."""
    scope = Evaluator(definition.unit, {}, memory)
    spend(PARAMETER * len(definition.parameters))
    for parameter in definition.parameters:
        if parameter.name in bound:
            scope.names[parameter.name] = bound[parameter.name]
            continue
        default = definition.defaults.get(parameter.name)
        if default is None:
            raise Mistake(errors.parameter_not_set(definition.span, definition.name, parameter.name))
        scope.names[parameter.name] = worked_out(scope, default, definition.name, parameter)
    return scope.names


def names_in(node: Any) -> Iterator[str]:
    """Every name that an expression mentions, each once, in order."""
    seen: dict[str, None] = {}
    for part in tree.walk(node):
        if isinstance(part, tree.Name):
            seen[part.id] = None
    yield from seen
