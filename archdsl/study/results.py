"""What a study says: every number of a variant over its seeds, and how far it is from the baseline's."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from archdsl.study.store import Row
from archdsl.study.trial import State

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Difference:
    """The mean of what a variant has more than the baseline at the same seed, and where it lies with 95 % confidence.

    One seed says nothing of that: `low` and `high` are NaN.
    """

    mean: float
    low: float
    high: float
    seeds: int


@dataclass(frozen=True)
class Measure:
    """A number of a variant by seed, with the deviation of a sample; NaN for that of one seed."""

    values: Mapping[int, float]
    mean: float
    std: float
    difference: Difference | None


@dataclass(frozen=True)
class Result:
    """A variant: how many of its trials are done, of how many, and what they gave."""

    variant: str
    changes: Mapping[str, str]
    params: int
    macs: int
    done: int
    trials: int
    measures: Mapping[str, Measure]


def results(rows: Iterable[Row]) -> tuple[Result, ...]:
    """The variants of a study in its order; the first is the baseline, to which the others are compared."""
    variants: dict[str, list[Row]] = {}
    for row in rows:
        variants.setdefault(row.trial.variant, []).append(row)
    found: list[Result] = []
    for of_variant in variants.values():
        found.append(_result(of_variant, found[0].measures if found else {}))
    return tuple(found)


def _result(rows: Sequence[Row], baseline: Mapping[str, Measure]) -> Result:
    trial, done = rows[0].trial, [row for row in rows if row.state is State.DONE]
    names = dict.fromkeys(name for row in done for name in row.metrics)
    measures = {
        name: _measure({row.trial.seed: row.metrics[name] for row in done if name in row.metrics}, baseline.get(name))
        for name in names
    }
    return Result(trial.variant, trial.changes, trial.params, trial.macs, len(done), len(rows), measures)


def _measure(values: dict[int, float], baseline: Measure | None) -> Measure:
    mean, std = mean_and_std(list(values.values()))
    return Measure(values, mean, std, _difference(values, baseline.values) if baseline else None)


def _difference(values: Mapping[int, float], baseline: Mapping[int, float]) -> Difference | None:
    pairs = [values[seed] - baseline[seed] for seed in values if seed in baseline]
    if not pairs:
        return None
    mean, std = mean_and_std(pairs)
    half = std / math.sqrt(len(pairs)) * t_bound(len(pairs) - 1) if len(pairs) > 1 else math.nan
    return Difference(mean, mean - half, mean + half, len(pairs))


def mean_and_std(values: Sequence[float]) -> tuple[float, float]:
    mean = sum(values) / len(values)
    if len(values) == 1:
        return mean, math.nan
    return mean, math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))


def t_bound(freedom: int) -> float:
    """How far from 0 a t-distributed number of so many degrees of freedom lies at most, with 95 % confidence."""
    low, high = 0.0, math.pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, freedom) < CONFIDENCE else (low, middle)
    return math.sqrt(freedom) * math.tan(low)


def _within(angle: float, freedom: int) -> float:
    """The probability that |t| ≤ √freedom · tan(angle): the finite sums of Abramowitz and Stegun, 26.7.3 and 26.7.4."""
    odd = freedom % 2
    term = total = math.cos(angle) if odd else 1.0
    for k in range(2 + odd, freedom - 1, 2):
        term *= (k - 1) / k * math.cos(angle) ** 2
        total += term
    if not odd:
        return math.sin(angle) * total
    return 2 / math.pi * (angle + (math.sin(angle) * total if freedom > 1 else 0.0))


def to_json(found: Iterable[Result]) -> list[dict[str, Any]]:
    """The same in plain data; what is no number is null."""
    return [_plain(asdict(result)) for result in found]


def _plain(value: Any) -> Any:
    match value:
        case Mapping():
            return {key: _plain(inner) for key, inner in value.items()}
        case float() if not math.isfinite(value):
            return None
    return value
