"""Tensors put together along an axis, and taken apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from archdsl.ops.demand import at_least, axis_name, axis_of, equal, fixed
from archdsl.ops.field import Field, joined
from archdsl.ops.op import Op, Reject
from archdsl.ops.parameter import Extent, Within
from archdsl.ops.term import Term, X, args_of, term
from archdsl.shapes import Shape
from archdsl.sizes import Dim, ceil_div

MOST_PIECES = 10_000
"""The most tensors that one op gives."""


@dataclass(frozen=True)
class Concat(Op, name="concat"):
    """Tensors one after the other along an axis."""

    family = "merge"
    arity = (1, None)

    axis: int = 1

    def shape(self, *xs: Shape) -> Shape:
        axis = axis_of(xs[0].rank, self.axis)
        for i, x in enumerate(xs):
            agree(xs[0], x, i, besides=axis)
        return xs[0].with_axis(axis, sum(x[axis] for x in xs))

    def call(self, *xs: Shape) -> Term:
        return term("torch.cat", args_of(xs), dim=self.axis)


@dataclass(frozen=True)
class Stack(Op, name="stack"):
    """Tensors of one shape side by side along a new axis."""

    family = "merge"
    arity = (1, None)

    axis: int = 1

    def shape(self, *xs: Shape) -> Shape:
        axis = axis_of(xs[0].rank + 1, self.axis)
        for i, x in enumerate(xs):
            agree(xs[0], x, i)
        return Shape((*xs[0][:axis], len(xs), *xs[0][axis:]))

    def field(self, fields: Sequence[Field], *xs: Shape) -> Field:
        order: list[int | None] = [*range(xs[0].rank)]
        order.insert(axis_of(xs[0].rank + 1, self.axis), None)
        return joined([field.arranged(order) for field in fields])

    def call(self, *xs: Shape) -> Term:
        return term("torch.stack", args_of(xs), dim=self.axis)


@dataclass(frozen=True)
class Chunk(Op, name="chunk"):
    """`chunks` pieces of one size along an axis, of which the last may be smaller."""

    gives_list = True

    chunks: Annotated[int, Within(1, MOST_PIECES)]
    axis: int = 1

    def shape(self, x: Shape) -> tuple[Shape, ...]:
        axis = axis_of(x.rank, self.axis)
        piece = ceil_div(x[axis], self.chunks)
        others = piece * (self.chunks - 1)
        at_least(x[axis], others + 1, "chunks", f"{self.chunks} chunks of {piece} need more")
        return (x.with_axis(axis, piece),) * (self.chunks - 1) + (x.with_axis(axis, x[axis] - others),)

    def call(self, x: Shape) -> Term:
        return term(".chunk", X, self.chunks, dim=self.axis)

    def label(self) -> str:
        return f"{self.chunks} chunks"


@dataclass(frozen=True)
class Split(Op, name="split"):
    """Pieces of the given sizes along an axis; one number is the size of every piece but the last."""

    gives_list = True

    sizes: Extent
    axis: int = 1

    def shape(self, x: Shape) -> tuple[Shape, ...]:
        axis = axis_of(x.rank, self.axis)
        return tuple(x.with_axis(axis, size) for size in self._pieces(x[axis]))

    def _pieces(self, size: Dim) -> tuple[int, ...]:
        if isinstance(self.sizes, int):
            whole, rest = divmod(fixed(size, f"the number of pieces of {self.sizes}"), self.sizes)
            if whole > MOST_PIECES:
                raise Reject("sizes", f"{whole:,} pieces are more than {MOST_PIECES:,}")
            return (self.sizes,) * whole + (rest,) * (rest > 0)
        equal(sum(self.sizes), size, "sizes", "the pieces do not add up to the axis")
        return self.sizes

    def call(self, x: Shape) -> Term:
        return term(".split", X, self.sizes, dim=self.axis)


def agree(first: Shape, x: Shape, at: int, besides: int | None = None) -> None:
    """Two tensors that must have one shape, one axis perhaps aside."""
    if x.rank != first.rank:
        raise Reject(at, f"a tensor of {x.rank} axes beside one of {first.rank}: {x} and {first}")
    for axis in range(x.rank):
        if axis != besides:
            equal(first[axis], x[axis], at, f"{{0}} and {{{at}}} differ in {axis_name(x.rank, axis)}")
