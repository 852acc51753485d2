"""Networks for inference, and for training in the form that suits a target: they give what the plain ones give."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.export import Dim

import archdsl
from archdsl import weights
from tests.reference import apart, double, randomise

ROOT = Path(__file__).parent.parent
TARGETS: list[dict[str, Any]] = [
    {"target": "eager"},
    {"target": "compile"},
    {"inference": True},
    {"inference": True, "target": "compile"},
]
PLACES = {"l": (7,), "h w": (7, 5), "d h w": (3, 5, 4)}
MISSES = ["mean", "max", "another axis", "used elsewhere", "a gate for each place"]


@dataclass(frozen=True)
class Case:
    """A network with the end of an attention in it, and whether that is a gated sum."""

    text: str
    shape: tuple[int, ...]
    joins: bool


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Branches that are stacked or lie in one tensor, gates from somewhere, and what is nearly their gated sum."""
    places = draw(st.sampled_from(list(PLACES)))
    r, c = draw(st.sampled_from([("r", "c"), ("branch", "k"), ("a", "b2")]))
    count, axis = draw(st.integers(2, 4)), draw(st.sampled_from([1, 2]))
    miss = draw(st.sampled_from([None, None, None, *MISSES]))
    apart, summed = (f"n {r} {c}", f"n {c}") if axis == 1 else (f"n {c} {r}", f"n {c}")
    inside = apart.removeprefix("n ")
    stacks = draw(st.booleans())
    if stacks:
        branches = ", ".join(draw(st.sampled_from(["branch", "branch(3)", "conv(6, 3)"])) for _ in range(count))
        lines = [f"maps = in => paths: [{branches}]", f"stacked = maps -> stack(axis = {axis})"]
        contexts = ["maps -> add -> global_avg_pool", "in -> global_avg_pool"]
    else:
        view = f'rearrange("n ({inside}) {places} -> {apart} {places}", {r} = {count})'
        lines = [f"stacked = in -> conv: conv({6 * count}, 3) -> bn: batch_norm -> relu -> {view}"]
        contexts = ["in -> global_avg_pool"]
    contexts.append(f'stacked -> reduce("{apart} {places} -> {summed} {places}", "sum") -> global_avg_pool')
    context = "in" if miss == "a gate for each place" else draw(st.sampled_from(contexts))
    lines.append(f"logits = {context} -> fc: conv({6 * count}, 1, bias = true)")
    split = f'rearrange("n ({inside}) {places} -> {apart} {places}", {r} = {count})'
    along = draw(st.sampled_from([axis, axis - 3 - len(places.split())]))
    gate = draw(st.sampled_from(["sigmoid", f"softmax(axis = {along})", f"gate: gating({along})"]))
    lines.append(f"gates = logits -> {split} -> {gate}")
    product = draw(st.sampled_from(["stacked * gates", "gates * stacked"]))
    lines.append(f"product = {product}")
    reduction = miss if miss in ("mean", "max") else "sum"
    gone = f"n {r}" if miss == "another axis" else summed
    lines.append(f'total = product -> reduce("{apart} {places} -> {gone} {places}", "{reduction}")')
    out = "total"
    if miss == "used elsewhere":
        lines.append(f'other = product -> reduce("{apart} {places} -> {summed} {places}", "max")')
        out = "total + other"
    if miss == "another axis":
        out = "total -> conv(6, 1)"
    body = "\n  ".join([*lines, f"out = {out}"])
    sizes = ", ".join(name.upper() for name in places.split())
    text = f"""
block branch(k = 1) {{ out = in -> conv: conv(6, k) -> bn: batch_norm -> relu }}
block gating(axis) {{ out = in -> softmax(axis = axis) -> identity }}
block tail(again = 1) {{
  {body}
}}
network net {{
  input x: [N, 6, {sizes}]
  out = x -> stem: branch(3) -> first: tail -> drop_path(0.3) -> second: tail -> dropout(0.2) -> last: branch
}}
"""
    outer = axis == (2 if miss == "another axis" else 1)
    joins = (miss is None and stacks) or (miss in (None, "another axis") and outer and not stacks)
    return Case(text, (2, 6, *PLACES[places]), joins)


def modules(net: archdsl.Network, **form: Any) -> tuple[nn.Module, nn.Module]:
    """The plain module and another form of it, with the same random weights, in float64 and evaluation."""
    with double():
        plain, other = net.to_torch().eval(), net.to_torch(**form).eval()
    randomise(plain)
    other.load_state_dict(plain.state_dict())
    return plain, other


