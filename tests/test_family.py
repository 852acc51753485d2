"""The family of ResNet: every network and block of the library against its reference implementation."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import timm
import torch
from timm.layers import SelectiveKernel, SplitAttn
from timm.models.resnet import Bottleneck, ResNet
from timm.models.sknet import SelectiveKernelBottleneck
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

import archdsl
from archdsl.load import library
from tests.reference import apart, double, randomise, resnest_fast

SPECS = Path(__file__).parent.parent / "specs"
COUNTS = json.loads((Path(__file__).parent / "counts.json").read_text())["models"]


# --- networks --------------------------------------------------------------------------------------------------


def sknet101() -> nn.Module:
    options = {"rd_ratio": 1 / 16, "rd_divisor": 32, "split_input": False}
    layers = [3, 4, 23, 3]
    return ResNet(SelectiveKernelBottleneck, layers, cardinality=32, base_width=4, block_args={"sk_kwargs": options})


def gated(layer: str) -> nn.Module:
    return timm.create_model("resnet50", block_args={"attn_layer": layer})


UNREGISTERED: dict[str, Callable[[], nn.Module]] = {
    "cbam_resnet50": lambda: gated("cbam"),
    "gc_resnet50": lambda: gated("gc"),
    "skresnext101_32x4d": sknet101,
}
COUNTED_AS = {"cbam_resnet50": "resnet50+cbam", "gc_resnet50": "resnet50+gc"}
"""Entries of counts.json with another name."""

BASES = {"residual", "resnet", "resnest", "resnest50"}
"""Networks that others derive from, and the paper's name of one that has timm's name too."""

LARGE = re.compile(r"101|152|154|200|269|wide")
DEPTHS = re.compile(r"resne[xs]?t(14|26|34)|_34|blur18|^(se|eca)?resnet50[st]$|50d_32x4d")
"""Networks that are others at another depth or with another's stem."""
NAMES = [network.name for network in library() if network.name not in BASES]


def reference(name: str) -> nn.Module:
    """timm's network of a name."""
    if name in UNREGISTERED:
        return UNREGISTERED[name]()
    splits = re.fullmatch(r"resnest50d_(\d)s(\d)x(\d+)d", name)
    if splits and not timm.is_model(name):
        radix, cardinality, width = map(int, splits.groups())
        return resnest_fast(radix, cardinality, width)
    return timm.create_model(name)


def image(size: int, channels: int = 3, count: int = 1) -> Tensor:
    generator = torch.Generator().manual_seed(size)
    return torch.randn(count, channels, size, size, dtype=torch.float64, generator=generator)


def shapes(module: nn.Module) -> list[tuple[str, torch.Size]]:
    return [(name, tensor.shape) for name, tensor in module.state_dict().items()]


@torch.no_grad()
def difference(ours: nn.Module, theirs: nn.Module, *inputs: Tensor) -> float:
    ours.eval()
    theirs.eval()
    return max(apart(ours(x), theirs(x)) for x in inputs)


@torch.no_grad()
def macs(module: nn.Module, x: Tensor) -> int:
    """Multiply-accumulates as torch counts them; the module's weights are gone afterwards."""
    with FlopCounterMode(display=False) as counter:
        module.eval().to("meta")(x.to("meta"))
    return int(counter.get_total_flops() // 2)


def check_equal(net: archdsl.Network, theirs: nn.Module, *inputs: Tensor) -> None:
    """Weights go both ways under the same names in the same order, and what comes out is the same."""
    with double():
        ours = net.to_torch()
    randomise(theirs)
    assert shapes(ours) == shapes(theirs)
    ours.load_state_dict(theirs.state_dict(), strict=True)
    theirs.load_state_dict(ours.state_dict(), strict=True)
    assert difference(ours, theirs, *inputs) < 1e-12


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow) if LARGE.search(n) or DEPTHS.search(n) else n for n in NAMES]
)
def test_a_network_is_its_reference(name: str) -> None:
    net = archdsl.load(name)
    with double():
        theirs = reference(name)
    check_equal(net, theirs, image(64), image(65))

    size = getattr(theirs, "default_cfg", {"input_size": (3, 224, 224)})["input_size"]
    assert tuple(net.default_shapes()[0][1:]) == size
    stats = net.stats(image=(1, 3, 224, 224))
    assert stats.params == sum(p.numel() for p in theirs.parameters())
    assert stats.macs == macs(theirs, image(224))


