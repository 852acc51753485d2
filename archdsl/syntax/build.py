"""From lark's parse tree to the tree of a spec; nothing is looked up or computed."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from lark import Token, Tree
from lark.tree import Meta

from archdsl.report import ArchError, Diagnostic, Span, errors
from archdsl.report.source import Source
from archdsl.syntax import scan, tree

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

    def build(self, root: Tree[Token]) -> Any:
        """Children before parents, without recursion: a chain may have thousands of steps."""
        pending: list[Any] = [root]
        order = []
        while pending:
            order.append(part := pending.pop())
            if isinstance(part, Tree):
                pending += part.children
        built: list[Any] = []
        for part in reversed(order):
            if isinstance(part, Tree):
                first = len(built) - len(part.children)
                built[first:] = [self._node(part, built[first:])]
            else:
                built.append(part)
        return built[0]

    def _node(self, part: Tree[Token], children: list[Any]) -> Any:
        if part.data in _LISTS:
            return tuple(children)
        span = self._span(part.meta)
        if kind := _NODES.get(part.data):
            return kind(*children, span=span)
        if item := _DOCUMENTED.get(part.data):
            return item(*children, doc=_doc(span), span=span)
        return getattr(self, part.data)(span, *children)

    def _span(self, place: Meta | Token) -> Span:
        """Where a node or token stands; an empty file stands nowhere, and is all of its text."""
        if isinstance(place, Meta) and place.empty:
            return Span(self.source, 0, len(self.source.text))
        assert place.start_pos is not None and place.end_pos is not None
        return Span(self.source, place.start_pos, place.end_pos)

    def _report(self, diagnostic: Diagnostic) -> None:
        """A long string may hold a mistake in every second character: nobody reads them all."""
        if len(self.mistakes) < MOST_MISTAKES:
            self.mistakes.append(diagnostic)

    # --- items

    def file(self, span: Span, *items: tree.Item) -> tree.File:
        return tree.File(items, span=span)

    def import_names(self, span: Span, module: _Module, *names: tree.ImportedName) -> tree.Import:
        text, is_file, module_span = module
        return tree.Import(text, is_file, names, module_span=module_span, span=span)

    def module_path(self, span: Span, *words: Token) -> _Module:
        return ".".join(words), False, span

    def module_file(self, span: Span, token: Token) -> _Module:
        return self._text(token), True, span

    def imported(self, span: Span, name: Token, alias: Token | None = None) -> tree.ImportedName:
        return tree.ImportedName(str(name), str(alias or name), span=span)

    def parameter(self, span: Span, name: Token, type: tree.Type | None, default: tree.Expr | None) -> tree.Parameter:
        return tree.Parameter(str(name), type, default, span=span)

    def named_type(self, span: Span, name: Token, optional: Token | None) -> tree.Type:
        return tree.Type(str(name), optional=optional is not None, span=span)

    def list_type(self, span: Span, items: tree.Type, optional: Token | None) -> tree.Type:
        return tree.Type("list", items, optional is not None, span=span)

    def match(self, span: Span, measure: Token, within: Token, *fields: Any) -> tree.Match:
        return tree.Match(str(measure), self._fraction(within), *fields, span=span)

    def replace(self, span: Span, pattern: Token, layer: tree.Expr) -> tree.Replace:
        text = self._text(pattern) if pattern.type == "STRING" else str(pattern)
        return tree.Replace(text, layer, span=span)

    # --- statements

    def target(self, span: Span, name: Token) -> tree.Target:
        return tree.Target(str(name), span=span)

    def require(self, span: Span, condition: tree.Expr, message: Token | None) -> tree.Require:
        return tree.Require(condition, message and self._text(message), span=span)

    def axis(self, span: Span, size: tree.Expr) -> tree.Axis:
        return tree.Axis(None, size, span=span)

    def named_axis(self, span: Span, symbol: Token, size: tree.Expr) -> tree.Axis:
        return tree.Axis(str(symbol), size, span=span)

    def buffer(
        self,
        span: Span,
        name: tree.Target,
        sizes: tuple[tree.Expr, ...],
        value: tree.Expr,
        persistent: Token | None,
    ) -> tree.BufferDecl:
        return tree.BufferDecl(name, sizes, value, persistent != "false", span=span)

    # --- flows and expressions

    def label(self, span: Span, token: Token) -> tree.Template:
        if token.type != "STRING":
            return tree.Template((str(token),), span=span)
        return replace(self.template(Span(self.source, span.start + 1, span.end - 1)), span=span)

    def unary(self, span: Span, operator: Token, operand: tree.Expr) -> tree.Unary:
        return tree.Unary(str(operator), operand, span=span)

    def binary(self, span: Span, left: tree.Expr, operator: Token, right: tree.Expr) -> tree.Binary:
        return tree.Binary(str(operator), left, right, span=span)

    def comparison(self, span: Span, *words: Token) -> str:
        return " ".join(words)

    def compare(self, span: Span, first: tree.Expr, *rest: Any) -> tree.Compare:
        return tree.Compare(first, tuple(zip(rest[::2], rest[1::2], strict=True)), span=span)

    def name(self, span: Span, token: Token) -> tree.Name:
        return tree.Name(str(token), span=span)

    def number(self, span: Span, token: Token) -> tree.Literal:
        return tree.Literal(self._number(token), span=span)

    def string(self, span: Span, token: Token) -> tree.Literal:
        return tree.Literal(self._text(token), span=span)

    def constant(self, span: Span, token: Token) -> tree.Literal:
        return tree.Literal({"true": True, "false": False, "none": None}[token], span=span)

    def sequence(self, span: Span, *items: tree.Expr) -> tree.Sequence:
        return tree.Sequence(items, span=span)

    def comprehension(self, span: Span, element: tree.Expr, *clauses: tree.For) -> tree.Comprehension:
        return tree.Comprehension(element, clauses, span=span)

    def clause(
        self, span: Span, names: tuple[Token, ...], _in: Token, iterable: tree.Expr, *conditions: tree.Expr
    ) -> tree.For:
        return tree.For(tuple(map(str, names)), iterable, conditions, span=span)

    def attribute(self, span: Span, value: tree.Expr, name: Token) -> tree.Attribute:
        return tree.Attribute(value, str(name), name_span=self._span(name), span=span)

    def argument(self, span: Span, value: tree.Expr) -> tree.Argument:
        return tree.Argument(None, value, span=span)

    def named_argument(self, span: Span, name: Token, value: tree.Expr) -> tree.Argument:
        return tree.Argument(str(name), value, span=span)

    # --- inside of tokens

    def _number(self, token: Token) -> int | float:
        whole = token.replace("_", "").isdigit()
        if whole and len(token) <= _MOST_DIGITS:
            return int(token)
        if whole or math.isinf(float(token)):
            self._report(errors.number_out_of_range(self._span(token)))
            return 0
        return float(token)

    def _fraction(self, percentage: Token) -> float:
        number = self._number(percentage)
        if number > sys.float_info.max:
            self._report(errors.number_out_of_range(self._span(percentage)))
            return 0
        return number / 100

    def _text(self, token: Token) -> str:
        """What a string says, without its quotes and escapes."""
        start = self._span(token).start
        return _ESCAPE.sub(lambda found: self._escape(start + found.start()), token)[1:-1]

    def _escape(self, start: int) -> str:
        escape = Span(self.source, start, start + 2)
        if escape.text[1] not in _ESCAPES:
            self._report(errors.unknown_escape(escape))
        return _ESCAPES.get(escape.text[1], "")

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
