"""Pictures of a network that is there: every level, the page to explore, and a network that is all joins."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import archdsl
from tests.benchmarks.frame import Case, call, seconds

LEVELS = ("network", "stage", "block", "op")
BUDGET = 0.05


def cases() -> Iterator[Case]:
    limit = f"{1e3 * BUDGET:g} ms", seconds(BUDGET)
    resnest = archdsl.load("resnest50")
    for level in LEVELS:
        draw = call(partial(resnest.picture, "svg", level=level))
        yield Case(f"draw-{level}", f"ResNeSt-50 as SVG, level {level}", draw, *limit, goal=1)
    yield Case("draw-html", "ResNeSt-50 as a page", call(partial(resnest.picture, "html")), *limit, goal=1)
    densenet = archdsl.load("examples/densenet121.arch")
    yield Case("draw-densenet", "DenseNet-121 as SVG, level network", call(densenet.picture), *limit, goal=1)
