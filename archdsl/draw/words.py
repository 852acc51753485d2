"""The words in boxes: names of ops, shapes and amounts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache

from archdsl.lower.values import BlockLayer, OpLayer, Value, spell
from archdsl.ops import Op
from archdsl.ops.activation import Activation
from archdsl.ops.conv import Conv
from archdsl.ops.pattern import Patterned
from archdsl.shapes import Shape
from archdsl.sizes import Dim

SHORT = {
    "batch_norm": "BN",
    "layer_norm": "LN",
    "group_norm": "GN",
    "instance_norm": "IN",
    "rms_norm": "RMSNorm",
    "prelu": "PReLU",
    "flatten": "flatten",
}
"""What the field calls ops where there is little room."""

NAMED = {"tanh": "tanh", "sigmoid": "sigmoid", "softmax": "softmax", "hard_sigmoid": "hard sigmoid"}


def title(op: Op) -> str:
    """An op in a few words."""
    return activation(op) if isinstance(op, Activation) else op.label()


def brief(op: Op) -> str:
    """An op behind another one, in a word: `BN`, `ReLU`."""
    return SHORT.get(op.name) or title(op)


def activation(op: Activation) -> str:
    name = op.torch[0] if hasattr(op, "torch") else None
    return NAMED.get(op.name) or (name.removeprefix("nn.") if name else op.label())


def notes(op: Op, takes: tuple[Shape, ...]) -> tuple[str, ...]:
    """What the title of an op leaves out and a reader would miss."""
    if not isinstance(op, Conv):
        return ()
    found = []
    if op.groups > 1:
        depthwise = op.groups == takes[0].channels
        found.append("depthwise" if depthwise else f"{op.groups} groups")
    if op.dilation not in (1, (1, 1)):
        found.append(f"dilation {op.dilation}")
    return tuple(found)


def spaced(name: str) -> str:
    """A name of the language as words."""
    return name.replace("_", " ")


def shape_text(shape: Shape) -> str:
    """A shape without its batch: `64×56×56`."""
    axes = shape[1:] if len(shape) > 1 else shape
    return "×".join(map(size_text, axes)) or "scalar"


def size_text(size: Dim) -> str:
    if isinstance(size, int):
        return str(size)
    return re.sub(r"ceil\(([^()]+) / (\d+)\)", r"⌈\1/\2⌉", str(size)).replace(" // ", "//")


def amount(number: int) -> str:
    """A number in three digits: `25.6 M`."""
    if number < 1000:
        return str(number)
    value, unit = float(number), ""
    for step in ("k", "M", "G", "T"):
        if value < 999.5:
            break
        value, unit = value / 1000, f" {step}"
    return f"{value:.{0 if value >= 99.95 else 1 if value >= 9.995 else 2}f}{unit}"


def share(part: int, whole: int) -> str:
    """A part of a whole in per cent."""
    percent = 100 * part / whole if whole else 0.0
    if 0 < percent < 0.05:
        return "< 0.1 %"
    return f"{percent:.0f} %" if percent >= 9.95 or percent == 0 else f"{percent:.1f} %"


@lru_cache(4096)
def op_attributes(op: Op) -> tuple[tuple[str, str], ...]:
    """The fields of an op that are not their defaults."""
    found = [(f.name, getattr(op, f.name), f.default) for f in fields(op)]
    shown = [(name, value) for name, value in ((n, v) for n, v, default in found if v != default)]
    if isinstance(op, Patterned):
        shown = [item for name, value in shown for item in (value if name == "further" else ((name, value),))]
    return tuple((name, _plain(value)) for name, value in shown)


def block_attributes(arguments: Mapping[str, Value]) -> tuple[tuple[str, str], ...]:
    """The arguments of a block."""
    return tuple((name, _plain(value)) for name, value in arguments.items())


def _plain(value: object) -> str:
    match value:
        case OpLayer() | BlockLayer():
            return value.name
        case tuple() | bool() | None:
            return spell(value)
        case str() | int() | float():
            return str(value)
    name = getattr(type(value), "name", None)
    return name if isinstance(name, str) else spell(value)
