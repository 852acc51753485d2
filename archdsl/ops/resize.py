"""Spatial axes grown, shrunk and cut into windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain
from math import floor, prod
from typing import Any, Literal

from archdsl.ops.demand import at_least, per_axis, rank, spatial_axes
from archdsl.ops.field import Field
from archdsl.ops.op import Op, Reject
from archdsl.ops.parameter import Dims, Extent, Factors, Padding
from archdsl.ops.term import Option, Term, X, term
from archdsl.ops.window import resized, said, same, slide, windowed
from archdsl.shapes import Shape
from archdsl.sizes import Dim


@dataclass(frozen=True)
class Pad(Op, name="pad"):
    """Positions added around a tensor.

    One number pads every side of every spatial axis. Several are in torch's order: before and after the last
    axis, then before and after the one in front of it, and so on.
    """

    padding: Dims
    mode: Literal["constant", "reflect", "replicate", "circular"] = "constant"
    value: float = 0.0

    def shape(self, x: Shape) -> Shape:
        sides = self._sides(x)
        if len(sides) % 2 or not 2 <= len(sides) <= 2 * x.rank:
            raise Reject("padding", f"{len(sides)} numbers, where each of up to {x.rank} axes takes two")
        if self.mode != "constant" and not len(sides) // 2 < x.rank <= len(sides) // 2 + 2 <= 5:
            message = f'"{self.mode}" pads the last 1 to 3 axes of a tensor with one or two more, not {x}'
            raise Reject("mode", message)
        if self.mode != "constant" and self.value:
            raise Reject("value", f'"{self.mode}" pads with what is there, not with {self.value}')
        sizes = list(x)
        for i, (before, after) in enumerate(zip(sides[::2], sides[1::2], strict=True), 1):
            for side in (before, after):
                at_least(side, 0, "padding", "padding must not be negative", mend="`slice` cuts positions off")
                self._reach(x[-i], side)
            sizes[-i] = x[-i] + before + after
        return Shape(sizes)

    def field(self, fields: Sequence[Field], x: Shape) -> Field:
        seen, y = fields[0], self.shape(x)
        for i, before in enumerate(self._sides(x)[::2], 1):
            seen = seen.windowed(-i, y[-i], start=-before)
        return seen

    def _sides(self, x: Shape) -> tuple[Dim, ...]:
        return self.padding if isinstance(self.padding, tuple) else (self.padding,) * (2 * spatial_axes(x, self.name))

    def _reach(self, size: Dim, side: Dim) -> None:
        """Padding with what stands in the tensor can take only what is there."""
        if self.mode == "reflect":
            at_least(size, side + 1, "padding", "a reflection must be shorter than the axis")
        if self.mode == "circular":
            at_least(size, side, "padding", "circular padding must not be longer than the axis")

    def call(self, x: Shape) -> Term:
        options = {"mode": Option(self.mode, "constant"), "value": Option(self.value, 0.0)}
        return term("F.pad", X, self._sides(x), **options)


@dataclass(frozen=True)
class Interpolate(Op, name="interpolate"):
    """Spatial axes brought to a `size`, or to `scale` times their size, rounded down."""

    size: Dims | None = None
    scale: Factors | None = None
    mode: Literal["nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear", "area"] = "nearest"
    align_corners: bool = False

    def shape(self, x: Shape) -> Shape:
        axes = spatial_axes(x, self.name)
        if SMOOTH.get(self.mode, axes) != axes:
            raise Reject("mode", f'"{self.mode}" is for {SMOOTH[self.mode]} spatial axes, and there are {axes}')
        if self.align_corners and self.mode not in SMOOTH:
            raise Reject("align_corners", f'"{self.mode}" has no corners to align')
        return x.with_channels(x.channels, self._sizes(x, axes))

    def _sizes(self, x: Shape, axes: int) -> tuple[Dim, ...]:
        if self.size is not None and self.scale is None:
            at, sizes = "size", per_axis(self.size, axes, "size")
        elif self.scale is not None and self.size is None:
            at, sizes = ("scale", tuple(map(scaled, x.spatial, per_axis(self.scale, axes, "scale"))))
        else:
            raise Reject(None, "`interpolate` takes either a `size` or a `scale`")
        for size in sizes:
            at_least(size, 1, at, "nothing is left of an axis")
        return sizes

    def field(self, fields: Sequence[Field], x: Shape) -> Field:
        seen, y = fields[0], self.shape(x)
        if self.mode == "area":
            return resized(seen, x, y)
        taps = TAPS.get(self.mode, 1)
        for axis in range(2, x.rank):
            step = Fraction(f"{x[axis]}/{y[axis]}")
            seen = seen.windowed(axis, y[axis], taps, step, (step - taps) / 2 if taps > 1 else 0)
        return seen

    def call(self, x: Shape) -> Term:
        return term(
            "F.interpolate",
            X,
            size=Option(same(self.size), None),
            scale_factor=Option(same(self.scale), None),
            mode=Option(self.mode, "nearest"),
            align_corners=Option(self.align_corners, False),
        )

    def label(self) -> str:
        if self.size is not None:
            return f"{self.mode} {said(self.size)}"
        factors = self.scale if isinstance(self.scale, tuple) else (self.scale,)
        return " ".join([self.mode, *(f"×{factor:g}" for factor in factors if factor is not None)])


@dataclass(frozen=True)
class Unfold(Op, name="unfold"):
    """Every window of a map as a column, its channels × rows × columns in one axis (im2col)."""

    kernel: Extent
    stride: Extent = 1
    padding: Padding = 0
    dilation: Extent = 1

    def shape(self, x: Shape) -> Shape:
        rank(x, 4, 4, self.name)
        windows = slide(x.spatial, self.kernel, self.stride, self.padding, self.dilation)
        return Shape((x[0], x.channels * prod(per_axis(self.kernel, 2, "kernel")), prod(windows)))

    def field(self, fields: Sequence[Field], x: Shape) -> Field:
        """The places of a window lie along the channels, so that each element sees one of them."""
        kernel, spacing = per_axis(self.kernel, 2, "kernel"), per_axis(self.dilation, 2, "dilation")
        windows = Shape((*x[:2], *slide(x.spatial, self.kernel, self.stride, self.padding, self.dilation)))
        seen, whole = windowed(fields[0], windows, 1, self.stride, self.padding), fields[0].axes[2:]
        places = zip(whole, kernel, spacing, strict=True)
        inside = ((replace(run, places=n, step=run.step * by) for run in runs) for runs, n, by in places)
        channels = (*seen.axes[1], *chain.from_iterable(inside))
        return replace(seen, axes=(seen.axes[0], channels, *seen.axes[2:])).together(2, 4)

    def _options(self) -> dict[str, Any]:
        return {
            "dilation": Option(same(self.dilation), 1),
            "padding": Option(same(self.padding), 0),
            "stride": Option(same(self.stride), 1),
        }

    def module(self, x: Shape) -> Term:
        return term("nn.Unfold", same(self.kernel), **self._options())

    def call(self, x: Shape) -> Term:
        return term("F.unfold", X, same(self.kernel), **self._options())


SMOOTH = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}
"""Modes that weigh neighbours, each for one number of spatial axes."""

TAPS = {"linear": 2, "bilinear": 2, "trilinear": 2, "bicubic": 4}
"""How many places along an axis a mode weighs, where they are more than one."""

FINEST = 1024
"""The largest denominator of a scale that is kept exact on a size which depends on the input."""


def scaled(size: Dim, scale: float) -> Dim:
    """`scale` times a size, rounded down as torch does."""
    if isinstance(size, int):
        return floor(size * scale)
    numerator, denominator = scale.as_integer_ratio()
    if denominator > FINEST:
        raise Reject(
            "scale",
            f"{scale} times {size}, which depends on the input, is not exact",
            help="give a `size`, or a scale such as 0.5 or 2",
        )
    return size * numerator // denominator
