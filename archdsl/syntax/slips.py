"""What the writer of a text most likely meant where the grammar could not go on."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from archdsl.report import Diagnostic, Span, errors
from archdsl.syntax import scan
from archdsl.syntax.grammar import RESERVED, grammar
from archdsl.syntax.lalr import Stuck

_MOST_EXPECTED = 4

_KINDS = {"NAME": "a name", "NUMBER": "a number", "STRING": "a string", "PATTERN": "a pattern of names"}
_OPERATORS = {"ADD", "MULTIPLY", "POWER", "COMPARE", "AND", "OR", "NOT", "IN", "IF"}
_CONTINUATIONS = _OPERATORS | {"LPAR", "LSQB", "DOT", "ARROW", "FAN", "$END"}
_STARTS = {"NUMBER", "STRING", "LPAR", "LSQB", "ADD", "NOT", "IN", "TRUE", "FALSE", "NONE", "NAME"}
_ITEM_WORDS = {"FROM", "BLOCK", "NETWORK", "ABLATION"}
_NAME_WORDS = _ITEM_WORDS | {
    *("USE", "AS", "OF", "BY", "VARY", "MATCH", "WITHIN", "TO", "WHERE", "REPLACE", "WITH"),
    *("REQUIRE", "INPUT", "SHARED", "PARAMETER", "BUFFER", "PERSISTENT"),
}

_FOREIGN = {
    "def": "a layer of your own is `block name(parameters) { … }`",
    "class": "a layer of your own is `block name(parameters) { … }`",
    "import": "write `from std.resnet use stage`",
    "return": "a block binds its result to `out`",
    "let": "write `name = value`",
    "var": "write `name = value`",
    "const": "write `name = value`",
    "lambda": "a layer with its parameters is `block name(parameters) { … }`",
    "while": "write a comprehension, `[element for name in list]`",
}

_MENDS = {
    ";": "leave it out: newlines and semicolons delimit nothing",
    "!": "write `not`",
    "&": "write `and`",
    "|": "write `or`, or `->` to apply a layer",
    "@": "write `(a, b) -> matmul` for a product of matrices",
}


@dataclass(frozen=True)
class _Place:
    """Where the grammar could not go on: the lexeme found, the two before it, the terminals it would take."""

    found: Span
    before: Span
    earlier: Span
    accepts: frozenset[str]

    @property
    def after_expression(self) -> bool:
        """The parser may have closed the operators before it found that the next word does not fit."""
        return bool({"ARROW", "ADD", "OR"} & self.accepts) and not self.wants_expression

    @property
    def wants_expression(self) -> bool:
        return {"NUMBER", "LPAR"} <= self.accepts

    @property
    def in_list(self) -> bool:
        return "COMMA" in self.accepts and bool({"RPAR", "RSQB"} & self.accepts)


def diagnose(stuck: Stuck, region: Span) -> Diagnostic:
    """Says in the language's own words what the parser found."""
    place = _place(stuck, region)
    if not stuck.known:
        char = Span(region.source, place.found.start, place.found.start + 1)
        return errors.unexpected_character(char, _MENDS.get(char.text))
    for slip in _SLIPS:
        if found := slip(place):
            return found
    if not place.found.text:
        return errors.text_ends_early(place.found, _expected(place))
    return errors.unexpected_word(place.found, _expected(place))


def _place(stuck: Stuck, region: Span) -> _Place:
    source = region.source
    none = Span(source, region.start, region.start)
    seen = deque(scan.lexemes(Span(source, region.start, stuck.start)), maxlen=2)
    earlier, before = [none, none, *seen][-2:]
    found = scan.lexeme_at(Span(source, stuck.start, len(source.text)))
    return _Place(found, before, earlier, stuck.accepts)


def _foreign_word(place: _Place) -> Diagnostic | None:
    if place.found.text in _FOREIGN and not place.wants_expression and not place.after_expression:
        return errors.foreign_word(place.found, _FOREIGN[place.found.text])
    if place.before.text in _FOREIGN and "EQUAL" in place.accepts:
        return errors.foreign_word(place.before, _FOREIGN[place.before.text])
    return None


