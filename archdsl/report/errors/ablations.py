"""Mistakes in what a network is to have replaced, and in families of variants."""

from __future__ import annotations

from collections.abc import Iterable

from archdsl.report.diagnostic import Label
from archdsl.report.errors.catalogue import Words, listed, mistake, nearest
from archdsl.report.source import Span


@mistake
def nothing_replaced(span: Span, pattern: str, parts: Iterable[str]) -> Words:
    """A pattern of `replace` names no part of the network.

    Parts are called as in the module, `layer3.0.se`; in a pattern `*` is one component of a name and `**` any
    number. `archdsl stats` lists the names of a network. Nothing replaced would be a variant that is the baseline.
    """
    parts = list(parts)
    help = nearest(pattern, parts) or f"the network's parts are {listed(p for p in parts if '.' not in p)}"
    return Words("no part has this name", Label(span, f"`{pattern}` names no part"), help=help)
