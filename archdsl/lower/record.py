"""What the one checking walk leaves behind: a body worked out to steps, with its totals.

A record belongs to one block with one set of arguments and input shapes, and is shared by every place that calls
the block so. The graph, the emitted classes and the counts are readings of it.
"""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING

from archdsl.light import light, single
from archdsl.lower.labels import is_taken
from archdsl.lower.values import Value
from archdsl.ops import Op, Weight
from archdsl.report import Diagnostic, Span
from archdsl.shapes import Shape
from archdsl.sizes import Dim, at

if TYPE_CHECKING:
    from archdsl.lower.replace import Edit
    from archdsl.lower.resolve import Definition


PLAIN = 0
"""The way of marshal's to write data that is the same for all equal data."""


@light
class Auto:
    """The last part of a name that nobody wrote: the first of `base`, `base_2`, … that is free in its scope."""

    base: str


@lru_cache(maxsize=10_000)
def auto(base: str) -> Auto:
    """The one automatic name of a base."""
    return Auto(base)


Path = tuple[str | Auto, ...]


@light
class Given:
    """A learned or fixed tensor that a body declares: `parameter`, `buffer`."""

    weight: Weight

    @property
    def name(self) -> str:
        return "parameter" if self.weight.trainable else "buffer"


@light
class Counts:
    """What a part costs, for one pass over its input.

    `macs` are multiply-accumulates of convolutions and matrix products, `activations` the elements that
    convolutions and linear layers give out, `layers` how many of those there are, `ops` how many ops of any kind.
    """

    params: int = 0
    macs: Dim = 0
    activations: Dim = 0
    layers: int = 0
    ops: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.params + other.params,
            self.macs + other.macs,
            self.activations + other.activations,
            self.layers + other.layers,
            self.ops + other.ops,
        )

    def at(self, symbols: Mapping[str, int]) -> Counts:
        """The same with numbers for the input symbols."""
        if type(self.macs) is int and type(self.activations) is int:
            return self
        return Counts(self.params, at(self.macs, symbols), at(self.activations, symbols), self.layers, self.ops)

    @property
    def shared(self) -> Counts:
        """The same for a further use of a part, whose weights are counted at the first."""
        return replace(self, params=0)


def total(counts: Iterable[Counts]) -> Counts:
    """What several parts cost."""
    columns = zip(*[(c.params, c.macs, c.activations, c.layers, c.ops) for c in counts], strict=True)
    return Counts(*map(sum, columns))


@dataclass(frozen=True, eq=False)
class Point:
    """A number for every symbol of the input. What a part costs at a point is worked out once."""

    symbols: Mapping[str, int]


@single
class Step:
    """One op, block or declared tensor in a body.

    `inputs` and `outputs` number the values of the body. `again` marks a further use of a shared part, whose
    weights are counted at the first. `bare` marks an op whose weights stand in the scope itself, which is its path.
    `binding` is the name that the statement gives its result. `own` is what it costs where it is no block.
    """

    path: Path
    what: Op | Record | Given
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    span: Span
    own: Counts
    again: bool
    bare: bool
    binding: str

    @property
    def counts(self) -> Counts:
        """What it costs, over the symbols of the input."""
        found = self.what.counts if isinstance(self.what, Record) else self.own
        return found.shared if self.again else found

    def at(self, point: Point) -> Counts:
        """What it costs at one size of the input."""
        found = self.what.at(point) if isinstance(self.what, Record) else self.own.at(point.symbols)
        return found.shared if self.again else found


