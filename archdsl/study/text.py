"""A study in words: where its trials stand, and its results in tables."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from archdsl.study.results import Difference, Measure, Result
from archdsl.study.store import Row, Store
from archdsl.study.trial import BROKEN, State

Cells = tuple[str, ...]


def counted(rows: Iterable[Row]) -> str:
    """`11 done, 1 failed`"""
    counts = Counter(row.state for row in rows)
    return ", ".join(f"{counts[state]} {state}" for state in State if counts[state]) or "no trials"


def status(store: Store) -> str:
    """How many trials there are in each state; those that run, and those that came to nothing, one by one."""
    rows = store.rows()
    head = f"{store.title}, trained by {store.function}: {counted(rows)}"
    shown: list[Cells] = [("variant", "seed", "state", "attempts", "seconds")]
    shown += [_standing(row) for row in rows if row.state is State.RUNNING]
    body = table(shown, 1) if len(shown) > 1 else ""
    return "\n\n".join(filter(None, [head, body, "\n".join(_told(store, row) for row in rows if row.state in BROKEN)]))


def _standing(row: Row) -> Cells:
    seconds = time.time() - row.started if row.started is not None else 0
    return row.trial.variant, str(row.trial.seed), row.state, str(row.attempts), f"{seconds:.0f}"


def _told(store: Store, row: Row) -> str:
    return f"{row.trial.variant}, seed {row.trial.seed}: {row.state}, {row.reason}\n  {store.log(row.trial)}"


def tables(found: Sequence[Result]) -> str:
    """A table for every number that the train function gives."""
    names = dict.fromkeys(name for result in found for name in result.measures)
    return "\n\n".join(table(list(_rows(found, name)), 1) for name in names) or "no trial is done yet"


def _rows(found: Sequence[Result], name: str) -> Iterator[Cells]:
    yield name, "params", "seeds", "mean ± std", "difference", "95 % interval"
    for result in found:
        seeds = str(result.done) if result.done == result.trials else f"{result.done} of {result.trials}"
        yield result.variant, f"{result.params:,}", seeds, *_cells(result.measures.get(name))


def _cells(measure: Measure | None) -> Cells:
    if measure is None:
        return "", "", ""
    spread = "" if math.isnan(measure.std) else f" ± {_rounded(measure.std, measure.std)}"
    mean = f"{_rounded(measure.mean, measure.std)}{spread}"
    return mean, *_difference(measure.difference, measure.std)


def _difference(found: Difference | None, std: float) -> tuple[str, str]:
    if found is None:
        return "", ""
    if math.isnan(found.low):
        return _rounded(found.mean, std, "+"), ""
    half = found.high - found.mean
    low, mean, high = (_rounded(value, half, "+") for value in (found.low, found.mean, found.high))
    return mean, f"{low} … {high}"


def _rounded(value: float, spread: float, sign: str = "") -> str:
    """A number with as many digits as two of its spread go down to."""
    if not (math.isfinite(spread) and spread > 0):
        return f"{value:{sign}.4g}"
    return f"{value:{sign}.{min(max(0, 1 - math.floor(math.log10(spread))), 9)}f}"


def table(rows: Sequence[Cells], words: int) -> str:
    """Columns in line, the first `words` to the left and numbers to the right, a rule below the head."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    cells = [
        [c.ljust(w) if i < words else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))]
        for row in rows
    ]
    head, *body = ("  ".join(line).rstrip() for line in cells)
    return "\n".join([head, "-" * (sum(widths) + 2 * len(widths) - 2), *body])
