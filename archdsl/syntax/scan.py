"""What is seen in a text before any grammar: its length, its characters, strings and brackets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archdsl.limits import at_most, spend
from archdsl.report import Diagnostic, Span, errors

_LEXEME = re.compile(
    r"""(?P<comment>\#[^\n]*)
      | "[^"\\\n]*+(?:\\.[^"\\\n]*+)*+" | '[^'\\\n]*+(?:\\.[^'\\\n]*+)*+'
      | \d[\d_]*(?:\.(?!\.)[\d_]*)?(?:[eE][+-]?\d+)?
      | \w+
      | -> | => | == | != | <= | >= | // | \*\* | \.\.
      | \S""",
    re.VERBOSE,
)

# A bracket, or a quote that no other one on its line ends; strings and comments are passed over.
_MARK = re.compile(
    r"""\#[^\n]*
      | "[^"\\\n]*+(?:\\.[^"\\\n]*+)*+" | '[^'\\\n]*+(?:\\.[^'\\\n]*+)*+'
      | (?P<mark>[()\[\]{}"'])""",
    re.VERBOSE,
)

# Characters that cannot be seen, or that make a text look other than it is (the bidirectional overrides).
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")

WORD = 8
"""The steps that a word of a text takes."""

_QUOTES = ('"', "'")
_CLOSER = {"(": ")", "[": "]", "{": "}"}
_ITEM_WORDS = ("block", "network", "ablation")
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


def brackets(region: Span) -> Iterator[Span]:
    """The brackets of a region, and quotes that end no string."""
    for found in _MARK.finditer(region.source.text, region.start, region.end):
        if found.lastgroup:
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


def defined(region: Span) -> Iterator[str]:
    """The names that a region may define, whatever is wrong in it: outside of brackets, or behind an item's word."""
    depth, before = 0, ""
    for word in lexemes(region):
        depth += (word.text in _CLOSER) - (word.text in _CLOSER.values())
        if word.text.isidentifier() and (depth <= 0 or before in _ITEM_WORDS):
            yield word.text
        before = word.text


def mistakes(region: Span) -> list[Diagnostic]:
    """What no grammar could make sense of; later kinds are looked for only where earlier ones are absent."""
    if found := hidden(region):
        return [found]
    opened: list[Span] = []
    for mark in brackets(region):
        if found := _mark_mistake(mark, opened):
            return [found]
    return [errors.unclosed_bracket(opened[-1], behind(region))] if opened else []


def hidden(region: Span) -> Diagnostic | None:
    """The first character of a region that cannot be seen."""
    unseen = _UNSEEN.search(region.source.text, region.start, region.end)
    return errors.hidden_character(Span(region.source, *unseen.span())) if unseen else None


def surplus(region: Span) -> Diagnostic | None:
    """The first word or mark of a region that is one too many; an expression in a string counts as one.

    Words are work for all that reads them; those of the library are read once for all specs.
    """
    most, count = at_most().words, 0
    for found in _LEXEME.finditer(region.source.text, region.start, region.end):
        if found[0] in _QUOTES:
            break  # where the text cannot be read on
        if found.lastgroup != "comment":
            count += 1 + found[0].count("{", 1)
        if count > most:
            return errors.too_many_words(Span(region.source, *found.span()), most)
    if not region.source.library:
        spend(WORD * count)
    return None


def _mark_mistake(mark: Span, opened: list[Span]) -> Diagnostic | None:
    """What is wrong with a quote, which no other one ends, or with a bracket behind those that are `opened`."""
    if mark.text in _QUOTES:
        return errors.unclosed_string(mark)
    if mark.text in _CLOSER:
        opened.append(mark)
        return errors.too_deep(mark, at_most().levels) if len(opened) > at_most().levels else None
    if not opened:
        return errors.unopened_bracket(mark)
    opener = opened.pop()
    return errors.mismatched_bracket(opener, mark) if _CLOSER[opener.text] != mark.text else None


def behind(region: Span) -> Span:
    """What stands right behind a region: the next item, or the end of the text."""
    return lexeme_at(Span(region.source, region.end, len(region.source.text)))
