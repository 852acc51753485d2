"""Writes trees as text, in one layout."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from functools import singledispatch

from archdsl.report import Source
from archdsl.syntax import spelling, tree
from archdsl.syntax.comments import FLOW, Comment, Notes, documentation, notes_of
from archdsl.syntax.layout import BREAK, SOFT, SPACE, Layout, Note, group, indent, join, render, spread
from archdsl.syntax.parse import parse


def format_text(source: Source) -> str:
    """A spec in the one layout, with its comments; raises `ArchError` where it cannot be read."""
    file = parse(source)
    return _text(file, notes_of(file))


def text_of(file: tree.File) -> str:
    """The text of a tree, in the one layout."""
    return _text(file, documentation(file))


def line_of(node: tree.Node, inside: bool = False) -> str:
    """A node on one line; `inside` of a label's braces the double quotes are the label's."""
    return render(_Page(Notes(), inside).lay_out(node), flat=True)


def _text(file: tree.File, notes: Notes) -> str:
    text = render(_Page(notes).lay_out(file))
    return f"{text}\n" if text else ""


# How tightly an expression binds, the loosest first.
_FLOW, _STEP, _CHOICE, _OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _SIGNED, _POWER, _OPERAND = range(12)

_BINARY = {"or": _OR, "and": _AND, "+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "//": _PRODUCT, "%": _PRODUCT}


def _level(node: tree.Node) -> int:
    match node:
        case tree.Pipe() | tree.FanOut():
            return _FLOW
        case tree.Labelled():
            return _STEP
        case tree.Conditional():
            return _CHOICE
        case tree.Binary(operator):
            return _BINARY.get(operator, _POWER)
        case tree.Unary(operator):
            return _NOT if operator == "not" else _SIGNED
        case tree.Compare():
            return _COMPARE
    return _OPERAND


# A line of a list or body, and whether an empty one stands above it.
_Row = tuple[bool, Layout]


@dataclass
class _Page:
    """Where the nodes of one text are laid out."""

    notes: Notes
    inside: bool = False
    laid: dict[int, Layout] = field(default_factory=dict)

    def lay_out(self, root: tree.Node) -> Layout:
        """Children before parents, without recursion: a flow may have thousands of steps."""
        pending, order = [root], []
        while pending:
            order.append(node := pending.pop())
            pending += _children(node, self.notes)
        for node in reversed(order):
            self.laid[id(node)] = _layout(node, self)
        return self.laid[id(root)]

    def of(self, node: tree.Node) -> Layout:
        return self.laid[id(node)]

    def at(self, node: tree.Node, level: int) -> Layout:
        """An expression, in parentheses if it binds looser than its place asks for."""
        return self.of(node) if _level(node) >= level else self._enclosed(node)

    def operand(self, node: tree.Expr, level: int) -> Layout:
        """An expression in another, which keeps the parentheses that its writer gave it."""
        return self._enclosed(node) if id(node) in self.notes.enclosed else self.at(node, level)

    def _enclosed(self, node: tree.Node) -> Layout:
        if isinstance(node, tree.Pipe | tree.FanOut) and _hangs(node, self):
            return join("(", self.of(node), ")")
        return group("(", indent(SOFT, self.of(node)), SOFT, ")")

    def begins_line(self, node: tree.Node) -> bool:
        """Whether a node began a line in the text, or has comments above it."""
        return id(node) in self.notes.parted or id(node) in self.notes.above

    def rows(self, node: tree.Node, *text: Layout) -> list[_Row]:
        """The comments of a node, each on its line, and around them the text in which it stands."""
        comments = self.notes.above.get(id(node), ())
        own = [Note(said)] if (said := self.notes.beside.get(id(node))) else []
        return [*_rows(comments), (id(node) in self.notes.blank, join(*text, *own))]

    def entry(self, node: tree.Node, *text: Layout) -> Layout:
        """The rows of a node in a list or flow, where no empty lines are kept."""
        return spread([row for _, row in self.rows(node, *text)], BREAK)

    def opening(self, owner: tree.Node, name: str) -> list[Layout]:
        said = self.notes.opening.get((id(owner), name))
        return [Note(said)] if said else []

    def closing(self, owner: tree.Node, name: str) -> list[_Row]:
        return _rows(self.notes.closing.get((id(owner), name), ()))


def _rows(comments: Iterable[Comment]) -> list[_Row]:
    return [(comment.blank, comment.text) for comment in comments]


def _paragraph(rows: Sequence[_Row]) -> Layout:
    """Rows below each other; what stands above the first is not theirs."""
    pieces: list[Layout] = []
    for blank, text in rows:
        pieces += [BREAK, *[BREAK] * (blank and bool(pieces)), text]
    return join(*pieces[1:])


# --- what stands in a node ---------------------------------------------------------------------------------


def _children(node: tree.Node, notes: Notes) -> list[tree.Node]:
    """The nodes of which a node's text is made; a chain of one operator or arrow is one node."""
    match node:
        case tree.Pipe() | tree.FanOut():
            links = tree.links(node)
            return [links[0].source, *map(tree.step, links)]
        case tree.Binary():
            first, rest = _terms(node, notes)
            return [first, *(operand for _, operand in rest)]
        case tree.Conditional():
            choices, otherwise = _choices(node, notes)
            return [*(part for choice in choices for part in (choice.then, choice.condition)), otherwise]
        case tree.Labelled():
            return [node.value]
    return [part for f in fields(node) for part in _nodes(getattr(node, f.name))]


