"""Arithmetic of windows that slide over spatial axes: convolutions and pools share it."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache, partial
from typing import Any

from archdsl.ops.demand import SPATIAL, at_least, per_axis
from archdsl.ops.field import Field
from archdsl.ops.parameter import Ints, Number
from archdsl.shapes import Shape
from archdsl.sizes import Dim, ceil_div


@lru_cache(maxsize=10_000)
def slide(
    sizes: tuple[Dim, ...], kernel: Ints, stride: Ints, padding: Ints, dilation: Ints = 1, *, ceil: bool = False
) -> tuple[Dim, ...]:
    """Spatial sizes after a window of `kernel` has moved over `sizes` in steps of `stride`."""
    axes = len(sizes)
    extents = {"kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation}
    columns = [per_axis(value, axes, name) for name, value in extents.items()]
    return tuple(map(partial(_slid, ceil=ceil), SPATIAL[axes], sizes, *columns))


def _slid(axis: str, size: Dim, kernel: int, stride: int, padding: int, dilation: int, *, ceil: bool) -> Dim:
    reach = dilation * (kernel - 1) + 1
    slack = stride - 1 if ceil else 0
    what = f"a window of {reach} does not fit the {axis}"
    at_least(size, reach - 2 * padding - slack, "kernel", what, mend="use a smaller kernel or more padding")
    if ceil and stride + padding > reach:
        # A last window that would begin in the padding behind the input is left out, as torch does.
        return ceil_div(size + padding, stride)
    return (size + 2 * padding - reach + slack) // stride + 1


def windowed(field: Field, y: Shape, kernel: Ints, stride: Ints, padding: Ints, dilation: Ints = 1) -> Field:
    """What is seen after a window has moved over the spatial axes, of which those of `y` are left."""
    axes = y.rank - 2
    extents = {"kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation}
    columns = [per_axis(value, axes, name) for name, value in extents.items()]
    for axis, (size, step, before, apart) in enumerate(zip(*columns, strict=True), 2):
        field = field.windowed(axis, y[axis], apart * (size - 1) + 1, step, -before)
    return field


def resized(field: Field, x: Shape, y: Shape) -> Field:
    """What is seen after each place of `y` has taken its share of those of `x` together, as adaptive pools do."""
    for axis in range(2, x.rank):
        before, after = x[axis], y[axis]
        assert isinstance(before, int) and isinstance(after, int)
        if after == 1:
            field = field.gathered(axis)
        else:
            shares = (-(-(i + 1) * before // after) - i * before // after for i in range(after))
            field = field.windowed(axis, after, max(shares), Fraction(before, after))
    return field


def same(extent: Any) -> Any:
    """One number where all axes have the same, as a person would write it; anything else as it is."""
    return extent[0] if isinstance(extent, tuple) and len(set(extent)) == 1 else extent


def said(extent: Number | tuple[Number, ...]) -> str:
    """An extent in a drawing, where one number stands for a square: `3×3`."""
    return "×".join(map(str, extent if isinstance(extent, tuple) else (extent, extent)))


def strided(stride: Ints) -> str:
    """A stride in a drawing, where it moves at all: ` /2`."""
    match same(stride):
        case 1:
            return ""
        case int(step):
            return f" /{step}"
        case steps:
            return f" /{said(steps)}"
