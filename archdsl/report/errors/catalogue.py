"""How a mistake gets its code, and where all codes are kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from inspect import getdoc
from typing import ParamSpec

from archdsl.report.diagnostic import Diagnostic, Label, Severity
from archdsl.report.source import Source, Span

P = ParamSpec("P")
LONGEST, MOST = 30, 200
"""The longest names, and how many of them, that are held against a misspelt one."""

EXPLANATIONS: dict[str, str] = {}
"""What `archdsl explain` says of every code."""


@dataclass(frozen=True)
class Words:
    """What a mistake says; its code is its function's name."""

    title: str
    primary: Label
    related: tuple[Label, ...] = ()
    help: str | None = None


def mistake(say: Callable[P, Words]) -> Callable[P, Diagnostic]:
    """Makes a diagnostic of a mistake's words and gives its docstring to `explain`."""
    return _coded(say, "error")


def warning(say: Callable[P, Words]) -> Callable[P, Diagnostic]:
    """The same of what is allowed, and most likely not meant."""
    return _coded(say, "warning")


def _coded(say: Callable[P, Words], severity: Severity) -> Callable[P, Diagnostic]:
    code = say.__name__.replace("_", "-")
    EXPLANATIONS[code] = getdoc(say) or ""

    @wraps(say)
    def diagnose(*args: P.args, **kwargs: P.kwargs) -> Diagnostic:
        words = say(*args, **kwargs)
        return Diagnostic(code, words.title, words.primary, words.related, words.help, severity=severity)

    return diagnose


def one_of(words: list[str]) -> str:
    """`a`, `b` or `c`"""
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def nearest(name: str, known: Iterable[str]) -> str | None:
    """A question about the name that was meant, where one is near; `BatchNorm2d` is near `batch_norm`.

    Of very many names those with the same first letter are looked at.
    """
    from difflib import get_close_matches

    if len(name) > LONGEST:
        return None
    known = list(dict.fromkeys(other for other in known if len(other) <= LONGEST))
    if len(known) > MOST:
        known = [other for other in known if other[:1] == name[:1]][: MOST // 10]
    same = [other for other in known if _plain(other) == _plain(name)]
    close = same or get_close_matches(name, known, n=1, cutoff=0.6)
    return f"did you mean `{close[0]}`?" if close else None


def _plain(name: str) -> str:
    """A name without what PyTorch, Python and this language write differently."""
    return re.sub(r"[123]d$", "", name.replace("_", "").lower())


def listed(names: Iterable[str], most: int = 8) -> str:
    """`a`, `b`, `c`, and what is beyond `most` counted."""
    names = list(names)
    shown = ", ".join(f"`{name}`" for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def outside(text: str) -> Span:
    """A place for what was not written in any spec, but in Python or on the command line."""
    return Span(Source("<argument>", text), 0, len(text))
