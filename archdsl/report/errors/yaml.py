"""Mistakes of specs in YAML."""

from __future__ import annotations

from collections.abc import Iterable

from archdsl.report.diagnostic import Label
from archdsl.report.errors.catalogue import Words, listed, mistake, nearest
from archdsl.report.source import Span


@mistake
def not_yaml(span: Span, problem: str) -> Words:
    """The text is no YAML: a bracket or quote is not closed, a line stands in the wrong column, or text that YAML
    has a use for (`: `, ` #`, a comma or bracket in a list) has no quotes around it.

        blocks:
          gate:
            body:
              - out: [in, conv(64, [3, 1])]

    Quote it:

        - out: [in, "conv(64, [3, 1])"]
    """
    return Words("the text is not YAML", Label(span, problem), help="put quotes around what is not YAML's")


@mistake
def alias_in_spec(span: Span) -> Words:
    """Anchors (`&name`) and aliases (`*name`) are not for specs: a text of ten lines could stand for millions.

    Use a name of the spec instead, or a block.

    For example:

        blocks:
          gate:
            body:
              - &part y: [in, relu]
              - out: [in, sigmoid]
    """
    help = "bind it to a name, or write a block; quote a text that begins with `*` or `&`"
    return Words("an anchor or alias in a spec", Label(span, "means nothing here"), help=help)


@mistake
def tag_in_spec(span: Span) -> Words:
    """Tags (`!name`) are not for specs: what a value is follows from its place.

    For example:

        blocks:
          gate:
            body:
              - out: !flow [in, sigmoid]

    Leave it out:

        - out: [in, sigmoid]
    """
    help = "leave it out; quote a text that begins with `!`"
    return Words("a tag in a spec", Label(span, "means nothing here"), help=help)


@mistake
def several_documents(span: Span) -> Words:
    """A file holds one spec; a line `---` begins another document.

    Write the second one to a file of its own, and import from it.

    For example:

        blocks:
          gate:
            body:
              - out: [in, sigmoid]
        ---
        blocks:
          other:
            body:
              - out: [in, relu]
    """
    return Words("a file holds several documents", Label(span, "the second begins here"))


@mistake
def doubled_key(span: Span, key: str, first: Span) -> Words:
    """A key stands twice in one mapping, of which other readers of YAML would keep the last.

    Rename one. What may come twice, such as imports from one module, is written as a list of mappings.

    For example:

        blocks:
          gate:
            body:
              - out: [in, sigmoid]
          gate:
            body:
              - out: [in, relu]
    """
    return Words("a key stands twice", Label(span, f"`{key}` again"), (Label(first, "and here"),))


@mistake
def unknown_key(span: Span, key: str, known: Iterable[str]) -> Words:
    """A mapping has a key that means nothing there.

    For example:

        block:
          gate:
            body:
              - out: [in, sigmoid]

    A spec has `from`, `blocks`, `networks` and `ablations`.
    """
    known = list(known)
    help = nearest(key, known) or f"there are {listed(known)}"
    return Words("a key means nothing here", Label(span, f"there is no `{key}`"), help=help)


@mistake
def missing_key(span: Span, owner: str, key: str) -> Words:
    """A mapping lacks a key that it must have, as `of` in an ablation.

    For example:

        ablations:
          some:
            vary: {classes: [1, 2]}
    """
    return Words("a key is missing", Label(span, f"{owner} needs `{key}`"), help=f"write `{key}: …`")


@mistake
def wrong_form(span: Span, expected: str, found: str) -> Words:
    """A text, a list or a mapping stands where YAML specs have another of them.

    For example:

        blocks: [gate, unit]

    Blocks are a mapping, from their names:

        blocks:
          gate:
            body:
              - out: [in, sigmoid]
    """
    return Words(f"{found} stands where {expected} belongs", Label(span, f"expected {expected}, found {found}"))


@mistake
def several_labels(span: Span, keys: list[str]) -> Words:
    """A mapping with one key is a labelled layer, and a statement; one with several has no meaning there.

        blocks:
          gate:
            body:
              - out: [in, {relu1: relu, relu2: relu}]

    Write one for each:

        - out: [in, {relu1: relu}, {relu2: relu}]
    """
    found = f"has {listed(keys)}" if keys else "has none"
    return Words("a mapping of one key is expected", Label(span, found), help="write a mapping for each")


@mistake
def flow_without_source(span: Span) -> Words:
    """The value of a statement is a flow, whose first element is its source; a list of values is a text.

        blocks:
          gate:
            body:
              - depths: []
              - out: in

    Quote it:

        - depths: "[]"
    """
    return Words("a flow comes from nothing", Label(span, "expected a source"), help='write "[…]" for a list of values')


@mistake
def label_in_label(span: Span) -> Words:
    """An expression in a label's braces has labels itself.

    Write the whole as text, in one string, or bind the expression to a name.

    For example:

        blocks:
          gate:
            body:
              - out: [in, {"a{[b: relu]}": relu}]
    """
    help = "bind what stands in the braces"
    return Words("a label stands in a label", Label(span, "has labels in its braces"), help=help)


@mistake
def not_a_plain_name(span: Span, text: str) -> Words:
    """A name has letters, digits and underscores, begins with none of the digits, and is no reserved word.

    For example:

        blocks:
          3x3:
            body:
              - out: [in, "conv(8, 3)"]
    """
    return Words("a name is expected", Label(span, f"`{text}` cannot be a name"))
