"""Whole networks next to timm's with the same weights: plain, for inference, and in training."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import archdsl
from tests.benchmarks.frame import Case, Side, once

if TYPE_CHECKING:
    from torch import Tensor, nn

NETWORKS = {"resnest50": ("ResNeSt-50", "resnest50d"), "skresnet50": ("SK-50", "skresnet50")}
BATCH = 8

Function = Callable[[], object]


def cases() -> Iterator[Case]:
    for name, (called, theirs) in NETWORKS.items():
        peer = once(lambda theirs=theirs: forward(timms(theirs), images()))
        last = once(lambda theirs=theirs: forward(timms(theirs, last=True), images(last=True)))
        plain = once(lambda name=name, theirs=theirs: forward(equal(ours(name, theirs), timms(theirs)), images()))
        fast = once(lambda name=name, theirs=theirs: forward(ours(name, theirs, inference=True), images()))
        yield Case(f"plain-{name}", f"{called}, plain", plain, "timm", peer, 1.05, 5)
        what = f"{called}, `inference=True`"
        if name == "resnest50":
            yield Case(f"inference-{name}", what, fast, "timm", peer, 0.88, 5)
        yield Case(f"layouts-{name}", what, fast, "the better of timm's layouts", best(peer, last), 0.9, 5)
    yield from _half()
    yield _memory()


def _half() -> Iterator[Case]:
    """In bfloat16, which pays on processors that have it."""
    sides = [
        once(lambda: forward(ours("resnest50", "resnest50d", inference=True).bfloat16(), images(2).bfloat16())),
        once(lambda: forward(timms("resnest50d").bfloat16(), images(2).bfloat16())),
    ]
    what = "ResNeSt-50, `inference=True`, bfloat16"
    yield Case("inference-bf16", what, sides[0], "timm", sides[1], 0.5, 3)

    def training(module: nn.Module) -> Function:
        return step(placed(module.train(), last=True).bfloat16(), images(2, last=True).bfloat16())

    sides = [
        once(lambda: training(ours("resnest50", "resnest50d", target="eager"))),
        once(lambda: training(timms("resnest50d"))),
    ]
    what = 'a step of ResNeSt-50, `target="eager"`, bfloat16, channels last'
    yield Case("step-bf16", what, sides[0], "timm", sides[1], 0.87, 3)


def _memory() -> Case:
    sides = [
        peak(lambda: step(ours("skresnet50", "skresnet50", target="eager").train(), images())),
        peak(lambda: step(timms("skresnet50").train(), images())),
    ]
    what = 'most memory in a step of SK-50, `target="eager"`'
    return Case("memory-skresnet50", what, sides[0], "timm", sides[1], 0.93, 1, "MB")


# --- modules


def timms(name: str, *, last: bool = False) -> nn.Module:
    """A module of timm's in evaluation, equal ones with equal weights."""
    import_module("tests.conftest")  # declares torchvision's operators, which timm asks for
    import timm
    import torch

    torch.manual_seed(0)
    return placed(timm.create_model(name).eval(), last=last)


def ours(name: str, reference: str, **form: Any) -> nn.Module:
    """The module of a network with timm's weights."""
    module = archdsl.load(name).to_torch(**form).eval()
    module.load_state_dict(timms(reference).state_dict())
    return module


def equal(module: nn.Module, reference: nn.Module) -> nn.Module:
    """The module, which gives what the reference gives, bit by bit."""
    import torch

    assert torch.equal(forward(module, images(1))(), forward(reference, images(1))())
    return module


def placed(module: nn.Module, *, last: bool) -> nn.Module:
    import torch

    return module.to(memory_format=torch.channels_last) if last else module


@cache
def images(count: int = BATCH, *, last: bool = False) -> Tensor:
    import torch

    x = torch.randn(count, 3, 224, 224)
    return x.to(memory_format=torch.channels_last) if last else x


# --- what is measured


def forward(module: nn.Module, x: Tensor) -> Callable[[], Tensor]:
    import torch

    def run() -> Tensor:
        with torch.no_grad():
            return module(x)

    return run


def step(module: nn.Module, x: Tensor) -> Function:
    """Forward and backward; the next one starts without gradients."""

    def run() -> None:
        module(x).float().logsumexp(1).sum().backward()
        module.zero_grad(set_to_none=True)

    return run


def best(*sides: Side) -> Side:
    """All of them in turn, of which the one that takes least counts."""
    return lambda: min([side() for side in sides])


def peak(prepare: Callable[[], Function]) -> Side:
    """The most bytes that a function holds at once, beyond those before it."""

    def run() -> float:
        from torch.profiler import profile

        function = prepare()
        with profile(profile_memory=True) as profiled:
            function()
        events = profiled.profiler.kineto_results.events()
        now = most = 0
        for _, change in sorted((event.start_ns(), event.nbytes()) for event in events if event.name() == "[memory]"):
            now += change
            most = max(most, now)
        return most

    return run
