"""The gated sum in the form that is best where it runs.

In one pass, for inference: every branch is read once, and nothing is kept but the sum.

    out = torch.lerp(splits1, splits0, gates[:, 0])
"""

from __future__ import annotations

from dataclasses import dataclass

from archdsl.lower.record import Record, Step
from archdsl.ops import Op
from archdsl.ops.merge import Chunk
from archdsl.ops.pattern import Rearrange
from archdsl.ops.term import Expression, Term, X, args_of, term
from archdsl.passes.body import Body
from archdsl.passes.gated_sum import GatedSum
from archdsl.passes.patterns import split_axis
from archdsl.shapes import Shape


@dataclass(frozen=True)
class OnePass(GatedSum):
    """Branches weighted as they are added up; two whose gates add up to 1 lie between each other."""

    def helper(self, gates: Shape, *branches: Shape) -> str:
        return BLEND if self._blends(branches) else GATED_SUM

    def call(self, gates: Shape, *branches: Shape) -> Expression:
        axis = {} if self.axis == 1 else {"dim": self.axis}
        return term("blend" if self._blends(branches) else "gated_sum", *args_of((gates, *branches)), **axis)

    def _blends(self, branches: tuple[Shape, ...]) -> bool:
        return self.whole and len(branches) == 2


def in_one_pass(record: Record) -> Record:
    """The body with its gated sums in one pass."""
    body = Body(record)
    for step in record.steps:
        if isinstance(step.what, GatedSum):
            gates, *branches = step.inputs
            if len(branches) == 1:
                branches = [*parted(body, step, branches[0], step.what.axis)]
            body.put(step, OnePass(step.what.axis, step.what.whole), gates, *branches)
    return body.rewritten()


@dataclass(frozen=True)
class Unbind(Op):
    """The tensors that lie along an axis, as views."""

    name = "unbind"
    gives_list = True

    axis: int

    def shape(self, x: Shape) -> tuple[Shape, ...]:
        count = x[self.axis]
        assert isinstance(count, int)
        return (Shape((*x[: self.axis], *x[self.axis + 1 :])),) * count

    def call(self, x: Shape) -> Term:
        return term(".unbind", X, self.axis)


def parted(body: Body, step: Step, stacked: int, axis: int) -> tuple[int, ...]:
    """The branches that lie along an axis; of a view, they are chunks of what is viewed."""
    view = body.maker(stacked)
    if view and isinstance(view.what, Rearrange) and split_axis(view.what, body.shapes[view.inputs[0]]) == axis:
        count = body.shapes[stacked][axis]
        assert isinstance(count, int)
        branches = body.put_before(step, Chunk(count, axis), *view.inputs)
    else:
        branches = body.put_before(step, Unbind(axis), stacked)
    body.pass_name(stacked, branches)
    return branches


BLEND = '''\
def blend(gates, first, second, dim=1):
    """Two branches, each times its gates, summed: these gates add up to 1."""
    return torch.lerp(second, first, gates.select(dim, 0).to(first.dtype))
'''

GATED_SUM = '''\
def gated_sum(gates, first, *others, dim=1):
    """Branches, each times its gates, summed."""
    gates = gates.to(first.dtype)
    total = first * gates.select(dim, 0)
    for i, other in enumerate(others, 1):
        total = total.addcmul_(other, gates.select(dim, i))
    return total
'''