def _nodes(value: object) -> Iterator[tree.Node]:
    if isinstance(value, tree.Node):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _nodes(part)


def _terms(node: tree.Binary, notes: Notes) -> tuple[tree.Expr, list[tuple[str, tree.Expr]]]:
    """`a + b - c` as `a` and the operators with what follows them."""
    level, rest = _level(node), [(node.operator, node.right)]
    left = node.left
    while isinstance(left, tree.Binary) and _level(left) == level != _POWER and id(left) not in notes.enclosed:
        rest.append((left.operator, left.right))
        left = left.left
    return left, rest[::-1]


def _choices(node: tree.Conditional, notes: Notes) -> tuple[list[tree.Conditional], tree.Expr]:
    """`a if x else b if y else c` as its conditions, each with what goes before it, and `c`."""
    choices, otherwise = [node], node.otherwise
    while isinstance(otherwise, tree.Conditional) and id(otherwise) not in notes.enclosed:
        choices.append(otherwise)
        otherwise = otherwise.otherwise
    return choices, otherwise


def _unlabelled(node: tree.Node) -> tree.Node:
    while isinstance(node, tree.Labelled | tree.Argument):
        node = node.value
    return node


def _has_brackets(node: tree.Node) -> bool:
    return isinstance(_unlabelled(node), tree.Sequence | tree.Comprehension | tree.Call)


def _is_plain(node: tree.Node) -> bool:
    return isinstance(_unlabelled(node), tree.Name | tree.Literal | tree.Attribute)


def _is_short(item: tree.Node) -> bool:
    """Whether an item says so little that it needs no line of its own: a number or name that nothing names."""
    return _is_plain(item) and not (isinstance(item, tree.Argument) and item.name)


def _hangs(flow: tree.Pipe | tree.FanOut, page: _Page) -> bool:
    """Whether a flow stays on its line up to the brackets that end it: `in -> [`, or `in -> relu -> [` so broken."""
    *steps, last = map(tree.step, tree.links(flow))
    if not _has_brackets(last) or any(map(page.begins_line, [*steps, last])):
        return False
    return not steps or (_is_broken(last, page) and all(map(_is_plain, steps)))


def _is_broken(step: tree.Node, page: _Page) -> bool:
    """Whether a step is a list that its writer broke."""
    match _unlabelled(step):
        case tree.Sequence((first, *_)):
            return page.begins_line(first)
    return False


def _is_heavy(step: tree.Node) -> bool:
    """Whether a step of a flow begins a line: one that says how large it is, not a norm or activation behind it."""
    match _unlabelled(step):
        case tree.Call(_, arguments):
            return any(argument.name is None for argument in arguments)
        case node:
            return not _is_plain(node)


# --- lists -------------------------------------------------------------------------------------------------


