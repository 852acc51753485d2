"""What the writer of a text most likely meant where the grammar could not go on."""

from __future__ import annotations

import unicodedata
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

_BLOCK = "a layer of your own is `block name(parameters) { … }`"
_BIND = "write `name = value`"
_FOREIGN = {
    **dict.fromkeys(("def", "class"), _BLOCK),
    **dict.fromkeys(("let", "var", "const"), _BIND),
    "import": "write `from std.resnet use stage`",
    "return": "a block binds its result to `out`",
    "lambda": "a layer with its parameters bound is `conv(64, 3)`; one of your own is a block",
    "while": "what repeats is a list, as `x -> [relu for i in range(3)]`",
    "self": "a part is made where it is applied, and a label names it: `x -> conv1: conv(64, 3)`",
    "super": "a block needs no constructor",
    "assert": 'write `require condition, "message"`',
    "raise": 'write `require condition, "message"`',
    "print": "`archdsl stats` shows every layer, with its shape",
    "pass": "leave it out; `identity` is the layer that changes nothing",
    "elif": "write `a if one else b if other else c`",
}
_FOREIGN_ITEMS = _FOREIGN | dict.fromkeys(("func", "function", "fn", "layer", "module", "model"), _BLOCK)
_FOREIGN_MARKS = {
    **dict.fromkeys(("+=", "-=", "*=", "/=", "++"), "names are never reassigned: give the result a name of its own"),
    ":=": _BIND,
    "//": "a comment begins with `#`",
    "/*": "a comment begins with `#`",
    '"""': "documentation is in lines of `##` above a block or network",
    "'''": "documentation is in lines of `##` above a block or network",
    "?": "write `a if condition else b`",
    "<-": "arrows lead to the right, from a tensor to a layer",
}
_STATEMENTS = {
    "for": "what repeats is a list, as `x -> [relu for i in range(3)]`",
    "if": "a choice is a value, as `a if condition else b`",
}

