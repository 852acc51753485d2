"""What is seen in a text before any grammar: its length, its characters, strings and brackets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from archdsl.limits import at_most
from archdsl.report import Diagnostic, Source, Span, errors

_LEXEME = re.compile(
    r"""(?P<comment>\#[^\n]*)
      | "[^"\\\n]*+(?:\\.[^"\\\n]*+)*+" | '[^'\\\n]*+(?:\\.[^'\\\n]*+)*+'
      | \d[\d_]*(?:\.(?!\.)[\d_]*)?(?:[eE][+-]?\d+)?
      | \w+
      | -> | => | == | != | <= | >= | // | \*\* | \.\.
      | \S""",
    re.VERBOSE,
)

_WORD = re.compile(r"\w+|[^\w\s]")

# Characters that cannot be seen, or that make a text look other than it is (the bidirectional overrides).
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")

_CLOSER = {"(": ")", "[": "]", "{": "}"}
_ITEM = re.compile(r"^(?:from\s+[\w\"'.]|(?:block|network|ablation)\s+\w)", re.MULTILINE)


def lexemes(region: Span) -> Iterator[Span]:
    """The words, strings and marks of a region, without its comments."""
    for found in _LEXEME.finditer(region.source.text, region.start, region.end):
        if found.lastgroup != "comment":
            yield Span(region.source, *found.span())


def comments(region: Span) -> Iterator[Span]:
    """The comments of a region, each up to the end of its line."""
    for found in _LEXEME.finditer(region.source.text, region.start, region.end):
        if found.lastgroup == "comment":
            yield Span(region.source, *found.span())


def lexeme_at(region: Span) -> Span:
    """The first lexeme of a region, or the empty place behind the source's last character."""
    return next(lexemes(region), None) or end_of_text(region)


def end_of_text(region: Span) -> Span:
    end = len(region.source.text.rstrip())
    return Span(region.source, end, end)


def items(region: Span) -> Iterator[Span]:
    """A region cut at what looks like the first line of an item: where to go on after a mistake."""
    heads = [found.start() for found in _ITEM.finditer(region.source.text, region.start, region.end)]
    starts = sorted({region.start, *heads})
    for start, end in zip(starts, [*starts[1:], region.end], strict=True):
        yield Span(region.source, start, end)


def too_long(source: Source) -> Diagnostic | None:
    """What is wrong with the length of a text; one too long is refused, not read in parts."""
    if len(source.text) > at_most().characters:
        return errors.text_too_long(Span(source, 0, 0), at_most().characters)
    first = next(islice(_WORD.finditer(source.text), at_most().words, None), None)
    return errors.too_many_words(Span(source, *first.span()), at_most().words) if first else None


def mistakes(region: Span) -> list[Diagnostic]:
    """What no grammar could make sense of; later kinds are looked for only where earlier ones are absent."""
    if unseen := hidden(region):
        return [unseen]
    opened: list[Span] = []
    for lexeme in lexemes(region):
        if found := _string_mistake(lexeme) or _bracket_mistake(lexeme, opened):
            return [found]
    return [errors.unclosed_bracket(opened[-1], behind(region))] if opened else []


def hidden(region: Span) -> Diagnostic | None:
    """The first character of a region that cannot be seen."""
    unseen = _UNSEEN.search(region.source.text, region.start, region.end)
    return errors.hidden_character(Span(region.source, *unseen.span())) if unseen else None


def _string_mistake(lexeme: Span) -> Diagnostic | None:
    """A quote is a lexeme of its own only where no quote ends its line's string."""
    if lexeme.end - lexeme.start > at_most().string and lexeme.text[0] in "\"'":
        return errors.string_too_long(lexeme, at_most().string)
    return errors.unclosed_string(lexeme) if lexeme.text in ('"', "'") else None


def _bracket_mistake(lexeme: Span, opened: list[Span]) -> Diagnostic | None:
    mark = lexeme.text
    if mark in _CLOSER:
        opened.append(lexeme)
        return errors.too_deep(lexeme, at_most().levels) if len(opened) > at_most().levels else None
    if mark not in _CLOSER.values():
        return None
    if not opened:
        return errors.unopened_bracket(lexeme)
    opener = opened.pop()
    return errors.mismatched_bracket(opener, lexeme) if _CLOSER[opener.text] != mark else None


def behind(region: Span) -> Span:
    """What stands right behind a region: the next item, or the end of the text."""
    return lexeme_at(Span(region.source, region.end, len(region.source.text)))
