"""Mistakes with what a module is to be good for."""

from __future__ import annotations

from archdsl.report.diagnostic import Label
from archdsl.report.errors.catalogue import Words, listed, mistake, nearest
from archdsl.report.source import Span


@mistake
def unknown_target(span: Span, name: str, known: list[str]) -> Words:
    """A module is asked for in the form for a target that there is none of.

    For example:

        archdsl.load("resnest50").to_torch(target="compiled")

    `eager` is for a module that runs as it is, `compile` for one that goes through `torch.compile`.
    """
    return Words("there is no such target", Label(span, f"`{name}`"), help=nearest(name, known) or listed(known))
