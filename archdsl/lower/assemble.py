"""Parts of a body put together: layers are applied to tensors and become steps, with names, shapes and costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from archdsl.light import single
from archdsl.limits import at_most, spend
from archdsl.lower.bind import completed
from archdsl.lower.record import Auto, Counts, Given, Path, Record, Step, auto
from archdsl.lower.replace import NONE, Edit, Edits, Name, automatic
from archdsl.lower.resolve import Definition
from archdsl.lower.values import (
    BlockLayer,
    Fold,
    LabelledLayer,
    Layer,
    OpLayer,
    SharedLayer,
    Tensor,
    Trace,
    Value,
    describe,
    describe_but,
    is_tensor,
    span_of,
)
from archdsl.ops import Op, Reject, Weight
from archdsl.report import Diagnostic, Label, Mistake, Span, errors
from archdsl.shapes import Shape
from archdsl.sizes import TooComplex
from archdsl.syntax import tree

APPLICATION = 10
"""The steps that it takes to apply what is worked out already."""
FREE = Counts()
"""What a block costs besides its parts."""

Result = tuple[Op, tuple[Shape, ...], Counts]
"""An op, what it gives, and what it costs."""


class Works(Protocol):
    """What works out blocks and ops."""

    def block(
        self, layer: BlockLayer, inputs: tuple[Shape, ...], listed: bool, applied: Span, edits: Edits
    ) -> Record: ...

    def op(self, op: Op, inputs: tuple[Shape, ...]) -> Result: ...


class Place(NamedTuple):
    """Where a layer is applied: the scope, the name it is given there, and the words that apply it."""

    scope: Path
    label: str | None
    span: Span

    def path(self, base: str) -> Path:
        """The full name; `_` stands for the scope itself."""
        if self.label is None:
            return (*self.scope, auto(base))
        return self.opened

    @property
    def opened(self) -> Path:
        """The scope that the label opens."""
        return self.scope if self.label in (None, "_") else (*self.scope, *str(self.label).split("."))

    def inside(self, layer: Layer, position: int) -> Place:
        """The place of an element of a list that stands here; it is numbered unless it has a name of its own."""
        label = None if isinstance(layer, (LabelledLayer, SharedLayer)) else str(position)
        here = isinstance(layer, (OpLayer, BlockLayer, LabelledLayer)) and self.span.covers(layer.site)
        return Place(self.opened, label, layer.site if here and not isinstance(layer, tuple) else self.span)


@single
class Piece:
    """What one arrow adds to a body: the steps, where they were asked for, the shapes that they give; its result."""

    result: Value
    steps: Sequence[Step]
    spots: Sequence[Span]
    shapes: Sequence[Shape]


class Assembly:
    """The steps of one body so far, and the shapes of its values.

    `names` tells what the body has bound by now, for messages; `binding` is the name that the statement at hand gives.
    `edits` are to be made here, and `edited` are those that found their part.
    """

    def __init__(self, walk: Works, shapes: tuple[Shape, ...], names: Mapping[str, Value], edits: Edits) -> None:
        self._walk, self._names, self._edits = walk, names, edits
        self._taken = set(edits.taken or ())
        self.edited: set[Edit] = set()
        self.shapes = list(shapes)
        self.steps: list[Step] = []
        self._spots: list[Span] = []
        self.problems: dict[Diagnostic, None] = {}
        self.binding = "out"
        self._shared: dict[str, list[tuple[Path, tuple[Weight, ...]]]] = {}

    def note(self, problem: Diagnostic | None) -> None:
        if problem is not None:
            self.problems[problem] = None

    @property
    def is_edited(self) -> bool:
        """Whether anything is to be replaced here, so that what is added depends on where it stands."""
        return bool(self._edits.pending)

    def mark(self) -> tuple[int, int]:
        """How many steps and values there are."""
        return len(self.steps), len(self.shapes)

    def piece(self, mark: tuple[int, int], result: Value) -> Piece:
        """What was added since a mark."""
        step, shape = mark
        return Piece(result, self.steps[step:], self._spots[step:], self.shapes[shape:])

    def again(self, piece: Piece) -> Value:
        """Adds what was added to an equal body at the same place."""
        spend(APPLICATION + len(piece.steps))
        self.steps += piece.steps
        self._spots += piece.spots
        self.shapes += piece.shapes
        return piece.result

    def check_names(self) -> None:
        """Two parts of one name, or a part inside another that is no scope, could not both be in a module."""
        if _fit_together(tuple([step.path for step in self.steps if not step.again])):
            return
        owners: dict[Path, Span] = {}
        doubled: set[Path] = set()
        for step, spot in zip(self.steps, self._spots, strict=True):
            if step.again or not step.path or isinstance(step.path[-1], Auto):
                continue
            if step.path in owners and step.path[:-1] not in doubled:
                self.note(errors.duplicate_label(spot, ".".join(map(str, step.path)), owners[step.path]))
            if step.path in owners and str(step.path[-1]).isdigit():
                doubled.add(step.path[:-1])
            owners.setdefault(step.path, spot)
        for path, spot in owners.items():
            for length in range(1, len(path)):
                if path[:length] in owners:
                    name = ".".join(map(str, path[:length]))
                    self.note(errors.part_in_part(spot, ".".join(map(str, path)), name, owners[path[:length]]))

    def apply(self, layer: Layer, value: Value, place: Place) -> Value:
        """What comes out where `value` goes through `layer`, or through what replaces it."""
        if self._edits.pending:
            name = self._name(layer, value, place)
            found = self._edits.first(name) if name else None
            if found is not None:
                return self._replaced(*found, name, value)
        return self._apply(layer, value, place)

    def _name(self, layer: Layer, value: Value, place: Place) -> Name:
        """What a part is called in the module; nothing where its own parts only have names."""
        match layer:
            case LabelledLayer() | SharedLayer():
                return ()
            case OpLayer() if place.label == "_" and not self._is_bare(layer, value, place):
                return self._automatic((*place.scope, auto(layer.name)))
            case OpLayer() | BlockLayer() if place.label is None:
                return self._automatic((*place.scope, auto(layer.name)))
        return () if place.label in (None, "_") else tuple(map(str, place.opened))

    def _is_bare(self, layer: OpLayer, value: Value, place: Place) -> bool:
        shapes = (tensor.shape for tensor in self.tensors(value, place.span))
        return bool(completed(layer, place.span).weights(*shapes))

    def _automatic(self, path: Path) -> Name:
        """The name in this body that an automatic path comes to."""
        *scope, last = path
        assert isinstance(last, Auto)
        outer = len(self._edits.scope)
        return automatic((*self._edits.scope, *map(str, scope)), last.base, self._taken)[outer:]

    def _replaced(self, edit: Edit, later: Edits, name: Name, value: Value) -> Value:
        """The new layer in the place of a part, under its name; only later edits look at it."""
        self.edited.update((edit, *self._edits.swallowed(edit, name)))
        before, self._edits = self._edits, later
        try:
            return self.apply(edit.made(value), value, Place(name[:-1], name[-1], edit.layer.span))
        finally:
            self._edits = before

    def _apply(self, layer: Layer, value: Value, place: Place) -> Value:
        match layer:
            case OpLayer():
                return self._apply_op(layer, value, place)
            case LabelledLayer():
                return self.apply(layer.layer, value, Place(place.scope, place.label or layer.label, place.span))
            case BlockLayer():
                return self._apply_block(layer, value, place)
            case tuple():
                spend(len(layer))
                for i, element in enumerate(layer):
                    value = self.apply(element, value, place.inside(element, i))
                return value
            case SharedLayer():
                return self._apply_shared(layer, value, place)
            case Trace(layers):
                results = []
                for i, element in enumerate(layers):
                    value = self.apply(element, value, place.inside(element, i))
                    results.append(value)
                return tuple(results)
            case Fold(inner):
                return self._fold(inner, value, place)

    def _fold(self, layer: Layer, value: Value, place: Place) -> Value:
        if not isinstance(value, tuple):
            raise Mistake(errors.not_a_list(place.span, describe(value)))
        result = value[0]
        for i, item in enumerate(value[1:]):
            result = self.apply(layer, (result, item), place.inside(layer, i) if place.label else place)
        return result

    def _apply_shared(self, layer: SharedLayer, value: Value, place: Place) -> Value:
        if layer.body is not self:
            raise Mistake(errors.shared_elsewhere(place.span, layer.name, layer.site))
        first = len(self.steps)
        result = self.apply(layer.layer, value, Place((), layer.name, place.span))
        parts = [(step.path, self._weights(step)) for step in self.steps[first:]]
        known = self._shared.setdefault(layer.name, parts)
        if known is parts:
            return result
        if known != parts:
            del self.steps[first:], self._spots[first:]
            raise Mistake(errors.shared_differs(place.span, layer.name, layer.site))
        for i in range(first, len(self.steps)):
            step = self.steps[i]
            self.steps[i] = replace(step, again=True)
        return result

    def _weights(self, step: Step) -> tuple[Any, ...]:
        if isinstance(step.what, Record):
            return tuple(step.what.weights())
        assert isinstance(step.what, Op)
        return step.what.weights(*(self.shapes[ref] for ref in step.inputs))

    def _apply_op(self, layer: OpLayer, value: Value, place: Place) -> Value:
        op = completed(layer, place.span)
        tensors = self.tensors(value, place.span)
        fewest, most = op.arity
        if len(tensors) < fewest or (most is not None and len(tensors) > most):
            raise Mistake(errors.arity(layer.site, layer.name, fewest, most, len(tensors)))
        return self.do(op, tensors, layer, place)

    def do(self, op: Op, tensors: tuple[Tensor, ...], layer: OpLayer, place: Place) -> Value:
        inputs = tuple([tensor.shape for tensor in tensors])
        try:
            op, shapes, counts = self._walk.op(op, inputs)
        except Reject as reject:
            raise Mistake(self._rejection(reject, layer, tensors)) from None
        except TooComplex as complex:
            raise Mistake(errors.size_too_complex(layer.site, str(complex))) from None
        path = place.path(layer.name)
        bare = place.label == "_" and bool(op.weights(*inputs))
        if bare and op.call(*inputs) is None:
            raise Mistake(errors.needs_label(layer.site, layer.name))
        if place.label == "_" and not bare:
            path = (*place.scope, auto(layer.name))
        results = self.add(path, op, tensors, shapes, layer.site, counts, bare=bare)
        return results if op.gives_list else results[0]

    def _rejection(self, reject: Reject, layer: OpLayer, tensors: tuple[Tensor, ...]) -> Diagnostic:
        at = span_of(layer, reject.at)
        sources = [self._producer(tensor) for tensor in tensors]
        message = reject.message.format(*(name for name, _ in sources))
        related = [Label(span, f"{name} comes from here") for name, span in sources if span is not None]
        return errors.rejected(at, layer.name, message, related[:2], reject.help)

    def _producer(self, tensor: Tensor) -> tuple[str, Span | None]:
        """What a body calls a tensor, and where it is made."""
        spend(len(self.steps) // APPLICATION)
        name = next((n for n, v in self._names.items() if isinstance(v, Tensor) and v.ref == tensor.ref), None)
        span = next((step.span for step in self.steps if tensor.ref in step.outputs), None)
        return (
            f"`{name}`" if name else f"`{span.text}`" if span and len(span.text) < 40 else "the input",
            span,
        )

    def _apply_block(self, layer: BlockLayer, value: Value, place: Place) -> Value:
        tensors = self.tensors(value, place.span)
        taken = taken_apart(layer.definition)
        if taken and len(taken) != len(tensors):
            raise Mistake(errors.arity(place.span, layer.name, len(taken), len(taken), len(tensors)))
        listed = isinstance(value, tuple)
        edits = self._below(layer, place)
        record = self._walk.block(layer, tuple([tensor.shape for tensor in tensors]), listed, place.span, edits)
        self.edited |= record.edited
        if record.problems:
            self._blame(record, layer, place)
            raise Mistake(None)
        most = at_most().ops
        if record.ops > most or len(self.steps) > most:
            raise Mistake(errors.too_many_ops(place.span, most))
        path = place.path(layer.name)
        if place.label == "_":
            results = self._splice(record, tensors, path, place.span)
        else:
            shapes = tuple([record.shapes[ref] for ref in record.outputs])
            results = self.add(path, record, tensors, shapes, layer.site)
        return results if record.listed else results[0]

    def _below(self, layer: BlockLayer, place: Place) -> Edits:
        """What is to be replaced inside of a block, which has a scope of its own or names its parts in this one."""
        if not self._edits.pending:
            return NONE
        if place.label != "_":
            return Edits(self._edits.below(self._name(layer, (), place)))
        scope = tuple(map(str, place.opened))
        return Edits(self._edits.below(scope), (*self._edits.scope, *scope), frozenset(self._taken))

    def _blame(self, record: Record, layer: BlockLayer, place: Place) -> None:
        """The mistakes of a block; of those that come to point at its call, only the first, for they have one cause."""
        moved = False
        for problem in record.problems:
            inside = problem.primary.span.source.library
            if not (inside and moved):
                self.note(blamed(problem, layer, place))
            moved = moved or inside

    def _splice(self, record: Record, tensors: tuple[Tensor, ...], scope: Path, spot: Span) -> tuple[Tensor, ...]:
        """The steps of a block that opens no scope of its own become steps of this body."""
        values = dict(enumerate(tensors))
        for step in record.steps:
            inputs = tuple([values[ref] for ref in step.inputs])
            shapes = tuple([record.shapes[ref] for ref in step.outputs])
            made = self.add(
                (*scope, *step.path),
                step.what,
                inputs,
                shapes,
                step.span,
                step.own,
                spot=spot,
                again=step.again,
                bare=step.bare,
            )
            values.update(zip(step.outputs, made, strict=True))
        return tuple([values[ref] for ref in record.outputs])

    def add(
        self,
        path: Path,
        what: Op | Record | Given,
        inputs: tuple[Tensor, ...],
        shapes: tuple[Shape, ...],
        span: Span,
        own: Counts = FREE,
        *,
        spot: Span | None = None,
        again: bool = False,
        bare: bool = False,
    ) -> tuple[Tensor, ...]:
        spend(APPLICATION + len(inputs))
        first = len(self.shapes)
        self.shapes.extend(shapes)
        outputs = tuple(range(first, first + len(shapes)))
        refs = tuple([tensor.ref for tensor in inputs])
        if self._edits.pending:
            self._take(path)
        self._spots.append(spot or span)
        self.steps.append(Step(path, what, refs, outputs, span, own, again, bare, self.binding))
        return tuple(map(Tensor, outputs, shapes))

    def _take(self, path: Path) -> None:
        """Keeps automatic names off the name that a step has."""
        auto = bool(path) and isinstance(path[-1], Auto)
        named = (*self._edits.scope, *(self._automatic(path) if auto else map(str, path)))
        self._taken.update(named[: i + 1] for i in range(len(named)))

    def tensors(self, value: Value, span: Span) -> tuple[Tensor, ...]:
        if type(value) is Tensor:
            return (value,)
        tensors = value if isinstance(value, tuple) else (value,)
        if not tensors or not all(isinstance(tensor, Tensor) for tensor in tensors):
            raise Mistake(errors.source_not_tensor(span, describe_but(value, is_tensor)))
        return tensors


@lru_cache(maxsize=10_000)
def _fit_together(paths: tuple[Path, ...]) -> bool:
    """Whether no two of the written names are one, and none is inside another."""
    written = [path for path in paths if path and not isinstance(path[-1], Auto)]
    owners = set(written)
    inside = any(path[:length] in owners for path in owners for length in range(1, len(path)))
    return len(owners) == len(written) and not inside


@lru_cache(maxsize=1000)
def taken_apart(definition: Definition) -> tuple[str, ...]:
    """The names of `x, g = in`, where a block says so."""
    for statement in definition.item.body if isinstance(definition.item, tree.Block) else ():
        match statement:
            case tree.Bind(targets=targets, value=tree.Name(id="in")) if len(targets) > 1:
                return tuple(target.id for target in targets)
    return ()


def blamed(problem: Diagnostic, layer: BlockLayer, place: Place) -> Diagnostic:
    """The mistake as the caller sees it: one that shows in library text is the caller's, and points at the call."""
    name = layer.name if place.label in (None, "_") else f"{place.label} ({layer.name})"
    path = (".".join((*map(str, place.scope), name)), *problem.path)
    if not problem.primary.span.source.library:
        return replace(problem, path=path)
    here = Label(place.span, problem.primary.text)
    related = problem.related if problem.path else (Label(problem.primary.span, f"here, in `{layer.name}`"),)
    return replace(problem, primary=here, related=related, path=path)
