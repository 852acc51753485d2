"""Axes rearranged by pattern, in the notation of einops: `rearrange("n (r c) h w -> n r c h w", r = 2)`.

A pattern names the axes that come in and those that go out. Names in parentheses are one axis taken apart or
put together, `...` stands for any axes, `1` or `()` for an axis of size 1; further keywords give sizes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from math import prod
from typing import ClassVar, Literal

from archdsl.ops.demand import at_least, divisible, equal
from archdsl.ops.field import Field
from archdsl.ops.op import Op, Reject
from archdsl.ops.parameter import Further, Kind
from archdsl.ops.term import Expression, X, term
from archdsl.shapes import Shape
from archdsl.sizes import Dim, Size

Group = tuple[str, ...]
"""The axes that are one: most often one, none for an axis of size 1."""

ELLIPSIS = "..."


@dataclass(frozen=True)
class Pattern:
    """Both sides of a pattern."""

    left: tuple[Group, ...]
    right: tuple[Group, ...]

    def spread(self, x: Shape) -> Pattern:
        """The same with a name for every axis that `...` stands for in a tensor of this shape."""
        rest = x.rank - len(self.left) + 1
        if (ELLIPSIS,) not in self.left:
            if rest != 1:
                raise Reject("pattern", f"the pattern reads {len(self.left)} axes, and its input {x} has {x.rank}")
            return self
        if rest < 0:
            raise Reject(
                "pattern",
                f"the pattern reads {len(self.left) - 1} axes or more, and its input {x} has {x.rank}",
            )
        names = tuple(f"{ELLIPSIS}{i}" for i in range(rest))
        return Pattern(_spread(self.left, names), _spread(self.right, names))

    @cached_property
    def read(self) -> Group:
        """Every axis that comes in, composed ones taken apart."""
        return sum(self.left, ())

    @cached_property
    def written(self) -> Group:
        """Every axis that goes out, before any are put together."""
        return sum(self.right, ())

    @cached_property
    def numbers(self) -> dict[str, Dim]:
        """The axes whose sizes stand in the pattern."""
        return {name: int(_shown(name)) for name in self.read + self.written if name[0].isdigit()}

    @cached_property
    def lost(self) -> Group:
        return tuple(name for name in self.read if name not in self.written)

    @cached_property
    def new(self) -> Group:
        return tuple(name for name in self.written if name not in self.read)

    def sizes(self, x: Shape, given: dict[str, Dim]) -> dict[str, Dim]:
        """The size of every axis, from those that come in and those that are given."""
        sizes = given | self.numbers
        for axis, group in enumerate(self.left):
            _solve(x[axis], axis, group, sizes)
        for name in self.new:
            if name not in sizes:
                raise Reject("pattern", f"the size of the new axis `{name}` is not given")
        return sizes


@dataclass(frozen=True)
class Patterned(Op):
    """What rearrange, reduce and repeat share: each is the steps that a pattern asks for."""

    extra = Kind("size")
    may_lose: ClassVar[bool] = False
    may_add: ClassVar[bool] = False

    pattern: str
    further: Further = field(default=(), kw_only=True)

    def shape(self, x: Shape) -> Shape:
        pattern, sizes = self._applied(x)
        return Shape(prod(sizes[name] for name in group) for group in pattern.right)

    def _applied(self, x: Shape) -> tuple[Pattern, dict[str, Dim]]:
        pattern = parse(self.pattern)
        given = dict(self.further)
        for name, size in given.items():
            if name not in pattern.read + pattern.written:
                raise Reject(name, f"the pattern has no axis `{name}`")
            at_least(size, 1, name, f"`{name}` is no size")
        if pattern.lost and not self.may_lose:
            raise Reject("pattern", f"`{_shown(pattern.lost[0])}` is on the left only", help="`reduce` takes axes away")
        if pattern.new and not self.may_add:
            raise Reject("pattern", f"`{_shown(pattern.new[0])}` is on the right only", help="`repeat` adds axes")
        pattern = pattern.spread(x)
        return pattern, pattern.sizes(x, given)

    def field(self, fields: Sequence[Field], x: Shape) -> Field:
        pattern, sizes = self._applied(x)
        seen = fields[0]
        for axis, group in reversed([*enumerate(pattern.left)]):
            seen = seen.apart(axis, [sizes[name] for name in group])
        for name in pattern.lost:
            seen = seen.gathered(pattern.read.index(name))
        seen = seen.arranged(pattern.read.index(n) if n in pattern.read else None for n in pattern.written)
        start = len(pattern.written)
        for group in reversed(pattern.right):
            start -= len(group)
            seen = seen.together(start, start + len(group))
        return seen

    def call(self, x: Shape) -> Expression:
        pattern, sizes = self._applied(x)
        y = taken_apart(X, pattern.left, sizes, dict(self.further))
        y = self.without(y, [pattern.read.index(name) for name in pattern.lost])
        kept = [name for name in pattern.read if name in pattern.written]
        y = permuted(y, [kept.index(name) for name in pattern.written if name in kept])
        y = expanded(y, [sizes[name] if name in pattern.new else None for name in pattern.written])
        return put_together(y, pattern.right)

    def without(self, y: Expression, axes: list[int]) -> Expression:
        """The tensor without the axes that are lost."""
        return y

    def label(self) -> str:
        return self.pattern.replace("->", "→")


@dataclass(frozen=True)
class Rearrange(Patterned, name="rearrange"):
    """Axes reordered, taken apart and put together: `rearrange("n (r c) h w -> n r c h w", r = 2)`."""


@dataclass(frozen=True)
class Reduce(Patterned, name="reduce"):
    """Axes reduced that the right side does not name: `reduce("n c h w -> n c", "mean")`."""

    may_lose = True

    reduction: Literal["sum", "mean", "max", "min", "prod"]

    def without(self, y: Expression, axes: list[int]) -> Expression:
        match self.reduction, axes:
            case _, []:
                return y
            case "prod", _:
                for axis in reversed(axes):
                    y = term(".prod", y, axis)
                return y
        method = {"sum": ".sum", "mean": ".mean", "max": ".amax", "min": ".amin"}[self.reduction]
        return term(method, y, axes[0] if len(axes) == 1 else tuple(axes))

    def label(self) -> str:
        return f"{self.reduction} {super().label()}"


@dataclass(frozen=True)
class Repeat(Patterned, name="repeat"):
    """A tensor repeated along new axes: `repeat("n c -> n c h w", h = 7, w = 7)`."""

    may_add = True

    def call(self, x: Shape) -> Expression:
        """Axes of size 1 that only grow are one `expand`."""
        pattern, sizes = self._applied(x)
        grown = [not a and len(b) == 1 for a, b in zip(pattern.left, pattern.right, strict=False)]
        kept = all(g or a == b for g, a, b in zip(grown, pattern.left, pattern.right, strict=False))
        if not (any(grown) and kept and len(pattern.left) == len(pattern.right)):
            return super().call(x)
        return term(".expand", X, *(sizes[b[0]] if g else -1 for g, b in zip(grown, pattern.right, strict=True)))


def taken_apart(
    y: Expression, groups: tuple[Group, ...], sizes: Mapping[str, Dim], given: Mapping[str, Dim]
) -> Expression:
    """Each group as axes of its own; torch works out the size that is not given."""
    for axis, group in reversed([*enumerate(groups)]):
        if not group:
            y = term(".squeeze", y, axis)
        elif len(group) > 1:
            left_open = [name for name in group if isinstance(sizes[name], Size)]
            left_open += [name for name in group if name not in given and not name[0].isdigit()]
            y = term(".unflatten", y, axis, tuple(-1 if name in left_open[:1] else sizes[name] for name in group))
    return y


def permuted(y: Expression, order: list[int]) -> Expression:
    moved = [axis for axis, source in enumerate(order) if axis != source]
    if not moved:
        return y
    return term(".transpose", y, *moved) if len(moved) == 2 else term(".permute", y, *order)


def expanded(y: Expression, sizes: list[Dim | None]) -> Expression:
    """New axes of these sizes, where they are not None."""
    for axis, size in enumerate(sizes):
        if size is not None:
            y = term(".unsqueeze", y, axis)
    if all(size in (None, 1) for size in sizes):
        return y
    return term(".expand", y, *(-1 if size is None else size for size in sizes))


def put_together(y: Expression, groups: tuple[Group, ...]) -> Expression:
    """Axes of one group as one."""
    start = sum(map(len, groups))
    for group in reversed(groups):
        start -= len(group)
        if not group:
            y = term(".unsqueeze", y, start)
        elif len(group) > 1:
            y = term(".flatten", y, start, start + len(group) - 1)
    return y


@lru_cache(4096)
def parse(text: str) -> Pattern:
    """The pattern that a text says, with `...` still in it."""
    sides = text.split("->")
    if len(sides) != 2:
        raise Reject("pattern", "a pattern has one `->`, with axes on both sides of it")
    left, right = map(_side, sides)
    if any(ELLIPSIS in group and len(group) > 1 for group in left):
        raise Reject("pattern", "`...` stands in parentheses on the left, where its axes cannot be told apart")
    if ELLIPSIS in sum(right, ()) and (ELLIPSIS,) not in left:
        raise Reject("pattern", "`...` is on the right only")
    return Pattern(left, right)


def _side(text: str) -> tuple[Group, ...]:
    groups: list[Group] = []
    opened = False
    for place, token in enumerate(re.findall(r"[()]|[^\s()]+", text)):
        if token in ("(", ")"):
            if opened == (token == "("):
                raise Reject("pattern", "parentheses must not stand inside others, and each needs its partner")
            opened = token == "("
            groups += [()] * opened
        elif opened:
            groups[-1] += _axis(token, place)
        else:
            groups.append(_axis(token, place))
    if opened:
        raise Reject("pattern", "a parenthesis is not closed")
    names = sum(groups, ())
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise Reject("pattern", f"`{twice}` stands twice on one side")
    return tuple(groups)


def _axis(token: str, place: int) -> Group:
    """The axis that a word says; numbers are told apart by their places, and 1 is none."""
    if token == ELLIPSIS or re.fullmatch(r"[A-Za-z](\w*[A-Za-z0-9])?", token, re.ASCII):
        return (token,)
    if re.fullmatch(r"[1-9][0-9]*", token):
        return () if token == "1" else (f"{token}@{place}",)
    shown = token.replace("{", "{{").replace("}", "}}")
    raise Reject("pattern", f"`{shown}` is neither a name of letters and digits nor a positive number")


def _shown(name: str) -> str:
    """The name of an axis as the pattern has it."""
    return name.partition("@")[0]


def _said(group: Group) -> str:
    """A group as the pattern has it."""
    return " ".join(map(_shown, group)) or "1"


def _spread(groups: tuple[Group, ...], names: Group) -> tuple[Group, ...]:
    """Groups with names in place of `...`, which alone is one group for each name."""
    out: list[Group] = []
    for group in groups:
        if group == (ELLIPSIS,):
            out += [(name,) for name in names]
        else:
            out.append(sum((names if name == ELLIPSIS else (name,) for name in group), ()))
    return tuple(out)


def _solve(total: Dim, axis: int, group: Group, sizes: dict[str, Dim]) -> None:
    """The one size of a group that is not given."""
    if len(group) == 1 and group[0] not in sizes:  # by far the most groups
        sizes[group[0]] = total
        return
    open_names = [name for name in group if name not in sizes]
    known = prod(sizes[name] for name in group if name in sizes)
    if len(open_names) > 1:
        missing = " and ".join(f"`{name}`" for name in open_names)
        raise Reject(
            "pattern",
            f"axis {axis} of {total} cannot be taken apart without the sizes of all but one of {missing}",
        )
    if not open_names:
        equal(total, known, "pattern", f"axis {axis} of the input is not `{_said(group)}`")
        return
    if isinstance(known, Size):
        raise Reject("pattern", f"axis {axis} needs the sizes of all of `{_said(group)}`, as one depends on the input")
    divisible(total, known, "pattern", f"axis {axis} does not come apart into `{_said(group)}`")
    sizes[open_names[0]] = total // known
