"""The gradient of a mean over all places is one number for all of them: no map is made to be added to that of the maps.

gates = maps -> global_avg_pool
out = maps * gates

gates = MeanFunction.apply(maps)
"""

from __future__ import annotations

from dataclasses import dataclass

from archdsl.lower.record import Record
from archdsl.ops.pool import GlobalAvgPool
from archdsl.ops.term import Term, X, term
from archdsl.passes.body import Body
from archdsl.shapes import Shape


@dataclass(frozen=True)
class SpreadMean(GlobalAvgPool):
    """Global average pooling with a gradient of its own."""

    def helper(self, x: Shape) -> str:
        return MEAN_FUNCTION

    def module(self, x: Shape) -> None:
        return None

    def call(self, x: Shape) -> Term:
        return term("MeanFunction.apply", X)


def spread_mean(record: Record) -> Record:
    """The body with such means of what something else reads too."""
    body = Body(record)
    for step in record.steps:
        if isinstance(step.what, GlobalAvgPool) and not body.used_once(step.inputs[0]):
            body.put(step, SpreadMean())
    return body.rewritten()


MEAN_FUNCTION = '''\
class MeanFunction(torch.autograd.Function):
    """The mean over all places. Its gradient is spread over them without a map of it being made.

    `torch.fx` and `torch.export` do not look inside.
    """

    @staticmethod
    def forward(ctx, x):
        ctx.shape = x.shape
        return x.mean(tuple(range(2, x.dim())), keepdim=True)

    @staticmethod
    def backward(ctx, grad):
        return (grad / ctx.shape[2:].numel()).expand(ctx.shape)
'''
