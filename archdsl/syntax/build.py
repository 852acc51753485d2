"""What each rule of the grammar makes: the tree of a spec; nothing is looked up or computed."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from archdsl.report import ArchError, Diagnostic, Span, errors
from archdsl.report.source import Source
from archdsl.syntax import scan, tree
from archdsl.syntax.lalr import Token

MOST_MISTAKES = 20

_MOST_DIGITS = 4_000

# The rules whose children are the fields of a node.
_NODES: dict[str, Callable[..., tree.Node]] = {
    "pipe": tree.Pipe,
    "fan_out": tree.FanOut,
    "labelled": tree.Labelled,
    "conditional": tree.Conditional,
    "index": tree.Index,
    "slice": tree.Slice,
    "call": tree.Call,
    "input": tree.InputDecl,
    "shared": tree.SharedDecl,
    "learned": tree.ParameterDecl,
    "bind": tree.Bind,
    "vary": tree.Vary,
    "where": tree.Where,
}

_DOCUMENTED: dict[str, Callable[..., tree.Item]] = {
    "block": tree.Block,
    "network": tree.Network,
    "derived": tree.Derived,
    "ablation": tree.Ablation,
}

# The rules whose children are the elements of a field.
_LISTS = {
    *("parameters", "base_arguments", "replaces", "factors", "varied", "body"),
    *("targets", "axes", "sizes", "arguments", "names"),
}

_ESCAPE = re.compile(r"\\.")
_ESCAPES = {"n": "\n", "t": "\t", **{char: char for char in "\"'\\{}"}}
_PIECE = re.compile(r"\\.?|\{\{|\}\}|[{}]|[^\\{}]+", re.DOTALL)


_Module = tuple[str, bool, Span]


class Builder:
    """Builds the nodes of one source.

    `expression` parses the text between a label's braces. What is wrong inside of tokens is collected
    in `mistakes`; a tree is of use only where there are none.
    """

    def __init__(self, source: Source, expression: Callable[[Span], tree.Expr]) -> None:
        self.source = source
        self.expression = expression
        self.mistakes: list[Diagnostic] = []

    def node(self, rule: str, start: int, end: int, parts: list[Any]) -> Any:
        """What a rule makes of its parts."""
        if rule in _LISTS:
            return tuple(parts)
        span = Span(self.source, start, end)
        if kind := _NODES.get(rule):
            return kind(*parts, span=span)
        if item := _DOCUMENTED.get(rule):
            return item(*parts, doc=_doc(span), span=span)
        return getattr(self, rule)(span, *parts)

    def _span(self, token: Token) -> Span:
        return Span(self.source, token.start, token.end)

    def _report(self, diagnostic: Diagnostic) -> None:
        """A long string may hold a mistake in every second character: nobody reads them all."""
        if len(self.mistakes) < MOST_MISTAKES:
            self.mistakes.append(diagnostic)

    # --- items

    def file(self, span: Span, *items: tree.Item) -> tree.File:
        """An empty file stands nowhere, and is all of its text."""
        return tree.File(items, span=span if items else Span(self.source, 0, len(self.source.text)))

    def import_names(self, span: Span, module: _Module, *names: tree.ImportedName) -> tree.Import:
        text, is_file, module_span = module
        return tree.Import(text, is_file, names, module_span=module_span, span=span)

    def module_path(self, span: Span, *words: Token) -> _Module:
        return ".".join(word.text for word in words), False, span

    def module_file(self, span: Span, token: Token) -> _Module:
        return self._text(token), True, span

    def imported(self, span: Span, name: Token, alias: Token | None = None) -> tree.ImportedName:
        return tree.ImportedName(name.text, (alias or name).text, span=span)

    def parameter(self, span: Span, name: Token, type: tree.Type | None, default: tree.Expr | None) -> tree.Parameter:
        return tree.Parameter(name.text, type, default, span=span)

    def named_type(self, span: Span, name: Token, optional: Token | None) -> tree.Type:
        return tree.Type(name.text, optional=optional is not None, span=span)

    def list_type(self, span: Span, items: tree.Type, optional: Token | None) -> tree.Type:
        return tree.Type("list", items, optional is not None, span=span)

    def match(self, span: Span, measure: Token, within: Token, *fields: Any) -> tree.Match:
        return tree.Match(measure.text, self._fraction(within), *fields, span=span)

    def replace(self, span: Span, pattern: Token, layer: tree.Expr) -> tree.Replace:
        text = self._text(pattern) if pattern.kind == "STRING" else pattern.text
        return tree.Replace(text, layer, span=span)

    # --- statements

    def target(self, span: Span, name: Token) -> tree.Target:
        return tree.Target(name.text, span=span)

    def require(self, span: Span, condition: tree.Expr, message: Token | None) -> tree.Require:
        return tree.Require(condition, message and self._text(message), span=span)

    def axis(self, span: Span, size: tree.Expr) -> tree.Axis:
        return tree.Axis(None, size, span=span)

    def named_axis(self, span: Span, symbol: Token, size: tree.Expr) -> tree.Axis:
        return tree.Axis(symbol.text, size, span=span)

    def buffer(
        self,
        span: Span,
        name: tree.Target,
        sizes: tuple[tree.Expr, ...],
        value: tree.Expr,
        persistent: Token | None,
    ) -> tree.BufferDecl:
        return tree.BufferDecl(name, sizes, value, persistent is None or persistent.text != "false", span=span)

    # --- flows and expressions

    def label(self, span: Span, token: Token) -> tree.Template:
        if token.kind != "STRING":
            return tree.Template((token.text,), span=span)
        return replace(self.template(Span(self.source, span.start + 1, span.end - 1)), span=span)

    def unary(self, span: Span, operator: Token, operand: tree.Expr) -> tree.Unary:
        return tree.Unary(operator.text, operand, span=span)

    def binary(self, span: Span, left: tree.Expr, operator: Token, right: tree.Expr) -> tree.Binary:
        return tree.Binary(operator.text, left, right, span=span)

    def comparison(self, span: Span, *words: Token) -> str:
        return " ".join(word.text for word in words)

    def compare(self, span: Span, first: tree.Expr, *rest: Any) -> tree.Compare:
        return tree.Compare(first, tuple(zip(rest[::2], rest[1::2], strict=True)), span=span)

    def name(self, span: Span, token: Token) -> tree.Name:
        return tree.Name(token.text, span=span)

    def number(self, span: Span, token: Token) -> tree.Literal:
        return tree.Literal(self._number(token), span=span)

    def string(self, span: Span, token: Token) -> tree.Literal:
        return tree.Literal(self._text(token), span=span)

    def constant(self, span: Span, token: Token) -> tree.Literal:
        return tree.Literal({"true": True, "false": False, "none": None}[token.text], span=span)

    def sequence(self, span: Span, *items: tree.Expr) -> tree.Sequence:
        return tree.Sequence(items, span=span)

    def comprehension(self, span: Span, element: tree.Expr, *clauses: tree.For) -> tree.Comprehension:
        return tree.Comprehension(element, clauses, span=span)

    def clause(
        self, span: Span, names: tuple[Token, ...], _in: Token, iterable: tree.Expr, *conditions: tree.Expr
    ) -> tree.For:
        return tree.For(tuple(name.text for name in names), iterable, conditions, span=span)

    def attribute(self, span: Span, value: tree.Expr, name: Token) -> tree.Attribute:
        return tree.Attribute(value, name.text, name_span=self._span(name), span=span)

    def argument(self, span: Span, value: tree.Expr) -> tree.Argument:
        return tree.Argument(None, value, span=span)

    def named_argument(self, span: Span, name: Token, value: tree.Expr) -> tree.Argument:
        return tree.Argument(name.text, value, span=span)

    # --- inside of tokens

    def _number(self, token: Token) -> int | float:
        text = token.text
        whole = text.replace("_", "").isdigit()
        if whole and len(text) <= _MOST_DIGITS:
            return int(text)
        if whole or math.isinf(float(text)):
            self._report(errors.number_out_of_range(self._span(token)))
            return 0
        return float(text)

    def _fraction(self, percentage: Token) -> float:
        number = self._number(percentage)
        if number > sys.float_info.max:
            self._report(errors.number_out_of_range(self._span(percentage)))
            return 0
        return number / 100

    def _text(self, token: Token) -> str:
        """What a string says, without its quotes and escapes."""
        return _ESCAPE.sub(lambda found: self._escape(token.start + found.start()), token.text)[1:-1]

    def _escape(self, start: int) -> str:
        """What the escape at `start` says."""
        said = _ESCAPES.get(self.source.text[start + 1])
        if said is None and len(self.mistakes) < MOST_MISTAKES:
            self._report(errors.unknown_escape(Span(self.source, start, start + 2)))
        return said or ""

    def template(self, text: Span) -> tree.Template:
        """A label's text with the expressions between its braces; neighbouring texts are one part."""
        parts: list[str | tree.Expr] = []
        for piece in self._pieces(text):
            if isinstance(piece, str) and parts and isinstance(parts[-1], str):
                parts[-1] += piece
            else:
                parts.append(piece)
        return tree.Template(tuple(parts), span=text)

    def _pieces(self, text: Span) -> Iterator[str | tree.Expr]:
        position, end = text.start, text.end
        while found := _PIECE.match(self.source.text, position, end):
            piece = Span(self.source, *found.span())
            position = piece.end
            match piece.text:
                case "{":
                    inner = _inner(piece, end)
                    position = inner.end + 1
                    yield from self._embedded(piece, inner)
                case "}":
                    self._report(errors.unopened_bracket(piece))
                case "\\":
                    self._report(errors.unknown_escape(piece))
                case "{{" | "}}":
                    yield piece.text[0]
                case said if said.startswith("\\"):
                    yield self._escape(piece.start)
                case said:
                    yield said

    def _embedded(self, opener: Span, inner: Span) -> Iterator[tree.Expr]:
        """The expression between braces; one that is wrong leaves its mistakes and nothing else."""
        if self.source.text[inner.end : inner.end + 1] != "}":
            self._report(errors.unclosed_brace(opener))
            return
        try:
            yield self.expression(inner)
        except ArchError as error:
            for diagnostic in error.diagnostics:
                self._report(diagnostic)


def _inner(opener: Span, end: int) -> Span:
    """From behind a brace up to the one that closes it, or up to `end` where none does."""
    depth = 0
    for lexeme in scan.lexemes(Span(opener.source, opener.end, end)):
        if lexeme.text == "}" and depth == 0:
            return Span(opener.source, opener.end, lexeme.start)
        depth += (lexeme.text in ("{", "[", "(")) - (lexeme.text in ("}", "]", ")"))
    return Span(opener.source, opener.end, end)


def _doc(item: Span) -> str:
    """The `##` lines directly above an item that begins its line, without empty ones at their ends."""
    text, lines = item.source.text, []
    line = text.rfind("\n", 0, item.start) + 1
    if text[line : item.start].strip():
        return ""
    while line:
        end, line = line - 1, text.rfind("\n", 0, line - 1) + 1
        said = text[line:end].strip()
        if not said.startswith("##"):
            break
        lines.append(said.removeprefix("##").removeprefix(" "))
    return "\n".join(reversed(lines)).strip("\n")
