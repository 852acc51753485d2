"""ONNX files: checked by onnx, and run by onnxruntime at sizes that they were not exported at."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import onnx
import onnxruntime
import pytest
import torch
from click.testing import CliRunner
from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidArgument
from torch import Tensor

import archdsl
from archdsl.cli import main
from archdsl.load import library
from archdsl.ops import TABLE
from archdsl.report import ArchError
from tests.reference import apart, randomise

SPECS = Path(__file__).parent.parent / "specs"
EXAMPLES = Path(__file__).parent.parent / "examples"

UNET = """
block double(channels) {
  out = in -> conv(channels, 3) -> batch_norm -> relu -> conv(channels, 3) -> batch_norm -> relu
}

## Two images of one size, which share an encoder.
network unet(classes = 2) {
  input before: [N, 3, H = 64, W = 64]
  input after: [N, 3, H, W]
  require H % 4 == 0 and W % 4 == 0
  shared first = double(8)
  shared second = double(16)
  a = before -> first
  b = after -> first
  low = (a -> max_pool(2) -> second, b -> max_pool(2) -> second) -> concat
  bottom = low -> max_pool(2) -> double(32) -> interpolate(scale = 2, mode = "bilinear")
  middle = (low, bottom) -> concat -> double(16) -> interpolate(size = (before.height, before.width))
  mask = (a, b, middle) -> concat -> double(8) -> conv(classes, 1, bias = true)
  change = a - b
  out = (mask, bottom, change)
}
"""


def session(path: Path) -> onnxruntime.InferenceSession:
    onnx.checker.check_model(path, full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def inputs(network: archdsl.Network, sizes: dict[str, int]) -> dict[str, Tensor]:
    shapes = {name: [sizes.get(str(dim), dim) for dim in shape] for name, shape in network.inputs.items()}
    return {name: torch.randn(shape) for name, shape in shapes.items()}


def compare(network: archdsl.Network, path: Path, sizes: list[tuple[int, int, int]]) -> float:
    """The largest difference over inputs of these batches, heights and widths."""
    torch.manual_seed(0)
    model = network.to_torch().eval()
    randomise(model)
    network.to_onnx(path, model.state_dict())
    running, worst = session(path), 0.0
    for batch, height, width in sizes:
        x = inputs(network, {"N": batch, "H": height, "W": width})
        with torch.no_grad():
            wanted = model(*x.values())
        found = running.run(None, {name: tensor.numpy() for name, tensor in x.items()})
        pairs = zip(found, [wanted] if isinstance(wanted, Tensor) else wanted, strict=True)
        for one, other in pairs:
            assert one.shape == tuple(other.shape)
            worst = max(worst, apart(torch.from_numpy(one), other))
    return worst


ODD = [(2, 97, 65), (1, 64, 131), (3, 33, 32)]

GATES = """
from std.attention use squeeze_excite, scse, eca, cbam, global_context, sk_block, split_attention

