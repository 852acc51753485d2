"""A layer does the work of the batch norm behind it, which in evaluation is one factor and one number a channel.

    out = in -> conv1: conv(64, 3)              -> bn1: batch_norm -> relu
    out = in -> conv1: conv(64, 3, bias = true) -> bn1: identity   -> relu

The weights are those of both: `emit` writes how they are worked out when a checkpoint is loaded.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any, TypeGuard

from archdsl.lower.record import Record
from archdsl.ops.conv import Conv
from archdsl.ops.dense import Linear
from archdsl.ops.norm import BatchNorm
from archdsl.ops.pointwise import Identity
from archdsl.passes.body import Body
from archdsl.shapes import Shape


@dataclass(frozen=True)
class Folded(Identity, torch=Identity.torch):
    """What is left of a norm: nothing, and the name of the layer that does its work."""

    layer: str
    eps: float

    def options(self) -> dict[str, Any]:
        return {}


def folded(record: Record) -> Record:
    """The body with norms folded into layers that nothing else uses and that stand in one place."""
    body = Body(record)
    places = Counter(step.path for step in record.steps)
    for norm in record.steps:
        if not isinstance(norm.what, BatchNorm) or not norm.what.affine:
            continue
        layer = body.maker(norm.inputs[0])
        if layer is None or not _has_channels(layer.what, body.shapes[norm.inputs[0]]):
            continue
        alone = all(places[step.path] == 1 and not step.bare for step in (layer, norm))
        if alone and body.used_once(norm.inputs[0]):
            body.put(layer, replace(layer.what, bias=True))
            body.put(norm, Folded(layer=".".join(map(str, layer.path)), eps=norm.what.eps))
    return body.rewritten()


def _has_channels(layer: object, out: Shape) -> TypeGuard[Conv | Linear]:
    """Whether it is a layer whose outputs are the channels that a norm sees, which stand on axis 1."""
    return isinstance(layer, Conv) or (isinstance(layer, Linear) and out.rank == 2)
