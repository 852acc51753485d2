"""The gated sum in the form that is best where it runs.

For inference each branch is read once, and nothing is made but the sum:

    out = torch.lerp(splits1, splits0, gates[:, 0])

For training in eager mode it has a gradient of its own, for which nothing is kept but what comes in:

    out = GatedSumFunction.apply(1, True, gates, maps0, maps1)

For `torch.compile`, which joins what it sees, branches stay as they are given:

    out = maps0 * gates[:, 0] + maps1 * gates[:, 1]
    out = (splits * gates).sum(1)
"""

from __future__ import annotations

from dataclasses import dataclass

from archdsl.lower.record import Record, Step
from archdsl.ops.merge import Chunk
from archdsl.ops.term import Expression, Term, X, args_of, term
from archdsl.passes.body import Body
from archdsl.passes.gated_sum import GatedSum
from archdsl.shapes import Shape


@dataclass(frozen=True)
class OnePass(GatedSum):
    """Branches weighted as they are added up; two whose gates add up to 1 lie between each other."""

    def helper(self, gates: Shape, *branches: Shape) -> str:
        return GATED_LERP if self.lies_between(gates) else GATED_SUM

    def call(self, gates: Shape, *branches: Shape) -> Expression:
        axis = {} if self.axis == 1 else {"dim": self.axis}
        return term("gated_lerp" if self.lies_between(gates) else "gated_sum", *args_of((gates, *branches)), **axis)


@dataclass(frozen=True)
class WithGradient(GatedSum):
    """Branches, of which the gradient needs nothing but themselves."""

    def helper(self, gates: Shape, *branches: Shape) -> str:
        return GATED_SUM_FUNCTION

    def call(self, gates: Shape, *branches: Shape) -> Expression:
        return term("GatedSumFunction.apply", self.axis, self.lies_between(gates), *args_of((gates, *branches)))


@dataclass(frozen=True)
class SpeltOut(GatedSum):
    """Branches as products that are added up, one tensor of all of them as it is."""

    def call(self, gates: Shape, *branches: Shape) -> Expression:
        if len(branches) == 1:
            return super().call(gates, *branches)
        _, *values = args_of((gates, *branches))
        whole = (term(":", None, None, None),) * self.axis
        return Term("+", tuple(Term("*", (x, term("[]", X, *whole, i))) for i, x in enumerate(values)))


def in_one_pass(record: Record) -> Record:
    """The body with its gated sums in one pass."""
    body = Body(record)
    for step in record.steps:
        if isinstance(step.what, GatedSum):
            gates, *branches = step.inputs
            if len(branches) == 1:
                branches = [*_chunks(body, step, branches[0], step.what.axis)]
            body.put(step, OnePass(step.what.axis, step.what.whole), gates, *branches)
    return body.rewritten()


def with_gradient(record: Record) -> Record:
    """The body with gated sums that have gradients of their own."""
    return _lowered(record, WithGradient)


def spelt_out(record: Record) -> Record:
    """The body with gated sums that a compiler sees through."""
    return _lowered(record, SpeltOut)


def _lowered(record: Record, form: type[GatedSum]) -> Record:
    body = Body(record)
    for step in record.steps:
        if isinstance(step.what, GatedSum):
            body.put(step, form(step.what.axis, step.what.whole))
    return body.rewritten()


def _chunks(body: Body, step: Step, stacked: int, axis: int) -> tuple[int, ...]:
    """The branches that a view shows along an axis, as chunks of what is viewed."""
    view, count = body.maker(stacked), body.shapes[stacked][axis]
    assert view is not None and isinstance(count, int)
    branches = body.put_before(step, Chunk(count, axis), *view.inputs)
    body.pass_name(stacked, branches)
    return branches


GATED_LERP = '''\
def gated_lerp(gates, first, second, dim=1):
    """Two branches, each times its gates, summed: these gates add up to 1."""
    return torch.lerp(second, first, gates.select(dim, 0).to(first.dtype))
'''

GATED_SUM = '''\
def gated_sum(gates, first, *others, dim=1):
    """Branches, each times its gates, summed."""
    gates = gates.to(first.dtype)
    total = first * gates.select(dim, 0)
    for i, other in enumerate(others, 1):
        total.addcmul_(other, gates.select(dim, i))
    return total
'''

GATED_SUM_FUNCTION = '''\
class GatedSumFunction(torch.autograd.Function):
    """Branches, each times its gates, summed: each a tensor, or all along an axis of one.

    Where they are two whose gates add up to 1, the sum lies between them. Nothing is kept for the gradient but what
    comes in. `torch.fx` and `torch.export` do not look inside.
    """

    @staticmethod
    def forward(ctx, dim, between, gates, *given):
        ctx.dim = dim
        ctx.save_for_backward(gates, *given)
        first, *others = given if len(given) > 1 else given[0].unbind(dim)
        gates = gates.to(first.dtype)
        if between:
            return torch.lerp(*others, first, gates.select(dim, 0))
        total = first * gates.select(dim, 0)
        for i, other in enumerate(others, 1):
            total.addcmul_(other, gates.select(dim, i))
        return total

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, grad):
        gates, *given = ctx.saved_tensors
        of_gates, of_given = torch.empty_like(gates), [torch.empty_like(x) for x in given]
        branches, parts = (x if len(x) > 1 else x[0].unbind(ctx.dim) for x in (given, of_given))
        for i, (branch, part) in enumerate(zip(branches, parts, strict=True)):
            gate, of_gate = gates.select(ctx.dim, i), of_gates.select(ctx.dim, i)
            of_gate.copy_(torch.mul(grad, branch, out=part).sum_to_size(gate.shape))
            torch.mul(grad, gate.to(grad.dtype), out=part)
        return None, None, of_gates, *of_given
'''