def _bracket(
    page: _Page,
    owner: tree.Node,
    name: str,
    items: Sequence[tree.Node],
    brackets: str,
    *,
    level: int = _FLOW,
    between: str = ",",
    kept: bool = False,
) -> Layout:
    """A list in brackets, broken at every item, or where its writer did; one `kept` so even where it would fit."""
    broken = bool(items) and page.begins_line(items[0])
    note, last = page.opening(owner, name), page.closing(owner, name)
    commas = [*[between] * (len(items) - 1), "," if brackets == "()" and kept and len(items) == 1 else ""]
    entries = [page.entry(item, page.at(item, level), comma) for item, comma in zip(items, commas, strict=False)]
    if len(items) == 1 and not (broken or note or last) and _is_list(items[0]):
        return join(brackets[0], *entries, brackets[1])
    filled = broken or all(map(_is_short, items))
    inner = [
        join(SPACE, entry) if page.begins_line(item) or not filled else group(SPACE, entry)
        for item, entry in zip(items, entries, strict=True)
    ]
    rows = [piece for _, row in last for piece in (BREAK, row)]
    if not items:
        return join(brackets[0], *note, indent(*rows), BREAK if note or rows else "", brackets[1])
    return group(
        brackets[0], *note, indent(SOFT, entries[0], *inner[1:], *rows), SOFT, brackets[1], broken=kept and broken
    )


def _is_list(item: tree.Node) -> bool:
    value = item.value if isinstance(item, tree.Argument) and item.name is None else item
    return isinstance(value, tree.Sequence | tree.Comprehension)


def _body(page: _Page, owner: tree.Node, name: str, statements: Sequence[tree.Node]) -> Layout:
    """Statements in braces, each on its line."""
    rows = [row for statement in statements for row in page.rows(statement, page.of(statement))]
    rows += page.closing(owner, name)
    note = page.opening(owner, name)
    if not rows and not note:
        return "{}"
    return join("{", *note, indent(*[BREAK] * bool(rows), _paragraph(rows)), BREAK, "}")


def _parameters(page: _Page, item: tree.Block | tree.Network | tree.Derived) -> Layout:
    return _bracket(page, item, "parameters", item.parameters, "()") if item.parameters else ""


# --- expressions and flows ---------------------------------------------------------------------------------


@singledispatch
def _layout(node: tree.Node, page: _Page) -> Layout:
    """A node's text; its children are laid out already."""
    raise NotImplementedError(type(node).__name__)


@_layout.register
def _(node: tree.Literal, page: _Page) -> Layout:
    return spelling.literal(node, page.inside)


@_layout.register
def _(node: tree.Name | tree.Target, page: _Page) -> Layout:
    return node.id


@_layout.register
def _(node: tree.Attribute, page: _Page) -> Layout:
    number = isinstance(node.value, tree.Literal)
    value = join("(", page.of(node.value), ")") if number else page.operand(node.value, _OPERAND)
    return join(value, ".", node.name)


@_layout.register
def _(node: tree.Index, page: _Page) -> Layout:
    return join(page.operand(node.value, _OPERAND), "[", page.at(node.index, _CHOICE), "]")


@_layout.register
def _(node: tree.Slice, page: _Page) -> Layout:
    bounds = [node.start, node.stop, *[node.step] * (node.step is not None)]
    texts = [page.at(bound, _CHOICE) if bound else "" for bound in bounds]
    return join(page.operand(node.value, _OPERAND), "[", spread(texts, ":"), "]")


@_layout.register
def _(node: tree.Argument, page: _Page) -> Layout:
    return join(f"{node.name} = " if node.name else "", page.of(node.value))


@_layout.register
def _(node: tree.Call, page: _Page) -> Layout:
    function = page.operand(node.function, _OPERAND)
    return join(function, _bracket(page, node, "arguments", node.arguments, "()"))


@_layout.register
def _(node: tree.Sequence, page: _Page) -> Layout:
    brackets = "()" if node.span.text.startswith("(") else "[]"
    return _bracket(page, node, "items", node.items, brackets, kept=True)


@_layout.register
def _(node: tree.For, page: _Page) -> Layout:
    conditions = [join(" if ", page.operand(condition, _OR)) for condition in node.conditions]
    return join(f"for {', '.join(node.targets)} in ", page.operand(node.iterable, _OR), *conditions)


@_layout.register
def _(node: tree.Comprehension, page: _Page) -> Layout:
    return _bracket(page, node, "clauses", (node.element, *node.clauses), "[]", between="")


@_layout.register
def _(node: tree.Unary, page: _Page) -> Layout:
    operator = "not " if node.operator == "not" else node.operator
    return join(operator, page.operand(node.operand, _level(node)))


