"""What patterns of axes do, as passes ask for it."""

from __future__ import annotations

from archdsl.ops.pattern import Patterned, Rearrange, Reduce, parse
from archdsl.shapes import Shape


def summed_axis(op: Reduce, x: Shape) -> int | None:
    """The axis that a reduce sums away, where it is one and all others stay as and where they are."""
    pattern = parse(op.pattern).spread(x)
    if op.reduction != "sum" or len(pattern.lost) != 1 or len(pattern.read) != x.rank:
        return None
    axis = pattern.read.index(pattern.lost[0])
    return axis if pattern.right == (*pattern.left[:axis], *pattern.left[axis + 1 :]) else None


def leaves_last(op: Patterned, x: Shape, count: int) -> bool:
    """Whether the last axes stay as and where they are, of whatever size they are."""
    pattern, fixed = parse(op.pattern).spread(x), dict(op.further)
    last = pattern.left[-count:]
    named = (len(group) == 1 and group[0] not in fixed and not group[0][0].isdigit() for group in last)
    return last == pattern.right[-count:] and all(named)


def split_axis(op: Rearrange, x: Shape) -> int | None:
    """The axis that a view takes apart into two, the outer in front of the inner, all else staying as it is."""
    pattern = parse(op.pattern).spread(x)
    apart = [axis for axis, group in enumerate(pattern.left) if len(group) != 1]
    if len(apart) != 1 or len(pattern.left[apart[0]]) != 2:
        return None
    return apart[0] if pattern.right == tuple((name,) for name in pattern.read) else None
