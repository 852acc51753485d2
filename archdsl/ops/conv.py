"""Convolutions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from math import prod
from typing import Any

from archdsl.ops.demand import (
    at_least,
    channels_of,
    equal,
    fixed,
    groups_divide,
    per_axis,
    rank,
    spatial_axes,
)
from archdsl.ops.field import Field, joined
from archdsl.ops.init import HE, Init
from archdsl.ops.op import Op, Reject, Weight
from archdsl.ops.parameter import Count, Extent, Ints, Padding
from archdsl.ops.term import Arg, Option, Term, X, term
from archdsl.ops.weighted import filters
from archdsl.ops.window import said, same, slide, strided, windowed
from archdsl.shapes import Shape
from archdsl.sizes import Dim

KEPT = {"mend": "left out, it keeps the size at stride 1"}


@dataclass(frozen=True)
class Conv(Op, name="conv"):
    """Convolution over 1, 2 or 3 spatial axes, in `groups` (the cardinality of ResNeXt).

    `padding` keeps the size at stride 1 where it is not given: `dilation * (kernel - 1) // 2`.
    """

    family = "conv"

    channels: Count
    kernel: Extent
    stride: Extent = 1
    padding: Padding | None = field(default=None, metadata=KEPT)
    dilation: Extent = 1
    groups: Count = 1
    bias: bool = False
    init: Init | None = HE
    bias_init: Init | None = None

    def shape(self, x: Shape) -> Shape:
        axes = spatial_axes(x, self.name)
        groups_divide(channels_of(x, self.name), self.groups, "input")
        groups_divide(self.channels, self.groups, "output")
        padding = centred(self.padding, self.kernel, self.dilation, axes)
        return x.with_channels(self.channels, slide(x.spatial, self.kernel, self.stride, padding, self.dilation))

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        kernel = per_axis(self.kernel, x.rank - 2, "kernel")
        shape = (self.channels, channels_of(x, self.name) // self.groups, *kernel)
        return filters(shape, self.channels, self.bias, self.init, self.bias_init)

    def macs(self, y: Shape, x: Shape) -> Dim:
        kernel = per_axis(self.kernel, x.rank - 2, "kernel")
        return y.elements * (channels_of(x, self.name) // self.groups * prod(kernel))

    def field(self, fields: Sequence[Field], x: Shape) -> Field:
        padding = centred(self.padding, self.kernel, self.dilation, x.rank - 2)
        seen = fields[0].gathered(1)
        return windowed(seen, self.shape(x), self.kernel, self.stride, padding, self.dilation)

    def module(self, x: Shape) -> Term:
        sizes = (x.channels, self.channels, same(self.kernel))
        return term(f"nn.Conv{x.rank - 2}d", *sizes, **self._options(x), bias=Option(self.bias, True))

    def call(self, x: Shape) -> Term:
        return term(f"F.conv{x.rank - 2}d", X, *self.own(x), **self._options(x))

    def _options(self, x: Shape) -> dict[str, Any]:
        padding = centred(self.padding, self.kernel, self.dilation, x.rank - 2)
        return options(self.stride, padding, self.dilation, self.groups)

    def label(self) -> str:
        return f"{said(self.kernel)} conv, {self.channels}{strided(self.stride)}"


@dataclass(frozen=True)
class ConvTranspose(Op, name="conv_transpose"):
    """Transposed convolution: the gradient of a convolution, used to grow a map.

    `output_padding` grows one side further, to choose among the sizes that a strided convolution merges.
    """

    family = "conv"

    channels: Count
    kernel: Extent
    stride: Extent = 1
    padding: Padding = 0
    output_padding: Padding = 0
    dilation: Extent = 1
    groups: Count = 1
    bias: bool = True
    init: Init | None = None
    bias_init: Init | None = None

    def shape(self, x: Shape) -> Shape:
        axes = spatial_axes(x, self.name)
        groups_divide(channels_of(x, self.name), self.groups, "input")
        groups_divide(self.channels, self.groups, "output")
        names = ("kernel", "stride", "padding", "output_padding", "dilation")
        columns = [per_axis(getattr(self, name), axes, name) for name in names]
        return x.with_channels(self.channels, map(self._grow, x.spatial, *columns))

    def _grow(self, size: Dim, kernel: int, stride: int, padding: int, output_padding: int, dilation: int) -> Dim:
        if output_padding >= max(stride, dilation):
            message = f"{output_padding} is not less than the stride {stride} or the dilation {dilation}"
            raise Reject("output_padding", message)
        out = (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + output_padding + 1
        at_least(out, 1, "padding", "nothing is left of the output")
        return out

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        kernel = per_axis(self.kernel, x.rank - 2, "kernel")
        shape = (channels_of(x, self.name), self.channels // self.groups, *kernel)
        return filters(shape, self.channels, self.bias, self.init, self.bias_init)

    def macs(self, y: Shape, x: Shape) -> Dim:
        kernel = per_axis(self.kernel, x.rank - 2, "kernel")
        return x.elements * (self.channels // self.groups * prod(kernel))

    def field(self, fields: Sequence[Field], x: Shape) -> Field:
        """Several places lie between two that come in, each of which a window of fewer reaches."""
        seen, y = fields[0].gathered(1), self.shape(x)
        names = ("kernel", "stride", "padding", "dilation")
        columns = [per_axis(getattr(self, name), x.rank - 2, name) for name in names]
        for axis, (kernel, stride, padding, dilation) in enumerate(zip(*columns, strict=True), 2):
            reach = dilation * (kernel - 1)
            start = Fraction(padding - reach, stride)
            seen = seen.windowed(axis, y[axis], reach // stride + 1, Fraction(1, stride), start)
        return seen

    def module(self, x: Shape) -> Term:
        sizes = (x.channels, self.channels, same(self.kernel))
        return term(f"nn.ConvTranspose{x.rank - 2}d", *sizes, **self._options(), bias=Option(self.bias, True))

    def call(self, x: Shape) -> Term:
        return term(f"F.conv_transpose{x.rank - 2}d", X, *self.own(x), **self._options())

    def _options(self) -> dict[str, Any]:
        further = {"output_padding": Option(same(self.output_padding), 0)}
        return options(self.stride, self.padding, self.dilation, self.groups) | further

    def label(self) -> str:
        return f"{said(self.kernel)} conv transpose, {self.channels}{strided(self.stride)}"


@dataclass(frozen=True)
class Convolve(Op, name="convolve"):
    """Convolution of one tensor with another: `(x, kernel) -> convolve(groups = x.channels)`.

    The kernel is `outputs × inputs / groups × kernel…`. `padding` is as in `conv`.
    """

    family = "conv"
    arity = (2, 2)

    stride: Extent = 1
    padding: Padding | None = None
    dilation: Extent = 1
    groups: Count = 1

    def shape(self, x: Shape, kernel: Shape) -> Shape:
        axes = spatial_axes(x, self.name)
        if kernel.rank != x.rank:
            raise Reject(1, f"a kernel of {kernel.rank} axes for an input of {x.rank}")
        outputs, inputs, *extent = (fixed(size, "the sizes of the kernel", at=1) for size in kernel)
        groups_divide(channels_of(x, self.name), self.groups, "input")
        groups_divide(outputs, self.groups, "output")
        equal(x.channels, inputs * self.groups, 1, "{0} has not the channels that {1} takes in all groups")
        padding = centred(self.padding, tuple(extent), self.dilation, axes)
        return x.with_channels(outputs, slide(x.spatial, tuple(extent), self.stride, padding, self.dilation))

    def macs(self, y: Shape, x: Shape, kernel: Shape) -> Dim:
        return y.elements * prod(kernel[1:])

    def field(self, fields: Sequence[Field], x: Shape, kernel: Shape) -> Field:
        seen, weights = fields[0].gathered(1), fields[1]
        for axis in range(kernel.rank):
            weights = weights.gathered(axis)
        extent = self._extent(kernel)
        padding = centred(self.padding, extent, self.dilation, x.rank - 2)
        return joined((windowed(seen, self.shape(x, kernel), extent, self.stride, padding, self.dilation), weights))

    def _extent(self, kernel: Shape) -> tuple[int, ...]:
        return tuple(fixed(size, "the sizes of the kernel", at=1) for size in kernel.spatial)

    def call(self, x: Shape, kernel: Shape) -> Term:
        axes = rank(x, 3, 5, self.name) - 2
        extent = self._extent(kernel)
        padding = centred(self.padding, extent, self.dilation, axes)
        return term(f"F.conv{axes}d", X, Arg(1), **options(self.stride, padding, self.dilation, self.groups))


@lru_cache(maxsize=10_000)
def centred(padding: Ints | None, kernel: Ints, dilation: Ints, axes: int) -> Ints:
    """The padding, by default the one that keeps the size at stride 1 (one less for an even window)."""
    if padding is not None:
        return padding
    extents = zip(per_axis(kernel, axes, "kernel"), per_axis(dilation, axes, "dilation"), strict=True)
    return tuple(dilation * (kernel - 1) // 2 for kernel, dilation in extents)


def options(stride: Ints, padding: Ints, dilation: Ints, groups: int) -> dict[str, Any]:
    """What differs from the defaults of torch's convolutions."""
    return {
        "stride": Option(same(stride), 1),
        "padding": Option(same(padding), 0),
        "dilation": Option(same(dilation), 1),
        "groups": Option(groups, 1),
    }