network gates {
  input image: [N, 3, H = 64, W = 64]
  out = image -> conv(24, 7, stride = 2) -> batch_norm -> relu -> max_pool(3, stride = 2, padding = 1)
    -> squeeze_excite(reduction = 4) -> scse -> eca -> cbam(reduction = 4) -> global_context(reduction = 4)
    -> sk_block(cardinality = 4) -> split_attention(24, cardinality = 2, radix = 3)
    -> avg_pool(2, ceil_mode = true, count_include_pad = false)
    -> global_avg_pool -> flatten -> linear(10)
}
"""


def test_every_attention_of_the_family(tmp_path: Path) -> None:
    assert compare(archdsl.loads(GATES), tmp_path / "net.onnx", ODD) < 1e-5


def test_a_transformer(tmp_path: Path) -> None:
    network = archdsl.load(EXAMPLES / "vit_tiny.arch")(size=64, depth=2)
    assert compare(network, tmp_path / "net.onnx", [(1, 0, 0), (5, 0, 0)]) < 1e-5


def test_several_inputs_and_outputs(tmp_path: Path) -> None:
    assert compare(archdsl.loads(UNET), tmp_path / "net.onnx", [(1, 64, 32), (3, 4, 36)]) < 1e-5


# --- every op -----------------------------------------------------------------------------------------------

HEAD = """
network ops {
  input x: [N, 4, H = 12, W = 10]
  require H >= 5 and W >= 5
  input v: [N, 4, 6, H, W]
  f = x -> flatten(2) -> rearrange("n c t -> n t c")
  heads = f -> rearrange("n t (k c) -> n k t c", k = 2)
  few = f -> slice(1, 3)
  parameter kernel: [8, 1, 3, 3] = normal
  parameter square: [4, 5] = normal
"""

OPS = {
    "conv": ["x -> conv(6, (3, 1), stride = 2, padding = (2, 0), dilation = 2, groups = 2)", "v -> conv(4, 3)"],
    "conv_transpose": ["x -> conv_transpose(6, 3, stride = 2, padding = 1, output_padding = 1)"],
    "convolve": ["(x, kernel) -> convolve(stride = 2, groups = 4)"],
    "linear": ["f -> linear(3)"],
    "matmul": ["(x, x -> rearrange('n c h w -> n c w h')) -> matmul", "(f, square) -> matmul"],
    "batch_norm": ["x -> batch_norm", "v -> batch_norm(affine = false)", "x -> flatten(2) -> batch_norm"],
    "group_norm": ["x -> group_norm(2)", "v -> group_norm(4, affine = false, eps = 0.001)"],
    "instance_norm": ["x -> instance_norm(affine = true)", "v -> instance_norm"],
    "layer_norm": ["x -> layer_norm(axis = 1)", "f -> layer_norm(bias = false)"],
    "normalize": ["x -> normalize", "x -> normalize(p = 3, axis = 2)"],
    "rms_norm": ["x -> rms_norm(axis = 1)", "f -> rms_norm(affine = false, eps = 0.001)"],
    "scale": ["x -> scale"],
    "gelu": ["x -> gelu", "x -> gelu(approximate = 'tanh')"],
    "leaky_relu": ["x -> leaky_relu(negative_slope = 0.2)"],
    "prelu": ["x -> prelu(per_channel = true)"],
    "softmax": ["x -> softmax(axis = 1)"],
    "adaptive_avg_pool": ["x -> adaptive_avg_pool((7, 1))", "v -> adaptive_avg_pool(3)"],
    "adaptive_max_pool": ["x -> adaptive_max_pool((2, 7))", "x -> flatten(2) -> adaptive_max_pool(4)"],
    "avg_pool": [
        "x -> avg_pool(3, stride = 2, padding = 1, ceil_mode = true)",
        "x -> avg_pool(3, stride = 2, padding = 1, ceil_mode = true, count_include_pad = false)",
    ],
    "max_pool": ["x -> max_pool(3, stride = 2, ceil_mode = true)", "v -> max_pool(2)"],
    "global_avg_pool": ["v -> global_avg_pool"],
    "global_max_pool": ["x -> global_max_pool"],
    "add": ["x + (x -> global_avg_pool) + 1"],
    "concat": ["(x, x -> conv(4, 1)) -> concat(axis = 2)"],
    "divide": ["2 / (x -> exp)"],
    "maximum": ["(x, x -> tanh, x -> conv(1, 1)) -> maximum"],
    "minimum": ["(x, x -> tanh) -> minimum"],
    "multiply": ["x * (x -> global_avg_pool -> sigmoid)"],
    "stack": ["(x, x -> relu) -> stack(axis = -1)"],
    "subtract": ["1 - x"],
    "attention": ["(f, few, few) -> attention(scale = 0.3)", "(heads, heads, heads) -> attention(causal = true)"],
    "chunk": ["x -> chunk(2) -> add"],
    "split": ["x -> split([1, 3]) -> add"],
    "clamp": ["x -> clamp(min = 0, max = 0.3)"],
    "flatten": ["x -> flatten(0, 1)"],
    "interpolate": [
        "x -> interpolate(scale = 1.5)",
        "x -> interpolate(scale = 2, mode = 'bicubic')",
        "x -> interpolate(scale = 2, mode = 'bilinear', align_corners = true)",
        "x -> interpolate(size = (5, 9), mode = 'area')",
        "x -> interpolate(size = (7, 9), mode = 'nearest-exact')",
        "v -> interpolate(scale = 2, mode = 'trilinear')",
        "x -> max_pool(2) -> interpolate(size = (x.height, x.width))",
    ],
    "pad": [
        "x -> pad((0, (-x.width) % 4, 0, (-x.height) % 4))",
        "x -> pad((1, 2, 2, 1), mode = 'reflect')",
        "x -> pad((1, 2, 2, 1), mode = 'circular')",
    ],
    "power": ["x -> exp -> power(1.5)"],
    "rearrange": [
        "x -> rearrange('n (r c) h w -> n r c h w', r = 2)",
        "f -> rearrange('n (h w) c -> n c h w', h = x.height, w = x.width)",
        "x -> rearrange('n (c r s) h w -> n c (h r) (w s)', r = 2, s = 2)",
    ],
    "reduce": ["x -> reduce('n (g c) h w -> n g w', 'mean', g = 2)", "x -> reduce('n c h w -> n 1 h w', 'max')"],
    "repeat": ["x -> global_avg_pool -> flatten -> repeat('n c -> n c h w', h = x.height, w = x.width)"],
    "roll": ["x -> roll((1, -2), (2, 3))"],
    "select": ["x -> select(2, -1)"],
    "slice": ["x -> slice(2, 1, -1)", "x -> slice(3, step = 2)"],
    "sqrt": ["x -> exp -> sqrt"],
    "unfold": ["x -> unfold(3, padding = 1, stride = 2)"],
    "drop_block": ["x -> drop_block(block_size = 3)"],
    **{name: [f"x -> {name}"] for name in "hard_sigmoid hard_swish mish relu relu6 sigmoid silu tanh exp".split()},
    **{name: [f"x -> {name}"] for name in "identity dropout drop_path".split()},
}
"""Flows for every op but `embedding`, which takes whole numbers."""


HARD = "adaptive_avg_pool adaptive_max_pool attention conv_transpose identity interpolate pad rearrange roll".split()
"""Ops that torch and ONNX say in different words; the others are tried in a night."""


@pytest.mark.parametrize("names", [HARD, pytest.param(list(OPS), marks=pytest.mark.slow)], ids=["hard", "all"])
def test_ops_keep_their_sizes_open(names: list[str], tmp_path: Path) -> None:
    assert {*OPS, "embedding"} == set(TABLE)
    flows = ", ".join(flow for name in names for flow in OPS[name])
    network = archdsl.loads(f"{HEAD} out = ({flows})\n}}")
    assert compare(network, tmp_path / "ops.onnx", [(1, 12, 10), (3, 13, 17), (17, 5, 6)]) < 1e-5


def test_indices_are_whole_numbers(tmp_path: Path) -> None:
    """An embedding within a block, its indices sliced before."""
    network = archdsl.loads("""
      block look_up { words = in -> embedding(9, 4) out = words }
      network net {
        input words: [N, T = 6]
        input x: [N, T, 4]
        require T >= 2
        out = (words -> slice(1, 1) -> look_up) + (x -> slice(1, 1))
      }
    """)
    model = network.to_torch().eval()
    network.to_onnx(tmp_path / "net.onnx", model.state_dict())
    words, x = torch.randint(9, (3, 8)), torch.randn(3, 8, 4)
    (found,) = session(tmp_path / "net.onnx").run(None, {"words": words.numpy(), "x": x.numpy()})
    assert apart(torch.from_numpy(found), model(words, x)) < 1e-6


def test_a_map_of_one_position_is_no_constant(tmp_path: Path) -> None:
    """At its default size the last map is 1×1; a larger one is not."""
    network = archdsl.loads("""
      network net {
        input x: [N, 3, H = 4, W = 4]
        y = x -> conv(8, 3, stride = 2) -> conv(8, 3, stride = 2)
        out = y * (y -> global_avg_pool) -> rearrange("n c h w -> n (h w) c") -> softmax(axis = 1)
      }
    """)
    assert compare(network, tmp_path / "net.onnx", [(1, 4, 4), (2, 17, 9), (2, 1, 1)]) < 1e-5


# --- what the file says -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def unet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("onnx") / "unet.onnx"
    archdsl.loads(UNET).to_onnx(path)
    return path


def ends(values: Iterator[onnx.ValueInfoProto]) -> dict[str, list[str | int]]:
    return {v.name: [d.dim_param or d.dim_value for d in v.type.tensor_type.shape.dim] for v in values}


def test_names_and_sizes_are_those_of_the_spec(unet: Path) -> None:
    model = onnx.load(unet)
    assert ends(model.graph.input) == {"before": ["N", 3, "H", "W"], "after": ["N", 3, "H", "W"]}
    assert list(ends(model.graph.output)) == ["mask", "bottom", "change"]
    assert ends(model.graph.output)["mask"][:2] == ["N", 2]


def test_the_file_says_what_it_is(unet: Path) -> None:
    model = onnx.load(unet)
    assert (model.producer_name, model.graph.name) == ("archdsl", "unet")
    assert model.doc_string == "Two images of one size, which share an encoder."
    assert {entry.key: entry.value for entry in model.metadata_props} == {"requires": "H % 4 == 0, W % 4 == 0"}
    assert [(opset.domain, opset.version) for opset in model.opset_import] == [("", 20)]
    assert not any(node.metadata_props or node.doc_string for node in model.graph.node)


def test_equal_weights_give_equal_files(tmp_path: Path) -> None:
    network = archdsl.loads(
        "network net { input x: [N, 3, H = 9, W] out = x -> conv(4, 3) -> relu -> conv(4, 3) -> relu }"
    )
    state = network.to_torch().state_dict()
    for path in (tmp_path / "one.onnx", tmp_path / "two.onnx"):
        network.to_onnx(path, state)
    assert (tmp_path / "one.onnx").read_bytes() == (tmp_path / "two.onnx").read_bytes()


@pytest.mark.parametrize("shape", [(1, 4, 64, 64), (3, 64, 64)])
def test_a_fixed_size_stays_fixed(unet: Path, shape: tuple[int, ...]) -> None:
    x = torch.zeros(shape).numpy()
    with pytest.raises(InvalidArgument, match="before"):
        session(unet).run(None, {"before": x, "after": x})


def test_a_size_that_the_network_refuses_does_not_run(unet: Path) -> None:
    x = torch.zeros(1, 3, 66, 64).numpy()
    with pytest.raises(Fail):
        session(unet).run(None, {"before": x, "after": x})


# --- the command line ---------------------------------------------------------------------------------------


def test_the_command_writes_a_checkpoint_and_says_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    network = archdsl.load("resnet18")(classes=5)
    model = network.to_torch().eval()
    randomise(model)
    torch.save({f"layer0.{k}": v for k, v in model.state_dict().items()}, tmp_path / "w.pth")
    path = tmp_path / "part.onnx"
    args = f"compile resnet18 --to onnx --set classes=5 --outputs layer2,fc --weights {tmp_path}/w.pth -o {path}"
    main([*args.split(), "--renaming", "legacy"], standalone_mode=False)
    out, err = capfd.readouterr()
    assert (out, err) == ("", f"{path}: {path.stat().st_size:,} bytes\n")
    x = torch.randn(2, 3, 65, 64)
    layer2, fc = session(path).run(["layer2", "fc"], {"image": x.numpy()})
    assert layer2.shape == (2, 128, 9, 8)
    with torch.no_grad():
        assert apart(torch.from_numpy(fc), model(x)) < 1e-5


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ("--to onnx -o -", "--to onnx writes a file, not to standard output"),
        ("--to yaml --weights w.pth", "--weights has no meaning for --to yaml"),
        ("--to torch --renaming legacy", "--renaming has no meaning for --to torch"),
        ("--to json --outputs fc", "--outputs has no meaning for --to json"),
    ],
)
def test_wrong_usage(args: str, message: str) -> None:
    found = CliRunner().invoke(main, ["compile", "resnet18", *args.split()])
    assert (found.exit_code, message in found.output) == (2, True)


def test_a_checkpoint_that_does_not_fit_is_said(tmp_path: Path) -> None:
    weights = archdsl.load("resnet18").to_torch().state_dict()
    with pytest.raises(ArchError, match="a checkpoint does not fit"):
        archdsl.load("resnet34").to_onnx(tmp_path / "net.onnx", weights)
    assert not (tmp_path / "net.onnx").exists()


def test_without_the_exporter_what_to_install_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    with pytest.raises(ArchError) as caught:
        archdsl.load("resnet18").to_onnx(tmp_path / "net.onnx")
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.help) == ("not-installed", "`pip install 'archdsl[onnx]'`")


# --- the rest, for a night -----------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", [*(network.name for network in library()), *map(str, sorted(SPECS.glob("*.arch")))])
def test_every_network_is_as_near_to_the_exact_as_torch(name: str, tmp_path: Path) -> None:
    """A deep random network magnifies what float32 rounds off: torch's own error in float32 is the measure."""
    network, x = archdsl.load(name), torch.randn(2, 3, 129, 97)
    model = network.to_torch().eval()
    randomise(model)
    network.to_onnx(tmp_path / "net.onnx", model.state_dict())
    (found,) = session(tmp_path / "net.onnx").run(None, {"image": x.numpy()})
    with torch.no_grad():
        own, exact = model(x).double(), model.double()(x.double())
    assert apart(torch.from_numpy(found).double(), exact) < max(1e-5, 20 * apart(own, exact))
