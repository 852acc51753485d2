"""A module without its weights, made once for all modules of its class.

Constructors of torch draw every weight, and most of the time that they take is spent so. A skeleton is made without
draws, and a copy of it takes a small part of the time that constructors take.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

KEPT = 8
"""How many skeletons are kept."""


class _Undrawn(TorchFunctionMode):
    """Nothing is drawn: even on the meta device, where there is nothing to fill, a draw takes its time."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func is torch.Tensor.normal_ or func is torch.Tensor.uniform_:
            return args[0]
        return func(*args, **kwargs or {})


@lru_cache(maxsize=KEPT)
def skeleton(kind: Callable[[], nn.Module]) -> nn.Module:
    """One that is to be copied, never to be changed."""
    return undrawn(kind)


def undrawn(kind: Callable[[], nn.Module]) -> nn.Module:
    """A module of this class whose tensors have no memory."""
    with torch.device("meta"), _Undrawn():
        return kind()


def copied(module: nn.Module) -> nn.Module:
    """A module with containers and parts of its own, whose tensors are to be put in place of those it shares."""
    twin = module.__new__(type(module))
    held = {
        name: value.copy() if isinstance(value, dict | list | set) else value for name, value in vars(module).items()
    }
    held["_modules"] = {name: copied(part) for name, part in module.named_children()}
    vars(twin).update(held)
    return twin
