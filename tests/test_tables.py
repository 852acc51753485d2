"""The tables that ship are those of the grammar, and following them gives what lark gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lark import Token, Tree

from archdsl.syntax.grammar import TABLES, grammar
from archdsl.syntax.tables import read_grammar, tables

HOUSE = Path(__file__).parent.parent
TEXTS = sorted([*HOUSE.glob("specs/*.arch"), *HOUSE.glob("archdsl/library/*.arch")])


def test_tables_are_those_of_the_grammar() -> None:
    assert TABLES.read_text("utf-8") == tables(), "run `python -m archdsl.syntax.tables`"


def plain(part: Any) -> Any:
    """A parse tree of lark's, without its wrapping."""
    match part:
        case Tree(data=rule, children=children, meta=meta):
            place = () if meta.empty else (meta.start_pos, meta.end_pos)
            return rule, place, [plain(child) for child in children]
        case Token():
            return str(part), part.start_pos, part.end_pos
    return part


def node(rule: str, start: int, end: int, parts: list[Any]) -> Any:
    """The same of ours; a rule that matched nothing stands nowhere."""
    children = [part[1:] if hasattr(part, "kind") else part for part in parts]
    return rule, (start, end) if start < end else (), children


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_a_parse_gives_what_lark_gives(path: Path) -> None:
    text = path.read_text("utf-8")
    assert grammar().parse(text, 0, len(text), "file", node) == plain(read_grammar().parse(text, start="file"))
