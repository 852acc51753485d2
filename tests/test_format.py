"""The one layout: it says the same, keeps what is said beside it, and changes nothing the second time."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archdsl.report import ArchError, Source, Span
from archdsl.syntax import scan
from archdsl.syntax.format import format_text, text_of
from archdsl.syntax.layout import WIDTH
from archdsl.syntax.parse import parse
from tests.trees import files

HOUSE = Path(__file__).parent.parent
PAGES = [
    block
    for page in sorted((HOUSE / "tests/pages").rglob("*.md"))
    for block in re.findall(r"^```arch.*?\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)
]
SPECS = [
    path
    for folder in ("specs", "archdsl/library", "examples")
    for path in sorted((HOUSE / folder).glob("*.arch"))
]


def source(text: str) -> Source:
    return Source("x.arch", text)


def formatted(text: str) -> str:
    return format_text(source(text))


def comments(text: str) -> list[str]:
    """What the comments of a text say, in the order of the alphabet."""
    whole = Span(source(text), 0, len(text))
    return sorted(comment.text.strip("#").strip() for comment in scan.comments(whole))


def check(text: str) -> None:
    once = formatted(text)
    assert parse(source(once)) == parse(source(text))
    assert comments(once) == comments(text)
    assert formatted(once) == once


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_specs(path: Path) -> None:
    text = path.read_text()
    check(text)
    file = parse(source(text))
    assert parse(source(text_of(file))) == file


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_lines_are_short(path: Path) -> None:
    assert [line for line in formatted(path.read_text()).splitlines() if len(line) > WIDTH and "#" not in line] == []


def test_pages() -> None:
    for text in PAGES:
        try:
            parse(source(text))
        except ArchError:
            continue
        check(text)


@given(files())
def test_every_tree_has_a_text(file) -> None:
    text = text_of(file)
    assert parse(source(text)) == file
    assert formatted(text) == text


@given(st.sampled_from(SPECS), st.data())
def test_comments_may_stand_anywhere(path: Path, data: st.DataObject) -> None:
    text = commented(path.read_text(), data)
    check(text)


def commented(text: str, data: st.DataObject) -> str:
    """A text with comments between some of its words."""
    places = [lexeme.start for lexeme in scan.lexemes(Span(source(text), 0, len(text)))]
    chosen = data.draw(st.lists(st.sampled_from(places), unique=True, max_size=6))
    marks = st.sampled_from(["# c{}\n", "## c{}\n", "\n# c{}\n", "\n\n## c{}\n\n", "#c{}\n  # d{}\n", "\n"])
    for number, place in enumerate(sorted(chosen, reverse=True)):
        text = text[:place] + data.draw(marks).format(number, number) + text[place:]
    return text
