"""Checkpoints of other code bases in our modules, and files that must not be trusted."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from safetensors.torch import save_file
from torch import nn

import archdsl
from archdsl import weights
from tests.reference import randomise


@pytest.fixture(scope="module")
def theirs() -> nn.Module:
    model = timm.create_model("resnest14d").eval()
    randomise(model)
    return model


@pytest.fixture
def ours() -> nn.Module:
    return archdsl.load("resnest14d").to_torch().eval()


@pytest.mark.parametrize("form", ["safetensors", "torch", "wrapped", "parallel", "state_dict"])
def test_checkpoints_of_timm_load_as_they_are(form: str, theirs: nn.Module, ours: nn.Module, tmp_path: Path) -> None:
    state = theirs.state_dict()
    path = tmp_path / ("a.safetensors" if form == "safetensors" else "a.pth")
    match form:
        case "safetensors":
            save_file(state, path)
        case "torch":
            torch.save(state, path)
        case "wrapped":
            torch.save({"state_dict": state, "epoch": 3}, path)
        case "parallel":
            torch.save({f"module.{name}": tensor for name, tensor in state.items()}, path)
    report = weights.load(ours, state if form == "state_dict" else path)
    assert report.complete
    assert len(report.matched) == len(state)
    x = torch.randn(1, 3, 65, 65)
    assert torch.equal(ours(x), theirs(x))


def test_another_classifier_is_reported(theirs: nn.Module) -> None:
    model = archdsl.load("resnest14d")(classes=10).to_torch()
    before = model.state_dict()["fc.weight"].clone()
    with pytest.raises(archdsl.ArchError, match=r"fc\.weight 1000×2048 → 10×2048"):
        weights.load(model, theirs.state_dict())
    assert torch.equal(model.state_dict()["conv1.0.weight"], model.conv1[0].weight)
    report = weights.load(model, theirs.state_dict(), strict=False)
    assert [text.split()[0] for text in report.reshaped] == ["fc.weight", "fc.bias"]
    assert (report.new, report.dropped) == ((), ())
    assert torch.equal(model.state_dict()["fc.weight"], before)
    assert torch.equal(model.state_dict()["conv1.0.weight"], theirs.state_dict()["conv1.0.weight"])


def test_a_strict_load_that_fails_changes_nothing(theirs: nn.Module) -> None:
    model = archdsl.load("resnest14d")(classes=10).to_torch()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with pytest.raises(archdsl.ArchError) as caught:
        weights.load(model, theirs.state_dict())
    assert caught.value.diagnostics[0].code == "weights-differ"
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


def test_legacy_names_load_by_a_renaming() -> None:
    theirs = timm.create_model("legacy_seresnet50")
    ours = archdsl.load("seresnet50").to_torch()
    with pytest.raises(archdsl.ArchError):
        weights.load(ours, theirs.state_dict())
    assert weights.load(ours, theirs.state_dict(), renaming="legacy").complete


def in_mmpretrain(name: str) -> str:
    """What mmpretrain calls an entry of a ResNeSt or ResNet-D."""
    stem = {"conv1.0.": "stem.0.conv.", "conv1.1.": "stem.0.bn.", "conv1.3.": "stem.1.conv.", "conv1.4.": "stem.1.bn."}
    stem |= {"conv1.6.": "stem.2.conv.", "bn1.": "stem.2.bn."}
    for ours, theirs in stem.items():
        if name.startswith(ours):
            return "backbone." + name.replace(ours, theirs, 1)
    for i in (1, 2):
        name = name.replace(f"layer1.0.downsample.{i}.", f"layer1.0.downsample.{i - 1}.")
    return f"head.{name}" if name.startswith("fc.") else f"backbone.{name}"


def test_names_of_mmpretrain_load_by_a_renaming(theirs: nn.Module, ours: nn.Module) -> None:
    state = {in_mmpretrain(name): tensor for name, tensor in theirs.state_dict().items()}
    assert weights.load(ours, {"state_dict": state}, renaming="mmpretrain-d").complete
    x = torch.randn(1, 3, 65, 65)
    assert torch.equal(ours(x), theirs(x))


def test_a_linear_layer_fills_a_convolution_of_one_by_one() -> None:
    model = nn.Sequential(nn.Conv2d(4, 6, 1))
    assert weights.load(model, {"0.weight": torch.ones(6, 4), "0.bias": torch.zeros(6)}).complete
    assert model[0].weight.shape == (6, 4, 1, 1)


def test_an_unknown_renaming_is_refused(ours: nn.Module) -> None:
    with pytest.raises(archdsl.ArchError, match="did you mean `mmpretrain") as caught:
        weights.load(ours, {}, renaming="mmpretrained")
    assert caught.value.diagnostics[0].code == "unknown-renaming"


class Touch:
    """What pickle runs when it reads this makes a folder."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (self.path,)


@pytest.mark.parametrize("writer", ["torch", "pickle"])
def test_no_code_of_a_checkpoint_runs(writer: str, ours: nn.Module, tmp_path: Path) -> None:
    trap, path = tmp_path / "trap", tmp_path / "bad.pth"
    if writer == "torch":
        torch.save({"fc.weight": Touch(str(trap))}, path)
    else:
        path.write_bytes(pickle.dumps(Touch(str(trap)), protocol=2))
    with pytest.raises(archdsl.ArchError, match="unreadable-weights") as caught:
        weights.load(ours, path)
    assert caught.value.diagnostics[0].code == "unreadable-weights"
    assert not trap.exists()


@pytest.mark.parametrize(
    "content",
    [
        {0: torch.ones(2)},
        {"fc.bias": torch.ones(1000, dtype=torch.complex64)},
        {"fc.bias": torch.ones(1000).to_sparse()},
        {"fc.bias": torch.ones(1000, device="meta")},
    ],
    ids=["numbered", "complex", "sparse", "meta"],
)
def test_only_plain_tensors_by_name_are_a_checkpoint(content: Any, ours: nn.Module, tmp_path: Path) -> None:
    torch.save(content, tmp_path / "odd.pth")
    with pytest.raises(archdsl.ArchError, match="unreadable-weights"):
        weights.load(ours, tmp_path / "odd.pth", strict=False)


@pytest.mark.parametrize("content", [b"", b"hello", b"not a checkpoint", b"PK\x03\x04 broken"])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_files_that_are_no_checkpoints_are_refused(
    content: bytes, suffix: str, ours: nn.Module, tmp_path: Path
) -> None:
    path = tmp_path / f"bad{suffix}"
    path.write_bytes(content)
    with pytest.raises(archdsl.ArchError, match="unreadable-weights"):
        weights.load(ours, path)
