"""Networks against their reference implementations: names, shapes, numbers, costs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import timm
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

import archdsl
from tests.reference import apart, double, randomise, resnest_fast

SPECS = Path(__file__).parent.parent / "specs"
COUNTS = json.loads((Path(__file__).parent / "counts.json").read_text())["models"]


FAST = {"cardinality": 2, "base_width": 40, "pool_first": True}
PAIRS: dict[str, tuple[Callable[[], archdsl.Network], Callable[[], nn.Module]]] = {
    "resnet50": (lambda: archdsl.load(SPECS / "resnet50.arch"), lambda: timm.create_model("resnet50")),
    "resnest50d": (lambda: archdsl.load(SPECS / "resnest50.arch"), lambda: timm.create_model("resnest50d")),
    "resnest50d_2s2x40d": (lambda: archdsl.load("resnest")(radix=2, **FAST), lambda: resnest_fast(2, 2, 40)),
    "resnest50d_4s2x40d": (
        lambda: archdsl.load("resnest50d_4s2x40d"),
        lambda: timm.create_model("resnest50d_4s2x40d"),
    ),
}


@pytest.fixture(scope="module", params=PAIRS)
def pair(request: pytest.FixtureRequest) -> tuple[archdsl.Network, nn.Module, nn.Module]:
    """The network, its module and the reference, both modules with the same random weights, in float64."""
    network, reference = PAIRS[request.param]
    with double():
        net = network()
        ours, theirs = net.to_torch(), reference()
    randomise(theirs)
    ours.load_state_dict(theirs.state_dict(), strict=True)
    theirs.load_state_dict(ours.state_dict(), strict=True)
    return net, ours, theirs


def images(count: int, size: int) -> torch.Tensor:
    return torch.randn(count, 3, size, size, dtype=torch.float64, generator=torch.Generator().manual_seed(size))


def test_names_and_shapes_are_the_references(pair: tuple[archdsl.Network, nn.Module, nn.Module]) -> None:
    _, ours, theirs = pair
    shapes = [(name, tensor.shape) for name, tensor in ours.state_dict().items()]
    assert shapes == [(name, tensor.shape) for name, tensor in theirs.state_dict().items()]


@pytest.mark.parametrize("size", [224, 97, 65])
def test_outputs_equal_in_evaluation(pair: tuple[archdsl.Network, nn.Module, nn.Module], size: int) -> None:
    _, ours, theirs = pair
    x = images(2, size)
    with torch.no_grad():
        assert apart(ours.eval()(x), theirs.eval()(x)) < 1e-12


@pytest.mark.parametrize("size", [224, 97, 65])
def test_outputs_and_statistics_equal_in_training(
    pair: tuple[archdsl.Network, nn.Module, nn.Module], size: int
) -> None:
    _, ours, theirs = pair
    x = images(4, size)
    with torch.no_grad():
        assert apart(ours.train()(x), theirs.train()(x)) < 1e-12
    for a, b in zip(ours.buffers(), theirs.buffers(), strict=True):
        assert torch.allclose(a, b, rtol=1e-12, atol=1e-14)


def test_counts_equal(pair: tuple[archdsl.Network, nn.Module, nn.Module], request: pytest.FixtureRequest) -> None:
    net, _, theirs = pair
    stats = net.stats()
    assert stats.params == sum(p.numel() for p in theirs.parameters())
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        theirs.eval()(images(1, 224))
    assert stats.macs == counter.get_total_flops() // 2
    published = COUNTS.get(f"timm:{request.node.callspec.params['pair']}")
    if published is not None:
        found = (stats.params, stats.macs, len(theirs.state_dict()))
        assert found == (published["params"], published["macs_224"], published["state_dict_entries"])


@pytest.mark.parametrize(
    ("wrong", "spoilt"),
    [
        ("conv2: conv(planes, 3, stride = stride)", "conv2: conv(planes, 3, stride = stride, dilation = 2)"),
        (
            "-> conv2: conv(planes, 3, stride = stride) -> bn2: batch_norm -> relu",
            "-> conv2: conv(planes, 3, stride = stride) -> bn2: batch_norm",
        ),
        ("conv1: conv(planes, 1)", "conv1: conv(planes, 1, stride = stride)"),
    ],
    ids=["dilated", "without its second relu", "stride in the first convolution"],
)
def test_a_wrong_resnet_has_the_same_weights_and_differs(wrong: str, spoilt: str) -> None:
    text = (SPECS / "resnet50.arch").read_text()
    assert wrong in text
    text = text.replace(wrong, spoilt)
    if "stride" in spoilt and "conv1" in spoilt:
        text = text.replace("conv2: conv(planes, 3, stride = stride)", "conv2: conv(planes, 3)")
    with double():
        ours, theirs = archdsl.loads(text).to_torch().eval(), timm.create_model("resnet50").eval()
    randomise(theirs)
    ours.load_state_dict(theirs.state_dict(), strict=True)
    with torch.no_grad():
        assert apart(ours(images(1, 65)), theirs(images(1, 65))) > 1e-3


WRONG_ORDER = """
block radix_softmax(radix, cardinality = 1) {
  out = in -> rearrange("n (r k c) h w -> n r (k c) h w", k = cardinality, r = radix) -> softmax(axis = 1)
}
"""


def test_gates_in_the_order_of_the_splits_differ() -> None:
    """The gates come cardinality-major and the splits radix-major, which shows only where both numbers are above 1."""
    text = (SPECS / "resnest50.arch").read_text().replace("from std.attention use radix_softmax\n", WRONG_ORDER)
    with double():
        right, wrong = archdsl.load(SPECS / "resnest50.arch"), archdsl.loads(text)
        for cardinality, differ in ((1, False), (2, True)):
            ours = wrong(radix=2, cardinality=cardinality, base_width=40).to_torch().eval()
            theirs = right(radix=2, cardinality=cardinality, base_width=40).to_torch().eval()
            randomise(theirs)
            ours.load_state_dict(theirs.state_dict(), strict=True)
            with torch.no_grad():
                assert (apart(ours(images(1, 65)), theirs(images(1, 65))) > 1e-3) == differ
