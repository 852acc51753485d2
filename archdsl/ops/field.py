"""Receptive fields: what an element of a tensor sees of the input of the network.

Every axis of a tensor may run along axes of the input, in steps: windows widen what is seen, strides lengthen the
steps, patterns take axes apart and put them together. Sizes are numbers here, those of one input.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, prod
from typing import TypeVar

from archdsl.shapes import Shape
from archdsl.sizes import Dim

T = TypeVar("T")

Span = tuple[Fraction | int, Fraction | int]
"""The first and the last position that are seen; a fraction where upsampling has put places between positions."""


@dataclass(frozen=True, slots=True)
class Run:
    """An axis of a tensor, or a part of it, as it moves along axis `along` of the input, which has `of` positions."""

    along: int
    of: int
    places: int
    step: Fraction | int = 1


@dataclass(frozen=True, slots=True)
class Field:
    """What the first element of a tensor sees, and how that moves.

    `spans` are what it sees through windows, by axis of the input, None for nothing; `whole` are the axes that it sees
    all of besides; `axes` are the runs of every axis of the tensor, several where axes of the input are one.
    """

    spans: tuple[Span | None, ...]
    whole: frozenset[int]
    axes: tuple[tuple[Run, ...], ...]

    @property
    def sizes(self) -> tuple[int | None, ...]:
        """How many positions are seen through windows along each axis of the input; None for no window."""
        return tuple(None if span is None else ceil(span[1] - span[0]) + 1 for span in self.spans)

    def windowed(
        self, axis: int, places: Dim, size: int = 1, step: Fraction | int = 1, start: Fraction | Dim = 0
    ) -> Field:
        """After a window of `size` has moved over an axis in steps, which leaves `places`; it begins at `start`."""
        match self.axes[axis]:
            case (run,):
                first = _exact(start) * run.step
                seen = self._widened(run.along, first, first + (size - 1) * run.step)
                return seen._with(axis, (replace(run, places=_number(places), step=run.step * step),))
            case (_, *_) if (size, step) != (1, 1):
                return self.gathered(axis)
        return self

    def gathered(self, axis: int) -> Field:
        """After all places of an axis are taken together, so that it runs along nothing any more."""
        seen = self
        for run in self.axes[axis]:
            seen = seen._widened(run.along, 0, (run.places - 1) * run.step)
            span = seen.spans[run.along]
            if span and span[1] - span[0] + 1 >= run.of:
                seen = replace(seen, whole=seen.whole | {run.along}, spans=_put(seen.spans, run.along, None))
        return seen._with(axis, ())

    def mixed(self, axis: int) -> Field:
        """After every place of an axis has come to depend on all of them, as by a norm."""
        return replace(self, whole=self.whole | {run.along for run in self.axes[axis]})

    def dropped(self, axis: int) -> Field:
        """Without an axis, of which one place is kept."""
        return self.arranged(i for i in range(len(self.axes)) if i != axis % len(self.axes))

    def arranged(self, order: Iterable[int | None]) -> Field:
        """With these axes in this order; None is a new one."""
        return replace(self, axes=tuple(() if i is None else self.axes[i] for i in order))

    def apart(self, axis: int, sizes: Sequence[Dim]) -> Field:
        """With an axis taken apart into these sizes."""
        runs = self.axes[axis]
        parts: list[tuple[Run, ...]]
        if len(sizes) == 1:
            return self
        if len(runs) == 1:
            ends = [prod(map(_number, sizes[i + 1 :])) for i in range(len(sizes))]
            parts = [
                (replace(runs[0], places=_number(size), step=runs[0].step * end),)
                for size, end in zip(sizes, ends, strict=True)
            ]
        elif [run.places for run in runs] == [*sizes]:
            parts = [(run,) for run in runs]
        else:
            return self.gathered(axis).apart(axis, sizes) if runs else self._spread(axis, [()] * len(sizes))
        return self._spread(axis, parts)

    def together(self, start: int, end: int) -> Field:
        """With the axes from `start` up to `end`, not included, as one."""
        runs: list[Run] = []
        for run in sum(self.axes[start:end], ()):
            last = runs[-1] if runs else None
            if last and last.along == run.along and last.step == run.step * run.places:
                runs[-1] = replace(run, places=last.places * run.places)
            else:
                runs.append(run)
        return replace(self, axes=(*self.axes[:start], tuple(runs), *self.axes[end:]))

    def _spread(self, axis: int, parts: Sequence[tuple[Run, ...]]) -> Field:
        return replace(self, axes=(*self.axes[:axis], *parts, *self.axes[axis + 1 :]))

    def _with(self, axis: int, runs: tuple[Run, ...]) -> Field:
        return replace(self, axes=_put(self.axes, axis, runs))

    def _widened(self, along: int, first: Fraction | int, last: Fraction | int) -> Field:
        span = self.spans[along]
        if span is None:
            return self
        return replace(self, spans=_put(self.spans, along, (span[0] + first, span[1] + last)))


def of_input(shape: Shape) -> Field:
    """An input of the network sees itself, one position at a time."""
    sizes = [_number(size) for size in shape[2:]]
    runs = tuple((Run(i, size, size),) for i, size in enumerate(sizes))
    return Field(((0, 0),) * len(sizes), frozenset(), (*[()] * min(shape.rank, 2), *runs))


def of_nothing(shape: Shape) -> Field:
    """A tensor of the network's own sees nothing of the input."""
    return Field((), frozenset(), ((),) * shape.rank)


def joined(fields: Sequence[Field]) -> Field:
    """Tensors that meet, aligned at their last axes: what is seen of any of them."""
    rank = max(len(field.axes) for field in fields)
    spans = [field.spans for field in fields]
    count = max(map(len, spans))
    return Field(
        tuple(_union([own[i] for own in spans if i < len(own)]) for i in range(count)),
        frozenset[int]().union(*(field.whole for field in fields)),
        tuple(_longest([f.axes[i] for f in fields if -i <= len(f.axes)]) for i in range(-rank, 0)),
    )


def _union(spans: Sequence[Span | None]) -> Span | None:
    seen = [span for span in spans if span]
    return (min(first for first, _ in seen), max(last for _, last in seen)) if seen else None


def _longest(axes: Sequence[tuple[Run, ...]]) -> tuple[Run, ...]:
    """The runs of an axis that several tensors have, of which those of size 1 stretch to any other."""
    return max(axes, key=lambda runs: (len(runs), prod(run.places for run in runs)))


def _put(values: tuple[T, ...], at: int, value: T) -> tuple[T, ...]:
    at %= len(values)
    return (*values[:at], value, *values[at + 1 :])


def _exact(position: Fraction | Dim) -> Fraction | int:
    assert isinstance(position, Fraction | int)
    return position


def _number(size: Dim) -> int:
    assert isinstance(size, int)
    return size
