"""Mistakes that keep a text from being read."""

from __future__ import annotations

from archdsl.report.diagnostic import Label
from archdsl.report.errors.catalogue import Words, mistake, one_of
from archdsl.report.source import Span


@mistake
def text_too_long(start: Span, most: int) -> Words:
    """A spec is at most one million characters long.

    Divide a longer one into files that import from each other with `from "other.arch" use name`.

    Where large.arch has two million characters:

        archdsl check large.arch
    """
    size = len(start.source.text)
    return Words("the text is too long", Label(start, f"{size:,} characters, more than {most:,}"))


@mistake
def too_many_words(first: Span, most: int) -> Words:
    """A spec has at most 40,000 words and marks, comments aside, and in YAML 15,000 with comments: as much as can be
    read within a second.

    Divide a longer one into files that import from each other with `from "other.arch" use name`.

    Where large.arch has a hundred thousand words:

        archdsl check large.arch
    """
    return Words("the text is too long", Label(first, f"more than {most:,} words and marks"))


@mistake
def hidden_character(char: Span) -> Words:
    r"""A character that cannot be seen stands in the text: a control character, or one that reverses the
    direction of writing and so makes the text look other than it is. Delete it.

    For example:

        archdsl.loads("block gate { out = in \u200b-> sigmoid }")
    """
    help = "write a space" if char.text.isspace() else "delete it"
    return Words("a character that cannot be seen", Label(char, f"U+{ord(char.text):04X}"), help=help)


@mistake
def unexpected_character(char: Span, mend: str | None) -> Words:
    """A character that means nothing in a spec.

        block gate { out = in -> sigmoid; }

    Newlines and semicolons delimit nothing, braces and commas do:

        block gate { out = in -> sigmoid }
    """
    found = f"`{char.text}` is no word or mark"
    return Words("a character that means nothing here", Label(char, found), help=mend)


@mistake
def unclosed_string(quote: Span) -> Words:
    """A string is closed on the line on which it begins.

        block gate { out = in -> "gate: sigmoid }

    A second quote ends it:

        block gate { out = in -> "gate": sigmoid }
    """
    mend = f"close it with `{quote.text}` on its line"
    return Words("a string is never closed", Label(quote, "opens here"), help=mend)


@mistake
def unknown_escape(escape: Span) -> Words:
    r"""A backslash in a string stands before `"`, `'`, `\`, `n`, `t`, `{` or `}`.

        block gate { out = in -> "a\d": sigmoid }

    A backslash itself is written twice:

        block gate { out = in -> "a\\d": sigmoid }
    """
    return Words(
        "a backslash before a character that needs none",
        Label(escape, f"`{escape.text}` has no meaning"),
        help="write `\\\\` for a backslash",
    )


@mistake
def number_out_of_range(number: Span) -> Words:
    """A number has at most 4,000 digits, and one with a fraction is below 1.8e308.

        block huge { size = 1e999 }

    Write one that fits:

        block huge { size = 1e99 }
    """
    return Words("the number is too large to read", Label(number, f"{len(number.text):,} characters"))


# --- brackets ----------------------------------------------------------------------------------------------


@mistake
def unclosed_bracket(opener: Span, end: Span) -> Words:
    """A bracket is opened and never closed.

        block gate { out = in -> sigmoid

    Close it where its contents end:

        block gate { out = in -> sigmoid }
    """
    line, column = opener.source.position(opener.start)
    head = opener.source.line(line)[:column].strip() if opener.text == "{" else opener.text
    found = f"`{end.text}` stands" if end.text else "the text ends"
    return Words(
        "a bracket is never closed",
        Label(end, f"{found} inside `{head}`, which opens at line {line}"),
        (Label(opener, "opens here"),),
        help=f"close it with `{_closer(opener)}`",
    )


@mistake
def unclosed_brace(opener: Span) -> Words:
    """In a label's string braces hold an expression, and this one goes on to the string's end.

        block gate { i = 0 out = in -> "gate{i": sigmoid }

    Close it:

        block gate { i = 0 out = in -> "gate{i}": sigmoid }
    """
    return Words(
        "a brace in a label is never closed",
        Label(opener, "opens here"),
        help="close it with `}`, or write `{{` for a brace that is text",
    )


@mistake
def mismatched_bracket(opener: Span, closer: Span) -> Words:
    """A bracket is closed by one of another kind.

        block head(classes) { out = in -> linear(classes] }

    `(` goes with `)`, `[` with `]` and `{` with `}`:

        block head(classes) { out = in -> linear(classes) }
    """
    return Words(
        "brackets do not match",
        Label(closer, f"expected `{_closer(opener)}`, found `{closer.text}`"),
        (Label(opener, f"`{opener.text}` opens here"),),
    )


@mistake
def unopened_bracket(closer: Span) -> Words:
    """A bracket is closed that was never opened.

        block gate { out = in -> sigmoid } }

    Delete it, or open it:

        block gate { out = in -> sigmoid }
    """
    return Words("a bracket is closed that is not open", Label(closer, f"nothing opens this `{closer.text}`"))


