"""Named intermediate results: the same tensors, and no more work than they need."""

from __future__ import annotations

import pytest
import torch

import archdsl
from tests.reference import randomise

WANTED = ["layer2", "layer3.1.conv2", "layer4"]


@pytest.fixture(scope="module")
def network() -> archdsl.Network:
    return archdsl.load("resnest50")


def test_results_are_those_of_the_whole(network: archdsl.Network) -> None:
    whole, part = network.to_torch().eval(), network.to_torch(outputs=WANTED).eval()
    randomise(whole)
    missing = part.load_state_dict(whole.state_dict(), strict=False)
    assert missing.missing_keys == []
    assert missing.unexpected_keys == ["fc.weight", "fc.bias"]
    seen = {}
    for name in WANTED:
        whole.get_submodule(name).register_forward_hook(lambda _, __, out, name=name: seen.update({name: out}))
    x = torch.randn(2, 3, 65, 65)
    with torch.no_grad():
        whole(x)
        found = part(x)
    assert isinstance(found, tuple)
    for name, tensor in zip(WANTED, found, strict=True):
        assert torch.equal(tensor, seen[name]), name


def test_nothing_is_computed_that_is_not_needed(network: archdsl.Network) -> None:
    part = network.to_torch(outputs=["layer2"])
    assert {name.split(".")[0] for name in part.state_dict()} == {"conv1", "bn1", "layer1", "layer2"}
    whole, cut = network.stats(), network.stats(outputs=["layer2"])
    assert cut.params == sum(p.numel() for p in part.parameters())
    assert cut.macs == sum(row.macs for row in whole.table if row.name.split(".")[0] in {"conv1", "layer1", "layer2"})


def test_a_result_inside_a_block_stops_there(network: archdsl.Network) -> None:
    part = network.to_torch(outputs=["layer1.0.conv1"])
    assert [name for name in part.state_dict() if name.startswith("layer")] == ["layer1.0.conv1.weight"]


def test_unknown_parts_are_all_named(network: archdsl.Network) -> None:
    with pytest.raises(archdsl.ArchError) as caught:
        network.to_torch(outputs=["layer5", "layer1.7", "layer2"])
    found = [(d.code, d.primary.span.text) for d in caught.value.diagnostics]
    assert found == [("unknown-part", "layer5"), ("unknown-part", "layer1.7")]
