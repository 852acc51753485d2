"""Passes: a network rewritten into one that gives the same, for what it is to be used for.

A pass works on a body, `Record -> Record`: each is a file with a before and an after in the words of the language.
Costs stay those of the network as it is written.
"""

from __future__ import annotations

from typing import Literal

from archdsl.lower.record import Record
from archdsl.passes.body import Rule, everywhere
from archdsl.passes.folded import folded
from archdsl.passes.gated_sum import gated_sum
from archdsl.passes.in_place import in_place
from archdsl.passes.lowered import in_one_pass, spelt_out, with_gradient
from archdsl.passes.pooled_first import pooled_first
from archdsl.passes.spread_mean import spread_mean
from archdsl.passes.without_training import without_training
from archdsl.report import ArchError, errors

Target = Literal["eager", "compile"]
"""How a module is run: as it is, or through `torch.compile`."""

TRAINING: dict[Target, tuple[Rule, ...]] = {
    "eager": (pooled_first, gated_sum, with_gradient, spread_mean),
    "compile": (gated_sum, spelt_out),
}
INFERENCE: dict[Target, tuple[Rule, ...]] = {
    "eager": (without_training, folded, pooled_first, gated_sum, in_one_pass, in_place),
    "compile": (without_training, folded, gated_sum, spelt_out),
}


def prepared(network: Record, *, inference: bool, target: Target | None) -> Record:
    """The network for inference, or else for training too, in the form for a target.

    Without a target it is the plain network, or for inference the one that runs as it is. Raises `ArchError` for a
    target that there is none of.
    """
    if target is None and not inference:
        return network
    passes, name = INFERENCE if inference else TRAINING, target or "eager"
    if name not in passes:
        raise ArchError([errors.unknown_target(errors.outside(name), name, list(passes))])
    return everywhere(network, *passes[name])
