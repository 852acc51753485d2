"""Activations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from archdsl.ops.demand import axis_of, channels_of
from archdsl.ops.field import Field
from archdsl.ops.init import Constant, Init
from archdsl.ops.op import Op, Weight
from archdsl.ops.pointwise import Pointwise
from archdsl.ops.term import Term, X, term
from archdsl.shapes import Shape


class Activation(Pointwise):
    family = "activation"


@dataclass(frozen=True)
class Relu(Activation, name="relu", torch=("nn.ReLU", "F.relu")):
    """max(x, 0)."""


@dataclass(frozen=True)
class Relu6(Activation, name="relu6", torch=("nn.ReLU6", "F.relu6")):
    """min(max(x, 0), 6) (Howard et al. 2017, arXiv 1704.04861)."""


@dataclass(frozen=True)
class LeakyRelu(Activation, name="leaky_relu", torch=("nn.LeakyReLU", "F.leaky_relu")):
    """x where it is positive, `negative_slope` times x elsewhere."""

    negative_slope: float = 0.01


@dataclass(frozen=True)
class Silu(Activation, name="silu", torch=("nn.SiLU", "F.silu")):
    """x · sigmoid(x), also called swish (arXiv 1606.08415, 1710.05941)."""


@dataclass(frozen=True)
class Gelu(Activation, name="gelu", torch=("nn.GELU", "F.gelu")):
    """x · Φ(x), Φ the normal distribution (Hendrycks and Gimpel 2016, arXiv 1606.08415)."""

    approximate: Literal["none", "tanh"] = "none"


@dataclass(frozen=True)
class Mish(Activation, name="mish", torch=("nn.Mish", "F.mish")):
    """x · tanh(log(1 + exp(x))) (Misra 2019, arXiv 1908.08681)."""


@dataclass(frozen=True)
class Sigmoid(Activation, name="sigmoid", torch=("nn.Sigmoid", "torch.sigmoid")):
    """1 / (1 + exp(-x))."""


@dataclass(frozen=True)
class Tanh(Activation, name="tanh", torch=("nn.Tanh", "torch.tanh")):
    """Hyperbolic tangent."""


@dataclass(frozen=True)
class HardSigmoid(Activation, name="hard_sigmoid", torch=("nn.Hardsigmoid", "F.hardsigmoid")):
    """relu6(x + 3) / 6 (Howard et al. 2019, arXiv 1905.02244)."""


@dataclass(frozen=True)
class HardSwish(Activation, name="hard_swish", torch=("nn.Hardswish", "F.hardswish")):
    """x · relu6(x + 3) / 6 (Howard et al. 2019, arXiv 1905.02244)."""


@dataclass(frozen=True)
class Softmax(Activation, name="softmax"):
    """exp(x), divided by its sum along an axis."""

    axis: int

    def shape(self, x: Shape) -> Shape:
        axis_of(x.rank, self.axis)
        return x

    def field(self, fields: Sequence[Field], x: Shape) -> Field:
        return fields[0].mixed(self.axis)

    def module(self, x: Shape) -> Term:
        return term("nn.Softmax", dim=self.axis)

    def call(self, x: Shape) -> Term:
        return term("F.softmax", X, dim=self.axis)


@dataclass(frozen=True)
class Prelu(Op, name="prelu"):
    """x where it is positive, x times a learned slope elsewhere (He et al. 2015, arXiv 1502.01852).

    There is one slope for all channels, or one for each.
    """

    family = "activation"

    per_channel: bool = False
    init: Init | None = None

    def shape(self, x: Shape) -> Shape:
        self._slopes(x)
        return x

    def _slopes(self, x: Shape) -> int:
        return channels_of(x, self.name) if self.per_channel else 1

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        return (Weight("weight", (self._slopes(x),), self.init, Constant(0.25)),)

    def module(self, x: Shape) -> Term:
        return term("nn.PReLU", self._slopes(x)) if self.per_channel else term("nn.PReLU")

    def call(self, x: Shape) -> Term:
        return term("F.prelu", X, *self.own(x))
