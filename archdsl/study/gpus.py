"""The GPUs of this machine, dealt out to trials without a look at torch."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence

from archdsl.report import ArchError, errors

VISIBLE = "CUDA_VISIBLE_DEVICES"
"""What tells CUDA which GPUs a process may see, in their order."""


def visible() -> list[str]:
    """The GPUs that this process may use: those that its environment names, or else all."""
    named = os.environ.get(VISIBLE)
    if named is not None:
        return [name.strip() for name in named.split(",") if name.strip()]
    if shutil.which("nvidia-smi") is None:
        return []
    query = ["nvidia-smi", "--query-gpu=index", "--format=csv,noheader"]
    found = subprocess.run(query, capture_output=True, text=True, check=False)
    return found.stdout.split() if found.returncode == 0 else []


def hands(each: float) -> list[str]:
    """What each of the trials that run at a time may see, where `each` takes so many GPUs, or a share of one."""
    there = visible()
    dealt = _dealt(there, each)
    if not dealt:
        raise ArchError([errors.too_few_gpus(errors.outside(f"--gpus {each:g}"), len(there))])
    return dealt


def _dealt(there: Sequence[str], each: float) -> list[str]:
    if each < 1:
        return [name for _ in range(int(1 / each)) for name in there]
    count = int(each)
    return [",".join(there[i : i + count]) for i in range(0, len(there) - count + 1, count)]
