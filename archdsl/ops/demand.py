"""What ops demand of the tensors that come in. Whoever falls short gets a `Reject` with the numbers."""

from __future__ import annotations

from collections.abc import Mapping

from archdsl.ops.op import Reject
from archdsl.ops.parameter import Number
from archdsl.shapes import Shape
from archdsl.sizes import Dim, divides, mismatch, shortfall

SPATIAL = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}
"""Names of the spatial axes, by their number."""


def axis_name(rank: int, axis: int) -> str:
    """What people call an axis of a tensor of this rank, counted from the front."""
    names = ("batch", "channels", *SPATIAL.get(rank - 2, ()))
    return names[axis] if len(names) == rank else f"axis {axis}"


def rank(x: Shape, least: int, most: int | None, name: str) -> int:
    """The number of axes, which must lie between two bounds."""
    if x.rank < least or (most is not None and x.rank > most):
        wanted = f"{least} or more" if most is None else str(least) if least == most else f"{least} to {most}"
        raise Reject(0, f"`{name}` takes a tensor of {wanted} axes, and its input {x} has {x.rank}")
    return x.rank


def spatial_axes(x: Shape, name: str) -> int:
    """How many spatial axes come in: 1, 2 or 3, after batch and channels."""
    return rank(x, 3, 5, name) - 2


def channels_of(x: Shape, name: str) -> int:
    """The channels that come in, which size weights and so must be a plain number."""
    rank(x, 2, None, name)
    return fixed(x.channels, f"the channels that come into `{name}`")


def fixed(size: Dim, what: str, at: str | int = 0) -> int:
    """A size that must not depend on the input."""
    if isinstance(size, int):
        return size
    mend = "fix the size in the network's `input`, or pool first"
    raise Reject(at, f"{what} depend on the input: {size}", mend)


def axis_of(rank: int, axis: int, at: str = "axis") -> int:
    """An axis counted from the front, which the tensor must have."""
    if -rank <= axis < rank:
        return axis % rank
    raise Reject(at, f"axis {axis} of a tensor that has {rank}")


def per_axis(value: Number | tuple[Number, ...], axes: int, at: str) -> tuple[Number, ...]:
    """One number for each spatial axis."""
    if not isinstance(value, tuple):
        return (value,) * axes
    if len(value) != axes:
        raise Reject(at, f"{len(value)} numbers for {axes} spatial axes")
    return value


def groups_divide(channels: int, groups: int, what: str) -> None:
    if channels % groups:
        raise Reject("groups", f"{channels} {what} channels do not divide into {groups} groups")


def equal(a: Dim, b: Dim, at: str | int | None, wrong: str) -> None:
    """Two sizes that must agree for every input; `wrong` says that they do not: "{0} and {1} differ"."""
    apart = None if a == b else mismatch(a, b)
    if apart is None:
        return
    if apart.left is None:
        raise Reject(at, f"{wrong}, perhaps: {a} and {b}")
    if not apart.values:
        raise Reject(at, f"{wrong}: {a} and {b}")
    where = f" where {apart.condition}" if apart.condition else ""
    raise Reject(at, f"{wrong}{where}: at {said(apart.values)} they are {apart.left} and {apart.right}")


def at_least(size: Dim, least: Dim, at: str | int | None, wrong: str, mend: str | None = None) -> None:
    """A size that must not fall short of another for any input; `wrong` says what is wrong where it does."""
    short = shortfall(size, least)
    if short is None:
        return
    if short.left is None:
        raise Reject(at, f"{wrong}, perhaps: {size} may be less than {least}", mend)
    where = f" at {said(short.values)}" if short.values else ""
    if short.bound is not None and len(short.values) == 1:
        mend = f"`require {next(iter(short.values))} >= {short.bound}`"
    raise Reject(at, f"{wrong}{where}: {short.left} is less than {short.right}", mend)


def divisible(size: Dim, by: int, at: str | int | None, wrong: str) -> None:
    """A size that must be a multiple of a number for every input."""
    rest = None if by == 1 else divides(by, size)
    if rest is None:
        return
    if not rest.values:
        raise Reject(at, f"{wrong}: {size} is no multiple of {by}")
    mend = f"`require {size} % {by} == 0`" if str(size) in rest.values else None
    raise Reject(at, f"{wrong} at {said(rest.values)}: {rest.left} is no multiple of {by}", mend)


def broadcast(*xs: Shape) -> Shape:
    """The shape of tensors taken together, aligned at their last axes, where 1 stretches to any size."""
    first = max(range(len(xs)), key=lambda i: xs[i].rank)
    out, sources = list(xs[first]), [first] * xs[first].rank
    for i, x in enumerate(xs):
        for axis in range(-x.rank, 0):
            if out[axis] == 1:
                out[axis], sources[axis] = x[axis], i
            elif x[axis] != 1:
                one, two = sorted((sources[axis], i))
                name = axis_name(len(out), axis % len(out))
                equal(xs[one][axis], xs[two][axis], two, f"{{{one}}} and {{{two}}} differ in {name}")
    return Shape(out)


def said(values: Mapping[str, int]) -> str:
    """The input sizes at which something goes wrong."""
    return ", ".join(f"{name} = {value}" for name, value in values.items())
