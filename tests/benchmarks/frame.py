"""A case is a pair of things to run; what counts is the ratio of their CPU times, round by round."""

from __future__ import annotations

import gc
import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from statistics import median

Side = Callable[[], float]
"""Runs once and gives what it took: seconds, of CPU time unless the case says otherwise, or bytes."""


@dataclass(frozen=True)
class Case:
    """`ours` is to take at most `goal` times what `peer` takes; `what` and `versus` say what they are.

    A side gives seconds, shown in ms, or bytes, shown in MB.
    """

    name: str
    what: str
    ours: Side
    versus: str
    peer: Side
    goal: float
    rounds: int = 7
    unit: str = "ms"


@dataclass(frozen=True)
class Result:
    """Medians over the rounds; the ratio is that of each round, not of the medians."""

    name: str
    what: str
    versus: str
    ours: float
    peer: float
    ratio: float
    goal: float
    unit: str = "ms"

    @property
    def met(self) -> bool:
        return self.ratio <= self.goal


def measured(case: Case) -> Result:
    """Both sides in turn, after one run of each that is not counted.

    What else the process holds by then, torch and timm among it, is kept from Python's garbage collector: it would be
    looked through at the cost of whoever makes many objects.
    """
    case.ours(), case.peer()
    gc.collect()
    gc.freeze()
    pairs = [(case.ours(), case.peer()) for _ in range(case.rounds)]
    ours, peer = (median(side) for side in zip(*pairs, strict=True))
    ratio = median(one / other for one, other in pairs)
    return Result(case.name, case.what, case.versus, ours, peer, ratio, case.goal, case.unit)


def command(*words: str) -> Side:
    """A whole process, from its start to its end."""

    def run() -> float:
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        assert process.stderr is not None
        said = process.stderr.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, said.decode()
        return used.ru_utime + used.ru_stime

    return run


def call(function: Callable[[], object], times: int = 1, clock: Callable[[], float] = time.process_time) -> Side:
    """A function in this process, called several `times` where one call is too short to be measured.

    Another `clock` is for several threads, whose CPU times add up.
    """

    def run() -> float:
        start = clock()
        for _ in range(times):
            function()
        return (clock() - start) / times

    return run


def prepared(prepare: Callable[[], Callable[[], object]]) -> Side:
    """A function that is made anew for each run; only the call counts."""
    return lambda: call(prepare())()


def once(prepare: Callable[[], Callable[[], object]], times: int = 1) -> Side:
    """A function that is made before its first run."""
    made = cache(prepare)

    def run() -> float:
        made()
        return call(made(), times)()

    return run


def seconds(limit: float) -> Side:
    """A budget in place of a peer."""
    return lambda: limit
