"""The end of split attention and of selective kernels, as one op: branches, each times its gates, summed.

    out = (maps -> stack(axis = 1)) * gates -> reduce("n r c h w -> n c h w", "sum")
    out = (gates, maps[0], maps[1]) -> gated_sum(axis = 1)

    out = splits * gates -> reduce("n r c h w -> n c h w", "sum")
    out = (gates, splits) -> gated_sum(axis = 1)

It is found by what is computed, whatever parts and axes are called. Each target has its own form of the op.
"""

from __future__ import annotations

from dataclasses import dataclass

from archdsl.lower.record import Record, Step
from archdsl.ops import Op
from archdsl.ops.activation import Softmax
from archdsl.ops.arithmetic import Multiply
from archdsl.ops.merge import Stack
from archdsl.ops.pattern import Rearrange, Reduce
from archdsl.ops.pointwise import Identity
from archdsl.ops.term import Expression, Term, X, args_of, term
from archdsl.passes.body import Body
from archdsl.passes.patterns import split_axis, summed_axis
from archdsl.shapes import Shape


@dataclass(frozen=True)
class GatedSum(Op):
    """Gates, and what they are for: branches that lie along an axis of one tensor, or each a tensor of its own.

    `whole` says that the gates of one element add up to 1.
    """

    name = "gated_sum"
    family = "merge"
    arity = (2, None)

    axis: int
    whole: bool

    def shape(self, gates: Shape, *branches: Shape) -> Shape:
        (first, *others) = branches
        return first if others else Shape((*first[: self.axis], *first[self.axis + 1 :]))

    def lies_between(self, gates: Shape) -> bool:
        """Whether it is of two branches whose gates add up to 1, and so lies between them."""
        return self.whole and gates[self.axis] == 2

    def call(self, gates: Shape, *branches: Shape) -> Expression:
        _, *values = args_of((gates, *branches))
        stacked = values[0] if len(values) == 1 else term("torch.stack", tuple(values), dim=self.axis)
        return term(".sum", Term("*", (stacked, X)), self.axis)


def gated_sum(record: Record) -> Record:
    """The body with each such end as one op."""
    body = Body(record)
    for total in record.steps:
        if isinstance(total.what, Reduce):
            axis = summed_axis(total.what, body.shapes[total.inputs[0]])
            product = body.maker(total.inputs[0])
            if axis is not None and product is not None and body.used_once(total.inputs[0]):
                _join(body, total, product, axis)
    return body.rewritten()


def _join(body: Body, total: Step, product: Step, axis: int) -> None:
    if product.what != Multiply() or len(product.inputs) != 2:
        return
    shape = body.shapes[total.inputs[0]]
    for stacked, gates in (product.inputs, product.inputs[::-1]):
        branches = _branches(body, stacked, axis)
        if branches and body.shapes[stacked] == shape and _are_gates(body.shapes[gates], shape, axis):
            op = GatedSum(axis, _from_softmax(body.record, gates, axis))
            body.put(total, op, gates, *branches)
            return


def _are_gates(gates: Shape, shape: Shape, axis: int) -> bool:
    """Whether there is a gate for each branch, and it is for several places at once."""
    return gates.rank == shape.rank and gates[axis] == shape[axis] and gates != shape


def _branches(body: Body, stacked: int, axis: int) -> tuple[int, ...]:
    """Tensors that are stacked for nothing else, or the one that shows parts of an axis as branches; else none."""
    match body.maker(stacked):
        case Step(what=Stack(along), inputs=inputs) if along % body.shapes[stacked].rank == axis and len(inputs) > 1:
            return inputs if body.used_once(stacked) else ()
        case Step(what=Rearrange() as view, inputs=(x,)) if split_axis(view, body.shapes[x]) == axis:
            return (stacked,)
    return ()


def _from_softmax(record: Record, ref: int, axis: int) -> bool:
    """Whether a value comes out of a softmax along the axis, be it in the block that gives it."""
    maker = next((step for step in record.steps if ref in step.outputs), None)
    match maker:
        case Step(what=Softmax(along)):
            return along % record.shapes[ref].rank == axis
        case Step(what=Identity(), inputs=(x,)):
            return _from_softmax(record, x, axis)
        case Step(what=Record() as inner, outputs=outputs):
            return _from_softmax(inner, inner.outputs[outputs.index(ref)], axis)
    return False
