"""What ops with weights share: the filters of convolutions and linear maps, the gain and bias of norms."""

from __future__ import annotations

from math import prod

from archdsl.ops.init import Init, KaimingUniform, Ones, Uniform
from archdsl.ops.op import Weight

FILTERS, ONES = KaimingUniform(a=5**0.5), Ones()
"""How torch starts filters and gains."""


def filters(
    shape: tuple[int, ...], outputs: int, bias: bool, init: Init | None, bias_init: Init | None
) -> tuple[Weight, ...]:
    """A weight and perhaps a bias, which torch starts by the number of inputs that one output sees."""
    weight = Weight("weight", shape, init, FILTERS)
    if not bias:
        return (weight,)
    bound = prod(shape[1:]) ** -0.5
    return weight, Weight("bias", (outputs,), bias_init, Uniform(-bound, bound))


def gain(channels: int, init: Init | None, affine: bool, bias: bool = True) -> tuple[Weight, ...]:
    """What a norm multiplies by and adds, one number for each channel."""
    pair = (Weight("weight", (channels,), init, ONES), Weight("bias", (channels,)))
    return pair[: (1 + bias) * affine]
