"""Trials on this machine, each in a process of its own."""

from __future__ import annotations

import multiprocessing
import os
import signal
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from multiprocessing.connection import wait
from threading import Lock, Thread
from typing import Any

from archdsl.report import ArchError, errors
from archdsl.study import process
from archdsl.study.trial import Job, Outcome, State


class Local:
    """At most `workers` processes at a time, each stopped when `timeout` seconds have gone by.

    A process is made anew for each trial and shares nothing with the others, so its death is the trial's alone. Its
    end, or the driver's, is the end of whatever it has started.
    """

    def __init__(self, workers: int = 1, timeout: float | None = None) -> None:
        try:
            import pebble
        except ModuleNotFoundError:
            span = errors.outside("archdsl study run")
            raise ArchError([errors.not_installed(span, "pebble", "pip install 'archdsl[study]'")]) from None
        self.workers, self._timeout = workers, timeout
        self._launch: Any = pebble.concurrent.process
        self._expired = pebble.ProcessExpired
        self._running: dict[Future[Outcome], Thread] = {}
        self._lock, self._stopped = Lock(), False

    def start(self) -> None:
        """Processes start when they are needed."""

    def stop(self) -> None:
        with self._lock:
            self._stopped, running = True, dict(self._running)
        for future in running:
            future.cancel()
        for undertaker in running.values():
            undertaker.join()

    def run(self, job: Job) -> Outcome:
        """The outcome of a trial, when its process has ended; may be called from several threads."""
        with self._lock:
            if self._stopped:
                return Outcome(State.WAITING)
            future = self._started(job)
        try:
            return future.result()
        except CancelledError:
            return Outcome(State.WAITING)
        except TimeoutError:
            return Outcome(State.TIMED_OUT, self._timeout or 0.0, reason=f"longer than {self._timeout:g} seconds")
        except self._expired as death:
            return Outcome(State.DIED, reason=_cause(death.exitcode))
        finally:
            with self._lock:
                del self._running[future]

    def _started(self, job: Job) -> Future[Outcome]:
        context = multiprocessing.get_context("spawn")
        # Not a daemon, which may have no children: data loaders have.
        launch = self._launch(name=job.trial.id, daemon=False, timeout=self._timeout, context=context)
        future: Future[Outcome] = launch(alone)(job)
        (pid,) = (child.pid for child in multiprocessing.active_children() if child.name == job.trial.id)
        undertaker = Thread(target=_bury, args=(pid,), daemon=True)
        undertaker.start()
        self._running[future] = undertaker
        return future


def _bury(pid: int) -> None:
    """Waits for the end of a trial's process and kills what it has left behind."""
    with suppress(ChildProcessError):
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def _cause(code: int | None) -> str:
    if code is None or code >= 0:
        return f"its process ended with exit code {code}"
    name = signal.Signals(-code).name
    return f"its process was ended by {name}" + (", as by a lack of memory" if name == "SIGKILL" else "")


def alone(job: Job) -> Outcome:
    """What a trial's process does: it leads a group of its own, which does not outlive the driver."""
    os.setsid()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    Thread(target=_follow_the_driver, daemon=True).start()
    process.redirect(job.log)
    return process.run(job)


def _follow_the_driver() -> None:
    driver = multiprocessing.parent_process()
    assert driver is not None
    wait([driver.sentinel])
    os.killpg(0, signal.SIGKILL)
