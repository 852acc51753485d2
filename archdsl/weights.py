"""Published checkpoints into a module: by name, strictly, and never by running what is in the file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archdsl.report import ArchError, errors

if TYPE_CHECKING:
    from torch import Tensor, nn

Rules = tuple[tuple[str, str], ...]
"""Patterns of names and what they become; every rule is applied, in order."""

MMPRETRAIN: Rules = (
    (r"^backbone\.", ""),
    (r"^head\.fc\.", "fc."),
    (r"\.se_layer\.conv([12])\.conv\.", r".se.fc\1."),
    (r"^stem\.0\.conv\.", "conv1.0."),
    (r"^stem\.0\.bn\.", "conv1.1."),
    (r"^stem\.1\.conv\.", "conv1.3."),
    (r"^stem\.1\.bn\.", "conv1.4."),
    (r"^stem\.2\.conv\.", "conv1.6."),
    (r"^stem\.2\.bn\.", "bn1."),
)

RENAMINGS: dict[str, Rules] = {
    "legacy": (
        (r"^layer0\.", ""),
        (r"\.se_module\.", ".se."),
        (r"^last_linear\.", "fc."),
    ),
    "mmpretrain": MMPRETRAIN,
    "mmpretrain-d": (
        *MMPRETRAIN,
        # Its first stage leaves the pool out of the shortcut, which counts there: what follows moves up by one.
        (r"^layer1\.0\.downsample\.1\.", "layer1.0.downsample.2."),
        (r"^layer1\.0\.downsample\.0\.", "layer1.0.downsample.1."),
    ),
}
"""How other code bases call the parts of these networks.

