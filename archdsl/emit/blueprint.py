"""What has to be known to make a module, in this process or in another.

The structure is that of the emitted source. How every weight starts stands in the record, so that nothing has to be
drawn to be overwritten, and each weight can be drawn by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from operator import index
from typing import TYPE_CHECKING

from archdsl.emit.module import imported
from archdsl.ops import Weight
from archdsl.report import ArchError, errors

if TYPE_CHECKING:
    import torch
    from torch import nn

    Device = str | int | torch.device


@dataclass(frozen=True)
class Blueprint:
    """The network's name, its source, its class there, and everything that it owns, by its name in the `state_dict`.

    A module for inference (`folds`) has less of its own: it takes that `state_dict` and folds it.
    """

    network: str
    source: str
    class_name: str
    weights: tuple[tuple[str, Weight], ...]
    folds: bool = False

    def module(self, seed: int | None = None, device: Device | None = None) -> nn.Module:
        """The module with its weights started: see `Network.to_torch`."""
        from archdsl.emit.start import any_seed, started

        place, given = _place(device), None if seed is None else index(seed)
        if place.type == "meta":
            return self.empty(place)
        tensors = started(self.weights, any_seed() if given is None else given)
        if not self.folds:
            return self._holding(tensors, place)
        model = self.empty(place)
        model.load_state_dict({name: tensors[name] for name, weight in self.weights if weight.persistent})
        return model

    def empty(self, device: Device | None = None) -> nn.Module:
        """The module with nothing in its parameters, and its buffers as they start."""
        from archdsl.emit.skeleton import undrawn
        from archdsl.emit.start import empty

        place = _place(device)
        if not self.folds:
            return self._holding(empty(self.weights, place), place)
        hidden = [(name, weight) for name, weight in self.weights if not weight.persistent]
        return _put(undrawn(self._class).to_empty(device=place), hidden, empty(hidden, place), place)

    @property
    def _class(self) -> Callable[[], nn.Module]:
        found: Callable[[], nn.Module] = getattr(imported(self.source, self.network), self.class_name)
        return found

    def _holding(self, tensors: Mapping[str, torch.Tensor], device: torch.device) -> nn.Module:
        from archdsl.emit.skeleton import copied, skeleton

        return _put(copied(skeleton(self._class)), self.weights, tensors, device)


def _put(
    model: nn.Module, weights: Iterable[tuple[str, Weight]], tensors: Mapping[str, torch.Tensor], device: torch.device
) -> nn.Module:
    """The module with these tensors on the device for its own."""
    from torch import nn

    parts = dict(model.named_modules())
    for path, weight in weights:
        scope, _, name = path.rpartition(".")
        tensor = tensors[path].to(device)
        if weight.trainable:
            parts[scope].register_parameter(name, nn.Parameter(tensor))
        else:
            parts[scope].register_buffer(name, tensor, weight.persistent)
    return model


def _place(device: Device | None) -> torch.device:
    """The device itself, or the one that torch uses now; raises `ArchError` where nothing can be put on it."""
    import torch

    try:
        place = torch.get_default_device() if device is None else torch.device(device)
        torch.empty(0, device=place)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).split("\n")[0]
        raise ArchError([errors.no_device(errors.outside(str(device)), reason)]) from None
    return place
