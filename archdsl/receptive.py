"""Receptive fields of all layers: what each sees of the input, read off a record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archdsl.lower.record import Given, Record
from archdsl.ops.field import Field, of_input, of_nothing


@dataclass(frozen=True, slots=True)
class Receptive:
    """What an element of a tensor sees of the input along its spatial axes.

    `sizes` are the positions that it sees through windows, by axis, padding included; None where there is no window.
    `whole` says of each axis whether all of it is seen besides: by a global pool, attention or a norm over places.
    """

    sizes: tuple[int | None, ...]
    whole: tuple[bool, ...]

    def __str__(self) -> str:
        """`11`, `7×11`, `all`, or both: `11 + all`; nothing where nothing is seen."""
        axes = [*zip(self.sizes, self.whole, strict=True)]
        windows = ["all" if whole and not size else str(size or "") for size, whole in axes]
        besides = any(size and whole for size, whole in axes)
        return "×".join(windows[:1] if len({*windows}) == 1 else windows) + " + all" * besides


def receptive(record: Record) -> Iterator[Receptive]:
    """The receptive field of every op and declared tensor, of a record whose sizes are numbers."""
    for field in _body(record, [of_input(shape) for shape in record.inputs])[0]:
        yield Receptive(field.sizes, tuple(i in field.whole for i in range(len(field.sizes))))


def _body(record: Record, inputs: Sequence[Field]) -> tuple[list[Field], list[Field]]:
    """What every layer of a body sees, in order, and what goes out of it."""
    values = dict(enumerate(inputs))
    layers: list[Field] = []
    for step in record.steps:
        coming = [values[ref] for ref in step.inputs]
        match step.what:
            case Record():
                inner, given = _body(step.what, coming)
                layers += inner
            case Given():
                given = [of_nothing(record.shapes[step.outputs[0]])]
                layers += given
            case op:
                seen = op.field(coming, *(record.shapes[ref] for ref in step.inputs))
                given = [seen] * len(step.outputs)
                layers.append(seen)
        values.update(zip(step.outputs, given, strict=True))
    return layers, [values[ref] for ref in record.outputs]
