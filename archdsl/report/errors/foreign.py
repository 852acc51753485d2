"""What PyTorch and Python say otherwise, and how it is said here."""

from __future__ import annotations

from collections.abc import Iterable

from archdsl.report.errors.catalogue import nearest

_AXES = '`rearrange` names the axes, as `x -> rearrange("n c h w -> n (h w) c")`'
_LIST = "a list of layers, `x -> [f, g]`, applies one after the other"
_PREFIX = "ops stand by their own names, as `conv` and `relu`"
_SHAPE = "`x.shape[i]` is the size of an axis, `x.rank` their number"

_MENDS = {
    "Sequential": _LIST,
    "ModuleList": _LIST,
    "ModuleDict": _LIST,
    "self": "a part is made where it is applied, and a label names it: `x -> conv1: conv(64, 3)`",
    **dict.fromkeys(("nn", "torch", "F", "functional", "keras", "tf"), _PREFIX),
    **dict.fromkeys(("reshape", "view", "permute", "transpose", "swapaxes", "unsqueeze", "squeeze", "t"), _AXES),
    **dict.fromkeys(("size", "dim", "ndim", "numel"), _SHAPE),
    **dict.fromkeys(("mean", "amax", "AvgPool"), '`reduce` does, as `x -> reduce("n c h w -> n c", "mean")`'),
    "Upsample": "did you mean `interpolate`?",
    "cat": "did you mean `concat`?",
    "mul": "did you mean `multiply`?",
    "Parameter": "a learned tensor is declared, as `parameter scale: [1, 64, 1, 1] = ones`",
    "register_buffer": "a fixed tensor is declared, as `buffer kernel: [1, 1, 3, 3] = [[…]]`",
    "Tensor": "a tensor comes by an arrow, and a block calls it `in`",
    "super": "a block needs no constructor",
    "forward": "a block says what it does in its body, from `in` to `out`",
}


_TYPES = {
    "Tensor": "tensors come by an arrow, and a block calls them `in`",
    "tensor": "tensors come by an arrow, and a block calls them `in`",
    "number": "write `float`, or `int` for whole numbers",
    "Module": "write `layer`",
    "Callable": "write `layer`",
    "block": "write `layer`",
    **dict.fromkeys(("list", "tuple", "List", "Tuple"), "a list of whole numbers is `[int]`"),
}


def type_mend(name: str, known: Iterable[str]) -> str | None:
    """What to write for a type that is not known."""
    return _TYPES.get(name) or nearest(name, known)


def mend(name: str, known: Iterable[str]) -> str | None:
    """What to write for a name that is not known: what it is called here, or the nearest name."""
    return _MENDS.get(name) or nearest(name, [*known, "none", "true", "false"])
