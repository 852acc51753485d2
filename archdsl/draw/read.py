"""From a record to a figure: every op and block as a part, in the blocks and scopes that it stands in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from archdsl.draw import words
from archdsl.draw.figure import Body, Part, Port
from archdsl.lower.record import Counts, Given, Record, Step
from archdsl.ops import Op
from archdsl.shapes import Shape

Named = tuple[tuple[str, ...], Step]
"""A step, and its name below the scope that is read."""


def read(record: Record) -> Body:
    """The body of a network, with all that its parts hold."""
    return _Reader().record(record, "")


@dataclass(slots=True)
class _Reader:
    taken: set[str] = field(default_factory=set)

    def record(self, record: Record, scope: str) -> Body:
        steps = list(zip(record.paths, record.steps, strict=True))
        return self.body(record, steps, scope, range(len(record.input_names)), record.outputs)

    def body(
        self, record: Record, steps: Sequence[Named], scope: str, inputs: Sequence[int], outputs: Sequence[int]
    ) -> Body:
        """Steps of a record as a body, which takes and gives these values of the record."""
        ports: dict[int, Port] = {}
        parts = [self.input(record, ref, scope) for ref in inputs]
        ports.update((ref, (part.id, 0)) for ref, part in zip(inputs, parts, strict=True))
        rest = list(steps)
        for group in _groups(steps):
            del rest[: len(group)]
            needed, given = _interface(group, rest, outputs)
            made = self.part(record, group, scope, needed, given, tuple([ports[ref] for ref in needed]))
            parts.append(made)
            for i, ref in enumerate(given):
                ports[ref] = (made.id, i)
        name, shapes = f"{scope}out", tuple(record.shapes[ref] for ref in outputs)
        taken = tuple(ports[ref] for ref in outputs)
        parts.append(Part(self.free(name), name, "output", "out", inputs=taken, takes=shapes, gives=shapes))
        return Body(tuple(parts))

    def input(self, record: Record, ref: int, scope: str) -> Part:
        name = f"{scope}in" if scope else record.input_names[ref]
        return Part(self.free(name), name, "input", name, gives=(record.shapes[ref],))

    def part(
        self,
        record: Record,
        group: Sequence[Named],
        scope: str,
        needed: Sequence[int],
        given: Sequence[int],
        inputs: tuple[Port, ...],
    ) -> Part:
        """One step, or steps that stand in a scope of their own."""
        path, step = group[0]
        name = scope + (".".join(path) if _alone(group) else path[0])
        takes, gives = tuple([record.shapes[ref] for ref in needed]), tuple([record.shapes[ref] for ref in given])
        if isinstance(step.what, Op) and _alone(group):
            return self.op(step, step.what, name, inputs, takes, gives)
        own = Part(self.free(name), name, "block", path[0], (), inputs, takes, gives, step.counts, span=step.span)
        if not _alone(group):
            counts = sum((step.counts for _, step in group), Counts())
            inner = [(path[1:], step) for path, step in group]
            return replace(own, counts=counts, body=self.body(record, inner, f"{name}.", needed, given))
        match step.what:
            case Record() as block:
                return replace(
                    own,
                    title=words.spaced(block.definition.name),
                    definition=block.definition,
                    attributes=words.block_attributes(block.arguments),
                    body=self.record(block, f"{name}."),
                )
            case Given() as tensor:
                return replace(own, kind=tensor.name)
        raise AssertionError(step.what)

    def op(
        self,
        step: Step,
        op: Op,
        name: str,
        inputs: tuple[Port, ...],
        takes: tuple[Shape, ...],
        gives: tuple[Shape, ...],
    ) -> Part:
        return Part(
            self.free(name),
            name,
            op.family,
            words.title(op),
            words.notes(op, takes),
            inputs,
            takes,
            gives,
            step.counts,
            op,
            attributes=words.op_attributes(op),
            span=step.span,
        )

    def free(self, name: str) -> str:
        """The name itself, or with a number behind `@` for a shared part that is used again."""
        count, own = 1, name
        while own in self.taken:
            count += 1
            own = f"{name}@{count}"
        self.taken.add(own)
        return own


def _alone(group: Sequence[Named]) -> bool:
    return len(group) == 1 and len(group[0][0]) == 1


def _groups(steps: Sequence[Named]) -> Iterator[list[Named]]:
    """Steps in a row that stand in one scope, and single steps."""
    for scope, run in groupby(steps, key=lambda named: named[0][0] if len(named[0]) > 1 else None):
        group = list(run)
        yield from [group] if scope is not None else [[named] for named in group]


def _interface(group: Sequence[Named], rest: Sequence[Named], outputs: Sequence[int]) -> tuple[list[int], list[int]]:
    """The values that a group takes from outside, and those that it gives."""
    if _alone(group):
        step = group[0][1]
        return list(step.inputs), list(step.outputs)
    made = {ref: None for _, step in group for ref in step.outputs}
    taken = {ref: None for _, step in group for ref in step.inputs if ref not in made}
    wanted = {ref for _, step in rest for ref in step.inputs} | set(outputs)
    return list(taken), [ref for ref in made if ref in wanted]
