"""Measures the cases whose names begin with one of the given, or all; prints a table and writes benchmarks.json."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from importlib import import_module
from importlib.metadata import distributions
from pathlib import Path
from pkgutil import iter_modules

from tests import benchmarks
from tests.benchmarks.frame import Case, Result, measured

THREADS = "1"
HEADS = ("what", "versus", "ours", "peer", "ratio", "goal", "")
PACKAGES = ("archdsl", "torch", "timm", "lark", "click", "onnxruntime", "fvcore")


def cases(wanted: list[str]) -> Iterator[Case]:
    """The cases of every file of this folder that has any."""
    for module in iter_modules(benchmarks.__path__):
        if module.name.startswith("_"):
            continue
        family = import_module(f"{benchmarks.__name__}.{module.name}")
        for case in family.cases() if hasattr(family, "cases") else ():
            if not wanted or any(case.name.startswith(name) for name in wanted):
                yield case


def row(result: Result) -> tuple[str, ...]:
    scale = {"ms": 1e3, "MB": 1e-6}[result.unit]
    times = (f"{scale * side:,.2f} {result.unit}" for side in (result.ours, result.peer))
    return (
        result.what,
        result.versus,
        *times,
        f"{result.ratio:.4g} ×",
        f"≤ {result.goal:g} ×",
        "met" if result.met else "short",
    )


def machine() -> dict[str, object]:
    found = {d.metadata["Name"].lower(): d.version for d in distributions()}
    return {
        "date": date.today().isoformat(),
        "machine": platform.machine(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads": int(THREADS),
        "python": platform.python_version(),
        "versions": {name: found[name] for name in PACKAGES if name in found},
    }


def _processor() -> str:
    """What the system calls the processor."""
    listing = Path("/proc/cpuinfo")
    lines = listing.read_text().splitlines() if listing.exists() else []
    named = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor())


def main(wanted: list[str]) -> None:
    os.environ["OMP_NUM_THREADS"] = THREADS
    results = []
    print(f"| {' | '.join(HEADS)} |\n|{' --- |' * len(HEADS)}", flush=True)
    for case in cases(wanted):
        results.append(measured(case))
        print(f"| {' | '.join(row(results[-1]))} |", flush=True)
    report = {"machine": machine(), "results": [asdict(result) for result in results]}
    Path("benchmarks.json").write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
