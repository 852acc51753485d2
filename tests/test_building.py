"""Modules made quickly, and weights that start alike wherever they stand."""

from __future__ import annotations

import copy
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import scipy.stats
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

import archdsl
from archdsl.emit.module import imported
from archdsl.load import library
from archdsl.study import Trial, process
from archdsl.study.trial import Job, State
from tests.reference import apart, double, randomise

EVERY_START = """
network every(classes = 10) {
  input image: [N, 3, 16, 16]
  input word: [N, 4]
  parameter plain: [1, 16, 1, 1]
  parameter learned: [1, 16, 15, 15] = normal(std = 0.02)
  buffer blur: [1, 1, 2, 2] = [[[[0.1, 0.2], [0.3, 0.4]]]]
  buffer hidden: [1, 16, 1, 1] = [[[[k / 4]] for k in range(16)]], persistent = false
  map = image
    -> conv: conv(16, 3, bias = true) -> bn: batch_norm -> prelu: prelu(per_channel = true)
    -> torchs: conv(16, 3, init = kaiming_uniform(a = sqrt(5)), bias = true, bias_init = zeros)
    -> loose: conv(16, 3, init = none, bias = true, bias_init = ones)
    -> grouped: conv(16, 3, groups = 4, init = kaiming_normal(mode = "fan_in"))
    -> gn: group_norm(4) -> inn: instance_norm(affine = true) -> ln: layer_norm(axis = 1)
    -> rms: rms_norm(axis = 1) -> scale: scale(init = constant(val = 0.5)) -> _: scale
    -> up: conv_transpose(16, 2, stride = 2) -> down: conv_transpose(16, 2, groups = 2, init = xavier_normal)
    -> bn1: batch_norm(init = "zeros") -> max_pool(4, stride = 2)
  sum = map + plain + learned + hidden
  text = word -> table: embedding(50, 16) -> reduce("n t c -> n c", "mean")
  out = (sum -> global_avg_pool -> flatten) + text
    -> wide: linear(400, init = trunc_normal(std = 0.02, a = -0.03, b = 0.03), bias_init = uniform(a = -3, b = -1))
    -> xavier: linear(300, bias = false, init = xavier_uniform(gain = 2.0))
    -> fc: linear(classes)
}
"""
HUGE = "network huge { input x: [N, 900000] out = x -> linear(900000) -> batch_norm -> linear(900000) }"


@pytest.fixture(scope="module")
def network() -> archdsl.Network:
    return archdsl.load("resnest50")(depths=[1, 1, 1, 1])


@pytest.fixture(scope="module")
def every() -> archdsl.Network:
    return archdsl.loads(EVERY_START)


def from_source(network: archdsl.Network) -> nn.Module:
    """What the emitted text makes by itself."""
    made: nn.Module = getattr(imported(network.source(), network.name), network.class_name)()
    return made


def tensors(model: nn.Module) -> dict[str, Tensor]:
    """Everything in a module, what no checkpoint has included."""
    return dict([*model.named_parameters(), *model.named_buffers()])


def are_equal(one: nn.Module, other: nn.Module) -> bool:
    a, b = tensors(one), tensors(other)
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


# --- seeds ---------------------------------------------------------------------------------------------------


def test_equal_seeds_give_equal_weights(network: archdsl.Network) -> None:
    one, other = network.to_torch(seed=7), network.to_torch(seed=8)
    torch.rand(3)
    assert are_equal(one, network.to_torch(seed=7))
    assert are_equal(one, archdsl.load("resnest50")(depths=[1, 1, 1, 1]).to_torch(seed=7))
    a, b = one.state_dict(), other.state_dict()
    drawn = {name for name in a if a[name].min() < a[name].max()}
    assert len(drawn) > 30
    assert all(torch.equal(a[name], b[name]) != (name in drawn) for name in a)


def test_no_two_weights_start_alike(network: archdsl.Network) -> None:
    firsts = [p.flatten()[:16].tolist() for p in network.to_torch(seed=0).parameters() if p.dim() > 1]
    assert len(set(map(tuple, firsts))) == len(firsts)


