"""Variants counted: over a grid, where every block changes, one alone; next to timm on the meta device."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch.utils.flop_counter import FlopCounterMode

import archdsl
import tests.conftest  # noqa: F401
from tests.benchmarks.frame import Case, Side, call, prepared, seconds

DEPTHS = [[a, b, c, d] for a in (2, 3, 4) for b in (3, 4, 6) for c in (6, 12, 23) for d in (2, 3, 4)]
GRID = {"radix": [1, 2, 4], "cardinality": [1, 2, 4], "base_width": [24, 40, 64], "depths": DEPTHS}
BLOCKS = {
    "radix": [1, 2, 4],
    "cardinality": [1, 2, 4],
    "base_width": [24, 40, 64],
    "reduction": [2, 4, 8],
    "pool_first": [False, True],
    "classes": [10, 100, 1000],
    "depths": [[3, 4, 6, 3], [2, 2, 2, 2], [3, 4, 23, 3]],
}
WIDTHS = {"base_width": [*range(16, 416, 4)]}
FAMILIES = {
    "grid": (GRID, "of a grid with 27 kinds of blocks"),
    "blocks": (BLOCKS, "of a grid with 162 kinds of blocks"),
    "widths": (WIDTHS, "whose every block is new"),
}
BUDGETS = (1 / 2_000, 1 / 20_000)
"""For one variant, in seconds."""


def cases() -> Iterator[Case]:
    meta = "timm on the meta device, torch's counter", call(_counted)
    for name, (vary, what) in FAMILIES.items():
        rows = archdsl.load("resnest50").ablate(vary=vary).most
        ours = _each(vary, rows)
        yield Case(f"count-{name}", f"a variant of {rows:,} {what}", ours, *meta, goal=1 / 5000, rounds=3)
        for budget in BUDGETS:
            case = f"rate-{name}-{1 / budget:.0f}"
            yield Case(case, f"a variant of {rows:,} {what}", ours, _said(budget), seconds(budget), 1, rounds=3)
    yield Case("count-again", "a variant of a grid seen before", _again(), *meta, goal=1 / 5000, rounds=3)
    alone = prepared(lambda: _variant(archdsl.load("resnest50")))
    yield Case("count-alone", "one variant, nothing known", alone, *meta, goal=1 / 100)


def _said(budget: float) -> str:
    return f"{1e6 * budget:.0f} µs"


def _each(vary: dict[str, list[object]], rows: int) -> Side:
    """The time of one variant among all of a family, none of which is known before."""

    def family() -> Callable[[], object]:
        variants = archdsl.load("resnest50").ablate(vary=vary)
        return lambda: [*variants]

    whole = prepared(family)
    return lambda: whole() / rows


def _again() -> Side:
    variants = archdsl.load("resnest50").ablate(vary=GRID)
    whole = call(lambda: [*variants])
    return lambda: whole() / variants.most


def _variant(network: archdsl.Network) -> Callable[[], object]:
    return lambda: network(radix=4, base_width=40).stats()


def _counted() -> int:
    import timm

    with torch.device("meta"):
        model, image = timm.create_model("resnest50d").eval(), torch.empty(1, 3, 224, 224)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(image)
    return counter.get_total_flops() // 2
