"""Trials on the machines of a Ray cluster, each a task of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Condition
from typing import Any

from archdsl.report import ArchError, errors
from archdsl.study import process
from archdsl.study.guard import guarded
from archdsl.study.trial import Job, Outcome, State


class Cluster:
    """Tasks of Ray, each with so many CPUs and GPUs, in a process that ends with it.

    `address` is the cluster's; without one it is that of the environment, or a cluster on this machine for the time of
    the run. As many tasks are asked for at a time as there are `workers`, or else CPUs or GPUs for.
    """

    def __init__(
        self,
        workers: int | None = None,
        timeout: float | None = None,
        *,
        address: str | None = None,
        cpus: float = 1,
        gpus: float = 0,
    ) -> None:
        try:
            import ray
        except ModuleNotFoundError:
            span = errors.outside("archdsl study run")
            raise ArchError([errors.not_installed(span, "ray", "pip install 'archdsl[ray]'")]) from None
        self._ray: Any = ray
        self._wanted, self._timeout, self._address = workers, timeout, address
        self._task = ray.remote(max_calls=1, max_retries=0, num_cpus=cpus, num_gpus=gpus, num_returns="streaming")(told)
        self._needs = {"CPU": cpus, "GPU": gpus}
        self._running: list[Any] = []
        self._change, self._stopped = Condition(), False
        self._guard = ExitStack()

    def start(self) -> None:
        self._guard.enter_context(guarded())
        self._ray.init(self._address, log_to_driver=False, logging_level="CRITICAL")

    @property
    def workers(self) -> int:
        has = self._ray.cluster_resources()
        room = min(int(has.get(kind, 0) / need) for kind, need in self._needs.items() if need)
        return self._wanted or max(1, room)

    def stop(self) -> None:
        with self._change:
            self._stopped = True
            for stream in self._running:
                self._ray.cancel(stream, force=True)
            self._change.wait_for(lambda: not self._running)
        self._ray.shutdown()
        self._guard.close()

    def run(self, job: Job) -> Outcome:
        """The outcome of a trial, when its task has ended; may be called from several threads."""
        with self._change:
            if self._stopped:
                return Outcome(State.WAITING)
            stream = self._task.remote(job)
            self._running.append(stream)
        try:
            return self._outcome(job, stream)
        finally:
            with self._change:
                self._running.remove(stream)
                self._change.notify()

    def _outcome(self, job: Job, stream: Any) -> Outcome:
        failed = (self._ray.exceptions.RayTaskError, self._ray.exceptions.RuntimeEnvSetupError)
        try:
            self._ray.get(next(stream))
            if not self._ray.wait([stream], timeout=self._timeout)[0]:
                self._ray.cancel(stream, force=True)
                return Outcome(State.TIMED_OUT, self._timeout or 0.0, reason=f"longer than {self._timeout:g} seconds")
            outcome, printed = self._ray.get(next(stream))
        except self._ray.exceptions.RayError as error:
            if self._stopped:
                return Outcome(State.WAITING)
            state = State.FAILED if isinstance(error, failed) else State.DIED
            return Outcome(state, reason=" ".join(str(error).split()))
        with open(job.log, "ab") as log:
            log.write(printed)
        assert isinstance(outcome, Outcome)
        return outcome


def told(job: Job) -> Iterator[Any]:
    """What a trial's task gives: word that it has started, then its outcome with what it printed.

    Where its machine has the driver's files, what it prints goes to its log at once.
    """
    yield None
    if _has_log(job):
        process.redirect(job.log)
        yield process.run(job), b""
        return
    with NamedTemporaryFile() as log:
        process.redirect(log.name)
        yield process.run(job), log.read()


def _has_log(job: Job) -> bool:
    log = Path(job.log)
    return log.is_file() and job.log_mark in log.read_text(encoding="utf-8")
