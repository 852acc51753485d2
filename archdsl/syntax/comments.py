"""What a text says beside its tree: comments, and the lines and paragraphs that its writer began."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from archdsl.report import Source, Span
from archdsl.syntax import scan, tree

ListId = tuple[int, str]
"""A list of a node: the node's identity and the field's name."""

FLOW = "steps"
"""The name of a flow's list."""

_UNSPACED = re.compile(r"^(##?)(?=[^#\s])")
_OPENERS = {")": "(", "]": "[", "}": "{"}
_OPERATIONS = (tree.Binary, tree.Unary, tree.Compare, tree.Conditional)


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on a line of its own; `blank` is whether an empty line stands above it."""

    text: str
    blank: bool = False


@dataclass(frozen=True, slots=True)
class Notes:
    """By a node's identity what stands above it and behind it, by a list's what stands behind its bracket and last.

    Of the nodes that follow each other in lists and flows, `parted` do not begin on the line on which what is before
    them ends, and `blank` have an empty line above. `enclosed` are operations in parentheses. `moved` counts the
    comments above a node that stand in its midst in the text.
    """

    above: defaultdict[int, list[Comment]] = field(default_factory=lambda: defaultdict(list))
    beside: dict[int, str] = field(default_factory=dict)
    opening: dict[ListId, str] = field(default_factory=dict)
    closing: defaultdict[ListId, list[Comment]] = field(default_factory=lambda: defaultdict(list))
    moved: Counter[int] = field(default_factory=Counter)
    parted: set[int] = field(default_factory=set)
    blank: set[int] = field(default_factory=set)
    enclosed: set[int] = field(default_factory=set)


def documentation(file: tree.File) -> Notes:
    """The notes of a tree that has no text: nothing but the documentation of its items."""
    notes = Notes()
    for item in file.items:
        if not isinstance(item, tree.Import) and item.doc:
            notes.above[id(item)] = [Comment(f"## {line}".rstrip()) for line in item.doc.split("\n")]
    return notes


def notes_of(file: tree.File) -> Notes:
    """The notes of a tree's own text."""
    notes = Notes()
    regions = sorted(_regions(file), key=lambda region: (region.start, -region.end))
    for region in regions:
        _note_lines(notes, region, file.span.source.text)
    for comment, region in _located(file.span.source, regions):
        _note_comment(notes, comment, region)
    notes.enclosed.update(id(node) for node in tree.walk(file) if isinstance(node, _OPERATIONS) and _enclosed(node))
    return notes


# --- regions -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Region:
    """What lies between the brackets of a list, or behind a flow's source; comments stand around its children.

    `head` is the end of what is before the first child: of a bracket, or of a flow's source.
    """

    list: ListId
    children: Sequence[tree.Node]
    start: int
    head: int
    end: int


