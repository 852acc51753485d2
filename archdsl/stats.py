"""What a network costs: the totals, and a table of its layers that is made when it is looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from archdsl.lower.record import Counts, Record
from archdsl.receptive import Receptive, receptive
from archdsl.shapes import Shape
from archdsl.sizes import at


@dataclass(frozen=True)
class Layer:
    """One op of a network in a table: its name in the module, its kind, what goes out, what that sees, its cost."""

    name: str
    op: str
    shape: Shape
    field: Receptive
    params: int
    macs: int


@dataclass(frozen=True)
class Stats:
    """What a network costs for one pass over its input.

    `params` are trainable parameters; `macs` multiply-accumulates of convolutions and matrix products;
    `activations` elements that convolutions and linear layers give out; `layers` how many of those there are.
    `table` has a row for each layer.
    """

    params: int
    macs: int
    activations: int
    layers: int
    _concrete: Callable[[], Record] = field(repr=False, compare=False)

    @classmethod
    def of(cls, counts: Counts, concrete: Callable[[], Record]) -> Stats:
        """Costs at one size of the inputs; `concrete` works the network out at that size, for the table."""
        return cls(counts.params, at(counts.macs, {}), at(counts.activations, {}), counts.layers, concrete)

    @cached_property
    def table(self) -> tuple[Layer, ...]:
        """Every op and declared tensor, in the order of the network."""
        record = self._concrete()
        return tuple(_table(record, "", receptive(record)))


def _table(record: Record, scope: str, fields: Iterator[Receptive]) -> Iterator[Layer]:
    for path, step in zip(record.paths, record.steps, strict=True):
        name = f"{scope}{'.'.join(path)}"
        if isinstance(step.what, Record):
            yield from _table(step.what, f"{name}.", fields)
        else:
            shape = record.shapes[step.outputs[0]]
            yield Layer(name, step.what.name, shape, next(fields), step.counts.params, at(step.counts.macs, {}))
