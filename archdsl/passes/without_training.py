"""Inference needs nothing that happens in training only.

out = in -> linear(64) -> dropout(0.5) -> relu
out = in -> linear(64) -> identity     -> relu
"""

from __future__ import annotations

from dataclasses import replace

from archdsl.lower.record import Record
from archdsl.ops import Op
from archdsl.ops.pointwise import Identity


def without_training(record: Record) -> Record:
    """The body with nothing in the place of dropout, drop-path and drop-block."""
    return replace(record, steps=tuple(replace(s, what=Identity()) if _trains(s.what) else s for s in record.steps))


def _trains(what: object) -> bool:
    return isinstance(what, Op) and what.family == "regularisation"
