"""Mistakes with checkpoints."""

from __future__ import annotations

from archdsl.report.diagnostic import Label
from archdsl.report.errors.catalogue import Words, listed, mistake, nearest
from archdsl.report.source import Span


@mistake
def unreadable_weights(span: Span, reason: str) -> Words:
    """A file is not a checkpoint: neither safetensors, nor a torch file that holds only tensors.

    A torch file that would run code when it is read is refused.

    For example:

        archdsl.weights.load(model, "model.py")
    """
    return Words("a checkpoint cannot be read", Label(span, reason))


@mistake
def no_device(span: Span, reason: str) -> Words:
    """A module is to be made on a device that torch does not know, or that this machine does not have.

    For example:

        archdsl.load("resnet50").to_torch(device="gpu")

    Torch calls it by its kind, and by its number where there are several:

        archdsl.load("resnet50").to_torch(device="cuda:0")
    """
    return Words("nothing can be put on this device", Label(span, reason))


@mistake
def weights_differ(span: Span, report: str) -> Words:
    """A checkpoint and a module do not have the same entries, and the load is to be strict.

    With `strict=False` what matches is loaded, and the report says what is new, dropped, or of another shape.

    For example:

        archdsl.weights.load(archdsl.load("resnet50").to_torch(), "resnet18.pth")
    """
    help = "give `strict=False` to load what matches, or a `renaming`"
    return Words("a checkpoint does not fit", Label(span, report), help=help)


@mistake
def unknown_renaming(span: Span, name: str, known: list[str]) -> Words:
    """A renaming is asked for that is not declared; `archdsl.weights.RENAMINGS` holds them.

    For example:

        archdsl.weights.load(model, "seresnet50.pth", renaming="cadene")

    It is called by its kind:

        archdsl.weights.load(model, "seresnet50.pth", renaming="legacy")
    """
    return Words("there is no such renaming", Label(span, f"`{name}`"), help=nearest(name, known) or listed(known))
