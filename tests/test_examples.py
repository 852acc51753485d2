"""The networks of `examples`, none of them of the residual family, against their reference implementations."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import timm
import torch
import torch.nn.functional as F
import torchvision
from torch import Tensor, nn
from torch.export import Dim
from torch.utils.flop_counter import FlopCounterMode

import archdsl
from tests.reference import apart, double, randomise

EXAMPLES = Path(__file__).parent.parent / "examples"


def googlenet() -> nn.Module:
    return torchvision.models.googlenet(aux_logits=False, init_weights=False)


def vit_tiny() -> nn.Module:
    """Without the fused attention, whose products the flop counter does not see on a CPU."""
    timm.layers.set_fused_attn(False)
    try:
        return timm.create_model("vit_tiny_patch16_224")
    finally:
        timm.layers.set_fused_attn(True)


OPEN, FIXED = (64, 65), (224,)
"""Sizes of images, where a network takes several and where it takes one."""

REFERENCES: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "convnext_tiny": (lambda: timm.create_model("convnext_tiny"), OPEN),
    "densenet121": (lambda: timm.create_model("densenet121"), OPEN),
    "efficientnet_b0": (lambda: timm.create_model("efficientnet_b0"), OPEN),
    "inception": (googlenet, OPEN),
    "mobilenetv3_large": (lambda: timm.create_model("mobilenetv3_large_100"), OPEN),
    "vit_tiny": (vit_tiny, FIXED),
}

SHALLOW = {"convnext_tiny": {"depths": [1, 1, 2, 1]}, "densenet121": {"depths": [1, 2, 1, 1]}}
"""What makes the deepest of them quick to export."""


class Pair:
    """A network, its module and the reference, both modules with the same random weights, in float64."""

    def __init__(self, name: str) -> None:
        self.name, (reference, self.sizes) = name, REFERENCES[name]
        self.net = archdsl.load(EXAMPLES / f"{name}.arch")
        with double():
            self.ours, self.theirs = self.net.to_torch().eval(), reference().eval()
        randomise(self.theirs)
        self.ours.load_state_dict(self.theirs.state_dict(), strict=True)
        self.theirs.load_state_dict(self.ours.state_dict(), strict=True)


@pytest.fixture(scope="module", params=REFERENCES)
def pair(request: pytest.FixtureRequest) -> Pair:
    return Pair(request.param)


def images(count: int, height: int, width: int) -> Tensor:
    generator = torch.Generator().manual_seed(height)
    return torch.randn(count, 3, height, width, dtype=torch.float64, generator=generator)


def test_every_example_has_its_reference() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.arch")} == {*REFERENCES, "digits"}


def test_names_and_shapes_are_the_references(pair: Pair) -> None:
    ours, theirs = ([(k, v.shape) for k, v in m.state_dict().items()] for m in (pair.ours, pair.theirs))
    assert ours == theirs


@torch.no_grad()
def test_outputs_equal(pair: Pair) -> None:
    for size in pair.sizes:
        x = images(2, size, size)
        assert apart(pair.ours(x), pair.theirs(x)) < 1e-12


@torch.no_grad()
def test_counts_equal(pair: Pair) -> None:
    stats = pair.net.stats()
    assert stats.params == sum(p.numel() for p in pair.theirs.parameters())
    with FlopCounterMode(display=False) as counter:
        pair.theirs(images(1, 224, 224))
    assert stats.macs == counter.get_total_flops() // 2


@torch.no_grad()
def test_tracing_keeps_the_outputs(pair: Pair) -> None:
    traced = torch.fx.symbolic_trace(pair.ours)
    for size in pair.sizes:
        x = images(3, size, size)
        assert torch.equal(traced(x), pair.ours(x))


@torch.no_grad()
def test_export_keeps_open_sizes_open(pair: Pair) -> None:
    is_open = pair.sizes is OPEN
    axes = (0, 2, 3) if is_open else (0,)
    shape = (66, 96) if is_open else (224, 224)
    sizes = dict.fromkeys(axes, Dim.DYNAMIC)
    with double():
        model = pair.net(**SHALLOW.get(pair.name, {})).to_torch().eval()
    program = torch.export.export(model, (images(2, *shape),), dynamic_shapes=(sizes,)).module()
    for count in (1, 3):
        x = images(count, *((97, 65) if is_open else shape))
        assert apart(program(x), model(x)) < 1e-12


BLURS = """
block blur(pool, s) {
  out = in -> pool: conv(in.channels, 1) -> avg_pool(pool, stride = s * 2) -> avg_pool(3, stride = s * 4, padding = 1)
}
network blurs {
  input image: [N, 3, 96, 96]
  out = image -> first: blur(2, 1) -> second: blur(3, 2)
}
"""


@torch.no_grad()
def test_numbers_stand_beside_parts_and_each_other() -> None:
    """`pool` is a part and a number, and two strides differ."""
    model = archdsl.loads(BLURS).to_torch()
    x = expected = torch.randn(2, 3, 96, 96)
    for part, pool, s in ((model.first.pool, 2, 1), (model.second.pool, 3, 2)):
        expected = F.avg_pool2d(F.avg_pool2d(part(expected), pool, s * 2), 3, s * 4, 1)
    assert torch.equal(model(x), expected)


SCALES = """
block scaled(channels) { out = in -> conv: conv(channels, 1) -> gamma: scale(axis = 1) }
network scales {
  input image: [N, 3, 8, 8]
  out = image -> first: scaled(4) -> second: scaled(8)
}
"""


def test_tensors_of_one_class_have_their_own_sizes() -> None:
    model = archdsl.loads(SCALES).to_torch()
    assert type(model.first) is type(model.second)
    assert [tuple(part.gamma.weight.shape) for part in (model.first, model.second)] == [(4,), (8,)]
    assert model(torch.randn(2, 3, 8, 8)).shape == (2, 8, 8, 8)
