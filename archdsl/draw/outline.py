"""A network as a tree that opens part by part: the content of the page, as data in which equal parts stand once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from archdsl.draw import words
from archdsl.draw.figure import Body, Part, Port
from archdsl.draw.lanes import laned, spread
from archdsl.draw.levels import part_at
from archdsl.draw.read import read
from archdsl.draw.rewrite import inlined, rewired, without_identities
from archdsl.draw.sections import sectioned
from archdsl.draw.structure import Fork, Gate, Leaf, Mesh, Series, decomposed
from archdsl.draw.view import fused
from archdsl.lower.record import Record
from archdsl.report import Span
from archdsl.sizes import Dim

Data = dict[str, Any]
"""An object of JSON."""

Place = list[Any]
"""Where a part stands in a body: its number in `parts`, its number in `lines`, and its name below that of the body.

Equal parts in a row are one place with their names.
"""

FIELDS = "kind title notes takes gives params macs body scoped with op doc units".split()
"""What a row of `parts` says; 0 stands for nothing, and nothing at the end is left out. No body has the number 0."""


def outline(record: Record, at: str) -> Data:
    """The tables that places refer to, and the body of the network; `at` is empty or a part that there has to be."""
    writer, whole = _Writer(), without_identities(read(record))
    if at:
        part_at(whole, at)
    root = writer.body(sectioned(whole), "", ends=True)
    tables = {name: list(getattr(writer, name).rows.values()) for name in ("parts", "bodies", "lines", "shapes")}
    return {"fields": FIELDS, **tables, "root": root}


@dataclass(slots=True)
class _Table:
    """Rows that are each kept once, and go by number."""

    rows: dict[str, Any] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)

    def number(self, row: Any) -> int:
        key = repr(row)
        self.rows.setdefault(key, row)
        return self.numbers.setdefault(key, len(self.numbers))


@dataclass(slots=True)
class _Writer:
    parts: _Table = field(default_factory=_Table)
    bodies: _Table = field(default_factory=lambda: _Table({"none": []}, {"none": 0}))
    lines: _Table = field(default_factory=_Table)
    shapes: _Table = field(default_factory=_Table)

    def body(self, body: Body, scope: str, ends: bool = False) -> int:
        """The number of a body whose parts have names below `scope`."""
        whole = _opened(body)
        seen = spread(laned(fused(whole)), lambda inner: inner)
        return self.shown(seen, whole, scope, ends)

    def shown(self, body: Body, whole: Body, scope: str, ends: bool = False) -> int:
        """The number of a body as it is shown; `whole` has all of its ops."""
        places = {part.id: self.place(part, whole, scope) for part in body.parts}
        return self.bodies.number(_series(decomposed(_folded(body, places), ends=ends), places))

    def place(self, part: Part, whole: Body, scope: str) -> Place:
        inside, own = 0, ""
        if part.body is not None:
            own = _scope(part, part.body)
            inside = self.body(part.body, own or scope)
        elif (part.first or part.then) and not part.id.endswith("]"):
            ops = _followed(part, whole)
            inside = self.shown(ops, ops, scope)
        return [self.part(part, inside, own != ""), self.line(part.span), part.id.removeprefix(scope)]

    def part(self, part: Part, inside: int, scoped: bool) -> int:
        """The number of a part, which is the same for parts that differ in name and line alone."""
        before, behind = (" · ".join(map(words.brief, ops)) for ops in (part.first, part.then))
        row: list[Any] = [
            part.kind,
            part.title,
            [*([f"after {before}"] if before else []), *part.notes, *([behind] if behind else [])],
            [self.shapes.number(words.shape_text(shape)) for shape in part.takes],
            [self.shapes.number(words.shape_text(shape)) for shape in part.gives],
            part.counts.params,
            number(part.counts.macs),
            inside,
            int(scoped),
            [list(pair) for pair in part.attributes],
            part.op.name if part.op is not None else "",
            part.definition.item.doc if part.definition is not None else "",
            part.units if part.units > 1 else 0,
        ]
        while not row[-1]:
            row.pop()
        return self.parts.number([value or 0 for value in row])

    def line(self, span: Span | None) -> int:
        """The line of the spec that a part is written in; 0 where there is none."""
        if span is None:
            return self.lines.number([])
        line = span.source.position(span.start)[0]
        return self.lines.number([span.source.name, line, span.source.line(line).strip()])


def number(size: Dim) -> int:
    """An amount; 0 where it depends on symbols."""
    return size if isinstance(size, int) else 0


def _scope(part: Part, body: Body) -> str:
    """What the names inside a part begin with: its own; nothing where it is no module, as a stem that was found."""
    own = f"{part.id}."
    return own if all(inner.id.startswith(own) for inner in body.inner) else ""


def _opened(body: Body) -> Body:
    """The body without blocks that hold one op, or that several tensors enter or leave."""
    while any(_is_through(part) for part in body.parts):
        body = inlined(body, _is_through)
    return body


def _is_through(part: Part) -> bool:
    if part.body is None or part.kind in ("stem", "stage", "head"):
        return False
    return len(fused(part.body).inner) < 2 or len(part.inputs) != 1 or len(part.gives) != 1


def _followed(part: Part, whole: Body) -> Body:
    """An op with those that come before it, and follow it, in the same box, one after the other."""
    users, known = whole.users(), whole.by_id
    ops = [known[part.id]]
    while len(ops) <= len(part.first):
        ops = [known[ops[0].inputs[0][0]], *ops]
    while len(ops) <= len(part.first) + len(part.then):
        ops += users[ops[-1].id][:1]
    first = Part(f"{part.id}.in", "", "input", "in", gives=part.takes)
    last = Part(f"{part.id}.out", "", "output", "out", (), ((ops[-1].id, 0),), part.gives, part.gives)
    return Body((first, replace(ops[0], inputs=((first.id, 0),)), *ops[1:], last))


def _folded(body: Body, places: dict[str, Place]) -> Body:
    """The body with parts in a row that are equal but for their names as one, which has the names of all."""
    users = body.users()
    ports: dict[Port, Port] = {}
    parts: dict[str, Part] = {}
    for part in body.parts:
        part = rewired(part, ports)
        before = parts.get(part.inputs[0][0]) if len(part.inputs) == 1 else None
        if before is not None and len(users[before.id]) == 1 and _repeats(part, places[before.id], places[part.id]):
            places[before.id].append(places[part.id][2])
            users[before.id] = users[part.id]
            ports[part.id, 0] = (before.id, 0)
        else:
            parts[part.id] = part
    return Body(tuple(parts.values()))


def _repeats(part: Part, before: Place, place: Place) -> bool:
    worth = part.body is not None or part.counts.layers > 0
    return worth and before[:2] == place[:2]


def _series(way: Series, places: dict[str, Place]) -> list[Any]:
    return list(_items(way, places))


def _items(way: Series, places: dict[str, Place]) -> Iterator[Place | Data]:
    """Places, and objects for what stands side by side."""
    for item in way.items:
        match item:
            case Leaf(part):
                yield places[part.id]
            case Fork(branches):
                yield {"fork": [_series(branch, places) for branch in branches]}
            case Gate():
                yield {
                    "gate": [_series(branch, places) for branch in item.branches],
                    "join": places[item.join.id] if item.join is not None else None,
                    "chain": _series(item.chain, places),
                    "products": [places[part.id] for part in item.products],
                }
            case Mesh():
                yield _mesh(item, places)


def _mesh(mesh: Mesh, places: dict[str, Place]) -> Data:
    """Nodes in an order in which they can run, and links between them; -1 is where the mesh is entered and left."""
    order = [part.id for part in mesh.parts]
    number: dict[str | None, int] = {None: -1} | {name: i for i, name in enumerate(order)}
    links = [[number[link.source], number[link.target], _series(link.way, places)] for link in mesh.links]
    return {"mesh": [places[name] for name in order], "links": links}