@_layout.register
def _(node: tree.Binary, page: _Page) -> Layout:
    level = _level(node)
    if level == _POWER:
        return join(page.operand(node.left, _OPERAND), " ** ", page.operand(node.right, _SIGNED))
    first, rest = _terms(node, page.notes)
    operands = [join(f"{operator} ", page.operand(operand, level + 1)) for operator, operand in rest]
    if len(rest) == 1 and _is_plain(first) and _ends_in_brackets(rest[0][1], page):
        return join(page.operand(first, level), " ", operands[0])
    return group(page.operand(first, level), indent(*(piece for operand in operands for piece in (SPACE, operand))))


def _ends_in_brackets(node: tree.Expr, page: _Page) -> bool:
    return _hangs(node, page) if isinstance(node, tree.Pipe | tree.FanOut) else _has_brackets(node)


@_layout.register
def _(node: tree.Compare, page: _Page) -> Layout:
    rest = [join(f"{operator} ", page.operand(operand, _SUM)) for operator, operand in node.rest]
    return group(page.operand(node.first, _SUM), indent(*(piece for part in rest for piece in (SPACE, part))))


@_layout.register
def _(node: tree.Conditional, page: _Page) -> Layout:
    choices, otherwise = _choices(node, page.notes)
    thens = [page.operand(choice.then, _OR) for choice in choices]
    conditions = [join(SPACE, "if ", page.operand(choice.condition, _OR)) for choice in choices]
    elses = [join(SPACE, "else ", then) for then in [*thens[1:], page.operand(otherwise, _CHOICE)]]
    pieces = [piece for pair in zip(conditions, elses, strict=True) for piece in pair]
    return group(thens[0], indent(*pieces))


@_layout.register
def _(node: tree.Labelled, page: _Page) -> Layout:
    """A choice stands in parentheses here, though the grammar can do without."""
    label = spelling.label(node.label, lambda part: line_of(part, inside=True), page.inside)
    return join(f"{label}: ", page.at(node.value, _OR))


@_layout.register
def _(node: tree.Pipe | tree.FanOut, page: _Page) -> Layout:
    """A flow goes on at the line's end, or in lines that begin as its writer began them, else at its heavy steps."""
    links = tree.links(node)
    steps = [tree.step(link) for link in links]
    head = join(page.at(links[0].source, _OR), *page.opening(node, FLOW))
    entries = [page.entry(step, _arrow(link), _step(step, page)) for link, step in zip(links, steps, strict=True)]
    if _hangs(node, page):
        return join(head, *(piece for entry in entries for piece in (" ", entry)))
    return group(head, indent(*_broken_flow(steps, entries, page)))


def _broken_flow(steps: list[tree.Expr], entries: list[Layout], page: _Page) -> Iterator[Layout]:
    parted, begun, before = any(map(page.begins_line, steps)), False, None
    for step, entry in zip(steps, entries, strict=True):
        if page.begins_line(step):
            begun = True
            yield join(BREAK, entry)
        elif begun and _is_broken(step, page):
            yield join(" ", entry)
        elif not parted and (_is_heavy(step) or isinstance(before, tree.Sequence)):
            yield join(SPACE, entry)
        else:
            yield group(SPACE, entry)
        before = _unlabelled(step)


def _arrow(link: tree.Pipe | tree.FanOut) -> str:
    return "-> " if isinstance(link, tree.Pipe) else "=> "


def _step(step: tree.Expr, page: _Page) -> Layout:
    return page.of(step) if isinstance(step, tree.Labelled) else page.at(step, _OR)


# --- statements --------------------------------------------------------------------------------------------


@_layout.register
def _(node: tree.Bind, page: _Page) -> Layout:
    return join(f"{_names(node.targets)} = ", page.of(node.value))


def _names(targets: Iterable[tree.Target]) -> str:
    return ", ".join(target.id for target in targets)


@_layout.register
def _(node: tree.Require, page: _Page) -> Layout:
    condition = join("require ", page.at(node.condition, _CHOICE))
    if node.message is None:
        return condition
    return group(condition, ",", indent(SPACE, spelling.string(node.message)))


@_layout.register
def _(node: tree.Axis, page: _Page) -> Layout:
    return join(f"{node.symbol} = " if node.symbol else "", page.at(node.size, _CHOICE))


@_layout.register
def _(node: tree.InputDecl, page: _Page) -> Layout:
    return join(f"input {node.name.id}: ", _bracket(page, node, "axes", node.axes, "[]"))


