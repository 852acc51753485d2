"""Networks counted piece by piece, without their records.

A piece is what one arrow in the body of a network adds. It is known by the very values that its text mentions and the
tensor that comes in, so a network that differs from others in one place is mostly looked up. Rules of shapes, costs and
names are those of the walk: what is not known yet is worked out by it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from typing import Any, TypeVar

from archdsl.lower.evaluate import Evaluator
from archdsl.lower.expand import Body, Walk, worked_out
from archdsl.lower.interface import Interface, declared, sizes_of
from archdsl.lower.networks import at_work
from archdsl.lower.record import Counts, Path, Record, Step
from archdsl.lower.settings import Settings
from archdsl.lower.values import BlockLayer, OpLayer, Tensor, Value, is_tensors, types_of
from archdsl.ops import Parameter
from archdsl.report import Mistake
from archdsl.shapes import Shape
from archdsl.syntax import tree

T = TypeVar("T")
MOST_KEPT = 100_000
"""How many values and pieces are kept; beyond that all are forgotten, for a family may be large."""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Steps of a network: what they give, cost and say, and the names they take."""

    result: Value
    shapes: Sequence[Shape]
    counts: Counts
    said: bytes
    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Entrance:
    """What comes into a network: its interface, the names that its body starts with, the default sizes."""

    interface: Interface
    names: Mapping[str, Value]
    shapes: tuple[Shape, ...]
    sizes: Mapping[str, int]
    said: bytes


def said(steps: Sequence[Step]) -> bytes:
    """What steps do, by name and by number of value; blocks by the hash of what is in them."""
    told = [
        (s.path, s.what.digest if isinstance(s.what, Record) else s.what, s.inputs, s.outputs, s.again, s.bare)
        for s in steps
    ]
    return "".join(f"{step!r}\n" for step in told).encode()


def digest(entrance: bytes, steps: Sequence[bytes], outputs: object) -> str:
    """A hash of a network: what it asks of its inputs, and what it does."""
    return blake2b(b"".join((entrance, *steps, repr(outputs).encode())), digest_size=16).hexdigest()


def said_of(inputs: Interface) -> bytes:
    assumed = [assumption.text for assumption in inputs.assumptions]
    return repr((dict(inputs.inputs), assumed)).encode()


