"""How the smallest parts of a text are written: numbers, strings, labels and patterns."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from archdsl.syntax import tree
from archdsl.syntax.grammar import RESERVED

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PATTERN = re.compile(r"[\w*]+(\.[\w*]+)*")
_TIDY = re.compile(r"(0|[1-9]\d*(_\d+)*)(\.\d+)?(e-?[1-9]\d*)?")
_DOUBLE = '"'
_QUOTES = "\"'"
_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\t": "\\t"}


def is_name(text: str) -> bool:
    """Whether a text can be a name or a label without quotes."""
    return bool(_NAME.fullmatch(text)) and text not in RESERVED


def literal(node: tree.Literal, inside: bool) -> str:
    """A number keeps its writer's spelling, such as `25_000`; `inside` of a label double quotes are the label's."""
    match node.value:
        case None | True | False as value:
            return str(value).lower()
        case str() as text:
            return string(text, inside)
        case value:
            written = node.span.text
            return written if _TIDY.fullmatch(written) and _says(written, value) else number(value)


def _says(written: str, value: int | float) -> bool:
    kind = int if written.replace("_", "").isdigit() else float
    return kind is type(value) and kind(written) == value


def number(value: int | float) -> str:
    if isinstance(value, int):
        return str(value)
    digits, e, exponent = repr(value).partition("e")
    return f"{digits.removesuffix('.0')}e{int(exponent)}" if e else digits


def percentage(fraction: float) -> str:
    """The shortest number that divided by 100 is the fraction."""
    near = fraction * 100
    for value in (near, math.nextafter(near, math.inf), math.nextafter(near, 0)):
        for digits in range(1, 18):
            rounded = float(f"{value:.{digits}g}")
            if rounded / 100 == fraction:
                return number(rounded).removesuffix(".0")
    return number(near)


def string(text: str, inside: bool = False) -> str:
    """In double quotes, unless single ones save backslashes."""
    if inside:
        return f"'{_escaped(text, _QUOTES)}'"
    if '"' in text and "'" not in text:
        return f"'{_escaped(text, '')}'"
    return f'"{_escaped(text, _DOUBLE)}"'


def pattern(text: str) -> str:
    return text if _PATTERN.fullmatch(text) else string(text)


def label(node: tree.Template, shown: Callable[[tree.Expr], str], inside: bool) -> str:
    """A label, without quotes if it is a name; `shown` writes an expression between its braces."""
    match node.parts:
        case (str(name),) if is_name(name):
            return name
    quote, quotes = ("'", _QUOTES) if inside else ('"', _DOUBLE)
    return f"{quote}{label_text(node, shown, quotes)}{quote}"


def label_text(node: tree.Template, shown: Callable[[tree.Expr], str], quotes: str = "") -> str:
    """What stands between a label's quotes, of which `quotes` are escaped."""
    texts = (_escaped(_braced(part), quotes) if isinstance(part, str) else f"{{{shown(part)}}}" for part in node.parts)
    return "".join(texts)


def _escaped(text: str, quotes: str) -> str:
    return "".join(f"\\{char}" if char in quotes else _ESCAPES.get(char, char) for char in text)


def _braced(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