@_layout.register
def _(node: tree.SharedDecl, page: _Page) -> Layout:
    return join(f"shared {node.name.id} = ", page.of(node.layer))


@_layout.register
def _(node: tree.ParameterDecl, page: _Page) -> Layout:
    init = [" = ", page.of(node.init)] if node.init else []
    return join(f"parameter {node.name.id}: ", _sizes(node, page), *init)


@_layout.register
def _(node: tree.BufferDecl, page: _Page) -> Layout:
    persistent = "" if node.persistent else ", persistent = false"
    return join(f"buffer {node.name.id}: ", _sizes(node, page), " = ", page.of(node.value), persistent)


def _sizes(node: tree.ParameterDecl | tree.BufferDecl, page: _Page) -> Layout:
    return _bracket(page, node, "sizes", node.sizes, "[]", level=_CHOICE)


@_layout.register
def _(node: tree.Replace, page: _Page) -> Layout:
    return join(f"replace {spelling.pattern(node.pattern)} with ", page.of(node.layer))


# --- items -------------------------------------------------------------------------------------------------


@_layout.register
def _(node: tree.Type, page: _Page) -> Layout:
    optional = "?" * node.optional
    return join("[", page.of(node.items), "]", optional) if node.items else f"{node.name}{optional}"


@_layout.register
def _(node: tree.Parameter, page: _Page) -> Layout:
    type = [": ", page.of(node.type)] if node.type else []
    default = [" = ", page.of(node.default)] if node.default else []
    return join(node.name, *type, *default)


@_layout.register
def _(node: tree.ImportedName, page: _Page) -> Layout:
    return node.name if node.alias == node.name else f"{node.name} as {node.alias}"


@_layout.register
def _(node: tree.Import, page: _Page) -> Layout:
    module = spelling.string(node.module) if node.is_file else node.module
    *names, last = map(page.of, node.names)
    filled = [group(SPACE, name, ",") for name in names]
    return join(f"from {module} use", indent(*filled, group(SPACE, last)))


@_layout.register
def _(node: tree.Block, page: _Page) -> Layout:
    return join(f"block {node.name.id}", _parameters(page, node), " ", _body(page, node, "body", node.body))


@_layout.register
def _(node: tree.Network, page: _Page) -> Layout:
    return join(f"network {node.name.id}", _parameters(page, node), " ", _body(page, node, "body", node.body))


@_layout.register
def _(node: tree.Derived, page: _Page) -> Layout:
    base = join(node.base.id, _bracket(page, node, "arguments", node.arguments, "()"))
    replaces = [" ", _body(page, node, "replaces", node.replaces)] if node.replaces else []
    return join(f"network {node.name.id}", _parameters(page, node), " = ", base, *replaces)


@_layout.register
def _(node: tree.Vary, page: _Page) -> Layout:
    names = _names(node.names)
    return join("vary ", f"({names})" if len(node.names) > 1 else names, " in ", page.at(node.values, _CHOICE))


@_layout.register
def _(node: tree.Match, page: _Page) -> Layout:
    target = [" to ", page.at(node.target, _CHOICE)] if node.target else []
    bounds = page.at(node.low, _SUM), "..", page.at(node.high, _SUM)
    head = f"match {node.measure} within {spelling.percentage(node.within)}%"
    return join(head, *target, f" by {node.by.id} in ", *bounds)


@_layout.register
def _(node: tree.Where, page: _Page) -> Layout:
    return join("where ", page.at(node.condition, _CHOICE))


@_layout.register
def _(node: tree.Ablation, page: _Page) -> Layout:
    mode = [" by ", page.of(node.mode)] if node.mode else []
    return join(f"ablation {node.name.id} of {node.of.id}", *mode, " ", _body(page, node, "body", node.body))


@_layout.register
def _(node: tree.File, page: _Page) -> Layout:
    """An empty line between items; imports stand together, and derived networks as their writer put them."""
    rows: list[_Row] = []
    before: tree.Item | None = None
    for item in node.items:
        (blank, first), *rest = page.rows(item, page.of(item))
        rows += [(_apart(before, item, blank, bool(rest)), first), *rest]
        before = item
    return _paragraph([*rows, *page.closing(node, "items")])


def _apart(before: tree.Item | None, item: tree.Item, blank: bool, commented: bool) -> bool:
    match before, item:
        case tree.Import(), tree.Import():
            return blank and commented
        case tree.Derived(), tree.Derived():
            return blank
    return True