@pytest.mark.parametrize("name", [n for n in NAMES if f"timm:{COUNTED_AS.get(n, n)}" in COUNTS])
def test_counts_are_the_recorded(name: str) -> None:
    known = COUNTS[f"timm:{COUNTED_AS.get(name, name)}"]
    found = archdsl.load(name).stats(image=(1, 3, 224, 224))
    assert found.params == known["params"]
    assert sum(row.macs for row in found.table if row.op in ("conv", "linear")) == known["macs_224"]


@pytest.mark.parametrize("name", ["resnet18", "cbam_resnet50", "resnetblur18", "legacy_senet154", "skresnext50_32x4d"])
def test_the_number_of_entries_is_the_recorded(name: str) -> None:
    known = COUNTS[f"timm:{COUNTED_AS.get(name, name)}"]
    assert len(archdsl.load(name).to_torch().state_dict()) == known["state_dict_entries"]


GIGA = {  # of facts.md, section 4, what counts.json has not
    "skresnext101_32x4d": (48_736_040, 8.449),
    "resnext101_64x4d": (83_455_272, 15.460),
    "resnest14d": (10_611_688, 2.749),
    "resnest101e": (48_275_016, 10.201),
    "resnest50d_1s1x64d": (26_217_896, 4.330),
    "resnest50d_2s1x64d": (27_483_240, 4.331),
    "resnest50d_4s1x64d": (31_912_712, 4.335),
    "resnest50d_1s2x40d": (25_946_680, 4.365),
    "resnest50d_2s2x40d": (26_943_792, 4.366),
    "resnest50d_1s4x24d": (25_677_000, 4.400),
    "senet154": (115_088_984, 20.688),
}


@pytest.mark.parametrize("name", GIGA)
def test_costs_are_the_tables(name: str) -> None:
    found = archdsl.load(name).stats(image=(1, 3, 224, 224))
    assert (found.params, found.macs / 1e9) == (GIGA[name][0], pytest.approx(GIGA[name][1], abs=1e-3))


def test_pairs_of_cardinality_and_width_cost_what_the_table_says() -> None:
    expected = {(2, 40): 25_425_000, (4, 24): 25_292_968, (8, 14): 25_603_016, (32, 4): 25_028_904}
    net = archdsl.load("resnet50")
    assert {pair: net(cardinality=pair[0], base_width=pair[1]).stats().params for pair in expected} == expected


def test_reduction_sets_the_cost_of_squeeze_and_excitation() -> None:
    expected = {2: 45_699_240, 4: 35_635_688, 8: 30_603_912, 16: 28_088_024, 32: 26_830_080}
    v1 = archdsl.load("legacy_seresnet50")
    assert {r: v1(reduction=r).stats().params for r in expected} == expected


@pytest.mark.parametrize(
    ("radix", "cardinality", "width", "first"),
    [(0, 1, 64, False), (0, 2, 40, True), (1, 1, 64, False), (3, 1, 48, False)],
)
def test_resnest_of_any_radix_is_its_reference(radix: int, cardinality: int, width: int, first: bool) -> None:
    with double():
        theirs = resnest_fast(radix, cardinality, width, first)
    net = archdsl.load("resnest")(radix=radix, cardinality=cardinality, base_width=width, pool_first=first)
    check_equal(net, theirs, image(65))


# --- specs -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "name"),
    [("resnext50", "resnext50_32x4d"), ("seresnet50", "seresnet50"), ("sknet50", "skresnext50_32x4d")],
)
def test_a_spec_is_its_reference(spec: str, name: str) -> None:
    with double():
        theirs = timm.create_model(name)
    check_equal(archdsl.load(SPECS / f"{spec}.arch"), theirs, image(65))


