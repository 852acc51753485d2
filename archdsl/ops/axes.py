"""Axes taken together, cut and moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from archdsl.ops.demand import at_least, axis_of
from archdsl.ops.field import Field
from archdsl.ops.op import Op, Reject
from archdsl.ops.parameter import Count, Ints
from archdsl.ops.term import Option, Term, X, term
from archdsl.shapes import Shape
from archdsl.sizes import Dim


@dataclass(frozen=True)
class Flatten(Op, name="flatten"):
    """The axes from `start` to `end`, both included, as one."""

    start: int = 1
    end: int = -1

    def shape(self, x: Shape) -> Shape:
        start, end = (axis_of(x.rank, self.start, "start"), axis_of(x.rank, self.end, "end"))
        if start > end:
            raise Reject("end", f"`end` is axis {end}, before `start`, axis {start}")
        return Shape((*x[:start], prod(x[start : end + 1]), *x[end + 1 :]))

    def field(self, fields: Sequence[Field], x: Shape) -> Field:
        return fields[0].together(axis_of(x.rank, self.start), axis_of(x.rank, self.end) + 1)

    def module(self, x: Shape) -> Term:
        return term("nn.Flatten", start_dim=Option(self.start, 1), end_dim=Option(self.end, -1))

    def call(self, x: Shape) -> Term:
        return term(".flatten", X, self.start, end_dim=Option(self.end, -1))


@dataclass(frozen=True)
class Select(Op, name="select"):
    """What stands at one position of an axis, which goes away; a negative index counts from the end."""

    axis: int
    index: int

    def shape(self, x: Shape) -> Shape:
        axis = axis_of(x.rank, self.axis)
        needed = self.index + 1 if self.index >= 0 else -self.index
        at_least(x[axis], needed, "index", f"there is no position {self.index} on axis {axis}")
        return Shape((*x[:axis], *x[axis + 1 :]))

    def field(self, fields: Sequence[Field], x: Shape) -> Field:
        return fields[0].dropped(self.axis)

    def call(self, x: Shape) -> Term:
        whole = (term(":", None, None, None),) * axis_of(x.rank, self.axis)
        return term("[]", X, *whole, self.index)


@dataclass(frozen=True)
class Slice(Op, name="slice"):
    """Every `step`-th position of an axis from `start` up to, not including, `stop`.

    Negative positions count from the end; none may lie beyond it.
    """

    axis: int
    start: int = 0
    stop: int | None = None
    step: Count = 1

    def shape(self, x: Shape) -> Shape:
        axis = axis_of(x.rank, self.axis)
        size = x[axis]
        start = self._position("start", self.start, size)
        stop = size if self.stop is None else self._position("stop", self.stop, size)
        at_least(stop - start, 1, "start", f"nothing is left of axis {axis}")
        return x.with_axis(axis, (stop - start + self.step - 1) // self.step)

    def field(self, fields: Sequence[Field], x: Shape) -> Field:
        start = self._position("start", self.start, x[axis_of(x.rank, self.axis)])
        return fields[0].windowed(self.axis, self.shape(x)[self.axis], step=self.step, start=start)

    def _position(self, at: str, position: int, size: Dim) -> Dim:
        """A position counted from the front; Python would cut one beyond the end short in silence."""
        at_least(size, abs(position), at, f"`{at}` is {position}, beyond the end of the axis")
        return position if position >= 0 else size + position

    def call(self, x: Shape) -> Term:
        whole = (term(":", None, None, None),) * axis_of(x.rank, self.axis)
        step = None if self.step == 1 else self.step
        return term("[]", X, *whole, term(":", self.start or None, self.stop, step))


@dataclass(frozen=True)
class Roll(Op, name="roll"):
    """Positions moved along axes by `shifts`, those that fall off the end coming back at the start."""

    shifts: Ints
    axes: Ints

    def shape(self, x: Shape) -> Shape:
        shifts, axes = several(self.shifts), several(self.axes)
        if len(shifts) != len(axes):
            raise Reject("shifts", f"{len(shifts)} shifts for {len(axes)} axes")
        for axis in axes:
            axis_of(x.rank, axis, "axes")
        return x

    def call(self, x: Shape) -> Term:
        return term(".roll", X, self.shifts, self.axes)


def several(value: Ints) -> tuple[int, ...]:
    return value if isinstance(value, tuple) else (value,)