@mistake
def too_deep(opener: Span, most: int) -> Words:
    """Brackets stand in each other at most 100 deep. Give an inner part a name or a block of its own.

    For example:

        block deep { out = in -> [[[[[[ … ]]]]]] }
    """
    return Words(
        "brackets are nested too deep",
        Label(opener, f"opens level {most + 1}, at most {most} are allowed"),
        help="give an inner part a name of its own",
    )


def _closer(opener: Span) -> str:
    return {"(": ")", "[": "]", "{": "}"}[opener.text]


# --- words in the wrong place ------------------------------------------------------------------------------


@mistake
def unexpected_word(found: Span, expected: list[str], mend: str | None) -> Words:
    """The text does not go on with this word or mark; the message says with what it could.

        network tiny() [ ]

    A network's body stands in braces:

        network tiny() { input x: [1] out = x }
    """
    said = f"expected {one_of(expected)}, found `{found.text}`"
    return Words(f"`{found.text}` cannot stand here", Label(found, said), help=mend)


@mistake
def text_ends_early(end: Span, expected: list[str]) -> Words:
    """The text ends before what it began is complete.

        block gate

    Write the rest:

        block gate { out = in -> sigmoid }
    """
    said = f"expected {one_of(expected)}, but the text ends here"
    return Words("the text ends too early", Label(end, said))


@mistake
def text_after_expression(found: Span) -> Words:
    """Where one expression is asked for, in a label's braces or on the command line, only one may stand.

        block gate { i = 0 out = in -> "gate{i i}": sigmoid }

    Leave the rest out, or join the two:

        block gate { i = 0 out = in -> "gate{i + i}": sigmoid }
    """
    said = f"the expression ends before `{found.text}`"
    return Words("there is more after the expression", Label(found, said))


@mistake
def statement_outside_block(name: Span) -> Words:
    """Outside of blocks, networks and ablations nothing can be bound.

        width = 64

    A statement stands in a body:

        block wide { width = 64 out = in -> conv(width) }
    """
    return Words(
        "a statement stands outside of every body",
        Label(name, f"expected `from`, `block`, `network` or `ablation`, found `{name.text}`"),
        help="move it into the braces of a block or network",
    )


@mistake
def item_in_body(word: Span) -> Words:
    """A block or network is defined inside of another one. Items stand side by side in a file.

        block outer {
          block inner { out = in -> relu }
          out = in -> inner
        }

    Move it out; a block reads nothing but its parameters and `in`:

        block inner { out = in -> relu }
        block outer { out = in -> inner }
    """
    said = Label(word, "a body only binds names")
    return Words(f"a {word.text} is defined in a body", said, help="move it out, beside the other items of the file")


@mistake
def lone_name(name: Span, found: Span, follows: bool) -> Words:
    """A statement binds a name to a value; no value stands on its own.

        block gate { out = in relu }

    A layer is applied by an arrow, and what is computed gets a name:

        block gate { out = in -> relu }
    """
    help = "write `name = value`, or `x -> layer` to apply a layer"
    if found.text == ":":
        help = f"write `{name.text} = value`; a label stands behind an arrow, as `x -> {name.text}: layer`"
    elif follows:
        help = f"write `-> {name.text}` to apply a layer"
    return Words(
        "a name that is neither bound nor used",
        Label(name, "expected `=` behind it, or `->` before it"),
        help=help,
    )


@mistake
def foreign_word(word: Span, mend: str) -> Words:
    """A word or mark of another language, Python most likely, for which `.arch` has its own way.

        def gate(x) { out = in -> sigmoid }

    A layer of one's own is a block, which reads `in` and binds `out`:

        block gate { out = in -> sigmoid }
    """
    return Words(f"`{word.text}` is not of this language", Label(word, "means nothing here"), help=mend)


@mistake
def no_statement(word: Span, mend: str) -> Words:
    """A body has no loops and no branches: `for` and `if` stand in expressions.

        block deep(depth) { for i in range(depth) { x = in -> relu } out = x }

    What repeats is a list of layers, what is chosen a value:

        block deep(depth, wide = true) { out = in -> [relu for i in range(depth)] -> (gelu if wide else identity) }
    """
    return Words(f"`{word.text}` begins no statement", Label(word, "a body only binds names"), help=mend)


@mistake
def comma_in_index(comma: Span) -> Words:
    """An index is one number, and only lists have them.

        block stem { out = in -> conv[64, 3] }

    Parameters stand in parentheses:

        block stem { out = in -> conv(64, 3) }
    """
    return Words(
        "an index has several parts",
        Label(comma, "an index is one number"),
        help="parameters stand in parentheses, as `conv(64, 3)`; parts of a tensor are taken by `slice` and `select`",
    )


