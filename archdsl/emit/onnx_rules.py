"""What the exporter of torch has words for at one size only, said in ops that hold at every size.

The exporter traces a module at one size. Where torch branches on what it sees there, or ONNX has no word for an op,
the trace would be wrong elsewhere.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import SymInt, Tensor
from torch.export import ExportedProgram
from torch.fx.node import map_arg

Whole = int | SymInt
aten = torch.ops.aten


def _windows(size: Whole, count: Whole) -> Tensor:
    """Which of `size` positions each of `count` windows of an adaptive pool holds: `count` × `size`."""
    window, position = (torch.arange(number) for number in (count, size))  # type: ignore[arg-type]
    window = window.unsqueeze(1)
    first, end = window * size // count, ((window + 1) * size + count - 1) // count
    return (position >= first) & (position < end)


def _mean(x: Tensor, windows: Tensor) -> Tensor:
    """The means over windows of the last axis."""
    weights = windows.to(x.dtype)
    return x @ (weights / weights.sum(1, keepdim=True)).T


def _maximum(x: Tensor, windows: Tensor) -> Tensor:
    return torch.where(windows, x.unsqueeze(-2), float("-inf")).amax(-1)


def _adaptive(reduce: Callable[[Tensor, Tensor], Tensor], x: Tensor, counts: Sequence[Whole]) -> Tensor:
    """A pool over windows that depend on the size, one axis after the other."""
    for axis, count in enumerate(counts, x.dim() - len(counts)):
        x = reduce(x.transpose(axis, -1), _windows(x.shape[axis], count)).transpose(axis, -1)
    return x


def _adaptive_maximum(x: Tensor, counts: Sequence[Whole]) -> tuple[Tensor, Tensor]:
    """The places of the maxima, which torch gives beside them, are never asked for."""
    y = _adaptive(_maximum, x, counts)
    return y, torch.zeros_like(y, dtype=torch.long)


def _is_open(x: Tensor, counts: Sequence[Whole]) -> bool:
    """Whether the windows depend on the size of the input; one window is the whole axis."""
    sizes = (*x.shape[-len(counts) :], *counts)
    return any(isinstance(size, SymInt) for size in sizes) and any(count != 1 for count in counts)


def _attention(q: Tensor, k: Tensor, v: Tensor, *options: Any, **named: Any) -> Tensor:
    """The exporter knows attention of four axes: batch, heads, positions, features."""
    whole = (x.reshape(-1, 1, *x.shape[-2:]) for x in (q, k, v))
    y: Tensor = aten.scaled_dot_product_attention.default(*whole, *options, **named)
    return y.reshape(*q.shape[:-1], v.shape[-1])


@dataclass(frozen=True)
class Rule:
    """What to put in place of an op of torch, and for which arguments."""

    applies: Callable[..., bool]
    result: Callable[..., Any]

    def __call__(self, *args: Any, **named: Any) -> Any:
        return self.result(*args, **named) if self.applies(*args) else NotImplemented


RULES: dict[Any, Rule] = {
    **{getattr(aten, f"adaptive_avg_pool{n}d").default: Rule(_is_open, partial(_adaptive, _mean)) for n in (1, 2, 3)},
    **{getattr(aten, f"adaptive_max_pool{n}d").default: Rule(_is_open, _adaptive_maximum) for n in (1, 2, 3)},
    aten.scaled_dot_product_attention.default: Rule(lambda q, *_: q.dim() != 4, _attention),
}


def ruled(program: ExportedProgram) -> ExportedProgram:
    """The program with every rule applied."""
    calls = ((RULES[node.target], node.args) for node in program.graph.nodes if node.target in RULES)
    needed = any(rule.applies(*map_arg(args, lambda node: node.meta["val"])) for rule, args in calls)
    return program.run_decompositions(RULES) if needed else program


def _floor_divided(a: Any, b: Any) -> Any:
    """The exporter's own rounds towards zero, which is another number for a negative size."""
    from onnxscript import opset20 as op

    return op.Div(op.Sub(a, op.Mod(a, b)), b)


TRANSLATIONS: dict[Any, Callable[..., Any]] = {operator.floordiv: _floor_divided}
"""Arithmetic of sizes, and how ONNX says it."""
