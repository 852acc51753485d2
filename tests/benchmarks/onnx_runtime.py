"""Inference in onnxruntime, next to timm's module in eager torch, with the same weights and one thread each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

import archdsl
import tests.conftest  # noqa: F401
from tests.benchmarks.frame import Case, Side, call
from tests.reference import apart

NETWORKS = {"resnest50": "resnest50d", "skresnet50": "skresnet50", "seresnet50": "seresnet50"}
"""Networks of the library, by timm's names for them."""
BATCH = 4


def cases() -> Iterator[Case]:
    import timm

    torch.set_num_threads(1)
    for ours, theirs in NETWORKS.items():
        model, x = timm.create_model(theirs).eval(), torch.randn(BATCH, 3, 224, 224)
        running = session(archdsl.load(ours), model.state_dict())
        feed = {"image": x.numpy()}
        with torch.inference_mode():
            assert apart(torch.from_numpy(running.run(None, feed)[0]), model(x)) < 1e-5
        what = f"{ours} in onnxruntime, {BATCH} images"
        run = call(lambda running=running, feed=feed: running.run(None, feed))
        yield Case(f"onnx-{ours}", what, run, "timm, eager", eager(model, x), goal=0.75, rounds=5)


def session(network: archdsl.Network, weights: dict[str, torch.Tensor]) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    with TemporaryDirectory() as folder:
        path = Path(folder) / "network.onnx"
        network.to_onnx(path, weights)
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def eager(model: torch.nn.Module, x: torch.Tensor) -> Side:
    def run() -> None:
        with torch.inference_mode():
            model(x)

    return call(run)
