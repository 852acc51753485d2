"""The tables of the grammar, as tables.py writes them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from archdsl.syntax.lalr import Parser

TABLES = Path(__file__).with_name("grammar.json")

RESERVED = frozenset({"in", "if", "else", "for", "and", "or", "not", "true", "false", "none"})
ITEM_WORDS = frozenset({"from", "block", "network", "ablation"})
"""What no import can name: the next item may begin there."""


@cache
def grammar() -> Parser:
    return Parser(json.loads(TABLES.read_text("utf-8")), RESERVED)
