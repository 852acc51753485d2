"""How deep things stand in each other. Nothing deeper than a limit is worked out, so recursion stays bounded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

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
