"""The driver of a study: it says which trial runs next, and writes down what comes of it."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Protocol

from archdsl.ablate.family import Variant
from archdsl.lower.values import spell
from archdsl.network import Network
from archdsl.sizes import at
from archdsl.study.function import Function
from archdsl.study.store import Store
from archdsl.study.trial import LOST, Job, Outcome, State, Trial, trial_id

Tell = Callable[[str], None]


class Engine(Protocol):
    """Where trials run. `run` blocks until a trial has ended; as many threads call it as there are `workers`."""

    @property
    def workers(self) -> int: ...

    def start(self) -> None: ...

    def run(self, job: Job) -> Outcome: ...

    def stop(self) -> None:
        """Stops what is running, whose outcome is to wait. Comes back when nothing is left of it."""


@dataclass(frozen=True)
class Planned:
    """A trial with the variant that it trains."""

    trial: Trial
    variant: Variant[Network]


def planned(variant: Variant[Network], seeds: int, function: Function, code: str) -> Iterator[Planned]:
    """The trials of a variant."""
    counts, name = variant.stats, function.name.rpartition(":")[2]
    assert counts is not None
    changes = {parameter: spell(value) for parameter, value in variant.changes.items()}
    for seed in range(seeds):
        id = trial_id(variant.digest, seed, name, code)
        yield Planned(Trial(id, variant.name, seed, changes, counts.params, at(counts.macs, {})), variant)


class Driver:
    """Runs trials on an engine. It needs the right to write to the store."""

    def __init__(self, store: Store, function: Function, engine: Engine, retries: int, tell: Tell) -> None:
        self._store, self._function, self._engine, self._retries = store, function, engine, retries
        self._queue: deque[Planned] = deque()
        self._running: dict[Future[Outcome], Planned] = {}
        self._tries: Counter[str] = Counter()
        self._tell = tell
        self._open = 0

    def run(self, trials: Iterable[Planned]) -> None:
        """Runs those that wait, one seed of all variants after the other."""
        waiting = {row.trial.id for row in self._store.rows() if row.state is State.WAITING}
        by_id = {one.trial.id: one for one in trials if one.trial.id in waiting}
        self._queue.extend(sorted(by_id.values(), key=lambda one: one.trial.seed))
        self._open = len(by_id)
        if not by_id:
            return
        self._engine.start()
        with ThreadPoolExecutor(self._engine.workers, initializer=_leave_interrupts_alone) as threads:
            try:
                while self._queue or self._running:
                    self._fill(threads)
                    for future in wait(self._running, return_when=FIRST_COMPLETED).done:
                        self._end(self._running[future], future.result())
                        del self._running[future]
            finally:
                self._engine.stop()
                for future, one in self._running.items():
                    self._store.end(one.trial, future.result())

    def _fill(self, threads: ThreadPoolExecutor) -> None:
        while self._queue and len(self._running) < self._engine.workers:
            one = self._queue.popleft()
            self._running[threads.submit(self._engine.run, self._begun(one))] = one

    def _begun(self, one: Planned) -> Job:
        attempt, log = self._store.begin(one.trial), self._store.log(one.trial)
        mark = f"--- {one.trial.variant}, seed {one.trial.seed}, attempt {attempt}, {time.strftime('%F %T')} ---\n"
        _append(log, mark)
        threads = max(1, len(os.sched_getaffinity(0)) // self._engine.workers)
        blueprint = one.variant.network.blueprint()
        return Job(one.trial, blueprint, self._function.name, str(log.resolve()), mark, threads)

    def _end(self, one: Planned, outcome: Outcome) -> None:
        """Writes an outcome down. A trial that was lost goes to the end of the queue while it has tries left."""
        self._tries[one.trial.id] += 1
        if outcome.state in LOST:
            _append(self._store.log(one.trial), f"--- {outcome.state}: {outcome.reason} ---\n")
        if outcome.state in LOST and self._tries[one.trial.id] <= self._retries:
            self._store.end(one.trial, Outcome(State.WAITING, reason=f"{outcome.state}: {outcome.reason}"))
            self._queue.append(one)
            self._tell(f"{_called(one.trial)}: {outcome.state}, {outcome.reason}; it will be tried again")
            return
        self._store.end(one.trial, outcome)
        self._open -= 1
        self._tell(f"{_called(one.trial)}: {_told(outcome)}; {self._open} to go")


def _append(log: os.PathLike[str], text: str) -> None:
    with open(log, "a", encoding="utf-8") as file:
        file.write(text)


def _called(trial: Trial) -> str:
    return f"{trial.variant}, seed {trial.seed}"


def _told(outcome: Outcome) -> str:
    if outcome.state is not State.DONE:
        return f"{outcome.state}, {outcome.reason}"
    metrics = ", ".join(f"{name} {value:.4g}" for name, value in outcome.metrics.items())
    return f"{metrics or 'done'} ({outcome.seconds:.1f} s)"


def _leave_interrupts_alone() -> None:
    """An interrupt from the keyboard is the driver's: what a thread starts has it blocked, as the thread has."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
