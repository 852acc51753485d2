"""Training, inference and the end of split attention on a GPU, next to timm's modules under the same settings.

There are no cases where there is no GPU. All is in bfloat16 with channels last, and on the clock on the wall. A module
that `torch.compile` could not take whole, or would compile too often, is an error.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.benchmarks import tails
from tests.benchmarks.frame import Case, Side, call
from tests.benchmarks.networks import NETWORKS, Function, forward, ours, step, timms

if TYPE_CHECKING:
    from torch import Tensor, nn

DEVICE = "cuda"
BATCHES = (256, 32)
MODES = {"eager": None, "torch.compile": "default", "CUDA graphs": "reduce-overhead"}
"""The ways to run a module, and what `torch.compile` is told for each."""
LEAST, MOVED = 15, {"eager": 53, "compile": 20}
"""Maps that the end of split attention has to move, and those that it moves by arithmetic."""
TAIL, STEP = 0.45, 0.8
"""Goals against timm's modules run eagerly: for that end, and for a compiled step."""
MANY, ROUNDS = 10, 3
"""How many runs are measured at once, and how often each side is made anew."""


def cases() -> Iterator[Case]:
    import torch

    if not torch.cuda.is_available():
        return
    for name, (called, _) in NETWORKS.items():
        for batch in BATCHES:
            yield from _network(name, called, batch)
    yield from _tail()


def _network(name: str, called: str, batch: int) -> Iterator[Case]:
    for use in ("training", "inference"):
        for run in MODES:
            sides = [timed(partial(made, side, name, use, run, batch)) for side in (_ours, _timms)]
            goal = 0.88 if (use, run) == ("inference", "eager") else 1
            what = f"{called}, {use}, {batch} images, {run}"
            yield Case(f"gpu-{name}-{use}-{batch}", what, sides[0], f"timm, {run}", sides[1], goal, ROUNDS)
    eager = partial(made, _timms, name, "training", "eager", batch)
    compiled = timed(partial(made, _ours, name, "training", "torch.compile", batch))
    what = f"{called}, training, {batch} images, torch.compile"
    yield Case(f"gpu-{name}-step-{batch}", what, compiled, "timm, eager", timed(eager), STEP, ROUNDS)
    sides = [most(partial(made, side, name, "training", "eager", batch)) for side in (_ours, _timms)]
    what = f"{called}, most memory in training, {batch} images"
    yield Case(f"gpu-{name}-memory-{batch}", what, sides[0], "timm, eager", sides[1], 0.93, 1, "MB")


def _tail() -> Iterator[Case]:
    peer = timed(lambda: tail(tails.timms("split"), "eager"))
    for run, target in (("eager", "eager"), ("torch.compile", "compile")):
        mine = timed(lambda run=run, target=target: tail(tails.ours("split", {"target": target}), run))
        what = f"the end of split attention, training, {run}"
        yield Case(f"gpu-tail-{target}", what, mine, "timm's lines, eager", peer, TAIL, ROUNDS)
        yield Case(
            f"gpu-bytes-{target}", what, mine, f"{LEAST} maps moved", timed(copies), MOVED[target] / LEAST, ROUNDS
        )


# --- what is run


def _ours(name: str, use: str, run: str) -> nn.Module:
    target = "eager" if run == "eager" else "compile"
    return ours(name, NETWORKS[name][1], inference=use == "inference", target=target)


def _timms(name: str, use: str, run: str) -> nn.Module:
    return timms(NETWORKS[name][1])


def made(side: Callable[[str, str, str], nn.Module], name: str, use: str, run: str, batch: int) -> Function:
    """A step of training, or a pass of inference."""
    module = placed(side(name, use, run)).train(use == "training")
    x = placed(_noise(batch, 3, 224, 224))
    return forward(started(module, run), x) if use == "inference" else step(started(module, run), x)


def tail(module: nn.Module, run: str) -> Function:
    import torch

    module = placed(module)
    x = placed(_noise(256, 128, 56, 56)).requires_grad_()
    module = started(module, run)
    wanted = [x, *module.parameters()]

    def work() -> object:
        out = module(x)
        return torch.autograd.grad(out, wanted, torch.ones_like(out))

    return work


def copies() -> Function:
    """As many bytes read or written as the end of split attention has to."""
    import torch

    one, other = (placed(_noise(256, 64, 56, 56)) for _ in range(2))
    half = torch.empty_like(one[: len(one) // 2])

    def work() -> None:
        for _ in range(LEAST // 2):
            other.copy_(one)
        if LEAST % 2:
            half.copy_(one[: len(one) // 2])

    return work


def started(module: nn.Module, run: str) -> nn.Module:
    """The module by one of the ways to run it."""
    import torch

    torch._dynamo.config.fail_on_recompile_limit_hit = True
    mode = MODES[run]
    return module if mode is None else tails.whole(module, mode)


def placed(what: Any) -> Any:
    import torch

    return what.to(DEVICE, torch.bfloat16, memory_format=torch.channels_last)


def _noise(*shape: int) -> Tensor:
    import torch

    return torch.randn(shape)


# --- what is measured


def timed(prepare: Callable[[], Function]) -> Side:
    """Seconds of one run among many; what is made for it is gone before the other side's turn."""

    def run() -> float:
        import torch

        torch.compiler.reset()
        function = prepare()
        for _ in range(3):
            function()
        taken = call(function, MANY, _clock)()
        del function
        torch.cuda.empty_cache()
        return taken

    return run


def _clock() -> float:
    """The time when all that the GPU was given is done."""
    import torch

    torch.cuda.synchronize()
    return time.perf_counter()


def most(prepare: Callable[[], Function]) -> Side:
    """The most bytes of the GPU's memory that a step holds."""

    def run() -> float:
        import torch

        function = prepare()
        function()
        torch.cuda.reset_peak_memory_stats()
        function()
        torch.cuda.synchronize()
        return torch.cuda.max_memory_allocated()

    return run
