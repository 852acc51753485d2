"""What a picture shows: parts, which may hold parts, and where tensors flow between them.

A figure says nothing of places, sizes or colours. Passes take a body and give another one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from archdsl.lower.record import Counts
from archdsl.lower.resolve import Definition
from archdsl.ops import Op
from archdsl.report import Span
from archdsl.shapes import Shape

Level = Literal["network", "stage", "block", "op"]
"""How much one box stands for."""

Mark = Literal["", "same", "changed", "added", "removed"]
"""What became of a part, where a picture shows two networks in one."""

Port = tuple[str, int]
"""The id of a part, and which of its results."""


@dataclass(frozen=True, slots=True)
class Part:
    """A box: an op, some ops in a row, a block, or what comes in and goes out.

    `id` is its own in the whole figure, `name` the one in the module, `kind` the family of its op, or `block`, `input`,
    `output`, `parameter`, `buffer`, `stem`, `stage`, `head`, `more`. `title` and `notes` are the words in the box.
    A block has a `body`, whose inputs and results are its own, in order. `times` counts equal parts in a row, of which
    this is the first; `counts` are those of one. `units` counts the blocks that make up a stage.
    `first` and `then` are ops that come before its own, and follow it, in the same box.
    """

    id: str
    name: str
    kind: str
    title: str
    notes: tuple[str, ...] = ()
    inputs: tuple[Port, ...] = ()
    takes: tuple[Shape, ...] = ()
    gives: tuple[Shape, ...] = ()
    counts: Counts = field(default_factory=Counts)
    op: Op | None = None
    first: tuple[Op, ...] = ()
    then: tuple[Op, ...] = ()
    definition: Definition | None = None
    attributes: tuple[tuple[str, str], ...] = ()
    span: Span | None = None
    body: Body | None = None
    times: int = 1
    units: int = 1
    mark: Mark = ""

    @property
    def look(self) -> str:
        """What its colour tells: what became of it, or else its kind."""
        return self.mark or self.kind

    @property
    def place(self) -> str:
        """Where it is written: `specs/resnet50.arch:7`."""
        if self.span is None:
            return ""
        return f"{self.span.source.name}:{self.span.source.position(self.span.start)[0]}"


@dataclass(frozen=True, slots=True)
class Body:
    """Parts in an order in which they can run: first inputs, last one output, which takes all that goes out."""

    parts: tuple[Part, ...]

    @property
    def inputs(self) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if part.kind == "input")

    @property
    def inner(self) -> tuple[Part, ...]:
        """All but inputs and output."""
        return tuple(part for part in self.parts if part.kind not in ("input", "output"))

    @property
    def output(self) -> Part:
        return self.parts[-1]

    @property
    def by_id(self) -> dict[str, Part]:
        return {part.id: part for part in self.parts}

    def users(self) -> dict[str, list[Part]]:
        """The parts that take something from each part, as often as they take it."""
        found: dict[str, list[Part]] = {part.id: [] for part in self.parts}
        for part in self.parts:
            for source, _ in part.inputs:
                found[source].append(part)
        return found

    def is_chain(self) -> bool:
        """Whether each part takes what the one before it gives, and nothing else."""
        before, *rest = self.parts
        for part in rest:
            if part.inputs != ((before.id, 0),):
                return False
            before = part
        return True

    def walk(self) -> Iterator[Part]:
        """All parts, those inside of a part behind it."""
        for part in self.parts:
            yield part
            if part.body is not None:
                yield from part.body.walk()


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture's content: a title, a line below it, and a body.

    `total` is what the whole network costs, for shares.
    """

    level: Level
    title: str
    subtitle: str
    body: Body
    total: Counts


def structure(part: Part) -> object:
    """What two parts have in common that are equal but for their names and places: a key to compare."""
    body = None if part.body is None else body_structure(part.body)
    own = (part.kind, part.mark, part.title, part.notes, part.first, part.op, part.then)
    return (*own, part.takes, part.gives, part.times, body)


def body_structure(body: Body) -> object:
    order = {part.id: i for i, part in enumerate(body.parts)}
    return tuple(
        (
            None if part.kind in ("input", "output") else structure(part),
            tuple((order[source], result) for source, result in part.inputs),
        )
        for part in body.parts
    )


def total(parts: Iterable[Part]) -> Counts:
    """What parts cost together."""
    counts = Counts()
    for part in parts:
        for _ in range(part.times):
            counts += part.counts
    return counts
