"""What was worked out before, to be looked up: known by the text and by the very values that the text reads.

A variant of a network that differs from others in one place is mostly looked up so.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

from archdsl.lower.values import Tensor, Value
from archdsl.syntax import tree

MOST_KEPT = 50_000
"""How much is kept; beyond that all is forgotten, for a family of variants may be large."""
LONG = 16
"""A list of more values is known as a whole."""

T = TypeVar("T")
Text = tree.Node | tuple[tree.Node, ...]


class Look(NamedTuple):
    """What is seen in a text, which is kept with it.

    `reads` are the names that it mentions, each with the number of the element where it takes just that of a list;
    `flows` says whether it has arrows.
    """

    text: Text
    reads: tuple[tuple[str, int | None], ...]
    flows: bool


class Memory:
    """What is known by keys. What a key knows by its identity is kept with it, so no other thing has that identity."""

    def __init__(self) -> None:
        self._known: dict[Hashable, tuple[Any, object]] = {}
        self._looks: dict[int, Look] = {}

    def once(self, text: Text, names: Mapping[str, Value], work_out: Callable[[], T], *also: Value) -> T:
        """What is worked out of a text, once for the same values of the names in it and of what else matters."""
        kept: list[Value] = [text, *also]
        for name, at in self._look(text).reads:
            value = names.get(name)
            kept.append(value[at] if at is not None and type(value) is tuple and at < len(value) else value)
        key = (id(text), *[value if type(value) in _PLAIN else known(value) for value in kept[1:]])
        found = self._known.get(key)
        if found is None:
            worked_out = work_out()
            if len(self._known) >= MOST_KEPT:
                self._known.clear()
            found = self._known[key] = worked_out, kept
        result: T = found[0]
        return result

    def has_flow(self, text: tree.Node) -> bool:
        """Whether anything flows in a text, so that there is more to it than its value."""
        return self._look(text).flows

    def _look(self, text: Text) -> Look:
        found = self._looks.get(id(text))
        if found is None:
            flows = any(isinstance(part, tree.Pipe | tree.FanOut) for part in tree.walk(text))
            found = self._looks[id(text)] = Look(text, tuple(dict.fromkeys(_reads(text))), flows)
        return found


_PLAIN = (int, str, type(None))
"""What is known by its value, and equal to nothing of another type but what `known` gives with its type."""


def known(value: Value) -> Hashable:
    """What tells a value from all others: itself where that is simple, else its identity."""
    kind = type(value)
    if kind in _PLAIN:
        plain: Hashable = value
        return plain
    if kind is Tensor:
        return value.ref, id(value.shape)
    if kind is bool or kind is float:
        return kind, value
    if kind is tuple and len(value) <= LONG:
        return tuple, *map(known, value)
    return (id(value),)


def _reads(node: object) -> Iterator[tuple[str, int | None]]:
    match node:
        case tree.Index(value=tree.Name(id=name), index=tree.Literal(value=int(at))) if at >= 0:
            yield name, at
        case tree.Name(id=name):
            yield name, None
        case tree.Node():
            for field in node.__dataclass_fields__:
                if field != "span":
                    yield from _reads(getattr(node, field))
        case tuple():
            for part in node:
                yield from _reads(part)
