"""The live module: it is the source, and it goes wherever modules go."""

from __future__ import annotations

import copy
import importlib
import inspect
import io
import multiprocessing
import os
import pickle
import subprocess
import sys
import traceback
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.export import Dim
from torch.utils.data import DataLoader

import archdsl
from tests.reference import apart, randomise
from tests.workers import Features, output_of

RESNEST = Path(__file__).parent.parent / "specs" / "resnest50.arch"
STRICT = """
network strict(classes = 10) {
  input image: [N, 3, H = 64, W = 64]
  require H % 32 == 0, "the height must be a multiple of 32"
  require W >= 40
  out = image -> conv(8, 3, stride = 2) -> batch_norm -> relu -> global_avg_pool -> flatten -> linear(classes)
}
"""


@pytest.fixture(scope="module")
def network() -> archdsl.Network:
    return archdsl.load(RESNEST)(depths=[1, 2, 1, 1])


@pytest.fixture(scope="module")
def model(network: archdsl.Network) -> nn.Module:
    model = network.to_torch(seed=0).eval()
    randomise(model)
    return model


@pytest.fixture(scope="module")
def x() -> Tensor:
    return torch.randn(2, 3, 64, 64)


def test_source_is_written_alike_by_every_process(network: archdsl.Network) -> None:
    program = f"import archdsl; print(archdsl.load({str(RESNEST)!r})(depths=[1, 2, 1, 1]).source(), end='')"
    for seed in ("0", "1"):
        found = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        assert found.stdout == network.source()


def test_source_needs_only_torch_and_is_short(tmp_path: Path) -> None:
    source = archdsl.load(RESNEST).source()
    assert len(source.splitlines()) <= 150
    (tmp_path / "resnest50.py").write_text(source)
    program = (
        "import sys, torch, resnest50; m = resnest50.Resnest50().eval();"
        "print(tuple(m(torch.randn(1, 3, 65, 65)).shape));"
        "assert not any(name.startswith('archdsl') for name in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "(1, 1000)"


def test_classes_can_be_imported_and_read(network: archdsl.Network, model: nn.Module) -> None:
    module = importlib.import_module(type(model).__module__)
    assert module.Resnest50 is type(model)
    assert inspect.getsource(type(model)) in network.source()
    assert inspect.getsource(module) == network.source()


def test_tracebacks_show_lines_of_the_source(model: nn.Module) -> None:
    with pytest.raises(RuntimeError) as caught:
        model(torch.randn(1, 4, 64, 64))
    assert "x = self.conv1(image)" in "".join(traceback.format_exception(caught.value))


def test_copies_give_the_same(model: nn.Module, x: Tensor) -> None:
    buffer = io.BytesIO()
    torch.save(model, buffer)
    buffer.seek(0)
    for twin in (
        copy.deepcopy(model),
        pickle.loads(pickle.dumps(model)),
        torch.load(buffer, weights_only=False),
    ):
        assert twin is not model
        assert torch.equal(twin(x), model(x))


def test_a_spawned_process_gets_the_module(model: nn.Module, x: Tensor) -> None:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        found = pool.submit(output_of, copy.deepcopy(model).double(), x.double()).result(timeout=120)
    expected = copy.deepcopy(model).double()(x.double())[0]
    assert torch.allclose(torch.tensor(found, dtype=torch.double), expected, rtol=1e-9)


def test_a_worker_of_a_data_loader_gets_the_module(model: nn.Module) -> None:
    loader = DataLoader(Features(model), batch_size=2, num_workers=1, multiprocessing_context="spawn", timeout=120)
    (batch,) = loader
    assert batch.shape == (2, 1000)


def test_fx_traces_the_network(model: nn.Module, x: Tensor) -> None:
    traced = torch.fx.symbolic_trace(model)
    for image in (x, torch.randn(3, 3, 65, 67)):
        assert torch.equal(traced(image), model(image))


def test_export_keeps_batch_height_and_width_open(model: nn.Module, x: Tensor) -> None:
    sizes = {0: Dim.DYNAMIC, 2: Dim.DYNAMIC, 3: Dim.DYNAMIC}
    program = torch.export.export(model, (x,), dynamic_shapes=(sizes,)).module()
    for shape in ((1, 3, 96, 96), (3, 3, 97, 65)):
        image = torch.randn(shape)
        assert apart(program(image), model(image)) < 1e-6


@pytest.mark.filterwarnings("ignore")
def test_compile_needs_no_graph_break(model: nn.Module, x: Tensor) -> None:
    compiled = torch.compile(copy.deepcopy(model), fullgraph=True)
    with torch.no_grad():
        assert apart(compiled(x), model(x)) < 1e-3


def test_it_moves_to_types_layouts_and_devices(model: nn.Module, x: Tensor) -> None:
    twin = copy.deepcopy(model)
    assert twin.to(memory_format=torch.channels_last)(x.to(memory_format=torch.channels_last)).shape == (2, 1000)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert twin(x).dtype == torch.bfloat16
    assert twin.to(torch.bfloat16)(x.bfloat16()).dtype == torch.bfloat16
    assert twin.to("meta")(x.bfloat16().to("meta")).shape == (2, 1000)
    if torch.cuda.is_available():
        assert copy.deepcopy(model).cuda()(x.cuda()).is_cuda


def test_it_trains(network: archdsl.Network, x: Tensor) -> None:
    model = network.to_torch().train()
    model(x).logsumexp(1).sum().backward()
    assert all(p.grad is not None and bool(p.grad.isfinite().all()) for p in model.parameters())


def test_weights_start_as_timms_do(network: archdsl.Network) -> None:
    """He's rule with the fan out, ones and zeros for norms, zero for the last norm of a branch."""
    model = network.to_torch()
    state = model.state_dict()
    assert not state["layer1.0.bn3.weight"].any()
    assert bool((state["layer1.0.bn1.weight"] == 1).all())
    weight = state["layer4.0.conv2.conv.weight"]
    groups = 2
    fan_out = weight.shape[0] * weight[0, 0].numel()
    assert weight.std().item() == pytest.approx((2 / fan_out) ** 0.5, rel=0.02), groups
    bound = state["fc.weight"].shape[1] ** -0.5
    assert state["fc.weight"].abs().max().item() == pytest.approx(bound, rel=0.01)


@pytest.mark.parametrize("shape", [(2, 3, 65, 64), (2, 3, 64, 39)])
def test_requirements_are_checked_in_every_form(shape: tuple[int, ...]) -> None:
    model = archdsl.loads(STRICT).to_torch().eval()
    good, bad = torch.randn(2, 3, 64, 64), torch.randn(shape)
    sizes = {0: Dim.DYNAMIC, 2: Dim.DYNAMIC, 3: Dim.DYNAMIC}
    exported = torch.export.export(model, (good,), dynamic_shapes=(sizes,)).module()
    for form in (model, torch.fx.symbolic_trace(model), exported):
        assert form(good).shape == (2, 10)
        assert form(torch.randn(1, 3, 96, 41)).shape == (1, 10)
        with pytest.raises(AssertionError):
            form(bad)
