"""From a network to a module: without weights, with those of a checkpoint, and with weights that are drawn."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import count

import torch

import archdsl
import tests.conftest  # noqa: F401
from tests.benchmarks.frame import Case, Side, call, prepared


def cases() -> Iterator[Case]:
    import timm

    network = archdsl.load("resnest50")
    state = network.to_torch(seed=0).state_dict()
    classes = count(1001)

    def create() -> torch.nn.Module:
        return timm.create_model("resnest50d")

    def another() -> Callable[[], object]:
        """A network whose source nobody has asked for."""
        fresh = network(classes=next(classes))
        return lambda: fresh.to_torch(device="meta")

    peer = 'timm.create_model("resnest50d")', call(create)
    empty = call(lambda: network.to_torch(device="meta"), times=5)
    yield Case("build-empty", "ResNeSt-50, to load weights", empty, *peer, goal=0.06)
    yield Case("build-first", "the same, its source written first", prepared(another), *peer, goal=0.5)
    load, theirs = call(lambda: network.to_torch(weights=state)), call(lambda: create().load_state_dict(state))
    yield Case("build-weights", "ResNeSt-50 with a state_dict", load, "timm, and load_state_dict", theirs, goal=0.25)
    yield Case("build-seed", "ResNeSt-50, its weights drawn", call(lambda: network.to_torch(seed=0)), *peer, goal=0.6)
    two, other = (_by_two(function) for function in (lambda: network.to_torch(seed=0), create))
    drawn = "ResNeSt-50, its weights drawn by two threads: wall time"
    yield Case("build-two-threads", drawn, two, peer[0], other, goal=0.45, rounds=15)


def _by_two(function: Callable[[], object]) -> Side:
    """The time on the wall that goes by while torch may use two threads."""
    measured = call(function, clock=time.perf_counter)

    def run() -> float:
        before = torch.get_num_threads()
        torch.set_num_threads(2)
        try:
            return measured()
        finally:
            torch.set_num_threads(before)

    return run
