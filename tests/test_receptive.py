"""Receptive fields, beside what a module does with an image of which one row or column is no number."""

from __future__ import annotations

import pytest
import torch

import archdsl

STEPS = {
    "kernels": "conv(4, 3) -> conv(4, (5, 1)) -> conv(2, (1, 7), padding = 0)",
    "strides": "conv(4, 7, stride = 2) -> conv(4, 3, stride = 2) -> conv(4, 3) -> conv(2, 2, stride = (3, 1))",
    "dilation": "conv(4, 3, dilation = 2) -> conv(4, 3, stride = 2) -> conv(4, 3, dilation = (4, 1)) -> relu",
    "pools": "max_pool(3, 2, padding = 1) -> avg_pool(2) -> max_pool(3, 1, dilation = 2) -> conv(2, 3)",
    "inception": "conv(8, 3, stride = 2) => [conv(2, 1), [conv(2, 1), conv(4, 3)], [conv(2, 1), conv(4, 5)], "
    "[max_pool(3, stride = 1, padding = 1), conv(2, 1)]] -> concat -> batch_norm -> relu -> conv(4, 3)",
    "branches out of line": "=> [conv(2, 4, padding = 0), conv(2, 4, padding = 3)] "
    "=> cut: [slice(2, stop = 20), slice(2, stop = 20)] "
    "=> narrow: [slice(3, stop = 14), slice(3, stop = 14)] -> add -> conv(2, 3)",
    "shortcut": "conv(4, 3) => [identity, [conv(4, 3), relu, conv(4, 3)]] -> add => halved: [conv(8, 1, 2), "
    "[conv(8, 3, 2), relu, conv(8, 3)]] -> add -> relu",
    "gate": "conv(8, 3) => [identity, [global_avg_pool, conv(8, 1), sigmoid]] -> multiply -> conv(4, 3)",
    "norms": "conv(8, 3) -> batch_norm -> layer_norm(axis = 1) -> conv(8, 3) -> group_norm(2) -> conv(4, 3)",
    "grown": "conv(4, 3, stride = 2) -> conv_transpose(4, 4, stride = 2, padding = 1) -> conv(4, 3)",
    "doubled": 'conv(4, 3, stride = 2) -> interpolate(scale = 2, mode = "nearest") -> conv(4, 3)',
    "padded": 'pad((1, 2, 3, 0), mode = "reflect") -> conv(4, 4, 2, padding = 0) -> slice(2, start = 1, step = 2) '
    "-> conv(2, 3)",
    "shares": "conv(4, 3) -> adaptive_avg_pool(6) -> conv(4, 3) -> adaptive_max_pool(1) -> flatten -> linear(3)",
    "places to channels": 'rearrange("n c (h p) (w q) -> n (c p q) h w", p = 3, q = 3) -> conv(8, 1) -> conv(9, 3) '
    '-> rearrange("n (c p q) h w -> n c (h p) (w q)", p = 3, q = 3)',
    "patches": 'rearrange("n c (h p) (w q) -> n (h w) (p q c)", p = 3, q = 3) -> linear(8) -> layer_norm '
    "=> [linear(8), linear(8), linear(8)] -> attention",
    "windows": 'conv(8, 3) -> rearrange("n c (h p) (w q) -> (n h w) (p q) c", p = 3, q = 3) => '
    "[linear(4), linear(4), linear(4)] -> attention -> linear(3)",
    "columns": "conv(2, 3) -> unfold(3, stride = 3) -> conv(4, 1)",
    "one place": "conv(4, 5) -> select(2, 4) -> conv(4, 3)",
    "reduced": 'conv(4, 3) -> reduce("n c h w -> n c w", "mean") -> conv(4, 3)',
    "many": "=> [conv(4, 3), conv(4, 5)] -> stack -> chunk(2) -> add -> select(1, 0) -> conv(2, 3)",
}


def seen(net: archdsl.Network, axis: int, size: int, other: int) -> dict[str, int]:
    """How many rows (axis 2) or columns (axis 3) every layer sees: those that make what it gives no number."""
    shape = [size, 3, other, other]
    shape[axis] = size
    images = torch.rand(shape)
    for i in range(size):
        images[i].select(axis - 1, i).fill_(torch.nan)
    names = [row.name for row in net.stats().table]
    with torch.no_grad():
        results = net.to_torch(outputs=names).eval()(images)
    found = {}
    for name, result in zip(names, results, strict=True):
        touched = result.reshape(size, -1).isnan()  # windows may have gone into the batch, image by image
        first = touched.byte().argmax(0)
        last = size - 1 - touched.flip(0).byte().argmax(0)
        found[name] = int(torch.where(touched.any(0), last - first + 1, 0).max())
    return found


