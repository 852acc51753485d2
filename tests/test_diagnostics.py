"""Diagnostics as text: what is marked stands above its marks, whatever the line is made of."""

from __future__ import annotations

import pytest

from archdsl.report import ArchError, Diagnostic, Label, Source, Span
from archdsl.syntax.parse import parse


def said(text: str, at: str, *related: str) -> list[str]:
    """The lines below the place of a mistake at the words `at`, with further labels at others."""
    source = Source("net.arch", text)

    def label(words: str) -> Label:
        start = text.index(words)
        return Label(Span(source, start, start + len(words)), "here")

    return str(Diagnostic("code", "title", label(at), tuple(map(label, related)))).splitlines()[2:]


@pytest.mark.parametrize(
    ("text", "at", "line", "marks"),
    [
        ("out = in -> relu", "in", "out = in -> relu", "      ^^"),
        ("\tout =\tin -> relu", "in", "    out =    in -> relu", "             ^^"),
        ('x = "a\tb" -> relu', '"a\tb"', 'x = "a    b" -> relu', "    ^^^^^^^^"),
        ('"漢字": relu', "relu", '"漢字": relu', "        ^^^^"),
        ('"漢字": relu', '"漢字"', '"漢字": relu', "^^^^^^"),
        ('"ａｂ" 한글 か', "한글", '"ａｂ" 한글 か', "       ^^^^"),
        ("ｶﾅ relu", "relu", "ｶﾅ relu", "   ^^^^"),
        ("e\u0301e\u0301 relu", "relu", "e\u0301e\u0301 relu", "   ^^^^"),
        ("e\u0301", "\u0301", "e\u0301", " ^"),
        ("🔥 relu", "relu", "🔥 relu", "   ^^^^"),
        ("a\u202eb relu", "relu", "a�b relu", "    ^^^^"),
        ("a\u200bb relu", "\u200b", "a�b relu", " ^"),
        ("a\x1b[31mb relu", "relu", "a�[31mb relu", "        ^^^^"),
        ("a\u2028b\rc relu", "relu", "a�b�c relu", "      ^^^^"),
        ("\ufeffout = in", "in", "�out = in", "       ^^"),
        ("out = in\r\nx = y\r\n", "in", "out = in", "      ^^"),
        ("out = in\r\nx = y\r\n", "\r\nx", "out = in", "        ^"),
        ("a = [1,\n2]\n", "[1,\n2]", "a = [1,", "    ^^^"),
    ],
)
def test_marks_stand_below_what_they_mark(text: str, at: str, line: str, marks: str) -> None:
    assert said(text, at) == ["  |", f"1 | {line}", f"  | {marks} here"]


@pytest.mark.parametrize(
    ("text", "place", "line", "marks"),
    [
        ("", "1:1", "1 |", "^"),
        ("a", "1:2", "1 | a", " ^"),
        ("漢", "1:2", "1 | 漢", "  ^"),
        ("a\n", "2:1", "2 |", "^"),
        ("a\r\n", "2:1", "2 |", "^"),
        ("a\n\n", "3:1", "3 |", "^"),
    ],
)
def test_an_empty_place_at_the_end_has_one_mark(text: str, place: str, line: str, marks: str) -> None:
    end = Label(Span(Source("net.arch", text), len(text), len(text)), "here")
    lines = str(Diagnostic("code", "title", end)).splitlines()
    assert lines[1:] == [f" --> net.arch:{place}", "  |", line, f"  | {marks} here"]


def test_of_a_long_line_what_stands_around_the_place_is_shown() -> None:
    line = "a" * 1000 + " relu " + "b" * 1000
    assert said(line, "relu") == ["  |", f"1 | …{'a' * 52} relu {'b' * 102}…", f"  | {' ' * 54}^^^^ here"]
    wide = "漢" * 1000 + " relu"
    assert said(wide, "relu") == ["  |", f"1 | …{'漢' * 52} relu", f"  | {' ' * 106}^^^^ here"]
    assert said(line, line)[1:] == [f"1 | {line[:160]}…", f"  | {'^' * 160} here"]


def test_each_label_of_a_line_has_its_own_marks() -> None:
    again = ["  |", "1 | 漢 = a + b"]
    assert said("漢 = a + b", "+", "a", "漢") == [
        *(*again, "  |        ^ here"),
        *(*again, "  |      - here"),
        *(*again, "  | -- here"),
    ]


def test_the_gutter_is_as_wide_as_its_longest_number() -> None:
    assert said("a\n" * 11 + "bc\n", "bc", "a") == [
        *("   |", "12 | bc", "   | ^^ here"),
        *("   |", " 1 | a", "   | - here"),
    ]


def test_another_file_has_a_heading_of_its_own() -> None:
    first, second = Source("a.arch", "x"), Source("b.arch", "y")
    labels = [Label(Span(source, 0, 1)) for source in (first, second, second, first)]
    assert str(Diagnostic("code", "title", labels[0], tuple(labels[1:]))).splitlines() == [
        *("error[code]: title", " --> a.arch:1:1", "  |", "1 | x", "  | ^"),
        *(" ::: b.arch:1:1", "  |", "1 | y", "  | -", "  |", "1 | y", "  | -"),
        *(" ::: a.arch:1:1", "  |", "1 | x", "  | -"),
    ]


def test_columns_of_plain_data_count_characters() -> None:
    with pytest.raises(ArchError) as caught:
        parse(Source("net.arch", 'block a { out = in -> "漢字\t" relu; }'))
    place = caught.value.diagnostics[0].to_json()
    assert (place["line"], place["column"], place["end_column"]) == (1, 33, 34)
