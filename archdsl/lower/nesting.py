"""How deep things stand in each other. Nothing deeper than a limit is worked out, so recursion stays bounded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Any

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
    """How deep a value is, and how many values stand in it; one that stands in it twice counts twice.

    A long string counts for several.
    """

    levels: int
    elements: int


class Extents:
    """The extents of values, each worked out once. The values are kept, for they are known by identity."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Value, Extent]] = {}

    def of(self, value: Value) -> Extent:
        parts_of = _PARTS.get(type(value))
        if parts_of is None:
            return Extent(0, 1 + len(value) // LONG) if type(value) is str else SINGLE
        found = self._known.get(id(value))
        if found is None:
            found = self._known[id(value)] = value, self._worked_out(parts_of(value))
        return found[1]

    def _worked_out(self, parts: tuple[Value, ...]) -> Extent:
        if not parts:
            return SINGLE
        spend(len(parts))
        inner = list(map(self.of, parts))
        return Extent(1 + max([e.levels for e in inner]), sum([e.elements for e in inner]))


SINGLE = Extent(0, 1)
LONG = 100
"""How many characters are looked at in one step."""


def _bound(layer: OpLayer | BlockLayer) -> tuple[Value, ...]:
    return tuple([argument for _, argument in layer.bound])


def _layer(value: LabelledLayer | Fold) -> tuple[Value, ...]:
    return (value.layer,)


_PARTS: dict[type, Callable[[Any], tuple[Value, ...]]] = {
    tuple: lambda value: value,
    OpLayer: _bound,
    BlockLayer: _bound,
    LabelledLayer: _layer,
    Fold: _layer,
    Trace: lambda value: value.layers,
}
"""What stands in a value, for each kind that has any."""