`legacy`: Caffe's SENet by way of Cadene and timm's `legacy_*`, into a network of the same function under newer names
(the published weights need its pooling and strides too). `mmpretrain`: OpenMMLab's ResNet, ResNeXt, SE-ResNet and
ResNet-C; `mmpretrain-d`: its ResNet-D and ResNeSt, with average pools in the shortcuts.
"""


@dataclass(frozen=True)
class Report:
    """What became of every entry: `matched` was loaded, `new` is in the module only and keeps its start, `dropped` is
    in the checkpoint only, `reshaped` differs in shape and keeps its start."""

    matched: tuple[str, ...]
    new: tuple[str, ...]
    dropped: tuple[str, ...]
    reshaped: tuple[str, ...]

    @property
    def complete(self) -> bool:
        return not (self.new or self.dropped or self.reshaped)

    def __str__(self) -> str:
        parts = {"matched": self.matched, "new": self.new, "dropped": self.dropped, "of another shape": self.reshaped}
        return ", ".join(f"{len(names)} {what}" + _some(what, names) for what, names in parts.items() if names)


def _some(what: str, names: tuple[str, ...], most: int = 4) -> str:
    if what == "matched":
        return ""
    return f" ({', '.join(names[:most])}{', …' if len(names) > most else ''})"


def load(
    model: nn.Module,
    checkpoint: str | Path | Mapping[str, Tensor],
    *,
    strict: bool = True,
    renaming: str | None = None,
) -> Report:
    """Loads a checkpoint into a module and says what became of every entry.

    `checkpoint` is a safetensors file, a torch file (of which only tensors are read), or a `state_dict`. Names of
    timm, torchvision and the official ResNeSt code load as they are; `renaming` is one of `RENAMINGS`. A linear
    layer's weight fills a 1×1 convolution of the same sizes, and the other way round. A module on the meta device takes
    the tensors themselves; buffers that no checkpoint has stay there.

    Raises `ArchError`, and loads nothing, where the file cannot be read, or where `strict` and anything is left over
    on either side.
    """
    if renaming is not None and renaming not in RENAMINGS:
        raise ArchError([errors.unknown_renaming(errors.outside(renaming), renaming, list(RENAMINGS))])
    given = _hooked(model, _renamed(_read(checkpoint), RENAMINGS[renaming] if renaming else ()))
    own = model.state_dict()
    fits = {name: given[name] for name in own if name in given and _fits(given[name], own[name])}
    report = Report(
        matched=tuple(fits),
        new=tuple(name for name in own if name not in given),
        dropped=tuple(name for name in given if name not in own),
        reshaped=tuple(f"{n} {_shape(given[n])} → {_shape(own[n])}" for n in own if n in given and n not in fits),
    )
    if strict and not report.complete:
        raise ArchError([errors.weights_differ(errors.outside(_called(checkpoint)), str(report))])
    loaded = {name: tensor.to(own[name].dtype).view(own[name].shape) for name, tensor in fits.items()}
    model.load_state_dict(loaded, strict=False, assign=any(tensor.is_meta for tensor in own.values()))
    return report


def _called(checkpoint: str | Path | Mapping[str, Tensor]) -> str:
    return "state_dict" if isinstance(checkpoint, Mapping) else str(checkpoint)


def _read(checkpoint: str | Path | Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    if isinstance(checkpoint, Mapping):
        return _unwrapped(checkpoint, "state_dict")
    path = Path(checkpoint)
    if not path.is_file():
        raise ArchError([errors.missing_file(errors.outside(str(path)), str(path))])
    return _read_safetensors(path) if path.suffix == ".safetensors" else _read_torch(path)


def _read_safetensors(path: Path) -> Mapping[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except SafetensorError as error:
        raise ArchError([errors.unreadable_weights(errors.outside(str(path)), str(error))]) from None


def _read_torch(path: Path) -> Mapping[str, Tensor]:
    import pickle

    import torch

    failures = (
        pickle.UnpicklingError,
        RuntimeError,
        EOFError,
        OSError,
        LookupError,
        ValueError,
        TypeError,
        AttributeError,
    )
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except failures:
        reason = "it is no torch file that holds tensors only"
        raise ArchError([errors.unreadable_weights(errors.outside(str(path)), reason)]) from None
    return _unwrapped(content, str(path))


def _unwrapped(content: Any, name: str) -> Mapping[str, Tensor]:
    """The tensors by name, out of what training scripts wrap around them."""
    from torch import Tensor

    for key in ("state_dict", "model", "model_state_dict"):
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
    if not isinstance(content, Mapping) or not all(
        isinstance(k, str) and isinstance(v, Tensor) for k, v in content.items()
    ):
        raise ArchError([errors.unreadable_weights(errors.outside(name), "it does not hold tensors by name")])
    tensors: dict[str, Tensor] = dict(content)
    odd = next((key for key, value in tensors.items() if not _is_plain(value)), None)
    if odd is not None:
        raise ArchError([errors.unreadable_weights(errors.outside(name), f"`{odd}` does not hold plain real numbers")])
    if tensors and all(key.startswith("module.") for key in tensors):
        return {key.removeprefix("module."): tensor for key, tensor in tensors.items()}
    return tensors


def _is_plain(tensor: Tensor) -> bool:
    import torch

    return tensor.layout == torch.strided and not (tensor.is_complex() or tensor.is_meta or tensor.is_quantized)


def _renamed(tensors: Mapping[str, Tensor], rules: Rules) -> dict[str, Tensor]:
    renamed: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        for pattern, replacement in rules:
            name = re.sub(pattern, replacement, name)
        renamed[name] = tensor
    return renamed


def _hooked(model: nn.Module, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """What the module's own hooks make of a checkpoint, as where norms are folded into layers."""
    for scope, module in model.named_modules():
        prefix = f"{scope}." if scope else ""
        for hook in module._load_state_dict_pre_hooks.values():
            hook(tensors, prefix, {}, False, [], [], [])
    return tensors


def _fits(given: Tensor, own: Tensor) -> bool:
    """Equal shapes, or a linear layer's against a 1×1 convolution's."""
    return given.shape == own.shape or (
        given.numel() == own.numel()
        and min(given.dim(), own.dim()) == 2
        and given.squeeze().shape == own.squeeze().shape
    )


def _shape(tensor: Tensor) -> str:
    return "×".join(map(str, tensor.shape))