SHORT = """from std.networks use residual
network resnet50 = residual()
"""
WRITTEN_OUT = """from std.resnet use projection
from std.networks use residual

## A 1×1, a 3×3 and a 1×1 convolution, and the input added.
block bottleneck(planes, stride = 1) {
  body = in
    -> conv1: conv(planes, 1) -> bn1: batch_norm -> relu
    -> conv2: conv(planes, 3, stride = stride) -> bn2: batch_norm -> relu
    -> conv3: conv(planes * 4, 1) -> bn3: batch_norm(init = "zeros")
  widen = stride != 1 or in.channels != planes * 4
  out = body + (in -> downsample: projection(planes * 4, stride) if widen else identity) -> relu
}

network resnet50 = residual(unit = bottleneck)
"""


@pytest.mark.parametrize(("text", "most"), [(SHORT, 250), (WRITTEN_OUT, 1000)], ids=["by name", "written out"])
def test_resnet50_is_short(text: str, most: int) -> None:
    assert len(text.encode()) <= most
    with double():
        theirs = timm.create_model("resnet50")
    check_equal(archdsl.loads(text), theirs, image(65))


# --- networks that differ with the same parameters -------------------------------------------------------------

V1 = """from std.resnet use bottleneck
from std.networks use residual
network v1 = residual(unit = bottleneck(strided = 1))
"""
UNPADDED = """from std.resnet use stem
from std.networks use resnet50
network unpadded = resnet50(stem = stem(pool = max_pool(3, stride = 2, ceil_mode = true)), smallest = 3)
"""
PAIRS: dict[str, tuple[Callable[[], archdsl.Network], Callable[[], archdsl.Network]]] = {
    "v1 and v1.5": (lambda: archdsl.loads(V1), lambda: archdsl.load("resnet50")),
    "pool with and without padding": (lambda: archdsl.loads(UNPADDED), lambda: archdsl.load("resnet50")),
    "average-down after and before": (
        lambda: archdsl.load("resnest50d"),
        lambda: archdsl.load("resnest50d")(pool_first=True),
    ),
    "shortcuts of c and d": (lambda: archdsl.load("resnet50c"), lambda: archdsl.load("resnet50d")),
    "blurred and plain": (lambda: archdsl.load("resnetblur50"), lambda: archdsl.load("resnet50")),
    "legacy and present": (lambda: archdsl.load("legacy_seresnet50"), lambda: archdsl.load("seresnet50")),
}
RENAMED = {"shortcuts of c and d", "legacy and present"}
"""Pairs whose parameters have other names, in the same order."""


@pytest.mark.parametrize("pair", PAIRS)
def test_equal_parameters_do_not_make_equal_networks(pair: str) -> None:
    with double():
        one, other = (make().to_torch() for make in PAIRS[pair])
    randomise(one)
    weights = one.state_dict()
    if pair in RENAMED:
        weights = dict(zip(other.state_dict(), weights.values(), strict=True))
    assert [(k, v.shape) for k, v in weights.items()] == shapes(other)
    other.load_state_dict(weights, strict=True)
    assert difference(one, other, image(65)) > 1e-3


def test_a_radix_of_0_has_no_gate() -> None:
    plain, gate = (archdsl.load("resnest")(radix=radix).stats().params for radix in (0, 1))
    assert plain == archdsl.load("resnet50d").stats().params < gate


# --- blocks ----------------------------------------------------------------------------------------------------


def block(uses: str, call: str, channels: int) -> archdsl.Network:
    """A network that is one block."""
    return archdsl.loads(f"""
        from std.attention use {uses}
        from std.resnet use bottleneck, normalised
        network one {{
          input x: [N, {channels}, H = 8, W = 8]
          out = x -> _: {call}
        }}""")


