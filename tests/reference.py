"""Reference networks, and how two modules are laid side by side."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from timm.models.resnest import ResNestBottleneck
from timm.models.resnet import ResNet
from torch import Tensor, nn


def randomise(module: nn.Module, seed: int = 0) -> None:
    """Draws all weights and statistics, so that nothing hides behind a zero, as a branch does behind a last gamma."""
    generator = torch.Generator().manual_seed(seed)
    for name, tensor in module.state_dict().items():
        if not tensor.dtype.is_floating_point:
            continue
        if tensor.dim() < 2:
            low, high = (0.5, 1.5) if "mean" not in name and "bias" not in name else (-0.5, 0.5)
            tensor.uniform_(low, high, generator=generator)
        else:
            fan_in = tensor[0].numel()
            tensor.normal_(0, (2 / fan_in) ** 0.5, generator=generator)


def apart(a: Tensor, b: Tensor) -> float:
    """The largest difference, relative to the largest value."""
    return ((a - b).abs().max() / b.abs().max()).item()


@contextmanager
def double() -> Iterator[None]:
    """Modules and tensors made inside are of float64."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def resnest_fast(radix: int, cardinality: int, width: int, first: bool = True) -> nn.Module:
    """ResNeSt-50 with any splits, with its pools in front by `first`: timm registers few of the official code's."""
    return ResNet(
        ResNestBottleneck,
        [3, 4, 6, 3],
        stem_type="deep",
        stem_width=32,
        avg_down=True,
        base_width=width,
        cardinality=cardinality,
        block_args={"radix": radix, "avd": True, "avd_first": first},
    )
