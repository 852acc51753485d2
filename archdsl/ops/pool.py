"""Pooling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from archdsl.ops.demand import per_axis, spatial_axes
from archdsl.ops.field import Field
from archdsl.ops.op import Op, Reject
from archdsl.ops.parameter import Extent, Ints, Padding
from archdsl.ops.term import Option, Term, X, term
from archdsl.ops.window import resized, said, same, slide, strided, windowed
from archdsl.shapes import Shape


class Pool(Op):
    """A pool of torch's, whose names end in the number of spatial axes: `torch=("nn.MaxPool", …)`."""

    family = "pool"
    torch: ClassVar[tuple[str, str]]

    def __init_subclass__(cls, name: str = "", torch: tuple[str, str] = ("", "")) -> None:
        super().__init_subclass__(name)
        cls.torch = torch

    def extent(self) -> Ints:
        """The size of the window, or of what comes out."""
        raise NotImplementedError

    def options(self) -> dict[str, Any]:
        """What else torch is told."""
        return {}

    def module(self, x: Shape) -> Term:
        return term(f"{self.torch[0]}{x.rank - 2}d", same(self.extent()), **self.options())

    def call(self, x: Shape) -> Term:
        return term(f"{self.torch[1]}{x.rank - 2}d", X, same(self.extent()), **self.options())


@dataclass(frozen=True)
class WindowPool(Pool):
    """A window that moves by `stride`, or by its own size; in `ceil_mode` the last may reach over the end."""

    kernel: Extent
    stride: Extent | None = None
    padding: Padding = 0
    ceil_mode: bool = False

    def shape(self, x: Shape) -> Shape:
        axes = spatial_axes(x, self.name)
        kernel, padding = (per_axis(self.kernel, axes, "kernel"), per_axis(self.padding, axes, "padding"))
        if any(2 * pad > size for pad, size in zip(padding, kernel, strict=True)):
            raise Reject("padding", f"a padding of {self.padding} is more than half of the window {self.kernel}")
        return x.with_channels(x.channels, self.slide(x, self.stride or self.kernel))

    def slide(self, x: Shape, stride: Ints) -> tuple[Any, ...]:
        return slide(x.spatial, self.kernel, stride, self.padding, ceil=self.ceil_mode)

    def field(self, fields: Sequence[Field], x: Shape) -> Field:
        return windowed(fields[0], self.shape(x), self.kernel, self.stride or self.kernel, self.padding, self.spacing())

    def spacing(self) -> Ints:
        """How far apart the places of the window are."""
        return 1

    def extent(self) -> Ints:
        return self.kernel

    def options(self) -> dict[str, Any]:
        return {
            "stride": Option(same(self.stride or self.kernel), same(self.kernel)),
            "padding": Option(same(self.padding), 0),
            "ceil_mode": Option(self.ceil_mode, False),
        }

    def label(self) -> str:
        return f"{super().label()} {said(self.kernel)}{strided(self.stride or self.kernel)}"


@dataclass(frozen=True)
class MaxPool(WindowPool, name="max_pool", torch=("nn.MaxPool", "F.max_pool")):
    """Maximum over a window, which moves by `stride`, or by its own size."""

    dilation: Extent = 1

    def slide(self, x: Shape, stride: Ints) -> tuple[Any, ...]:
        return slide(x.spatial, self.kernel, stride, self.padding, self.dilation, ceil=self.ceil_mode)

    def spacing(self) -> Ints:
        return self.dilation

    def options(self) -> dict[str, Any]:
        return super().options() | {"dilation": Option(same(self.dilation), 1)}


@dataclass(frozen=True)
class AvgPool(WindowPool, name="avg_pool", torch=("nn.AvgPool", "F.avg_pool")):
    """Mean over a window, which moves by `stride`, or by its own size.

    Padding counts as zeros, unless `count_include_pad` is false.
    """

    count_include_pad: bool = True

    def slide(self, x: Shape, stride: Ints) -> tuple[Any, ...]:
        if x.rank == 5:  # torch's only pool that wants its window to fit without the padding
            slide(x.spatial, self.kernel, stride, padding=0)
        return super().slide(x, stride)

    def options(self) -> dict[str, Any]:
        return super().options() | {"count_include_pad": Option(self.count_include_pad, True)}


@dataclass(frozen=True)
class AdaptivePool(Pool):
    """A pool to a given size, whatever comes in."""

    size: Extent

    def shape(self, x: Shape) -> Shape:
        axes = spatial_axes(x, self.name)
        return x.with_channels(x.channels, per_axis(self.size, axes, "size"))

    def field(self, fields: Sequence[Field], x: Shape) -> Field:
        return resized(fields[0], x, self.shape(x))

    def extent(self) -> Ints:
        return self.size

    def label(self) -> str:
        return f"{super().label()} {said(self.size)}"


@dataclass(frozen=True)
class AdaptiveAvgPool(AdaptivePool, name="adaptive_avg_pool", torch=("nn.AdaptiveAvgPool", "F.adaptive_avg_pool")):
    """Mean over windows chosen so that `size` comes out."""


@dataclass(frozen=True)
class AdaptiveMaxPool(AdaptivePool, name="adaptive_max_pool", torch=("nn.AdaptiveMaxPool", "F.adaptive_max_pool")):
    """Maximum over windows chosen so that `size` comes out."""


class GlobalPool(Pool):
    """A pool over the whole map, of which 1×1 is left."""

    def shape(self, x: Shape) -> Shape:
        axes = spatial_axes(x, self.name)
        return x.with_channels(x.channels, (1,) * axes)

    def field(self, fields: Sequence[Field], x: Shape) -> Field:
        return resized(fields[0], x, self.shape(x))

    def extent(self) -> Ints:
        return 1


@dataclass(frozen=True)
class GlobalAvgPool(GlobalPool, name="global_avg_pool", torch=("nn.AdaptiveAvgPool", "F.adaptive_avg_pool")):
    """Mean over all spatial axes, each of which stays with size 1 (Lin et al. 2013, arXiv 1312.4400)."""


@dataclass(frozen=True)
class GlobalMaxPool(GlobalPool, name="global_max_pool", torch=("nn.AdaptiveMaxPool", "F.adaptive_max_pool")):
    """Maximum over all spatial axes, each of which stays with size 1."""
