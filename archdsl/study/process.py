"""What happens in the process of a trial: the module is made, the user's function is called."""

from __future__ import annotations

import faulthandler
import os
import random
import sys
import time
import traceback
from collections.abc import Mapping
from io import FileIO, TextIOWrapper

from archdsl.study.function import called, in_a_line, numbers
from archdsl.study.trial import Job, Outcome, State


def run(job: Job) -> Outcome:
    """The outcome of a trial whose process lives to tell it."""
    begun = time.monotonic()
    try:
        metrics = _trained(job)
    except (Exception, SystemExit) as error:
        # The function is the user's. Whatever it raises is its trial's outcome, and no bug of this package.
        traceback.print_exc()
        return Outcome(State.FAILED, time.monotonic() - begun, reason=in_a_line(error))
    return Outcome(State.DONE, time.monotonic() - begun, metrics)


def _trained(job: Job) -> Mapping[str, float]:
    os.environ.setdefault("OMP_NUM_THREADS", str(job.threads))
    import torch

    random.seed(job.trial.seed)
    torch.manual_seed(job.trial.seed)
    model = job.blueprint.module(job.trial.seed)
    return numbers(called(job.train)(model, job.trial.seed, job.trial))


def redirect(log: str) -> None:
    """Sends what this process, its libraries and its children print to the end of a file, line by line."""
    with open(log, "ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    raw = FileIO(1, "w", closefd=False)
    sys.stdout = sys.stderr = TextIOWrapper(raw, encoding="utf-8", errors="replace", write_through=True)
    faulthandler.enable()