def test_without_a_seed_torchs_generator_decides(network: archdsl.Network) -> None:
    torch.manual_seed(3)
    one, next_one = network.to_torch(), network.to_torch()
    torch.manual_seed(3)
    assert are_equal(one, network.to_torch())
    assert not are_equal(one, next_one)


@pytest.mark.parametrize("make", [lambda net: net.to_torch(seed=1), lambda net: net.to_torch(device="meta")])
def test_what_torch_draws_later_is_left_alone(make: Callable[[Any], nn.Module], network: archdsl.Network) -> None:
    before = torch.get_rng_state()
    make(network)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_do_not_matter(threads: int, every: archdsl.Network, network: archdsl.Network) -> None:
    before = torch.get_num_threads()
    try:
        for net in (every, network):
            torch.set_num_threads(1)
            one = net.to_torch(seed=5)
            torch.set_num_threads(threads)
            assert are_equal(one, net.to_torch(seed=5))
    finally:
        torch.set_num_threads(before)


def test_what_an_ablation_leaves_alone_starts_alike(network: archdsl.Network) -> None:
    family = network.ablate(vary={"radix": [1, 2, 4]}, replace={"layer3.*.conv2": "conv(in.channels, 3)"})
    baseline, *others = [variant.network.to_torch(seed=2).state_dict() for variant in family]
    assert len(others) == 3
    for state in others:
        common = [name for name in state if name in baseline and state[name].shape == baseline[name].shape]
        assert len(common) > 40
        assert len(common) < len(baseline)
        assert all(torch.equal(state[name], baseline[name]) for name in common)


def test_seeds_are_whole_numbers(network: archdsl.Network) -> None:
    assert are_equal(network.to_torch(seed=-1), network.to_torch(seed=torch.tensor(-1)))  # type: ignore[arg-type]
    network.to_torch(seed=2**100)
    for seed, device in ((1.5, "cpu"), ("1", "cpu"), (1.5, "meta")):
        with pytest.raises(TypeError, match="integer"):
            network.to_torch(seed=seed, device=device)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="`weights` or `seed`"):
        network.to_torch(seed=1, weights={})


# --- how weights start -----------------------------------------------------------------------------------------


def test_weights_are_spread_as_those_of_the_source(every: archdsl.Network) -> None:
    """Every op that has weights, every rule: numbers that are given are equal, those drawn are of one distribution."""
    torch.manual_seed(0)
    ours, theirs = tensors(every.to_torch(seed=0)), tensors(from_source(every))
    assert list(ours) == list(theirs)
    for name, tensor in theirs.items():
        mine = ours[name]
        assert (mine.dtype, mine.shape, mine.requires_grad) == (tensor.dtype, tensor.shape, tensor.requires_grad), name
        if tensor.requires_grad and tensor.min() < tensor.max():
            one, other = (t.detach().flatten().numpy() for t in (mine, tensor))
            assert not (one == other).all(), name
            assert scipy.stats.ks_2samp(one, other).pvalue > 1e-3, name
        else:
            assert torch.equal(mine, tensor), name


