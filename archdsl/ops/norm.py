"""Normalisation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

from archdsl.ops.demand import at_least, axis_of, channels_of, fixed, groups_divide, rank, spatial_axes
from archdsl.ops.field import Field
from archdsl.ops.init import Init
from archdsl.ops.op import Op, Weight
from archdsl.ops.parameter import Count, Epsilon, Rate
from archdsl.ops.term import Option, Own, Term, X, term
from archdsl.ops.weighted import ONES, gain
from archdsl.shapes import Shape

UNWRITTEN = {"mend": "the channels that come in are known, and not written"}
BATCHES = Weight("num_batches_tracked", (), trainable=False, values=0)


@dataclass(frozen=True)
class BatchNorm(Op, name="batch_norm"):
    """Batch normalisation (Ioffe and Szegedy 2015, arXiv 1502.03167) of tensors of 2 to 5 axes."""

    family = "norm"

    eps: Epsilon = field(default=1e-5, metadata=UNWRITTEN)
    momentum: Rate = 0.1
    affine: bool = True
    init: Init | None = None

    def shape(self, x: Shape) -> Shape:
        rank(x, 2, 5, self.name)
        channels_of(x, self.name)
        return x

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        channels = channels_of(x, self.name)
        return (
            *gain(channels, self.init, self.affine),
            Weight("running_mean", (channels,), trainable=False),
            Weight("running_var", (channels,), default=ONES, trainable=False),
            BATCHES,
        )

    def module(self, x: Shape) -> Term:
        return term(
            f"nn.BatchNorm{max(x.rank - 2, 1)}d",
            x.channels,
            eps=Option(self.eps, 1e-5),
            momentum=Option(self.momentum, 0.1),
            affine=Option(self.affine, True),
        )


@dataclass(frozen=True)
class GroupNorm(Op, name="group_norm"):
    """Normalisation over each of `groups` of channels (Wu and He 2018, arXiv 1803.08494)."""

    family = "norm"

    groups: Count
    eps: Epsilon = field(default=1e-5, metadata=UNWRITTEN)
    affine: bool = True
    init: Init | None = None

    def shape(self, x: Shape) -> Shape:
        channels = channels_of(x, self.name)
        groups_divide(channels, self.groups, "input")
        values = x[0] * (channels // self.groups) * prod(x.spatial)
        at_least(values, 2, 0, "`group_norm` needs several values to normalise")
        return x

    def field(self, fields: Sequence[Field], x: Shape) -> Field:
        return over(fields[0], range(1, x.rank))

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        return gain(channels_of(x, self.name), self.init, self.affine)

    def module(self, x: Shape) -> Term:
        options = {"eps": Option(self.eps, 1e-5), "affine": Option(self.affine, True)}
        return term("nn.GroupNorm", self.groups, x.channels, **options)

    def call(self, x: Shape) -> Term:
        return term("F.group_norm", X, self.groups, *self.own(x), eps=Option(self.eps, 1e-5))

    def label(self) -> str:
        return f"group norm, {self.groups} groups"


@dataclass(frozen=True)
class InstanceNorm(Op, name="instance_norm"):
    """Normalisation of each channel of each sample (Ulyanov et al. 2016, arXiv 1607.08022).

    It keeps no running figures.
    """

    family = "norm"

    eps: Epsilon = field(default=1e-5, metadata=UNWRITTEN)
    affine: bool = False
    init: Init | None = None

    def shape(self, x: Shape) -> Shape:
        spatial_axes(x, self.name)
        channels_of(x, self.name)
        at_least(prod(x.spatial), 2, 0, "`instance_norm` needs several values in a channel")
        return x

    def field(self, fields: Sequence[Field], x: Shape) -> Field:
        return over(fields[0], range(1, x.rank))

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        return gain(channels_of(x, self.name), self.init, self.affine)

    def module(self, x: Shape) -> Term:
        options = {"eps": Option(self.eps, 1e-5), "affine": Option(self.affine, False)}
        return term(f"nn.InstanceNorm{x.rank - 2}d", x.channels, **options)

    def call(self, x: Shape) -> Term:
        weights: dict[str, Any] = {own.name: own for own in self.own(x)}
        return term("F.instance_norm", X, **weights, eps=Option(self.eps, 1e-5))


@dataclass(frozen=True)
class LayerNorm(Op, name="layer_norm"):
    """Normalisation along one axis (Ba et al. 2016, arXiv 1607.06450); `axis = 1` for channels-first."""

    family = "norm"

    axis: int = -1
    eps: Epsilon = field(default=1e-5, metadata=UNWRITTEN)
    affine: bool = True
    bias: bool = True
    init: Init | None = None

    def shape(self, x: Shape) -> Shape:
        along(x, self.axis, self.name)
        return x

    def field(self, fields: Sequence[Field], x: Shape) -> Field:
        return over(fields[0], [self.axis])

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        return gain(along(x, self.axis, self.name), self.init, self.affine, self.bias)

    def module(self, x: Shape) -> Term | None:
        options = {
            "eps": Option(self.eps, 1e-5),
            "elementwise_affine": Option(self.affine, True),
            "bias": Option(self.bias, True),
        }
        return module_along(self.axis, "LayerNorm", x, options)

    def helper(self, x: Shape) -> str:
        return channel_norm("LayerNorm", "Layer normalisation") if is_channels(x, self.axis) else ""

    def call(self, x: Shape) -> Term:
        return on_last("F.layer_norm", x, self.axis, *self.own(x), eps=Option(self.eps, 1e-5))


@dataclass(frozen=True)
class RmsNorm(Op, name="rms_norm"):
    """Division by the root of the mean square along one axis (Zhang and Sennrich 2019, arXiv 1910.07467).

    `eps` is the smallest number of the tensor's type where it is not given.
    """

    family = "norm"

    axis: int = -1
    eps: Epsilon | None = None
    affine: bool = True
    init: Init | None = None

    def shape(self, x: Shape) -> Shape:
        along(x, self.axis, self.name)
        return x

    def field(self, fields: Sequence[Field], x: Shape) -> Field:
        return over(fields[0], [self.axis])

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        return gain(along(x, self.axis, self.name), self.init, self.affine, bias=False)

    def module(self, x: Shape) -> Term | None:
        options = {"eps": Option(self.eps, None), "elementwise_affine": Option(self.affine, True)}
        return module_along(self.axis, "RMSNorm", x, options)

    def helper(self, x: Shape) -> str:
        return channel_norm("RMSNorm", "RMS normalisation") if is_channels(x, self.axis) else ""

    def call(self, x: Shape) -> Term:
        return on_last("F.rms_norm", x, self.axis, *self.own(x), eps=Option(self.eps, None))


@dataclass(frozen=True)
class Normalize(Op, name="normalize"):
    """Division by the `p`-norm along an axis, which is at least `eps`."""

    family = "norm"

    p: float = 2.0
    axis: int = 1
    eps: Epsilon = 1e-12

    def shape(self, x: Shape) -> Shape:
        axis_of(x.rank, self.axis)
        return x

    def field(self, fields: Sequence[Field], x: Shape) -> Field:
        return over(fields[0], [self.axis])

    def call(self, x: Shape) -> Term:
        options = {"p": Option(self.p, 2.0), "dim": Option(self.axis, 1), "eps": Option(self.eps, 1e-12)}
        return term("F.normalize", X, **options)


def over(field: Field, axes: Iterable[int]) -> Field:
    """What is seen after values along axes were brought to a common measure."""
    for axis in axes:
        field = field.mixed(axis)
    return field


def along(x: Shape, axis: int, name: str) -> int:
    """The size of the axis that is normalised, which sizes the weights."""
    return fixed(x[axis_of(x.rank, axis)], f"the values that `{name}` normalises")


def is_last(x: Shape, axis: int) -> bool:
    return axis_of(x.rank, axis) == x.rank - 1


def is_channels(x: Shape, axis: int) -> bool:
    """Whether the axis is that of the channels, in front of others."""
    return axis_of(x.rank, axis) == 1 < x.rank - 1


def module_along(axis: int, kind: str, x: Shape, options: dict[str, Any]) -> Term | None:
    """The module of torch's that normalises the last axis, or the emitted one that normalises channels."""
    if is_last(x, axis):
        return term(f"nn.{kind}", x[-1], **options)
    return term(f"Channel{kind}", x.channels, **options) if is_channels(x, axis) else None


def channel_norm(kind: str, what: str) -> str:
    return f'''\
class Channel{kind}(nn.{kind}):
    """{what} over the channels, which are axis 1."""

    def forward(self, x):
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)
'''


def on_last(function: str, x: Shape, axis: int, *weights: Own, **options: Any) -> Term:
    """A norm of torch's, which knows only the last axis: any other is moved there and back."""
    if is_last(x, axis):
        return term(function, X, (x[-1],), *weights, **options)
    moved = term(function, term(".movedim", X, axis, -1), (x[axis],), *weights, **options)
    return term(".movedim", moved, -1, axis)
