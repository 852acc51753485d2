"""Shapes of tensors: axes that are whole numbers or sizes over input symbols."""

from __future__ import annotations

from collections.abc import Iterable

from archdsl.sizes import Dim, product_of

MOST_AXES = 64
"""The most axes that a tensor of torch has."""


class Shape(tuple[Dim, ...]):
    """The axes of a tensor, batch first and channels second: `(N, C, *spatial)`."""

    __slots__ = ()

    @property
    def rank(self) -> int:
        return len(self)

    @property
    def channels(self) -> Dim:
        return self[1]

    @property
    def spatial(self) -> tuple[Dim, ...]:
        return self[2:]

    @property
    def elements(self) -> Dim:
        return product_of(self)

    def with_axis(self, axis: int, size: Dim) -> Shape:
        """The same with another size along one axis, which may count from the end."""
        axis %= len(self)
        return Shape((*self[:axis], size, *self[axis + 1 :]))

    def with_channels(self, channels: Dim, spatial: Iterable[Dim] | None = None) -> Shape:
        """The same batch with other channels and, where given, other spatial axes."""
        return Shape((self[0], channels, *(self.spatial if spatial is None else spatial)))

    def __str__(self) -> str:
        return "×".join(map(str, self)) or "scalar"
