"""How deep things stand in each other. Nothing deeper than `LEVELS` is worked out, so recursion stays bounded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from archdsl.lower.values import BlockLayer, Fold, LabelledLayer, OpLayer, Trace, Value
from archdsl.syntax import tree

LEVELS = 100


def below(node: tree.Node) -> Iterator[tuple[object, int]]:
    """What stands in a node, in the order of the text, and how much deeper it is.

    A chain of arrows or operators is as deep as its deepest link, for it is walked in a loop along its left side.
    """
    for field in fields(node):
        part = getattr(node, field.name)
        flat = isinstance(node, tree.Pipe | tree.FanOut | tree.Binary) and field.name in ("source", "left")
        yield from ((inner, 0 if flat else 1) for inner in _flat(part))


def _flat(part: object) -> Iterator[object]:
    if isinstance(part, tree.Node):
        yield part
    elif isinstance(part, tuple):
        for item in part:
            yield from _flat(item)


def levels(node: tree.Node) -> int:
    """How deep a node is."""
    deepest, pending = 0, [(node, 1)]
    while pending:
        part, level = pending.pop()
        deepest = max(deepest, level)
        pending += [(inner, level + more) for inner, more in below(part) if isinstance(inner, tree.Node)]
    return deepest


def value_levels(value: Value, known: dict[int, int]) -> int:
    """How deep a value is; `known` keeps the levels of values that are seen again, by their identity."""
    parts = _parts(value)
    if not parts:
        return 0
    if id(value) not in known:
        known[id(value)] = 1 + max(value_levels(part, known) for part in parts)
    return known[id(value)]


def _parts(value: Value) -> tuple[Value, ...]:
    match value:
        case tuple():
            return value
        case OpLayer() | BlockLayer():
            return tuple(argument for _, argument in value.bound)
        case LabelledLayer() | Fold():
            return (value.layer,)
        case Trace():
            return value.layers
    return ()