@given(cases())
def test_every_form_gives_what_the_plain_one_gives(case: Case) -> None:
    net = archdsl.loads(case.text)
    x = torch.randn(case.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    for form in TARGETS:
        plain, other = modules(net, **form)
        with torch.no_grad():
            assert apart(other(x), plain(x)) < 1e-12
    source = net.source(inference=True)
    assert ("gated_" in source) == case.joins, source


@given(cases())
def test_gradients_are_those_of_the_plain_form(case: Case) -> None:
    plain, other = modules(archdsl.loads(case.text), target="eager")
    x = torch.randn(case.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    inputs = [x.clone().requires_grad_() for _ in range(2)]
    for module, given_ in zip((plain, other), inputs, strict=True):
        module(given_).square().sum().backward()
    largest = max(p.grad.abs().max() for p in plain.parameters() if p.grad is not None)
    for (name, ours), theirs in zip(plain.named_parameters(), other.parameters(), strict=True):
        assert ours.grad is not None and theirs.grad is not None
        assert (ours.grad - theirs.grad).abs().max() <= 1e-12 * largest, name
    assert inputs[0].grad is not None and inputs[1].grad is not None
    assert (inputs[1].grad - inputs[0].grad).abs().max() <= 1e-12 * largest


# --- whole networks

NETWORKS = {
    "resnest": lambda: archdsl.load(ROOT / "specs" / "resnest50.arch")(depths=[1, 2, 1, 1]),
    "radix 4": lambda: archdsl.load("resnest50d_4s2x40d")(depths=[1, 1, 1, 1]),
    "sknet": lambda: archdsl.load("skresnet50")(depths=[1, 2, 1, 1]),
    "seresnet": lambda: archdsl.load("seresnet50")(depths=[1, 2, 1, 1]),
    "densenet": lambda: archdsl.load(ROOT / "examples" / "densenet121.arch"),
    "vit": lambda: archdsl.load(ROOT / "examples" / "vit_tiny.arch"),
}
Pair = tuple[archdsl.Network, nn.Module, nn.Module]


def trained(module: nn.Module) -> nn.Module:
    """The module with norms as training leaves them."""
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.weight.data.uniform_(0.5, 1.0).mul_(1.0 if part.weight.any() else 0.2)
            part.bias.data.uniform_(-0.2, 0.2)
            part.running_mean.data.uniform_(-0.2, 0.2)
            part.running_var.data.uniform_(0.5, 2.0)
    return module.eval()


@pytest.fixture(scope="module", params=NETWORKS)
def pair(request: pytest.FixtureRequest) -> Pair:
    net = NETWORKS[request.param]()
    plain, fast = trained(net.to_torch()), net.to_torch(inference=True)
    fast.load_state_dict(plain.state_dict())
    return net, plain, fast


def images(net: archdsl.Network) -> list[Tensor]:
    sizes = [(224, 224)] if net.name == "vit_tiny" else [(97, 65), (64, 96)]
    return [torch.randn(2, 3, *size) for size in sizes]


def test_inference_gives_what_evaluation_gives(pair: Pair) -> None:
    net, plain, fast = pair
    assert not fast.training
    with torch.no_grad():
        for x in images(net):
            assert apart(fast(x), plain(x)) < 1e-5


def test_only_norms_behind_layers_are_folded(pair: Pair) -> None:
    """A DenseNet's stand in front of convolutions, all but those of its stem and of its bottlenecks."""
    net, plain, fast = pair
    norms, left = (sum(isinstance(m, nn.BatchNorm2d) for m in module.modules()) for module in (plain, fast))
    assert (norms, left) == ((121, 62) if net.name == "densenet121" else (norms, 0))


def test_it_takes_its_own_checkpoint_too(pair: Pair) -> None:
    net, _, fast = pair
    twin = net.to_torch(inference=True)
    twin.load_state_dict(fast.state_dict())
    with torch.no_grad():
        for x in images(net)[:1]:
            assert torch.equal(twin(x), fast(x))


@pytest.fixture(scope="module")
def small() -> Pair:
    net = archdsl.load("resnest14d")(depths=[1, 1, 1, 1])
    plain, fast = trained(net.to_torch()), net.to_torch(inference=True)
    fast.load_state_dict(plain.state_dict())
    return net, plain, fast


@pytest.mark.parametrize("name", ["layer1.0.conv2.bn0.running_var", "conv1.0.weight", "fc.bias"])
def test_loading_is_strict(name: str, small: Pair) -> None:
    net, plain, _ = small
    state = plain.state_dict()
    fast = net.to_torch(inference=True)
    with pytest.raises(RuntimeError, match="Unexpected key"):
        fast.load_state_dict({**state, "layer1.0.bn9.weight": state[name]})
    del state[name]
    with pytest.raises(RuntimeError, match="Missing key"):
        fast.load_state_dict(state)


def test_an_old_checkpoint_counts_no_batches(small: Pair) -> None:
    net, plain, fast = small
    old = {name: tensor for name, tensor in plain.state_dict().items() if "num_batches" not in name}
    twin = net.to_torch(inference=True)
    twin.load_state_dict(old)
    assert all(map(torch.equal, twin.state_dict().values(), fast.state_dict().values()))


def test_a_checkpoint_stays_as_it_is(small: Pair) -> None:
    net, plain, _ = small
    state = plain.state_dict()
    before = {name: tensor.clone() for name, tensor in state.items()}
    net.to_torch(inference=True).load_state_dict(state)
    weights.load(net.to_torch(inference=True), state)
    assert list(state) == list(before)
    assert all(map(torch.equal, state.values(), before.values()))


def test_weights_are_loaded_and_reported(small: Pair, tmp_path: Path) -> None:
    net, plain, fast = small
    torch.save(plain.state_dict(), tmp_path / "plain.pth")
    twin = net.to_torch(inference=True)
    report = weights.load(twin, tmp_path / "plain.pth")
    assert report.complete
    assert list(report.matched) == list(fast.state_dict())
    assert all(map(torch.equal, twin.state_dict().values(), fast.state_dict().values()))
    state = plain.state_dict()
    del state["layer1.0.bn1.bias"]
    with pytest.raises(archdsl.ArchError, match="new"):
        weights.load(twin, state)


def test_it_loads_as_a_part_of_another_module(small: Pair) -> None:
    net, plain, fast = small
    whole = nn.ModuleDict({"backbone": net.to_torch(inference=True)})
    whole.load_state_dict({f"backbone.{name}": tensor for name, tensor in plain.state_dict().items()})
    assert all(map(torch.equal, whole["backbone"].state_dict().values(), fast.state_dict().values()))


def test_it_goes_where_modules_go(small: Pair) -> None:
    _, plain, fast = small
    x = torch.randn(2, 3, 65, 64)
    sizes = {0: Dim.DYNAMIC, 2: Dim.DYNAMIC, 3: Dim.DYNAMIC}
    with torch.no_grad():
        forms = [copy.deepcopy(fast), pickle.loads(pickle.dumps(fast)), torch.fx.symbolic_trace(fast)]
        forms.append(torch.export.export(fast, (x,), dynamic_shapes=(sizes,)).module())
        for form in forms:
            assert apart(form(x), fast(x)) < 1e-6
        twin = forms[1]
        twin.load_state_dict(plain.state_dict())
        assert torch.equal(twin(x), fast(x))
        with torch.autocast("cpu", dtype=torch.bfloat16):
            assert fast(x).dtype == torch.bfloat16
        assert copy.deepcopy(fast).bfloat16()(x.bfloat16()).dtype == torch.bfloat16


ATTENTIONS = """
from std.attention use split_attention, selective
network attentions {
  input x: [N, 8, H, W]
  out = x -> a: split_attention(8) -> b: split_attention(8, radix = 4)
    -> c: selective(8, index = 1) -> d: selective(8, index = 2, kernels = [3, 5, 7], cardinality = 2)
}
"""


@pytest.mark.parametrize("form", TARGETS[1:], ids=str)
@pytest.mark.filterwarnings("ignore")
def test_a_compiler_sees_the_whole_of_it(form: dict[str, Any]) -> None:
    model = archdsl.loads(ATTENTIONS).to_torch(**form).eval()
    x = torch.randn(2, 8, 9, 7)
    with torch.no_grad():
        assert apart(torch.compile(model, fullgraph=True, backend="eager")(x), model(x)) < 1e-5


def test_mixed_precision_trains() -> None:
    """Gates are of float32 there, and maps are not."""
    net = archdsl.loads(ATTENTIONS)
    plain, eager = net.to_torch().eval(), net.to_torch(target="eager").eval()
    eager.load_state_dict(plain.state_dict())
    x = torch.randn(2, 8, 9, 7)
    for model in (plain, eager):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            model(x).float().square().mean().backward()
    for ours, theirs in zip(eager.parameters(), plain.parameters(), strict=True):
        assert ours.grad is not None and theirs.grad is not None
        assert ours.grad.dtype == theirs.grad.dtype
        assert apart(ours.grad, theirs.grad) < 0.1


def test_the_gradient_of_a_gated_sum_is_right_by_differences() -> None:
    net = archdsl.loads(ATTENTIONS)
    with double():
        model = net.to_torch(target="eager").eval()
    x = torch.randn(1, 8, 3, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(model, (x,))


@pytest.mark.parametrize("places", [(5,), (4, 3), (2, 3, 2)])
def test_the_gradient_of_a_mean_beside_its_maps_is_right_by_differences(places: tuple[int, ...]) -> None:
    axes = ", ".join("HWD"[: len(places)])
    text = f"network net {{ input x: [N, 3, {axes}] gates = x -> global_avg_pool -> sigmoid out = x * gates }}"
    model = archdsl.loads(text).to_torch(target="eager")
    x = torch.randn(2, 3, *places, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(model, (x,))
    assert torch.autograd.gradgradcheck(model, (x,))


def test_only_a_mean_beside_its_maps_has_its_own_gradient() -> None:
    beside = archdsl.load("seresnet50").source(target="eager")
    alone = archdsl.load("resnet50").source(target="eager")
    assert ("MeanFunction.apply" in beside, "MeanFunction" in alone) == (True, False)
    assert beside.count("F.adaptive_avg_pool2d") + beside.count("nn.AdaptiveAvgPool2d") == 1


# --- the source


@pytest.mark.parametrize("form", TARGETS, ids=str)
def test_source_is_clean_and_needs_only_torch(form: dict[str, Any], tmp_path: Path) -> None:
    for name, make in NETWORKS.items():
        (tmp_path / f"{name.replace(' ', '_')}.py").write_text(make().source(**form))
    ruff = [
        str(Path(sys.executable).parent / "ruff"),
        "check",
        "--isolated",
        "--select",
        "F,E,B",
        "--ignore",
        "E501",
    ]
    found = subprocess.run([*ruff, str(tmp_path)], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout


def test_the_plain_form_is_the_default_and_what_a_compiler_takes_of_split_attention() -> None:
    net = archdsl.load("resnest50")
    assert net.source() == net.source(target="compile")


def test_names_of_several_numbers_are_folded_by_each() -> None:
    text = """
    network n {
      input x: [N, 4, H, W]
      out = x -> [conv(4, 3), batch_norm(eps = 1e-3), relu, conv(4, 3, bias = true), batch_norm] -> flatten(2)
        -> reduce("n c p -> n c", "mean") -> fc: linear(3) -> last: batch_norm(eps = 0.1)
    }"""
    plain, fast = modules(archdsl.loads(text), inference=True)
    x = torch.randn(2, 4, 7, 5, dtype=torch.float64)
    assert not any("BatchNorm" in type(part).__name__ for part in fast.modules())
    assert apart(fast(x), plain(x)) < 1e-12


@pytest.mark.parametrize(
    "flow",
    [
        "c: conv(4, 3) -> relu -> batch_norm",
        "c: conv(4, 3) -> batch_norm(affine = false)",
        "linear(5) -> batch_norm",
        "tied -> batch_norm -> tied -> relu",
    ],
)
def test_a_norm_stays_where_no_layer_can_do_its_work(flow: str) -> None:
    text = f"network n {{ input x: [N, 4, H, 5] shared tied = conv(4, 3) out = x -> {flow} }}"
    plain, fast = modules(archdsl.loads(text), inference=True)
    assert list(fast.state_dict()) == list(plain.state_dict())
    x = torch.randn(2, 4, 7, 5, dtype=torch.float64)
    assert apart(fast(x), plain(x)) < 1e-12


def test_a_layer_that_something_else_reads_keeps_its_norm() -> None:
    text = "network n { input x: [N, 4, H, W] y = x -> c: conv(4, 3) out = (y -> b: batch_norm) + y }"
    plain, fast = modules(archdsl.loads(text), inference=True)
    assert list(fast.state_dict()) == list(plain.state_dict())


def test_an_unknown_target_is_refused() -> None:
    with pytest.raises(archdsl.ArchError, match="did you mean `compile`") as caught:
        archdsl.load("resnet18").source(target="compiled")
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == ["unknown-target"]
