"""The store of a study: one SQLite file, written by one driver at a time, each change as a whole."""

from __future__ import annotations

import fcntl
import json
import os
import re
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from archdsl.report import ArchError, errors
from archdsl.study.function import Function
from archdsl.study.trial import BROKEN, LOST, Outcome, State, Trial

APPLICATION, FORMAT = 0x61726368, 1
"""What the file says of itself in its `application_id` and `user_version`."""

TABLES = f"""
BEGIN;
CREATE TABLE trials (
  id TEXT PRIMARY KEY,
  function TEXT NOT NULL, code TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT '{State.WAITING}',
  attempts INTEGER NOT NULL DEFAULT 0,
  started REAL,
  seconds REAL NOT NULL DEFAULT 0,
  metrics TEXT NOT NULL DEFAULT '{{}}',
  reason TEXT NOT NULL DEFAULT ''
);
CREATE TABLE plan (
  position INTEGER PRIMARY KEY,
  id TEXT NOT NULL REFERENCES trials,
  variant TEXT NOT NULL, seed INTEGER NOT NULL, changes TEXT NOT NULL, params INTEGER NOT NULL, macs INTEGER NOT NULL
);
CREATE TABLE study (title TEXT NOT NULL, function TEXT NOT NULL, code TEXT NOT NULL);
CREATE TABLE same_code (code TEXT PRIMARY KEY, meant TEXT NOT NULL);
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {FORMAT};
COMMIT;
"""
"""`trials` holds all that were ever asked for; `plan` and `study` say what the last run was asked for."""


@dataclass(frozen=True)
class Row:
    """A trial of the last run with what is known of it; `started` is a time since the epoch."""

    trial: Trial
    state: State
    attempts: int
    started: float | None
    seconds: float
    metrics: dict[str, float]
    reason: str