@mistake
def colon_without_label(colon: Span) -> Words:
    """A colon follows a label, which is one name or one string, right behind an arrow or in a list.

        block stem { out = in -> conv-1: conv(64, 3) }

    What is no name is a string:

        block stem { out = in -> "conv1.0": conv(64, 3) }
    """
    return Words(
        "a colon stands behind what is no label",
        Label(colon, "a label is one name or one string"),
        help='write `name: layer`, or `"name": layer`',
    )


@mistake
def reserved_word(word: Span) -> Words:
    """Ten words are never names: in, if, else, for, and, or, not, true, false, none.

        block gate(for = 1) { out = in }

    Choose another:

        block gate(count = 1) { out = in }
    """
    return Words(
        "a reserved word stands where a name belongs",
        Label(word, f"`{word.text}` cannot be a name"),
        help=f"choose another name, `{word.text}_` for one",
    )


@mistake
def digit_before_name(number: Span, name: Span) -> Words:
    """A name begins with a letter or an underscore.

        block gate { 3x = in out = 3x }

    Put the digits behind it:

        block gate { x3 = in out = x3 }
    """
    both = number.to(name)
    return Words(
        "a name begins with a digit",
        Label(both, f"`{number.text}` is a number, and no mark stands between it and `{name.text}`"),
        help="begin the name with a letter, or put an operator between the two",
    )


# --- marks that are mistaken for others --------------------------------------------------------------------


@mistake
def equals_for_colon(equals: Span, label: Span) -> Words:
    """A layer's label is followed by a colon; `=` binds a name at the start of a statement, and arguments.

        block stem { out = in -> conv1 = conv(64) }

    Write the colon:

        block stem { out = in -> conv1: conv(64) }
    """
    return Words(
        "`=` stands where a label takes `:`",
        Label(equals, f"`{label.text}` labels a layer here"),
        help=f"write `{label.text}: …`",
    )


@mistake
def equals_for_comparison(equals: Span) -> Words:
    """`=` binds a name; `==` compares.

        block even(count) { require count % 2 = 0 out = in }

    Compare with two:

        block even(count) { require count % 2 == 0 out = in }
    """
    return Words(
        "`=` stands inside an expression",
        Label(equals, "`=` binds a name, at the start of a statement or argument"),
        help="write `==` to compare",
    )


@mistake
def arrow_without_layer(arrow: Span, found: Span) -> Words:
    """An arrow leads to a layer.

        block gate { out = in -> sigmoid -> }

    Name the layer, or leave the arrow out:

        block gate { out = in -> sigmoid }
    """
    behind = f"`{found.text}` follows" if found.text else "the text ends"
    help = "a list of layers stands in square brackets, `[f, g]`" if found.text == "{" else None
    return Words("an arrow leads to nothing", Label(arrow, f"expected a layer, but {behind}"), help=help)


@mistake
def arrow_without_source(arrow: Span, before: Span) -> Words:
    """An arrow comes from something: `in`, an input, a name.

        block gate { out = -> sigmoid }

    Name what the layer is applied to:

        block gate { out = in -> sigmoid }
    """
    where = f"between `{before.text}` and it" if before.text else "before it"
    return Words(
        "an arrow comes from nothing",
        Label(arrow, f"nothing stands {where}"),
        help="begin with what flows, as in `in -> relu`",
    )


# --- parts that are missing --------------------------------------------------------------------------------


@mistake
def missing_else(found: Span) -> Words:
    """A choice has two sides.

        block down(stride) { out = in -> (avg_pool(2) if stride > 1) }

    `identity` is the layer that changes nothing:

        block down(stride) { out = in -> (avg_pool(2) if stride > 1 else identity) }
    """
    said = f"found `{found.text}`" if found.text else "but the text ends"
    return Words(
        "`if` without `else`",
        Label(found, f"expected `else`, {said}"),
        help="write `a if condition else b`; `identity` is the layer that changes nothing",
    )


@mistake
def missing_comma(found: Span, before: Span) -> Words:
    """Commas stand between arguments and between the elements of a list.

        block stem { out = in -> conv(64 kernel = 7) }

    Write one:

        block stem { out = in -> conv(64, kernel = 7) }
    """
    said = f"expected `,` between `{before.text}` and `{found.text}`"
    return Words("a comma is missing", Label(found, said))


@mistake
def bare_tuple(comma: Span) -> Words:
    """Several values in one stand in parentheses.

        block both { out = in, in }

    Write them:

        block both { out = (in, in) }
    """
    return Words(
        "several values without parentheses",
        Label(comma, "a statement binds one value"),
        help="write `(a, b)`",
    )


@mistake
def bare_comprehension(word: Span) -> Words:
    """A comprehension stands in square brackets, also as an argument.

        block widest(widths) { require all(w > 0 for w in widths) out = in }

    Write them:

        block widest(widths) { require all([w > 0 for w in widths]) out = in }
    """
    return Words(
        "a comprehension without its brackets",
        Label(word, "`for` repeats only inside `[ ]`"),
        help="write `[element for name in list]`",
    )
