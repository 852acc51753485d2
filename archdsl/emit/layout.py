"""Terms as lines of Python: one line where it fits, else an argument a line; runs of equal modules as loops."""

from __future__ import annotations

from typing import Any

from archdsl.emit.forms import REPEAT
from archdsl.emit.text import render
from archdsl.ops.term import Term, Text

WIDTH = 92
"""What fits beside the indentation of a method."""


def lines_of(value: Any, before: str = "", after: str = "") -> list[str]:
    """The value between two pieces of text."""
    line = f"{before}{flat(value)}{after}"
    if len(line) <= WIDTH:
        return [line]
    if isinstance(value, tuple) and value:
        return [f"{before}(", *indented(1, [line for item in value for line in lines_of(item, after=",")]), f"){after}"]
    if not isinstance(value, Term):
        return [line]
    if value.function == REPEAT:
        module, count = value.args
        return lines_of(module, *([before, after] if count == 1 else [f"{before}*(", f"{_loop(count)}){after}"]))
    args = [line for arg in value.args for line in lines_of(arg, after=",")]
    options = [line for name, option in value.kwargs for line in lines_of(option, f"{name}=", ",")]
    return [f"{before}{value.function}(", *indented(1, args + options), f"){after}"]


def flat(value: Any) -> str:
    """The value on one line."""
    return render(_loops(value), {})


def indented(depth: int, lines: list[str]) -> list[str]:
    return [" " * 4 * depth + line if line else "" for line in lines]


def _loops(value: Any) -> Any:
    """The term with every run spelt out as Python has it."""
    match value:
        case Term(function, (module, count)) if function == REPEAT:
            text = flat(module)
            return Text(text if count == 1 else f"*({text}{_loop(count)})")
        case Term():
            kwargs = tuple((name, _loops(option)) for name, option in value.kwargs)
            return Term(value.function, tuple(map(_loops, value.args)), kwargs)
    return value


def _loop(count: Any) -> str:
    return f" for _ in range({render(count, {})})"