def _arrow_without_layer(place: _Place) -> Diagnostic | None:
    if place.before.text in ("->", "=>"):
        return errors.arrow_without_layer(place.before, place.found)
    return None


def _arrow_without_source(place: _Place) -> Diagnostic | None:
    if place.found.text in ("->", "=>") and place.wants_expression:
        return errors.arrow_without_source(place.found, place.before)
    return None


def _missing_else(place: _Place) -> Diagnostic | None:
    return errors.missing_else(place.found) if "ELSE" in place.accepts else None


def _bare_comprehension(place: _Place) -> Diagnostic | None:
    if place.found.text == "for" and place.after_expression:
        return errors.bare_comprehension(place.found)
    return None


def _reserved_word(place: _Place) -> Diagnostic | None:
    if place.found.text == "=" and place.before.text in RESERVED:
        return errors.reserved_word(place.before)
    if place.found.text in RESERVED and "NAME" in place.accepts and not place.after_expression:
        return errors.reserved_word(place.found)
    return None


def _digit_before_name(place: _Place) -> Diagnostic | None:
    behind = scan.lexeme_at(Span(place.found.source, place.found.end, len(place.found.source.text)))
    for number, name in pairwise((place.earlier, place.before, place.found, behind)):
        if number.text[:1].isdigit() and number.end == name.start and name.text.isidentifier():
            return errors.digit_before_name(number, name)
    return None


def _equals(place: _Place) -> Diagnostic | None:
    if place.found.text != "=" or not place.after_expression:
        return None
    if place.earlier.text in ("->", "=>", "[", ","):
        return errors.equals_for_colon(place.found, place.before)
    return errors.equals_for_comparison(place.found)


def _bare_tuple(place: _Place) -> Diagnostic | None:
    if place.found.text == "," and place.after_expression:
        return errors.bare_tuple(place.found)
    return None


def _lone_name(place: _Place) -> Diagnostic | None:
    if place.accepts == {"COMMA", "EQUAL"}:
        return errors.lone_name(place.before)
    return None


def _missing_comma(place: _Place) -> Diagnostic | None:
    if place.in_list and place.after_expression and _begins_expression(place.found):
        return errors.missing_comma(place.found, place.before)
    return None


def _begins_expression(word: Span) -> bool:
    first = word.text[:1]
    return word.text not in RESERVED and (first.isalnum() or first in ("_", '"', "'"))


def _text_after_expression(place: _Place) -> Diagnostic | None:
    if place.after_expression and place.accepts <= _CONTINUATIONS:
        return errors.text_after_expression(place.found)
    return None


def _statement_outside_block(place: _Place) -> Diagnostic | None:
    if place.accepts >= _ITEM_WORDS and "NAME" not in place.accepts and place.found.text.isidentifier():
        return errors.statement_outside_block(place.found)
    return None


_SLIPS: tuple[Callable[[_Place], Diagnostic | None], ...] = (
    _foreign_word,
    _reserved_word,
    _arrow_without_layer,
    _arrow_without_source,
    _digit_before_name,
    _bare_comprehension,
    _missing_else,
    _equals,
    _missing_comma,
    _text_after_expression,
    _bare_tuple,
    _lone_name,
    _statement_outside_block,
)


def _expected(place: _Place) -> list[str]:
    """At most four things that could stand there, in the reader's words."""
    accepts = set(place.accepts)
    words = []
    if place.wants_expression:
        words.append("an expression")
        accepts -= _STARTS | _NAME_WORDS
    elif {"NAME", "RBRACE"} <= accepts:
        words.append("a statement")
        accepts -= {"NAME"} | _NAME_WORDS
    elif "NAME" in accepts:
        accepts -= _NAME_WORDS
    if place.after_expression:
        accepts -= _CONTINUATIONS
    words += sorted(_word(terminal) for terminal in accepts if terminal != "$END")
    if place.after_expression:
        words.append("an operator")
    return words[:_MOST_EXPECTED] or ["the end of the text"]


def _word(terminal: str) -> str:
    mark = grammar().marks.get(terminal)
    return f"`{mark}`" if mark else _KINDS[terminal]