def said(net: archdsl.Network, axis: int, size: int, other: int) -> dict[str, int]:
    shape = [1, 3, other, other]
    shape[axis] = size
    found = {}
    for row in net.stats(image=tuple(shape)).table:
        windows = row.field.sizes[axis - 2]
        found[row.name] = size if row.field.whole[axis - 2] or windows is None else windows
    return found


@pytest.mark.parametrize("steps", STEPS.values(), ids=STEPS)
@pytest.mark.parametrize("axis", [2, 3], ids=["height", "width"])
def test_fields_are_what_a_module_sees(steps: str, axis: int) -> None:
    flow = steps if steps.startswith("=>") else f"-> {steps}"
    net = archdsl.loads(f"network n {{ input image: [N, 3, 36, 36] out = image {flow} }}")
    assert said(net, axis, 36, 36) == seen(net, axis, 36, 36)


RESIDUAL = """
from std.resnet use stem, bottleneck, stage
from std.attention use selective_kernel
network residual {
  input image: [N, 3, H = 96, W = 32]
  out = image -> _: stem -> layer1: stage(bottleneck, 8, 2) -> layer2: stage(bottleneck, 16, 1, stride = 2)
    -> layer3: stage(bottleneck, 32, 1, stride = 2)
}
"""


def test_a_residual_network_sees_through_its_longest_way() -> None:
    net = archdsl.loads(RESIDUAL)
    found = said(net, 2, 96, 32)
    assert found == seen(net, 2, 96, 32)
    assert max(found.values()) == 51


def vgg(*counts: int) -> str:
    stages = ", ".join(f"[conv(8, 3) for i in range({n})], max_pool(2)" for n in counts)
    return f"image -> _: [{stages}]"


def resnet(*depths: int) -> str:
    """The first of each stage has its stride in its first 1×1 convolution, as in the paper."""
    units = [f"unit({2 if i == 0 and s else 1})" for s, n in enumerate(depths) for i in range(n)]
    return "image -> conv(8, 7, stride = 2) -> max_pool(3, stride = 2, padding = 1) -> " + " -> ".join(units)


UNIT = """block unit(stride) {
  out = (in -> conv(8, 1, stride = stride) -> conv(8, 3) -> conv(8, 1)) + (in -> conv(8, 1, stride = stride))
}
"""
MOBILE = "".join(f" -> conv(8, 3, stride = {s}, groups = 8) -> conv(8, 1)" for s in (1, 2, 1, 2, 1, 2, *[1] * 5, 2, 1))
PUBLISHED = {
    "AlexNet": (
        "image -> conv(8, 11, stride = 4, padding = 0) -> max_pool(3, stride = 2) -> conv(8, 5)"
        " -> max_pool(3, stride = 2) -> conv(8, 3) -> conv(8, 3) -> conv(8, 3) -> max_pool(3, stride = 2)",
        195,
    ),
    "VGG-16": (vgg(2, 2, 3, 3, 3), 212),
    "MobileNet": (f"image -> conv(8, 3, stride = 2){MOBILE}", 315),
    "ResNet-50": (resnet(3, 4, 6, 3), 483),
    "ResNet-101": (resnet(3, 4, 23, 3), 1027),
    "ResNet-152": (resnet(3, 8, 36, 3), 1507),
}


@pytest.mark.parametrize(("flow", "field"), PUBLISHED.values(), ids=PUBLISHED)
def test_published_fields(flow: str, field: int) -> None:
    """Araujo et al. 2019, Computing Receptive Fields of Convolutional Neural Networks (Distill)."""
    net = archdsl.loads(f"{UNIT} network n {{ input image: [N, 3, 224, 224] out = {flow} }}")
    assert net.stats().table[-1].field.sizes == (field, field)


def test_resnet50_with_its_strides_in_3x3_convolutions_sees_less() -> None:
    rows = {row.name: str(row.field) for row in archdsl.load("resnet50").stats().table}
    assert rows["layer4.2.conv3"] == "427"
    assert rows["fc"] == "all"


def test_a_field_says_windows_and_what_is_seen_besides() -> None:
    rows = {row.name: str(row.field) for row in archdsl.load("seresnet50").stats().table}
    assert rows["layer1.0.conv2"] == "19"
    assert rows["layer1.0.se.fc1"] == "all"
    assert rows["layer1.0.se.multiply"] == "19 + all"
    net = archdsl.loads(
        "network n { input x: [N, 3, 9, 9] out = x -> conv(1, (1, 3)) -> conv(1, (9, 1), padding = 0) }"
    )
    assert [str(row.field) for row in net.stats().table] == ["1×3", "9×3"]
