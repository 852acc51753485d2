"""Parts replaced by their names in the module, while the network is put together.

A pattern is followed down the names as an automaton: `places` are where in it the names so far can have led, so
blocks under different names of which the pattern asks the same are worked out once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import takewhile

from archdsl.limits import spend
from archdsl.lower.evaluate import Evaluator
from archdsl.lower.labels import is_taken
from archdsl.lower.record import Auto, Path
from archdsl.lower.resolve import Unit
from archdsl.lower.values import Layer, Value, describe_but, is_layer
from archdsl.report import Mistake, Span, errors
from archdsl.syntax import tree

Name = tuple[str, ...]
Places = frozenset[int]
EDIT = 2
"""The steps to follow an edit one part down."""
ANY = "**"
"""A component of a pattern that stands for any number of names."""


@dataclass(frozen=True, slots=True)
class Edit:
    """`replace pattern with layer`: the layer is worked out at each part, `in` being what comes into it.

    `names` are the values of what else it may mention, `types` keep apart what Python holds equal.
    """

    pattern: Name
    layer: tree.Expr
    unit: Unit
    names: tuple[tuple[str, Value], ...]
    types: tuple[object, ...]
    span: Span = field(compare=False)

    @property
    def text(self) -> str:
        return ".".join(self.pattern)

    def made(self, value: Value) -> Layer:
        """The new layer for a part that `value` goes into."""
        layer = Evaluator(self.unit, {**dict(self.names), "in": value}).value(self.layer)
        if not is_layer(layer):
            raise Mistake(errors.not_a_layer(self.layer.span, describe_but(layer, is_layer)))
        return layer


@lru_cache(maxsize=10_000)
def _reached(pattern: Name, places: Places, names: Name) -> Places:
    """Where a pattern can have led to by some more names."""
    for name in names:
        step = {at for at in places if pattern[at : at + 1] == (ANY,)}
        step |= {at + 1 for at in places if at < len(pattern) and pattern[at] != ANY and _fits(pattern[at], name)}
        places = _opened(pattern, step)
    return places


def _opened(pattern: Name, places: set[int]) -> Places:
    """The places, and those behind a `**`, which may stand for no name at all."""
    for at in sorted(places):
        while pattern[at : at + 1] == (ANY,):
            at += 1
            places.add(at)
    return frozenset(places)


def _fits(component: str, name: str) -> bool:
    """Whether a name has the words of a component in order; the first place of each leaves most room for the others."""
    if "*" not in component:
        return name == component
    first, *inner, last = component.split("*")
    if len(name) < len(first) + len(last) or not (name.startswith(first) and name.endswith(last)):
        return False
    at, end = len(first), len(name) - len(last)
    for word in inner:
        found = name.find(word, at, end)
        if found < 0:
            return False
        at = found + len(word)
    return True


@dataclass(frozen=True, slots=True)
class Pending:
    """An edit on its way down: the places of its pattern that the names so far lead to."""

    edit: Edit
    places: Places

    def below(self, names: Name) -> Pending:
        return Pending(self.edit, _reached(self.edit.pattern, self.places, names))

    @property
    def is_here(self) -> bool:
        return len(self.edit.pattern) in self.places


@dataclass(frozen=True, slots=True)
class Edits:
    """What is to be replaced in a body, in order.

    `taken` are the names that its parts are known to have, in the body that opened their scope: None until that body
    has been looked at. A body that opens no scope has its names at `scope` of the one around it.
    """

    pending: tuple[Pending, ...] = ()
    scope: Name = ()
    taken: frozenset[Name] | None = None

    def first(self, name: Name) -> tuple[Edit, Edits] | None:
        """The first edit that replaces the part of this name, and those after it."""
        spend(EDIT * len(self.pending))
        for i, pending in enumerate(self.pending):
            if pending.below(name).is_here:
                return pending.edit, Edits(self.pending[i + 1 :], self.scope, self.taken)
        return None

    def swallowed(self, edit: Edit, name: Name) -> Iterator[Edit]:
        """Edits before this one that may have found parts in what it replaces."""
        before = takewhile(lambda pending: pending.edit is not edit, self.pending)
        yield from (pending.edit for pending in before if pending.below(name).places)

    def below(self, names: Name) -> tuple[Pending, ...]:
        """What is to be replaced inside of a part."""
        spend(EDIT * len(self.pending))
        moved = (pending.below(names) for pending in self.pending)
        return tuple(pending for pending in moved if pending.places)


NONE = Edits()


def edits_of(edits: tuple[Edit, ...]) -> Edits:
    """Edits at the top of a network."""
    return Edits(tuple(Pending(edit, _opened(edit.pattern, {0})) for edit in edits))


def labels(paths: list[Path]) -> frozenset[Name]:
    """The names that a body writes down, and the scopes that they open: automatic names keep off them."""
    ends = ((path, len(path) - isinstance(path[-1], Auto)) for path in paths if path)
    return frozenset(path[: i + 1] for path, end in ends for i in range(end))  # type: ignore[misc]


def automatic(scope: Name, base: str, taken: set[Name]) -> Name:
    """The first of `base`, `base_2`, … that is free in a scope."""
    count, name = 1, base
    while (*scope, name) in taken or is_taken(name):
        count += 1
        name = f"{base}_{count}"
    return (*scope, name)