class Store:
    """A store that is there, or with `create` a new one where there is none."""

    def __init__(self, path: str | Path, *, create: bool = False) -> None:
        self.path = Path(path)
        span = errors.outside(str(path))
        if not create and not self.path.is_file():
            raise ArchError([errors.missing_file(span, str(path))])
        try:
            self._db = sqlite3.connect(self.path, timeout=60)
            (application,) = self._db.execute("PRAGMA application_id").fetchone()
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
            (tables,) = self._db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            if create and not tables:
                self._db.executescript(TABLES)
            elif (application, version) != (APPLICATION, FORMAT):
                raise ArchError([errors.not_a_store(span)])
        except sqlite3.DatabaseError as error:
            raise ArchError([errors.not_a_store(span, str(error))]) from None

    # --- reading -----------------------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        return str(self._one("SELECT title FROM study", ""))

    @property
    def function(self) -> str:
        return str(self._one("SELECT function FROM study", ""))

    def rows(self) -> tuple[Row, ...]:
        """The trials of the last run, variant by variant. What runs while no driver lives waits, in truth."""
        query = (
            "SELECT plan.id, variant, seed, changes, params, macs, state, attempts, started, seconds, metrics, reason "
            "FROM plan JOIN trials USING (id) ORDER BY position"
        )
        rows = tuple(map(_row, self._db.execute(query)))
        if self._driven():
            return rows
        return tuple(replace(row, state=State.WAITING) if row.state is State.RUNNING else row for row in rows)

    def code_of(self, function: Function) -> str:
        """The code that a function is known by: its own, or the one that it was said to mean."""
        return str(self._one("SELECT meant FROM same_code WHERE code = ?", function.code, function.code))

    def outdated(self, function: Function) -> int:
        """How many trials are done with other code of the function."""
        query = "SELECT count(*) FROM trials WHERE state = ? AND function = ? AND code <> ?"
        return int(self._one(query, 0, State.DONE, function.name, self.code_of(function)))

    def _one(self, query: str, default: Any, *values: Any) -> Any:
        row = self._db.execute(query, values).fetchone()
        return default if row is None else row[0]

    # --- logs and the lock -------------------------------------------------------------------------------------

    @property
    def logs(self) -> Path:
        """The folder, beside the store, of what the trials print."""
        return self.path.with_suffix(".logs")

    def log(self, trial: Trial) -> Path:
        readable = re.sub(r"[^\w=.,+-]+", "_", trial.variant)[:80]
        return self.logs / f"{readable}-seed{trial.seed}-{trial.id[:8]}.log"

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """The right to write, which one driver has at a time, until its process ends in whatever way."""
        self.logs.mkdir(exist_ok=True)
        with _locked(self.logs) as is_free:
            if not is_free:
                raise ArchError([errors.store_in_use(errors.outside(str(self.path)))])
            yield

    def _driven(self) -> bool:
        """Whether a driver has the right to write."""
        if not self.logs.is_dir():
            return False
        with _locked(self.logs) as is_free:
            return not is_free

    # --- writing, by the driver --------------------------------------------------------------------------------

    def same_code(self, function: Function) -> None:
        """From now on, the function's code means the code of the last run."""
        last = self._one("SELECT code FROM study WHERE function = ?", self.code_of(function), function.name)
        with self._db:
            self._db.execute("INSERT OR REPLACE INTO same_code VALUES (?, ?)", (function.code, last))

    def plan(self, title: str, function: Function, trials: Iterable[Trial], again: bool) -> None:
        """What this run is asked for. What a run left open, or lost, waits again; `again` adds what has failed."""
        code, trials = self.code_of(function), tuple(trials)
        reopened = [State.RUNNING, *(BROKEN if again else LOST)]
        with self._db:
            self._db.execute("DELETE FROM plan")
            self._db.execute("DELETE FROM study")
            self._db.execute("INSERT INTO study VALUES (?, ?, ?)", (title, function.name, code))
            new = [(trial.id, function.name, code) for trial in trials]
            self._db.executemany("INSERT OR IGNORE INTO trials (id, function, code) VALUES (?, ?, ?)", new)
            rows = [(t.id, t.variant, t.seed, json.dumps(dict(t.changes)), t.params, t.macs) for t in trials]
            self._db.executemany(
                "INSERT INTO plan (id, variant, seed, changes, params, macs) VALUES (?, ?, ?, ?, ?, ?)", rows
            )
            marks = ", ".join("?" * len(reopened))
            self._db.execute(
                f"UPDATE trials SET state = ? WHERE state IN ({marks}) AND id IN (SELECT id FROM plan)",
                (State.WAITING, *reopened),
            )

    def begin(self, trial: Trial) -> int:
        """Notes that a trial runs; gives the number of this attempt."""
        with self._db:
            query = "UPDATE trials SET state = ?, attempts = attempts + 1, started = ? WHERE id = ? RETURNING attempts"
            (attempt,) = self._db.execute(query, (State.RUNNING, time.time(), trial.id)).fetchone()
        return int(attempt)

    def end(self, trial: Trial, outcome: Outcome) -> None:
        """Notes what came of a trial, all of it or nothing."""
        values = (outcome.state, outcome.seconds, json.dumps(dict(outcome.metrics)), outcome.reason, trial.id)
        with self._db:
            self._db.execute("UPDATE trials SET state = ?, seconds = ?, metrics = ?, reason = ? WHERE id = ?", values)


@contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Holds the lock of a folder, unless another process does; the system takes it from a process that ends."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        yield _lock(opened)
    finally:
        os.close(opened)


def _lock(opened: int) -> bool:
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _row(columns: tuple[Any, ...]) -> Row:
    id, variant, seed, changes, params, macs, state, attempts, started, seconds, metrics, reason = columns
    trial = Trial(id, variant, seed, json.loads(changes), params, macs)
    return Row(trial, State(state), attempts, started, seconds, json.loads(metrics), reason)