class Ledger:
    """What is known of pieces. A value is known by its identity, so it is kept as long as it is referred to."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self._known: dict[Hashable, tuple[Any, Any]] = {}
        self._same: dict[Hashable, Any] = {}
        self._atoms: dict[int, tuple[object, tuple[tuple[str, int | None], ...]]] = {}
        self._sound: dict[tuple[int, ...], list[tuple[Path, ...]]] = {}

    def remembered(self, key: Hashable, kept: Any, work_out: Callable[[], T]) -> T:
        """What was worked out for a key; `kept` are the values whose identities are in it."""
        found = self._known.get(key)
        if found is None:
            if len(self._known) > MOST_KEPT:
                self._known.clear()
                self._same.clear()
                self._sound.clear()
            found = self._known[key] = work_out(), kept
        result: T = found[0]
        return result

    def one(self, value: T) -> T:
        """The one value that stands for all equal ones."""
        found: T = self._same.setdefault((value, types_of(value)), value)
        return found

    def worked_out(self, scope: Evaluator, node: tree.Expr, owner: str, parameter: Parameter) -> Value:
        """The value of an expression for a parameter, once for the same values in it."""
        values = self.values(node, scope.names)
        key = id(node), parameter.name, *map(id, values)
        return self.remembered(key, (values, node), lambda: self.one(worked_out(scope, node, owner, parameter)))

    def atoms(self, node: object) -> tuple[tuple[str, int | None], ...]:
        """The names that a text mentions, and of lists of which it takes one element by number that element."""
        found = self._atoms.get(id(node))
        if found is None:
            found = self._atoms[id(node)] = node, tuple(dict.fromkeys(_atoms(node)))
        return found[1]

    def values(self, node: object, names: Mapping[str, Value]) -> list[Value]:
        """The values that a text reads."""
        values = []
        for name, at in self.atoms(node):
            value = names.get(name)
            values.append(value[at] if at is not None and isinstance(value, tuple) and at < len(value) else value)
        return values

    def is_sound(self, pieces: Sequence[Piece]) -> bool:
        """Whether no two parts of such pieces have one name, as far as it is known."""
        return tuple([id(piece.paths) for piece in pieces]) in self._sound

    def note_sound(self, pieces: Sequence[Piece]) -> None:
        paths = [piece.paths for piece in pieces]
        self._sound[tuple(map(id, paths))] = paths


def _atoms(node: object) -> Iterator[tuple[str, int | None]]:
    match node:
        case tree.Index(value=tree.Name(id=name), index=tree.Literal(value=int(at))) if at >= 0:
            yield name, at
        case tree.Name(id=name):
            yield name, None
        case tree.Node():
            for field in node.__dataclass_fields__:
                if field != "span":
                    yield from _atoms(getattr(node, field))
        case tuple():
            for part in node:
                yield from _atoms(part)


class Tally(Body):
    """The body of a network, added up from pieces."""

    def __init__(self, ledger: Ledger, settings: Settings, entrance: Entrance) -> None:
        super().__init__(ledger.walk, settings.root, settings.arguments, entrance.names, entrance.shapes)
        self.ledger, self.entrance = ledger, entrance
        self.pieces: list[Piece] = []

    def add_up(self) -> Value:
        """Goes through the statements; gives what is bound to `out`. Raises `Mistake` for what is no network."""
        assert isinstance(self.definition.item, tree.Network)
        for statement in self.definition.item.body:
            match statement:
                case tree.Bind():
                    self.bind(statement)
                case tree.Require():
                    values = self.ledger.values(statement, self.names)
                    key = id(statement), *map(id, values)
                    self.ledger.remembered(key, values, partial(self._required, statement))
        self._flush()
        return self.names.get("out")

    def _required(self, statement: tree.Require) -> bool:
        self.require(statement)
        return True

    def value(self, node: tree.Expr) -> Value:
        """Calls are worked out once for the same values."""
        if type(node) is not tree.Call:
            return super().value(node)
        values = self.ledger.values(node, self.names)
        return self.ledger.remembered((id(node), *map(id, values)), values, lambda: self._called(node))

    def _called(self, node: tree.Call) -> Value:
        found = super().value(node)
        return self.ledger.one(found) if isinstance(found, OpLayer | BlockLayer) else found

    def through(self, link: tree.Pipe | tree.FanOut, value: Value) -> Value:
        self._flush()
        if not isinstance(value, Tensor):
            return super().through(link, value)
        values = self.ledger.values(tree.step(link), self.names)
        key = id(link), id(value), len(self.parts.shapes), *map(id, values)
        piece = self.ledger.remembered(key, (values, value), lambda: self._worked_out(link, value))
        self.parts.shapes[len(self.parts.shapes) :] = piece.shapes
        self.pieces.append(piece)
        return piece.result

    def _worked_out(self, link: tree.Pipe | tree.FanOut, value: Value) -> Piece:
        """The piece of a link; its steps and values are taken back, for they are added with it."""
        first = len(self.parts.shapes)
        result = super().through(link, value)
        piece = self._piece(self.parts.taken(), result, self.parts.shapes[first:])
        del self.parts.shapes[first:]
        return piece

    def _piece(self, steps: Sequence[Step], result: Value, shapes: Sequence[Shape]) -> Piece:
        total = sum((step.counts for step in steps), Counts()).at(self.entrance.sizes)
        paths = self.ledger.one(tuple(step.path for step in steps))
        one = self.ledger.one(result) if is_tensors(result) else result
        return Piece(one, shapes, total, said(steps), paths)

    def _flush(self) -> None:
        """Steps that arithmetic has added since are a piece of their own."""
        steps = self.parts.taken()
        if steps:
            self.pieces.append(self._piece(steps, None, ()))


def entrance_of(ledger: Ledger, settings: Settings) -> Entrance:
    """What comes into a network with these settings."""
    assert isinstance(settings.root.item, tree.Network)
    declared_ = [s for s in settings.root.item.body if isinstance(s, tree.InputDecl | tree.Require)]
    values = [value for statement in declared_ for value in ledger.values(statement, settings.arguments)]
    key = (id(settings.root), *map(id, values))
    return ledger.remembered(key, values, lambda: _entrance(declared(settings)))


def _entrance(inputs: Interface) -> Entrance:
    names: dict[str, Value] = {name: Tensor(i, shape) for i, (name, shape) in enumerate(inputs.inputs.items())}
    for name, symbol in inputs.symbols.items():
        names.setdefault(name, symbol.size)
    return Entrance(inputs, names, tuple(inputs.inputs.values()), sizes_of(inputs, {}), said_of(inputs))


def can_tally(settings: Settings) -> bool:
    """Whether a network can be added up: a shared part, a declared tensor or a replaced part is seen by the whole."""
    assert isinstance(settings.root.item, tree.Network)
    plain = (isinstance(s, tree.Bind | tree.Require | tree.InputDecl) for s in settings.root.item.body)
    return not settings.edits and all(plain)


def tallied(ledger: Ledger, settings: Settings) -> tuple[Tally, Value] | None:
    """The network added up, with what it gives; None where the walk is to say what is wrong, if anything is."""
    if not can_tally(settings):
        return None
    try:
        tally = Tally(ledger, settings, entrance_of(ledger, settings))
        with at_work(settings.definition):
            out = tally.add_up()
    except Mistake:
        return None
    return tally, out