class Scse(nn.Module):
    """The article's, where `reduction` has no effect."""

    def __init__(self, channels: int, combine: Callable[[Tensor, Tensor], Tensor]) -> None:
        super().__init__()
        self.combine = combine
        self.cse_block = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(channels, channels // 2, 1),
            nn.ReLU(),
            nn.Conv2d(channels // 2, channels, 1),
            nn.Sigmoid(),
        )
        self.sse_block = nn.Sequential(nn.Conv2d(channels, 1, 1), nn.Sigmoid())

    def forward(self, x: Tensor) -> Tensor:
        return self.combine(x * self.cse_block(x), x * self.sse_block(x))


@pytest.mark.parametrize(("channels", "params"), [(64, 4_257), (128, 16_705), (256, 66_177), (512, 263_425)])
def test_scse_is_the_articles(channels: int, params: int) -> None:
    net = block("scse", "scse", channels)
    assert net.stats().params == params
    with double():
        added, largest = Scse(channels, torch.add), Scse(channels, torch.maximum)
    check_equal(net, added, image(9, channels))
    check_equal(block("scse", "scse(combine = maximum)", channels), largest, image(9, channels))


def with_scse(module: nn.Module) -> nn.Module:
    """timm's ResNet-50 with the article's block where the attention stands."""
    for unit in module.modules():
        if isinstance(unit, Bottleneck):
            unit.se = Scse(unit.bn3.num_features, torch.add)
    return module


def test_the_spec_of_scse_is_its_reference() -> None:
    with double():
        theirs = with_scse(timm.create_model("seresnet50"))
    check_equal(archdsl.load(SPECS / "scse_resnet50.arch"), theirs, image(65))


class SkBlock(nn.Module):
    """The article's: the second branch has one group, and each branch a last convolution of its own."""

    def __init__(self, channels: int, groups: int, reduction: int, least: int) -> None:
        super().__init__()
        inner = max(int(channels / reduction), least)

        def unit(*sizes: int, **options: int) -> nn.Module:
            return nn.Sequential(nn.Conv2d(*sizes, bias=False, **options), nn.BatchNorm2d(sizes[1]), nn.ReLU())

        self.first = unit(channels, channels, 3, padding=1, groups=groups)
        self.second = unit(channels, channels, 3, padding=2, dilation=2)
        self.fuse = unit(channels, inner, 1)
        self.A = nn.Conv2d(inner, channels, 1, bias=False)
        self.B = nn.Conv2d(inner, channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        one, two = self.first(x), self.second(x)
        fused = self.fuse((one + two).mean((2, 3), keepdim=True))
        a, b = torch.stack((self.A(fused), self.B(fused))).softmax(0)
        return one * a + two * b


@pytest.mark.parametrize(
    ("channels", "groups", "reduction", "least", "params"), [(128, 32, 16, 32, 164_928), (64, 8, 2, 8, None)]
)
def test_sk_block_is_the_articles(channels: int, groups: int, reduction: int, least: int, params: int | None) -> None:
    call = f"sk_block(cardinality = {groups}, reduction = {reduction}, least = {least})"
    net = block("sk_block", call, channels)
    with double():
        ours, theirs = net.to_torch(), SkBlock(channels, groups, reduction, least)
    randomise(theirs)
    ours.load_state_dict(dict(zip(ours.state_dict(), theirs.state_dict().values(), strict=True)), strict=True)
    assert difference(ours, theirs, image(9, channels, 2)) < 1e-12
    assert params in (None, net.stats().params)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("kernels", [[3], [3, 5], [5, 3, 7]], ids=str)
@pytest.mark.parametrize("dilated", [True, False])
@pytest.mark.parametrize(("divided", "groups"), [(False, 1), (False, 8), (True, 2)])
def test_any_selective_kernel_is_its_reference(
    stride: int, kernels: list[int], dilated: bool, divided: bool, groups: int
) -> None:
    with double():
        theirs = SelectiveKernel(
            48,
            96,
            list(kernels),
            stride=stride,
            groups=groups,
            rd_channels=12,
            keep_3x3=dilated,
            split_input=divided,
        )
    kernel = "kernel = 3, dilation = k // 2" if dilated else "kernel = k"
    branches = f"[normalised({kernel}, groups = {groups}) for k in {kernels}]"
    share = f"chunk({len(kernels)})" if divided and len(kernels) > 1 else "identity"
    call = f"selective_kernel(96, {branches}, stride = {stride}, reduction = 8, least = 2, share = {share})"
    check_equal(block("selective_kernel", call, 48), theirs, image(9, 48))


@pytest.mark.parametrize("radix", [1, 2, 3, 4])
@pytest.mark.parametrize("cardinality", [1, 2, 4])
def test_any_split_attention_is_its_reference(radix: int, cardinality: int) -> None:
    with double():
        theirs = SplitAttn(48, 48, 3, groups=cardinality, radix=radix, norm_layer=nn.BatchNorm2d)
    call = f"split_attention(48, cardinality = {cardinality}, radix = {radix})"
    check_equal(block("split_attention", call, 48), theirs, image(9, 48))


class SeUnit(Bottleneck):
    """timm's bottleneck with squeeze-and-excitation where the SENet paper tries it."""

    def __init__(self, place: str) -> None:
        super().__init__(64, 16, attn_layer="se")
        self.place = place

    def forward(self, x: Tensor) -> Tensor:
        way = self.se(x) if self.place == "pre" else x
        way = self.act2(self.bn2(self.conv2(self.act1(self.bn1(self.conv1(way))))))
        way = self.bn3(self.conv3(way))
        way = self.se(way) if self.place == "standard" else way
        both = way + (self.se(x) if self.place == "identity" else x)
        return self.act3(self.se(both) if self.place == "post" else both)


SE = "squeeze_excite(divisor = 8)"
PLACES = {
    "standard": f"attention = {SE}",
    "pre": f"before = {SE}",
    "post": f"join = join_then({SE})",
    "identity": f"join = join_gated({SE})",
}


@pytest.mark.parametrize("place", PLACES)
def test_squeeze_and_excitation_stands_anywhere(place: str) -> None:
    net = block("squeeze_excite, join_then, join_gated", f"bottleneck(16, {PLACES[place]})", 64)
    with double():
        ours, theirs = net.to_torch(), SeUnit(place)
    randomise(theirs)
    scope = {"standard": "se", "pre": "pre"}.get(place, "join.se")
    weights = {re.sub(r"^se\b", scope, name): tensor for name, tensor in theirs.state_dict().items()}
    own = ours.state_dict()
    assert sorted(weights) == sorted(own), "the gate has another name"
    ours.load_state_dict(weights, strict=True)
    assert difference(ours, theirs, image(9, 64)) < 1e-12


def test_squeeze_and_excitation_after_the_3x3_costs_what_the_paper_says() -> None:
    text = "from std.networks use resnet50\nfrom std.attention use gated\nnetwork n = resnet50(middle = gated)"
    module = archdsl.loads(text).to_torch()
    assert round(sum(t.numel() for t in module.state_dict().values()) / 1e6, 1) == 25.8  # it counts statistics too


def is_spec_of_its_own(network: archdsl.Network) -> None:
    """In both forms it is the same network, and imports nothing that it does not use."""
    text = archdsl.loads(network.arch())
    assert (text.name, text.stats(), text.warnings) == (network.name, network.stats(), ())
    assert archdsl.loads(network.yaml(), name="n.yaml").stats() == network.stats()


@pytest.mark.parametrize("name", ["residual", "resnet", "resnet18", "skresnet18", "resnest14d"])
def test_a_network_of_the_library_is_a_spec_of_its_own(name: str) -> None:
    is_spec_of_its_own(archdsl.load(name))


@pytest.mark.slow
def test_every_network_of_the_library_is_a_spec_of_its_own() -> None:
    for network in library():
        is_spec_of_its_own(network)
