"""A budget kept: the value of a parameter whose network costs what the baseline does, or nearest to it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from math import inf

Cost = Callable[[int], int | None]
"""What a network costs with a value of the parameter; None where there is no such network."""

PROBES = 3
"""How many values beside those that bisection asks for tell whether costs grow or fall all along."""


def nearest(low: int, high: int, target: float, cost: Cost) -> int | None:
    """The value whose cost is nearest to the target, the smaller of two; None where no value gives a network.

    Costs that grow or fall with the parameter are bisected; others are tried one by one.
    """
    known: dict[int, int | None] = {}

    def asked(value: int) -> int | None:
        if value not in known:
            known[value] = cost(value)
        return known[value]

    values = range(low, high + 1)
    for value in (*values[:: max(1, len(values) // PROBES)], high):
        asked(value)
    sign = _sign(known)
    found = _bisected(values, target, asked, known, sign) if sign else []
    if not sign or not _is_even(known):
        found = [value for value in values if asked(value) is not None]
    return min(found, key=lambda value: (abs((asked(value) or inf) - target), value), default=None)


def _bisected(values: range, target: float, cost: Cost, known: dict[int, int | None], sign: int) -> list[int]:
    """The first values on both sides of the target; a value without a network counts as the next one with one."""

    def next_one(value: int) -> int | None:
        return next((v for v in range(value, values.stop) if cost(v) is not None), None)

    def key(value: int) -> float:
        valid = next_one(value)
        return inf if valid is None else sign * (cost(valid) or 0)

    tried = {value - values.start: sign * found for value, found in known.items() if found is not None}
    below = max((i + 1 for i, found in tried.items() if found < sign * target), default=0)
    above = min((i for i, found in tried.items() if found >= sign * target), default=len(values))
    if below > above:
        return []
    at = bisect_left(values, sign * target, below, above, key=key)
    found = [next_one(values[at])] if at < len(values) else []
    if at:
        level = key(values[at - 1])
        is_first = at == 1 or key(values[at - 2]) != level
        found.append(next_one(values[at - 1 if is_first else bisect_left(values, level, 0, at, key=key)]))
    return [value for value in found if value is not None]


def _costs(known: dict[int, int | None]) -> list[int]:
    return [cost for _, cost in sorted(known.items()) if cost is not None]


def _sign(known: dict[int, int | None]) -> int:
    """1 where costs grow, −1 where they fall, 0 where that cannot be seen."""
    costs = _costs(known)
    return (costs[-1] > costs[0]) - (costs[-1] < costs[0]) if costs else 0


def _is_even(known: dict[int, int | None]) -> bool:
    """Whether costs only grow, or only fall, as far as they are known."""
    costs = _costs(known)
    return costs in (sorted(costs), sorted(costs, reverse=True))