class _Brackets:
    """The brackets of a text, each with its other end; those in a string are part of it."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.opener: dict[int, int] = {}
        opened: list[int] = []
        for mark in scan.brackets(Span(source, 0, len(source.text))):
            if mark.text in _OPENERS:
                self.opener[mark.start] = opened.pop()
            else:
                opened.append(mark.start)
        self.closer = {opener: closer for closer, opener in self.opener.items()}
        self.openers = sorted(self.closer)

    def of(self, node: tree.Node, name: str, children: Sequence[tree.Node]) -> _Region | None:
        """The brackets of which the second ends a node."""
        end = node.span.end - 1
        return self._region(node, name, children, self.opener[end]) if end in self.opener else None

    def behind(self, name: tree.Node, node: tree.Node, list: str, children: Sequence[tree.Node]) -> _Region | None:
        """The brackets that follow a name, those of a list that has children."""
        if not children:
            return None
        return self._region(node, list, children, self.openers[bisect_right(self.openers, name.span.end - 1)])

    def _region(self, node: tree.Node, name: str, children: Sequence[tree.Node], start: int) -> _Region:
        return _Region((id(node), name), children, start, start + 1, self.closer[start])


def _regions(file: tree.File) -> Iterator[_Region]:
    source = file.span.source
    yield _Region((id(file), "items"), file.items, -1, 0, len(source.text))
    brackets, inner = _Brackets(source), set[int]()
    for node in tree.walk(file):
        if isinstance(node, tree.Pipe | tree.FanOut):
            if id(node) not in inner:
                links = tree.links(node)
                inner.update(map(id, links))
                head = links[0].source.span.end
                yield _Region((id(node), FLOW), [*map(tree.step, links)], head - 1, head, tree.step(node).span.end)
        else:
            yield from filter(None, _lists(node, brackets))


def _lists(node: tree.Node, brackets: _Brackets) -> Iterator[_Region | None]:
    match node:
        case tree.Block() | tree.Network():
            yield brackets.behind(node.name, node, "parameters", node.parameters)
            yield brackets.of(node, "body", node.body)
        case tree.Derived():
            yield brackets.behind(node.name, node, "parameters", node.parameters)
            yield brackets.behind(node.base, node, "arguments", node.arguments)
            if node.replaces:
                yield brackets.of(node, "replaces", node.replaces)
        case tree.Ablation():
            yield brackets.of(node, "body", node.body)
        case tree.InputDecl():
            yield brackets.behind(node.name, node, "axes", node.axes)
        case tree.ParameterDecl() | tree.BufferDecl():
            yield brackets.behind(node.name, node, "sizes", node.sizes)
        case tree.Call():
            yield brackets.of(node, "arguments", node.arguments)
        case tree.Sequence():
            yield brackets.of(node, "items", node.items)
        case tree.Comprehension():
            yield brackets.of(node, "clauses", (node.element, *node.clauses))


# --- lines and comments ------------------------------------------------------------------------------------


def _note_lines(notes: Notes, region: _Region, text: str) -> None:
    end = region.head
    for child in region.children:
        if "\n" in text[end : child.span.start]:
            notes.parted.add(id(child))
            if _below_blank(text, child.span.start):
                notes.blank.add(id(child))
        end = child.span.end


def _below_blank(text: str, start: int) -> bool:
    """Whether an empty line stands above the line that a place is the first of."""
    before = start
    while before and text[before - 1].isspace():
        before -= 1
    return text.count("\n", before, start) > 1


def _enclosed(node: tree.Node) -> bool:
    text, before, behind = node.span.source.text, node.span.start - 1, node.span.end
    while before >= 0 and text[before].isspace():
        before -= 1
    while behind < len(text) and text[behind].isspace():
        behind += 1
    return text[before : before + 1] == "(" and text[behind : behind + 1] == ")"


def _located(source: Source, regions: list[_Region]) -> Iterator[tuple[Span, _Region]]:
    """Every comment with the innermost region around it."""
    around: list[_Region] = []
    waiting = regions[::-1]
    for comment in scan.comments(Span(source, 0, len(source.text))):
        while waiting and waiting[-1].start < comment.start:
            _leave(around, waiting[-1].start)
            around.append(waiting.pop())
        _leave(around, comment.start)
        yield comment, around[-1]


def _leave(around: list[_Region], place: int) -> None:
    while around and around[-1].end <= place:
        around.pop()


def _note_comment(notes: Notes, comment: Span, region: _Region) -> None:
    """A comment belongs to what is before it on its line, else to what follows, else to the end of its list.

    One in the midst of a child, where no line can end, goes above that child.
    """
    text, start = comment.source.text, comment.start
    said = _UNSPACED.sub(r"\1 ", comment.text.rstrip())
    following = bisect_right(region.children, start, key=lambda child: child.span.start)
    before = region.children[following - 1] if following else None
    end = before.span.end if before else region.head
    if before and end > start:
        _move_above(notes, before, said)
    elif "\n" not in text[end:start] and _note_behind(notes, region, before, said):
        pass
    elif following < len(region.children):
        notes.above[id(region.children[following])].append(Comment(said, _below_blank(text, start)))
    else:
        notes.closing[region.list].append(Comment(said, _below_blank(text, start)))


def _note_behind(notes: Notes, region: _Region, before: tree.Node | None, said: str) -> bool:
    """Puts a comment behind a child, or behind what is before the first, if it is the first comment there."""
    if before:
        free = id(before) not in notes.beside
        notes.beside.setdefault(id(before), said)
    else:
        free = region.start >= 0 and region.list not in notes.opening
        if free:
            notes.opening[region.list] = said
    return free


def _move_above(notes: Notes, node: tree.Node, said: str) -> None:
    """Puts a comment behind others that moved, and before those that stand there: they may document the node."""
    above, place = notes.above[id(node)], notes.moved[id(node)]
    blank = place == 0 and (above[0].blank if above else id(node) in notes.blank)
    above.insert(place, Comment(f"# {said.lstrip('#').lstrip()}".rstrip(), blank))
    notes.moved[id(node)] += 1