class Fills(TorchFunctionMode):
    """Writes down the last fill of each tensor, and fills nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.last: dict[int, tuple[Any, ...]] = {}

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = {name: value for name, value in (kwargs or {}).items() if name != "generator"}
        if func.__name__ in ("normal_", "uniform_", "fill_", "zero_", "kaiming_uniform_"):
            tensor, *numbers = (*args[:1], *kwargs.values()) if "tensor" in kwargs else (*args, *kwargs.values())
            self.last[id(tensor)] = (func.__name__, *numbers)
            return tensor
        return func(*args, **(kwargs or {}))


LIBRARY = {network.name: network for network in library()}
DEEP = re.compile("101|152|154|200|269")


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow) if DEEP.search(n) else n for n in LIBRARY])
def test_the_library_is_made_and_started_as_its_source_says(name: str) -> None:
    network = LIBRARY[name]
    with torch.device("meta"), Fills() as fills:
        theirs = from_source(network)
    ours = network.to_torch(device="meta")
    assert described(ours) == described(theirs)
    assert repr(ours) == repr(theirs)
    rules = dict(network.blueprint().weights)
    for path, tensor in tensors(theirs).items():
        if rules[path].values is None:
            with Fills() as own:
                rule = rules[path].init or rules[path].default
                mine = getattr(nn.init, f"{rule.name}_")(
                    torch.empty(rules[path].shape, device="meta"), **dict(rule.changed)
                )
            (how, *numbers), (their_how, *theirs_numbers) = own.last[id(mine)], fills.last[id(tensor)]
            assert how == their_how
            assert numbers == pytest.approx(theirs_numbers), path


def described(model: nn.Module) -> list[tuple[Any, ...]]:
    state = [(name, t.shape, t.dtype, t.device.type) for name, t in model.state_dict(keep_vars=True).items()]
    return [*state, *((name, p.requires_grad) for name, p in model.named_parameters())]


# --- devices, checkpoints --------------------------------------------------------------------------------------


def test_the_meta_device_takes_no_memory() -> None:
    huge = archdsl.loads(HUGE)
    for model in (huge.to_torch(device="meta"), huge.to_torch(seed=0, device="meta")):
        assert sum(p.nbytes for p in model.parameters()) > 6e12
        assert all(tensor.is_meta for tensor in tensors(model).values())
    with torch.device("meta"):
        assert all(tensor.is_meta for tensor in tensors(huge.to_torch()).values())


def test_a_device_that_is_not_there_is_a_mistake(network: archdsl.Network) -> None:
    for device in ("gpu", "cuda:99"):
        with pytest.raises(archdsl.ArchError, match="nothing can be put on this device") as caught:
            network.to_torch(device=device)
        assert [problem.code for problem in caught.value.diagnostics] == ["no-device"]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_weights_are_the_same_on_every_device(every: archdsl.Network) -> None:
    there = every.to_torch(seed=0, device="cuda")
    assert all(tensor.is_cuda for tensor in tensors(there).values())
    assert are_equal(there.cpu(), every.to_torch(seed=0))


def test_the_default_type_is_followed(every: archdsl.Network) -> None:
    single = every.to_torch(seed=0)
    with double():
        model = every.to_torch(seed=0)
    assert {t.dtype for t in tensors(model).values()} == {torch.float64, torch.int64}
    assert {t.dtype for t in tensors(single).values()} == {torch.float32, torch.int64}


@pytest.fixture
def checkpoint(every: archdsl.Network) -> nn.Module:
    model = every.to_torch(seed=1).eval()
    randomise(model)
    return model


def inputs() -> tuple[Tensor, Tensor]:
    return torch.randn(2, 3, 16, 16, generator=torch.Generator().manual_seed(0)), torch.tensor(
        [[1, 2, 3, 4], [9, 8, 7, 6]]
    )


@pytest.mark.parametrize("form", ["state_dict", "file"])
def test_a_module_is_made_with_the_weights_of_a_checkpoint(
    form: str, every: archdsl.Network, checkpoint: nn.Module, tmp_path: Path
) -> None:
    state = checkpoint.state_dict()
    torch.save(state, tmp_path / "every.pth")
    model = every.to_torch(weights=state if form == "state_dict" else tmp_path / "every.pth").eval()
    assert are_equal(model, checkpoint)
    assert torch.equal(model(*inputs()), checkpoint(*inputs()))
    with torch.no_grad():
        model.fc.weight.zero_()
    assert checkpoint.fc.weight.all()


def test_a_module_for_inference_starts_and_loads_as_any_other(every: archdsl.Network, checkpoint: nn.Module) -> None:
    """Buffers that are in no checkpoint too."""
    plain, folded = every.to_torch(seed=0).eval(), every.to_torch(seed=0, inference=True)
    assert apart(folded(*inputs()), plain(*inputs())) < 1e-5
    loaded = every.to_torch(weights=checkpoint.state_dict(), inference=True)
    assert apart(loaded(*inputs()), checkpoint(*inputs())) < 1e-5
    assert all(tensor.is_meta for tensor in tensors(every.to_torch(device="meta", inference=True)).values())


def test_a_checkpoint_of_another_network_is_a_mistake(every: archdsl.Network, checkpoint: nn.Module) -> None:
    with pytest.raises(archdsl.ArchError, match=r"fc\.weight 10×300 → 5×300"):
        every(classes=5).to_torch(weights=checkpoint.state_dict())


def test_a_module_on_the_meta_device_takes_the_tensors_of_a_checkpoint(network: archdsl.Network) -> None:
    theirs = network.to_torch(seed=3).eval()
    randomise(theirs)
    one, other = network.to_torch(device="meta").eval(), network.to_torch(device="meta").eval()
    one.load_state_dict(theirs.state_dict(), strict=True, assign=True)
    assert archdsl.weights.load(other, theirs.state_dict()).complete
    x = torch.randn(2, 3, 65, 65)
    for model in (one, other):
        assert torch.equal(model(x), theirs(x))
        assert all(p.requires_grad and p.is_leaf for p in model.parameters())


# --- modules as any other ----------------------------------------------------------------------------------------


def test_modules_of_a_network_share_nothing(every: archdsl.Network) -> None:
    one, other = every.to_torch(seed=0), every.to_torch(seed=0)
    storages = [{t.data_ptr() for t in tensors(model).values()} for model in (one, other)]
    assert storages[0].isdisjoint(storages[1])
    one.bn.eval()
    one.bn.register_forward_hook(lambda *_: None)
    one.bn.momentum = 0.5
    one.further = nn.Identity()
    assert other.bn.training
    assert not other.bn._forward_hooks
    assert other.bn.momentum == 0.1
    assert not hasattr(other, "further")
    assert repr(other) == repr(every.to_torch(seed=0)) == repr(from_source(every))


def test_modules_copy_and_travel(every: archdsl.Network) -> None:
    model = every.to_torch(seed=0).eval()
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert are_equal(twin, model)
        assert torch.equal(twin(*inputs()), model(*inputs()))
    assert are_equal(pickle.loads(pickle.dumps(every.blueprint())).module(0), model)


def test_parts_are_made_alone(network: archdsl.Network) -> None:
    whole, part = network.to_torch(seed=0), network.to_torch(["layer2"], seed=0)
    state = part.state_dict()
    assert 0 < len(state) < len(whole.state_dict())
    assert all(torch.equal(tensor, whole.state_dict()[name]) for name, tensor in state.items())
    assert part(torch.zeros(2, 3, 64, 64))[0].shape == (2, 512, 8, 8)


def test_a_module_can_be_made_where_nothing_is_to_be_learned(network: archdsl.Network) -> None:
    with torch.inference_mode():
        model = network.to_torch(seed=0)
    assert are_equal(model, network.to_torch(seed=0))


def start_of(model: nn.Module, seed: int, trial: Trial) -> dict[str, float]:
    """A train function that tells how its model starts, and what torch draws next."""
    return {"fc": model.fc.weight.double().sum().item(), "next": torch.rand(()).item()}


def test_the_variants_of_a_study_start_alike(network: archdsl.Network) -> None:
    def ran(radix: int, seed: int) -> dict[str, float]:
        trial = Trial("id", "variant", seed, {}, 0, 0)
        job = Job(trial, network(radix=radix).blueprint(), f"{__name__}:start_of", "log", "mark", 1)
        outcome = process.run(job)
        assert outcome.state is State.DONE, outcome.reason
        return dict(outcome.metrics)

    assert ran(1, 0) == ran(2, 0)
    assert ran(1, 0)["fc"] != ran(1, 1)["fc"]
    assert ran(1, 1)["fc"] == network.to_torch(seed=1).fc.weight.double().sum().item()
