"""Matrix products and look-ups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from archdsl.ops.demand import axis_of, broadcast, equal, fixed, rank
from archdsl.ops.field import Field, joined
from archdsl.ops.init import Init, Normal, Ones
from archdsl.ops.op import Op, Weight
from archdsl.ops.parameter import Count
from archdsl.ops.term import Arg, Option, Own, Term, X, term
from archdsl.ops.weighted import filters
from archdsl.shapes import Shape
from archdsl.sizes import Dim

UNWRITTEN = {"mend": "the features that come in are known, and not written"}


@dataclass(frozen=True)
class Linear(Op, name="linear"):
    """A linear map of the last axis."""

    family = "dense"

    features: Count
    bias: bool = field(default=True, metadata=UNWRITTEN)
    init: Init | None = None
    bias_init: Init | None = None

    def shape(self, x: Shape) -> Shape:
        self._inputs(x)
        return x.with_axis(-1, self.features)

    def _inputs(self, x: Shape) -> int:
        rank(x, 2, None, self.name)
        return fixed(x[-1], "the features that come into `linear`")

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        return filters((self.features, self._inputs(x)), self.features, self.bias, self.init, self.bias_init)

    def macs(self, y: Shape, x: Shape) -> Dim:
        return x.elements * self.features

    def field(self, fields: Sequence[Field], x: Shape) -> Field:
        return fields[0].gathered(-1)

    def module(self, x: Shape) -> Term:
        return term("nn.Linear", x[-1], self.features, bias=Option(self.bias, True))

    def call(self, x: Shape) -> Term:
        return term("F.linear", X, *self.own(x))

    def label(self) -> str:
        return f"linear, {self.features}"


@dataclass(frozen=True)
class Embedding(Op, name="embedding"):
    """A learned vector of `features` for each of `count` indices; the features become the last axis."""

    family = "dense"

    count: Count
    features: Count
    init: Init | None = None

    def shape(self, x: Shape) -> Shape:
        return Shape((*x, self.features))

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        return (Weight("weight", (self.count, self.features), self.init, Normal()),)

    def field(self, fields: Sequence[Field], x: Shape) -> Field:
        return fields[0].arranged((*range(x.rank), None))

    def module(self, x: Shape) -> Term:
        return term("nn.Embedding", self.count, self.features)

    def call(self, x: Shape) -> Term:
        return term("F.embedding", X, *self.own(x))

    def label(self) -> str:
        return f"embedding, {self.features}"


@dataclass(frozen=True)
class Matmul(Op, name="matmul"):
    """Matrix product over the last two axes, `(…, m, k)` by `(…, k, n)`; the axes before them broadcast."""

    family = "dense"
    arity = (2, 2)

    def shape(self, a: Shape, b: Shape) -> Shape:
        rank(a, 2, None, self.name)
        rank(b, 2, None, self.name)
        equal(a[-1], b[-2], 1, "columns of {0} and rows of {1} differ")
        return Shape((*broadcast(Shape(a[:-2]), Shape(b[:-2])), a[-2], b[-1]))

    def macs(self, y: Shape, a: Shape, b: Shape) -> Dim:
        return y.elements * a[-1]

    def field(self, fields: Sequence[Field], a: Shape, b: Shape) -> Field:
        return joined((fields[0].gathered(-1), fields[1].gathered(-2)))

    def call(self, a: Shape, b: Shape) -> Term:
        return term("@", X, Arg(1))


@dataclass(frozen=True)
class Scale(Op, name="scale"):
    """A learned factor for each position of an axis: `weight`, as long as the axis.

    Layer scale (Touvron et al. 2021, arXiv 2103.17239).
    """

    family = "norm"

    axis: int = 1
    init: Init | None = None

    def shape(self, x: Shape) -> Shape:
        self._size(x)
        return x

    def _size(self, x: Shape) -> int:
        return fixed(x[axis_of(x.rank, self.axis)], "the positions that `scale` gives a factor")

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        return (Weight("weight", (self._size(x),), self.init, Ones()),)

    def call(self, x: Shape) -> Term:
        after = x.rank - 1 - axis_of(x.rank, self.axis)
        weight = Own("weight")
        return term("*", X, term(".view", weight, -1, *[1] * after) if after else weight)
