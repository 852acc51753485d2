"""The one place that makes lark's parser."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from lark import Lark
from lark.lark import PostLex
from lark.lexer import Token

RESERVED = frozenset({"in", "if", "else", "for", "and", "or", "not", "true", "false", "none"})
ITEM_WORDS = frozenset({"from", "block", "network", "ablation"})
"""What no import can name: the next item may begin there."""


class _Words(PostLex):
    """Lets the lexer see whole words in every state: `office` is never `of`, and `if` is never a name."""

    always_accept = ("NAME", *(word.upper() for word in RESERVED))

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        return stream


@cache
def grammar() -> Lark:
    return Lark(
        files("archdsl.syntax").joinpath("grammar.lark").read_text("utf-8"),
        parser="lalr",
        start=["file", "flow", "statement", "factor", "axis", "type"],
        propagate_positions=True,
        postlex=_Words(),
    )
