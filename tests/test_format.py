"""The one layout: it says the same, keeps what is said beside it, and changes nothing the second time."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import assume, given, reject
from hypothesis import strategies as st

from archdsl.report import ArchError, Source, Span
from archdsl.syntax import scan, tree
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
    path for folder in ("specs", "archdsl/library", "examples") for path in sorted((HOUSE / folder).glob("*.arch"))
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
def test_every_tree_has_a_text(file: tree.File) -> None:
    text = text_of(file)
    assert parse(source(text)) == file
    assert formatted(text) == text


@given(st.sampled_from(SPECS), st.data())
def test_comments_may_stand_anywhere(path: Path, data: st.DataObject) -> None:
    check(commented(path.read_text(), data))


@given(files(), st.data())
def test_comments_may_stand_anywhere_in_any_tree(file: tree.File, data: st.DataObject) -> None:
    text = text_of(file)
    assume(text)
    text = commented(text, data)
    try:
        parse(source(text))
    except ArchError:
        reject()  # a comment came to stand in a pattern such as `layer3.*`
    check(text)


def commented(text: str, data: st.DataObject) -> str:
    """A text with comments between some of its words."""
    places = [lexeme.start for lexeme in scan.lexemes(Span(source(text), 0, len(text)))]
    chosen = data.draw(st.lists(st.sampled_from(places), unique=True, max_size=6))
    marks = st.sampled_from(["# c{}\n", "## c{}\n", "\n# c{}\n", "\n\n## c{}\n\n", "#c{}\n  # d{}\n", "\n"])
    for number, place in enumerate(sorted(chosen, reverse=True)):
        text = text[:place] + data.draw(marks).format(number, number) + text[place:]
    return text


def test_layout() -> None:
    """What each rule of the layout is for, on one page."""
    assert formatted(CROWDED) == LAID_OUT


CROWDED = """\
from std.resnet use stem

# beside it

from std.attention use eca,cbam as attention
##What it is for.
block unit(planes,stride=1 , widths : [int]?=none){require stride>0,'a "stride"' # below one nothing moves
  near = stride # not far

  # the way
  body=in->conv1:conv(planes,3,stride=stride)->"bn{1}":batch_norm->relu->conv2:conv(planes,3)->bn2:batch_norm(init='zeros')
  out=body+(in->downsample:projection(planes*4,stride,kernel=1) if stride!=1 else identity)->relu
  buffer k:[2,2]=[
    [.5,1e-06],
    [25_000,(1)**2]]
  # the end
}
network a=resnet50( ) network b=a(cardinality=32)
# nothing below
"""

LAID_OUT = """\
from std.resnet use stem

# beside it

from std.attention use eca, cbam as attention

## What it is for.
block unit(planes, stride = 1, widths: [int]? = none) {
  require stride > 0, 'a "stride"'  # below one nothing moves
  near = stride                     # not far

  # the way
  body = in
    -> conv1: conv(planes, 3, stride = stride) -> "bn{1}": batch_norm -> relu
    -> conv2: conv(planes, 3) -> bn2: batch_norm(init = "zeros")
  out = body + (in -> downsample: (projection(planes * 4, stride, kernel = 1) if stride != 1 else identity)) -> relu
  buffer k: [2, 2] = [
    [0.5, 1e-6],
    [25_000, 1 ** 2]
  ]
  # the end
}

network a = resnet50()
network b = a(cardinality = 32)
# nothing below
"""
