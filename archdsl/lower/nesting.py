"""How deep things stand in each other. Nothing deeper than a limit is worked out, so recursion stays bounded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from archdsl.limits import spend
from archdsl.lower.values import BlockLayer, Fold, LabelledLayer, OpLayer, Trace, Value
from archdsl.syntax import tree


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


@dataclass(frozen=True, slots=True)
class Extent:
    """How deep a value is, and how many values stand in it; one that stands in it twice counts twice."""

    levels: int
    elements: int


class Extents:
    """The extents of values, each worked out once. The values are kept, for they are known by identity."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Value, Extent]] = {}

    def of(self, value: Value) -> Extent:
        parts = _parts(value)
        if not parts:
            return SINGLE
        if id(value) not in self._known:
            spend(len(parts))
            inner = [self.of(part) for part in parts]
            extent = Extent(1 + max(e.levels for e in inner), sum(e.elements for e in inner))
            self._known[id(value)] = value, extent
        return self._known[id(value)][1]


SINGLE = Extent(0, 1)


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
