"""A trial: one training of a variant, told from the others by its network, its seed and its function."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from archdsl.emit.blueprint import Blueprint

ID_LENGTH = 16


@dataclass(frozen=True)
class Trial:
    """What a train function is told of its trial.

    `id` is equal for equal networks, seeds and functions, today and tomorrow: a good name for a folder of checkpoints,
    from which a trial that died can go on. `changes` are those of the variant to the baseline, as texts.
    """

    id: str
    variant: str
    seed: int
    changes: Mapping[str, str]
    params: int
    macs: int


@dataclass(frozen=True)
class Job:
    """What a process has to know to run a trial: how to make its module, the function's name, where what it prints
    goes (to a file that ends in `log_mark`), how many threads it may use."""

    trial: Trial
    blueprint: Blueprint
    train: str
    log: str
    log_mark: str
    threads: int


class State(StrEnum):
    """Where a trial stands. A trial that failed raised an error; one that died lost its process."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    DIED = "died"
    TIMED_OUT = "timed out"


LOST = (State.DIED, State.TIMED_OUT)
"""The states in which trying again may help."""
BROKEN = (State.FAILED, *LOST)


@dataclass(frozen=True)
class Outcome:
    """What came of running a trial: numbers where it is done, a reason where it is not.

    One whose run was stopped is waiting again.
    """

    state: State
    seconds: float = 0.0
    metrics: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""


def trial_id(network: str, seed: int, function: str, code: str) -> str:
    """What tells trials apart; `network` and `code` are hashes."""
    return digest(json.dumps([network, seed, function, code]))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:ID_LENGTH]
