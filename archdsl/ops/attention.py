"""Attention."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from archdsl.ops.demand import axis_name, equal, rank
from archdsl.ops.field import Field, joined
from archdsl.ops.op import Op, Reject
from archdsl.ops.parameter import Rate
from archdsl.ops.term import Option, Term, Training, args_of, term
from archdsl.shapes import Shape
from archdsl.sizes import Dim


@dataclass(frozen=True)
class Attention(Op, name="attention"):
    """Scaled dot-product attention, softmax(q kᵀ · scale) v (Vaswani et al. 2017, arXiv 1706.03762).

    It takes `(q, k, v)`: `(…, L, E)`, `(…, S, E)`, `(…, S, V)`. A `causal` position sees none after it.
    `scale` is 1/√E where it is not given; `dropout` is the rate at which weights are dropped in training.
    """

    family = "attention"
    arity = (3, 3)

    causal: bool = False
    dropout: Rate = 0.0
    scale: float | None = None

    def shape(self, q: Shape, k: Shape, v: Shape) -> Shape:
        rank(q, 3, None, self.name)
        for at, x in enumerate((k, v), 1):
            if x.rank != q.rank:
                raise Reject(at, f"a tensor of {x.rank} axes beside one of {q.rank}: {x} and {q}")
            for axis in range(q.rank - 2):
                equal(q[axis], x[axis], at, f"{{0}} and {{{at}}} differ in {axis_name(q.rank, axis)}")
        equal(k[-1], q[-1], 1, "keys {1} and queries {0} differ in features")
        equal(v[-2], k[-2], 2, "values {2} and keys {1} differ in positions")
        return q.with_axis(-1, v[-1])

    def macs(self, y: Shape, q: Shape, k: Shape, v: Shape) -> Dim:
        return q.with_axis(-1, k[-2]).elements * (q[-1] + v[-1])

    def field(self, fields: Sequence[Field], q: Shape, k: Shape, v: Shape) -> Field:
        queries, keys, values = fields
        return joined((queries.gathered(-1), keys.gathered(-1).gathered(-2), values.gathered(-2)))

    def call(self, q: Shape, k: Shape, v: Shape) -> Term:
        rate: Any = term("*", self.dropout, Training()) if self.dropout else 0.0
        return term(
            "F.scaled_dot_product_attention",
            *args_of((q, k, v)),
            dropout_p=Option(rate, 0.0),
            is_causal=Option(self.causal, False),
            scale=Option(self.scale, None),
        )
