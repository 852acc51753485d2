"""Terms as Python text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any

from archdsl.ops.term import Arg, Own, Term, Text, Training
from archdsl.sizes import Size

BINDING = {"+": 1, "-": 1, "*": 2, "/": 2, "//": 2, "@": 2, "**": 4}
"""How tightly operators hold their operands; a minus sign holds more tightly than `*` and less than `**`."""

SIGN, ATOM = 3, 5


def render(term: Any, texts: Mapping[Any, str]) -> str:
    """The term as an expression; `texts` has one for each placeholder, and for sizes over symbols."""
    return _render(term, texts)[0]


def _render(value: Any, texts: Mapping[Any, str]) -> tuple[str, int]:
    """The text, and how tightly it holds together."""
    match value:
        case Term(operator, operands) if operator in BINDING:
            return _infix(operator, operands, texts), BINDING[operator]
        case Text(text):
            return text, ATOM
        case Term():
            return _applied(value, texts), ATOM
        case Arg() | Own() | Training() | Size():
            return texts[value], ATOM
        case tuple():
            items = [render(item, texts) for item in value]
            return f"({', '.join(items)}{',' * (len(items) == 1)})", ATOM
        case str():
            return json.dumps(value, ensure_ascii=False), ATOM
        case float() if not isfinite(value):
            return f'float("{value}")', ATOM
        case int() | float() if value < 0:
            return repr(value), SIGN
        case int() | float() | None:
            return repr(value), ATOM
    raise TypeError(f"no text for {value!r}")


def _infix(operator: str, operands: tuple[Any, ...], texts: Mapping[Any, str]) -> str:
    strength = BINDING[operator]
    first, *others = (_render(operand, texts) for operand in operands)
    power = operator == "**"
    # Its like may stand to the left of an operator, and to the right of a power.
    left = _within(first, strength + power)
    right = (_within(other, SIGN if power else strength + 1) for other in others)
    return f" {operator} ".join((left, *right))


def _within(rendered: tuple[str, int], least: int) -> str:
    text, strength = rendered
    return text if strength >= least else f"({text})"


def _applied(term: Term, texts: Mapping[Any, str]) -> str:
    rendered = [_render(arg, texts) for arg in term.args]
    args = [text for text, _ in rendered]
    options = [f"{name}={render(value, texts)}" for name, value in term.kwargs]
    match term.function:
        case "[]":
            return f"{_within(rendered[0], ATOM)}[{', '.join(args[1:])}]"
        case ":":
            start, stop, step = ("" if arg == "None" else arg for arg in args)
            return f"{start}:{stop}" + f":{step}" * bool(step)
        case method if method.startswith("."):
            return f"{_within(rendered[0], ATOM)}{method}({', '.join(args[1:] + options)})"
        case function:
            return f"{function}({', '.join(args + options)})"
