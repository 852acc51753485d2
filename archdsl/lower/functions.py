"""Operators and functions over numbers and lists, as Python has them; what is too large raises."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import chain
from typing import Any

from archdsl.limits import at_most

MOST_DIGITS = 400

LIST_FUNCTIONS = frozenset({"len", "zip", "enumerate", "reversed"})
"""Functions of lists whatever they hold, tensors too."""

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "in": lambda a, b: a in b,
    "not in": lambda a, b: a not in b,
}


def _divide(a: float, b: float) -> int | float:
    """A quotient of whole numbers that is whole stays a whole number: `64 / 2`."""
    if isinstance(a, int) and isinstance(b, int) and a % b == 0:
        return a // b
    return a / b


def _power(a: float, b: float) -> int | float:
    if isinstance(a, int) and isinstance(b, int) and abs(a) > 1 and b * abs(a).bit_length() > 128:
        raise OverflowError
    power: int | float = a**b
    return power


ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divide,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "**": _power,
}


class TooLong(Exception):
    """A list would have too many elements."""


def _range(*bounds: int) -> tuple[int, ...]:
    numbers = range(*bounds)
    if len(numbers) > at_most().elements:
        raise TooLong
    return tuple(numbers)


def _sum(items: tuple[Any, ...], start: Any = 0) -> Any:
    """Python's, in linear time for lists too."""
    if not isinstance(start, tuple):
        return sum(items, start)
    if sum(len(item) for item in items) > at_most().elements:
        raise TooLong
    return (*start, *chain.from_iterable(items))


def _round(number: float, digits: int = 0) -> int | float:
    """Python's; a whole number without digits. Of more digits than numbers have, nothing is worked out."""
    if abs(digits) > MOST_DIGITS:
        raise ValueError(digits)
    return round(number, digits) if digits else round(number)


def _zip(*lists: tuple[Any, ...]) -> tuple[Any, ...]:
    if lists and len(lists) * min(map(len, lists)) > at_most().elements:
        raise TooLong
    return tuple(zip(*lists, strict=False))


def make_divisible(v: float, divisor: int = 8, min: int | None = None, round_limit: float = 0.9) -> int:
    """`v` rounded to a multiple of `divisor`, at least `min`, and not below `round_limit * v` (timm's rule)."""
    least = divisor if min is None else min
    rounded = max(least, int(v + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < round_limit * v else rounded


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "max": max,
    "min": min,
    "abs": abs,
    "round": _round,
    "floor": math.floor,
    "ceil": math.ceil,
    "int": int,
    "len": len,
    "range": _range,
    "zip": _zip,
    "enumerate": lambda items, start=0: tuple(enumerate(items, start)),
    "reversed": lambda items: tuple(reversed(items)),
    "sum": _sum,
    "any": any,
    "all": all,
    "sqrt": math.sqrt,
    "log2": math.log2,
    "make_divisible": make_divisible,
}