_MENDS = {
    ";": "leave it out: newlines and semicolons delimit nothing",
    "!": "write `not`",
    "&": "write `and`",
    "|": "write `or`, or `->` to apply a layer",
    "@": "write `(a, b) -> matmul` for a product of matrices",
    "`": "leave it out",
    "$": "write the name alone; in a label, `{name}`",
    **dict.fromkeys("“”„‟«»‘’‚‹›´", "strings stand in straight quotes, `\"` or `'`"),
    **dict.fromkeys("→⟶➔➜", "write `->`"),
    **dict.fromkeys("⇒⟹", "write `=>`"),
    **dict.fromkeys("–—−‐‑", "write `-`"),
    **dict.fromkeys("×∗⋅·", "write `*`"),
    "÷": "write `/`",
    "≤": "write `<=`",
    "≥": "write `>=`",
    "≠": "write `!=`",
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
    def in_ablation(self) -> bool:
        """A line of an ablation may begin here, and no name, which its word might be too."""
        return "VARY" in self.accepts and "NAME" not in self.accepts

    @property
    def in_list(self) -> bool:
        return "COMMA" in self.accepts and bool({"RPAR", "RSQB"} & self.accepts)


def diagnose(stuck: Stuck, region: Span) -> Diagnostic:
    """Says in the language's own words what the parser found."""
    place = _place(stuck, region)
    if not stuck.known:
        return _unexpected_character(Span(region.source, stuck.start, max(place.found.end, stuck.start + 1)))
    if not place.found.text[:1].isascii():
        return _unexpected_character(place.found)
    for slip in _SLIPS:
        if found := slip(place):
            return found
    if not place.found.text:
        return errors.text_ends_early(place.found, _expected(place))
    return errors.unexpected_word(place.found, _expected(place), _mend(place))


def _unexpected_character(found: Span) -> Diagnostic:
    """The first character of a word that no rule has, which may be one that looks like another."""
    char = next((Span(found.source, i, i + 1) for i in range(found.start, found.end) if not _is_plain(found, i)), found)
    if unicodedata.category(char.text) in ("Cf", "Zs"):
        return errors.hidden_character(char)
    plain = unicodedata.normalize("NFKC", char.text)
    mend = _MENDS.get(char.text)
    if mend is None and plain != char.text and plain.isascii():
        mend = f"write `{plain}`"
    elif mend is None and char.text.isalnum():
        mend = "names are made of the letters a to z, digits and underscores"
    return errors.unexpected_character(char, mend)


def _is_plain(found: Span, position: int) -> bool:
    return found.source.text[position].isascii() and found.text[:1].isalpha()


def _mend(place: _Place) -> str | None:
    """What to write for a mark that stands where another belongs."""
    match place.found.text:
        case "=" | "[" | "(" if place.accepts == {"COLON"}:
            return "sizes stand behind a colon, as `input image: [N, 3, 32, 32]`"
        case "(" if place.accepts == {"LSQB"}:
            return "sizes stand in square brackets"
        case ":" if "LBRACE" in place.accepts:
            return "a body stands in braces, `{ … }`"
        case ":" if place.before.text in ("input", "parameter", "buffer"):
            return f"write its name first, as `{place.before.text} image: [N, 3, 32, 32]`"
        case "*" if place.before.text == "use":
            return "name what is to be used"
        case ".." if place.in_ablation:
            return "from 1 to 4 is `range(1, 5)`; `1..4` is for what `match` solves"
        case "," if place.in_ablation:
            return "each line begins with its own word, and no comma stands between them: `vary a in [1] vary b in [2]`"
        case "=" if place.accepts == {"IN"}:
            return "write `in`, and a list of values"
        case "{" if place.wants_expression:
            return "a list stands in square brackets, `[a, b]`"
    return None


def _place(stuck: Stuck, region: Span) -> _Place:
    source = region.source
    none = Span(source, region.start, region.start)
    seen = deque(scan.lexemes(Span(source, region.start, stuck.start)), maxlen=2)
    earlier, before = [none, none, *seen][-2:]
    found = scan.lexeme_at(Span(source, stuck.start, len(source.text)))
    return _Place(found, before, earlier, stuck.accepts)


def _foreign_mark(place: _Place) -> Diagnostic | None:
    """A comment or an assignment of another language, where nothing else can be meant."""
    text, start = place.found.source.text, place.found.start
    if place.before.text == ":" and place.before.end == start:
        start -= 1
    for mark, mend in _FOREIGN_MARKS.items():
        if text.startswith(mark, start) and not (mark == "//" and place.wants_expression):
            return errors.foreign_word(Span(place.found.source, start, start + len(mark)), mend)
    return None


def _foreign_word(place: _Place) -> Diagnostic | None:
    if place.found.text in _FOREIGN_ITEMS and not place.wants_expression and not place.after_expression:
        return errors.foreign_word(place.found, _FOREIGN_ITEMS[place.found.text])
    for word in (place.before, place.earlier):
        if word.text in _FOREIGN and "EQUAL" in place.accepts:
            return errors.foreign_word(word, _FOREIGN[word.text])
    return None


def _no_statement(place: _Place) -> Diagnostic | None:
    """`for` and `if` begin statements in other languages; here they stand in expressions."""
    starts = {"NAME", "RBRACE"} <= place.accepts and not place.wants_expression
    line_start = not place.found.source.text[: place.found.start].rpartition("\n")[2].strip()
    if place.found.text in _STATEMENTS and (starts or line_start) and not place.in_list:
        return errors.no_statement(place.found, _STATEMENTS[place.found.text])
    return None


def _comma_in_index(place: _Place) -> Diagnostic | None:
    if place.found.text == "," and "RSQB" in place.accepts and "COMMA" not in place.accepts:
        return errors.comma_in_index(place.found)
    return None


def _colon_without_label(place: _Place) -> Diagnostic | None:
    if place.found.text == ":" and place.after_expression:
        return errors.colon_without_label(place.found)
    return None


def _prefixed_string(place: _Place) -> Diagnostic | None:
    if place.found.text[:1] in ("'", '"') and place.before.text in ("f", "r") and place.before.end == place.found.start:
        return errors.foreign_word(place.before, "leave it out: expressions in a label's braces are worked out")
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
    if place.earlier.text in ("->", "=>", "[", ",") and not place.before.text[:1].isdigit():
        return errors.equals_for_colon(place.found, place.before)
    return errors.equals_for_comparison(place.found)


def _bare_tuple(place: _Place) -> Diagnostic | None:
    if place.found.text == "," and place.after_expression:
        return errors.bare_tuple(place.found)
    return None


def _item_in_body(place: _Place) -> Diagnostic | None:
    """`block name` where a statement begins."""
    if place.before.text.upper() in _ITEM_WORDS and "EQUAL" in place.accepts and place.found.text.isidentifier():
        return errors.item_in_body(place.before)
    return None


def _lone_name(place: _Place) -> Diagnostic | None:
    if place.accepts != {"COMMA", "EQUAL"}:
        return None
    name = place.before
    start = name.source.text.rfind("\n", 0, name.start) + 1
    line = scan.lexemes(Span(name.source, start, name.start))
    if comment := next((mark for mark in line if mark.text == "//"), None):
        return errors.foreign_word(comment, "a comment begins with `#`, and `//` divides")
    return errors.lone_name(name, place.found, _is_joined(place.earlier, name))


def _is_joined(before: Span, name: Span) -> bool:
    """Whether an expression ends right before a name, on the same line."""
    ends = before.text[-1:] in (")", "]", '"', "'") or before.text[:1].isalnum() or before.text[:1] == "_"
    return ends and "\n" not in name.source.text[before.end : name.start]


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
    if not place.accepts >= _ITEM_WORDS or "NAME" in place.accepts or not place.found.text.isidentifier():
        return None
    if "COMMA" in place.accepts:
        return errors.missing_comma(place.found, place.before)
    return errors.statement_outside_block(place.found)


_SLIPS: tuple[Callable[[_Place], Diagnostic | None], ...] = (
    _foreign_mark,
    _foreign_word,
    _prefixed_string,
    _no_statement,
    _comma_in_index,
    _reserved_word,
    _arrow_without_layer,
    _arrow_without_source,
    _digit_before_name,
    _bare_comprehension,
    _missing_else,
    _equals,
    _colon_without_label,
    _missing_comma,
    _text_after_expression,
    _bare_tuple,
    _item_in_body,
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
