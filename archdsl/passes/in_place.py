"""An activation, or a sum of two, writes over what nothing else needs: that saves memory, and the time to get it.

out = in -> conv: conv(64, 3) -> relu       F.relu(self.conv(x), inplace=True)
out = (in -> conv: conv(64, 3)) + in        self.conv(x).add_(x)
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from archdsl.lower.record import Record
from archdsl.ops.activation import HardSwish, LeakyRelu, Relu, Relu6, Silu
from archdsl.ops.arithmetic import Add
from archdsl.ops.conv import Conv
from archdsl.ops.dense import Linear
from archdsl.ops.norm import BatchNorm
from archdsl.ops.op import Op
from archdsl.ops.pointwise import Identity, Pointwise
from archdsl.ops.term import Arg, Expression, Term, term
from archdsl.passes.body import Body
from archdsl.shapes import Shape


@dataclass(frozen=True)
class InPlace(Op):
    """An activation that writes over its input."""

    name = "in_place"
    family = "activation"

    activation: Pointwise

    def __post_init__(self) -> None:
        """The activation has looked at its own numbers."""

    def shape(self, x: Shape) -> Shape:
        return x

    def module(self, x: Shape) -> Term | None:
        return _in_place(self.activation.module(x))

    def call(self, x: Shape) -> Expression:
        call = self.activation.call(x)
        assert isinstance(call, Term)
        return _in_place(call)


def _in_place(made: Term | None) -> Term:
    assert made is not None
    return replace(made, kwargs=(*made.kwargs, ("inplace", True)))


@dataclass(frozen=True)
class AddTo(Op):
    """The sum of two tensors, written over one of them."""

    name = "add_to"
    family = "merge"
    arity = (2, 2)

    def shape(self, x: Shape, y: Shape) -> Shape:
        return x

    def call(self, x: Shape, y: Shape) -> Expression:
        return term(".add_", Arg(0), Arg(1))


def in_place(record: Record) -> Record:
    """The body with activations and sums that write over new tensors of no other use."""
    body = Body(record)
    for step in record.steps:
        match step.what:
            case Relu() | Relu6() | LeakyRelu() | Silu() | HardSwish() if _is_new(record, step.inputs[0]):
                body.put(step, InPlace(step.what))
            case Add(None, None) if len(step.inputs) == 2 and len({body.shapes[ref] for ref in step.inputs}) == 1:
                over = next((ref for ref in step.inputs if _is_new(record, ref)), None)
                if over is not None:
                    body.put(step, AddTo(), over, *(ref for ref in step.inputs if ref != over))
    return body.rewritten()


def _is_new(record: Record, ref: int) -> bool:
    """Whether a value is a tensor that was made for one use."""
    body = Body(record)
    maker = body.maker(ref)
    if maker is None or not body.used_once(ref):
        return False
    match maker.what:
        case Conv() | Linear() | BatchNorm() | InPlace() | AddTo():
            return True
        case Add():
            return len(maker.inputs) > 1
        case Identity():
            return _is_new(record, maker.inputs[0])
        case Record() as inner:
            return _is_new(inner, inner.outputs[maker.outputs.index(ref)])
    return False