@dataclass(frozen=True, eq=False)
class Record:
    """A body worked out.

    The values of the body are numbered: first what comes in, then what each step gives, in order; `shapes` are
    theirs. `outputs` are the numbers of what goes out; `listed` says that it is a list, not one tensor.
    `names` are the values bound in the body. `problems` are the mistakes found: a record with any has no outputs
    that can be used. `edited` are the edits that replaced a part in it.
    """

    definition: Definition
    arguments: Mapping[str, Value]
    input_names: tuple[str, ...]
    shapes: tuple[Shape, ...]
    steps: tuple[Step, ...]
    outputs: tuple[int, ...]
    listed: bool
    names: Mapping[str, Value]
    problems: tuple[Diagnostic, ...]
    edited: frozenset[Edit] = frozenset()
    _points: dict[Point, Counts] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def counts(self) -> Counts:
        """What it costs, over the symbols of the input."""
        return total(step.counts for step in self.steps)

    def at(self, point: Point) -> Counts:
        """What it costs at one size of the input; worked out once for each."""
        found = self._points.get(point)
        if found is None:
            found = self._points[point] = total([step.at(point) for step in self.steps])
        return found

    @cached_property
    def ops(self) -> int:
        """How many ops are in it."""
        return sum(step.what.ops if isinstance(step.what, Record) else step.own.ops for step in self.steps)

    @cached_property
    def digest(self) -> bytes:
        """A hash of what the body does and owns, by names; equal ones over equal inputs are equal to each other."""
        told = [(_said(step.what), step.inputs, step.outputs, step.again, step.bare) for step in self.steps]
        said = marshal.dumps((told, self.paths, self.outputs, self.listed), PLAIN)
        return blake2b(said, digest_size=16).digest()

    @property
    def inputs(self) -> tuple[Shape, ...]:
        return self.shapes[: len(self.input_names)]

    @cached_property
    def paths(self) -> tuple[tuple[str, ...], ...]:
        """The name of every step inside this body; a further use of a shared part has the name of the first."""
        return settled(tuple([step.path for step in self.steps]))

    def weights(self) -> Iterator[tuple[str, Weight]]:
        """Everything owned, by its name in the `state_dict`, in its order."""
        owner = Owner()
        for path, weight in self._owned():
            owner.take(path, weight)
        yield from owner.state("")

    def _owned(self) -> Iterator[tuple[tuple[str, ...], Weight]]:
        for path, step in zip(self.paths, self.steps, strict=True):
            if not step.again:
                yield from (((*path, *name), weight) for name, weight in self._weights(step))

    def _weights(self, step: Step) -> Iterator[tuple[tuple[str, ...], Weight]]:
        match step.what:
            case Record():
                yield from step.what._owned()
            case Given():
                yield (), step.what.weight
            case op:
                shapes = [self.shapes[ref] for ref in step.inputs]
                yield from (((weight.name,), weight) for weight in op.weights(*shapes))


def _said(what: Op | Record | Given) -> str | bytes:
    """What a step does, in words that are equal for equal steps."""
    return what.digest if isinstance(what, Record) else what.said if isinstance(what, Op) else repr(what)


def named_parts(record: Record, scope: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The name of every part of a network and of every scope that parts stand in, outer ones first."""
    seen: set[tuple[str, ...]] = set()
    for path, step in zip(record.paths, record.steps, strict=True):
        for end in range(1, len(path) + 1):
            if path[:end] not in seen:
                seen.add(path[:end])
                yield (*scope, *path[:end])
        if isinstance(step.what, Record):
            yield from named_parts(step.what, (*scope, *path))


@dataclass(slots=True)
class Owner:
    """A module as its `state_dict` sees it: its own parameters, its own buffers, then its parts."""

    own: list[tuple[str, Weight]] = field(default_factory=list)
    parts: dict[str, Owner] = field(default_factory=dict)

    def take(self, path: tuple[str, ...], weight: Weight) -> None:
        if len(path) == 1:
            self.own.append((path[0], weight))
        else:
            self.parts.setdefault(path[0], Owner()).take(path[1:], weight)

    def state(self, scope: str) -> Iterator[tuple[str, Weight]]:
        own = sorted(self.own, key=lambda item: not item[1].trainable)
        yield from ((scope + name, weight) for name, weight in own)
        for name, part in self.parts.items():
            yield from part.state(f"{scope}{name}.")


@lru_cache(maxsize=10_000)
def settled(paths: tuple[Path, ...]) -> tuple[tuple[str, ...], ...]:
    """Names for all parts of one body: written ones stand, the others take what is free in their scope, in order."""
    taken = {
        path[: i + 1] for path in paths for i in range(len(path)) if not isinstance(path[-1], Auto) or i < len(path) - 1
    }
    counts: dict[Path, int] = {}
    names: list[tuple[str, ...]] = []
    for path in paths:
        match path:
            case (*scope, Auto(base)):
                name, count = (*scope, base), counts.get(path, 1)
                if count > 1:
                    name = (*scope, f"{base}_{count}")
                while name in taken or is_taken(str(name[-1])):
                    count += 1
                    name = (*scope, f"{base}_{count}")
                taken.add(name)
                counts[path] = count
                names.append(name)  # type: ignore[arg-type]
            case _:
                names.append(path)  # type: ignore[arg-type]
    return tuple(names)
