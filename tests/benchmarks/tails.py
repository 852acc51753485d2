"""The ends of attentions alone, from the maps to their sum: 64 channels at 56×56, batch 8, next to timm's lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import TYPE_CHECKING, Any

import archdsl
from tests.benchmarks.frame import Case, once

if TYPE_CHECKING:
    from torch import nn

SPEC = """
network split {
  input maps: [N, 128, H, W]
  splits = maps -> rearrange("n (r c) h w -> n r c h w", r = 2)
  gates = splits -> reduce("n r c h w -> n c h w", "sum") -> global_avg_pool
    -> fc: conv(128, 1, bias = true) -> rearrange("n (r c) h w -> n r c h w", r = 2) -> softmax(axis = 1)
  out = splits * gates -> reduce("n r c h w -> n c h w", "sum")
}

network select {
  input a: [N, 64, H, W]
  input b: [N, 64, H, W]
  stacked = (a, b) -> stack(axis = 1)
  gates = a + b -> global_avg_pool
    -> fc: conv(128, 1, bias = true) -> rearrange("n (r c) h w -> n r c h w", r = 2) -> softmax(axis = 1)
  out = stacked * gates -> reduce("n r c h w -> n c h w", "sum")
}
"""
NAMES = {"split": "split attention", "select": "a selective kernel"}
GOALS = {
    ("split", "eval"): (0.53, 0.14),
    ("split", "training"): (0.62, 0.25),
    ("select", "eval"): (0.41, 0.13),
    ("select", "training"): (0.74, 0.25),
}
"""For channels first, and last."""


def cases() -> Iterator[Case]:
    for (name, use), goals in GOALS.items():
        form: dict[str, Any] = {"eval": {"inference": True}, "training": {"target": "eager"}}[use]
        for where, goal in zip(("first", "last"), goals, strict=True):
            yield _case(name, use, where, form, goal)
    for name, where in product(NAMES, ("first", "last")):
        yield _case(name, "training", where, {"target": "compile"}, 1, "torch.compile")


def _case(name: str, use: str, where: str, form: dict[str, Any], goal: float, by: str = "") -> Case:
    """One end, by itself or `by` the compiler, in which timm's lines go the same way."""
    started = whole if by else lambda module: module
    sides = [
        once(lambda make=make: run(started(make()), name, use, where), times=4)
        for make in (lambda: ours(name, form), lambda: timms(name))
    ]
    what = ", ".join(filter(None, [f"the end of {NAMES[name]}", use, f"channels {where}", by]))
    versus = ", ".join(filter(None, ["timm's lines", by]))
    return Case(f"tail-{name}-{'compile' if by else use}-{where}", what, sides[0], versus, sides[1], goal)


def whole(module: nn.Module, mode: str = "default") -> nn.Module:
    """The module compiled, all of it."""
    import torch

    compiled: nn.Module = torch.compile(module, fullgraph=True, mode=mode)
    return compiled


def ours(name: str, form: dict[str, Any]) -> nn.Module:
    return archdsl.loads(SPEC, network=name).to_torch(**form)


def run(module: nn.Module, name: str, use: str, where: str) -> Callable[[], object]:
    """Forward, and for training backward to the maps and the weights."""
    import torch

    layout = {"first": torch.contiguous_format, "last": torch.channels_last}[where]
    widths = {"split": [128], "select": [64, 64]}[name]
    maps = [torch.randn(8, width, 56, 56).to(memory_format=layout) for width in widths]
    inputs = [x.requires_grad_(use == "training") for x in maps]

    def forward() -> object:
        with torch.no_grad():
            return module(*inputs)

    def step() -> object:
        out = module(*inputs)
        return torch.autograd.grad(out, [*inputs, *module.parameters()], torch.ones_like(out))

    return step if use == "training" else forward


def timms(name: str) -> nn.Module:
    """The lines of timm's `SplitAttn` and `SelectiveKernel` between the maps and their sum."""
    import torch
    from torch import nn

    class Split(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Conv2d(64, 128, 1)

        def forward(self, x):
            batch, channels, height, width = x.shape
            x = x.reshape((batch, 2, channels // 2, height, width))
            gates = self.fc(x.sum(dim=1).mean((2, 3), keepdim=True))
            gates = torch.softmax(gates.view(batch, 1, 2, -1).transpose(1, 2), dim=1).reshape(batch, -1)
            return (x * gates.reshape((batch, 2, channels // 2, 1, 1))).sum(dim=1).contiguous()

    class Select(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Conv2d(64, 128, 1)

        def forward(self, *paths):
            x = torch.stack(paths, dim=1)
            gates = self.fc(x.sum(1).mean((2, 3), keepdim=True))
            batch, channels, height, width = gates.shape
            gates = torch.softmax(gates.view(batch, 2, channels // 2, height, width), dim=1)
            return torch.sum(x * gates, dim=1)

    return {"split": Split, "select": Select}[name]()
