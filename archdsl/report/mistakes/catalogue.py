from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from archdsl.report.errors import Words, mistake


def nearest(name: str, known: Iterable[str]) -> str | None:
    """A question about the name that was meant, where one is near."""
    close = get_close_matches(name, list(dict.fromkeys(known)), n=1, cutoff=0.6)
    return f"did you mean `{close[0]}`?" if close else None


def listed(names: Iterable[str], most: int = 8) -> str:
    """`a`, `b`, `c`, and what is beyond `most` counted."""
    names = list(names)
    shown = ", ".join(f"`{name}`" for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
