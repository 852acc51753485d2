"""Kills what a Ray cluster of this machine leaves behind when the run that started it ends, in whatever way.

The guard is a process of its own, which waits for the end of the run's. What the run starts meanwhile inherits a mark
in its environment; processes of Ray that write their title over it have files open in a folder that ends with the
run's process number.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

NAME = "ARCHDSL_STUDY_RUN"


@contextmanager
def guarded() -> Iterator[None]:
    mark = f"{NAME}={uuid.uuid4().hex}"
    session = f"_{os.getpid()}/logs/"
    guard = subprocess.Popen([sys.executable, __file__, mark, session], stdin=subprocess.PIPE, start_new_session=True)
    os.environ[NAME] = mark.partition("=")[2]
    try:
        yield
    finally:
        del os.environ[NAME]
        guard.communicate()


def _left(mark: str, session: str) -> Iterator[int]:
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark.encode() in (process / "environ").read_bytes().split(b"\0") or _in_session(process, session):
                yield int(process.name)


def _in_session(process: Path, session: str) -> bool:
    names = (os.readlink(file) for file in (process / "fd").iterdir())
    return any("/ray/session_" in name and session in name for name in names)


def main(mark: str, session: str) -> None:
    run = os.getppid()
    sys.stdin.buffer.read()
    while left := set(_left(mark, session)) - {run}:
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)


if __name__ == "__main__":
    main(*sys.argv[1:])
