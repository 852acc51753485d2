"""Blocks become steps: flows are followed, shapes and costs worked out, mistakes kept.

A block is a pure function of its arguments and of the shapes that come in, so each distinct call is worked out once.
Of a network, each arrow is: variants of it mostly differ in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import prod
from typing import Any, ClassVar

from archdsl.limits import Exhausted, at_most, spend, with_room
from archdsl.lower.arguments import completed_block, names_in
from archdsl.lower.assemble import Assembly, Piece, Place, Result, taken_apart
from archdsl.lower.bind import fitted
from archdsl.lower.evaluate import Evaluator
from archdsl.lower.memory import Memory
from archdsl.lower.record import Counts, Given, Record
from archdsl.lower.replace import NONE, Edits, labels
from archdsl.lower.resolve import Definition
from archdsl.lower.values import (
    UNKNOWN,
    BlockLayer,
    LabelledLayer,
    OpLayer,
    SharedLayer,
    Tensor,
    Value,
    describe,
    describe_but,
    extent,
    is_layer,
    spell,
)
from archdsl.ops import TABLE, Kind, Op, Parameter, Reject, Weight
from archdsl.report import ArchError, Mistake, Span, errors
from archdsl.shapes import MOST_AXES, Shape
from archdsl.sizes import SIGNS, Dim, Size, TooComplex, Witness, decide
from archdsl.syntax import tree

LEVELS_OF_TEXT = 15
"""How deep the text of blocks may be for each level of blocks, taken together."""
BLOCK, OP = 100, 100
"""The steps that a block or an op takes that was not worked out before."""
MOST_KEPT = 10_000
"""How many block calls a walk keeps; beyond that it forgets them all, for it may see very many networks."""
INFIX = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide"}


class Walk:
    """Works out blocks, and keeps what it has worked out."""

    def __init__(self) -> None:
        self.memory = Memory()
        self._records: dict[Any, Record] = {}
        self._ops: dict[tuple[Op, tuple[Shape, ...]], Result] = {}
        self._shapes: dict[Shape, Shape] = {}
        self._depth = 0
        self._levels = 0

    def block(
        self, layer: BlockLayer, inputs: tuple[Shape, ...], listed: bool, applied: Span, edits: Edits = NONE
    ) -> Record:
        """The record of a block with these arguments over these shapes, and what is to be replaced in it."""
        spend(extent(layer).elements)
        if not edits.pending:
            edits = NONE
        key = (layer.definition, layer.bound, layer.types, inputs, listed, edits)
        record = self._records.get(key)
        if record is None:
            levels = layer.definition.levels
            most = at_most().levels
            if self._depth >= most or self._levels + levels > LEVELS_OF_TEXT * most:
                raise Mistake(errors.too_deep_blocks(applied, layer.name, most))
            spend(BLOCK)
            if len(self._records) >= MOST_KEPT:
                self._records.clear()
                self._ops.clear()
                self._shapes.clear()
            work_out = self._work_out if self._depth else self._work_out_with_room
            self._depth, self._levels = self._depth + 1, self._levels + levels
            try:
                record = self._records[key] = work_out(layer, inputs, listed, applied, edits)
            finally:
                self._depth, self._levels = self._depth - 1, self._levels - levels
        return record

    def _work_out(
        self, layer: BlockLayer, inputs: tuple[Shape, ...], listed: bool, applied: Span, edits: Edits
    ) -> Record:
        arguments = completed_block(layer, applied)
        tensors = tuple(map(Tensor, range(len(inputs)), inputs))
        if edits.pending and edits.taken is None:
            edits = named(edits, self.block(layer, inputs, listed, applied))
        body = Body(self, layer.definition, arguments, {"in": tensors if listed else tensors[0]}, inputs, edits)
        return body.run(_input_names(layer.definition, len(inputs)))

    _work_out_with_room = with_room(_work_out)

    def op(self, op: Op, inputs: tuple[Shape, ...]) -> Result:
        """The one op that stands for all equal ones, what it gives and costs; raises `Reject`."""
        key = (op, inputs)
        known = self._ops.get(key)
        if known is None:
            spend(OP * len(inputs))
            shapes, counts = _worked_out(op, inputs)
            known = self._ops[key] = op, tuple([self._shapes.setdefault(shape, shape) for shape in shapes]), counts
        return known


def named(edits: Edits, plain: Record) -> Edits:
    """Edits of a body that know what it calls its parts; `plain` is the body without them."""
    return replace(edits, taken=labels([step.path for step in plain.steps]))


def _worked_out(op: Op, inputs: tuple[Shape, ...]) -> tuple[tuple[Shape, ...], Counts]:
    given = op.shape(*inputs)
    shapes = (given,) if isinstance(given, Shape) else given
    weighted = op.family in ("conv", "dense")
    weights = op.weights(*inputs)
    for weight in weights:
        if weight.wrong is not None:
            raise Reject("bias_init" if weight.name == "bias" else "init", weight.wrong)
    params = sum([weight.elements for weight in weights if weight.trainable])
    _not_too_large(shapes, params)
    activations = shapes[0].elements if weighted else 0
    return shapes, Counts(params, op.macs(shapes[0], *inputs), activations, layers=int(weighted), ops=1)


def _not_too_large(shapes: tuple[Shape, ...], params: int) -> None:
    """No machine has memory for a tensor larger than the limit, whatever the input, and torch has no more axes."""
    most = params
    for shape in shapes:
        if len(shape) > MOST_AXES:
            raise Reject(None, f"a tensor of {len(shape)} axes has more than {MOST_AXES}, the most that torch has")
        most = max(most, prod([size for size in shape if type(size) is int]))
    if most > at_most().numbers:
        raise Reject(None, f"a tensor of {most:,} numbers is larger than {at_most().numbers:,}")


def _input_names(definition: Definition, count: int) -> tuple[str, ...]:
    """What a body calls its inputs: the names that `x, g = in` gives them, else `x` or `x1`, `x2`, …"""
    taken = taken_apart(definition)
    return taken or (("x",) if count == 1 else tuple(f"x{i + 1}" for i in range(count)))


class Body(Evaluator):
    """One body being worked out."""

    def __init__(
        self,
        walk: Walk,
        definition: Definition,
        arguments: Mapping[str, Value],
        inputs: Mapping[str, Value],
        shapes: tuple[Shape, ...],
        edits: Edits = NONE,
    ) -> None:
        is_network = isinstance(definition.item, tree.Network)
        super().__init__(definition.unit, {**arguments, **inputs}, walk.memory if is_network else None)
        self.definition, self.arguments = definition, arguments
        self.parts = Assembly(walk, shapes, self.names, edits)
        self.proving: tree.Require | None = None

    # --- statements ---

    def run(self, input_names: tuple[str, ...]) -> Record:
        assert isinstance(self.definition.item, tree.Block | tree.Network)
        for statement in self.definition.item.body:
            try:
                self._statements[type(statement)](self, statement)
            except Mistake as mistake:
                self.parts.note(mistake.diagnostic)
                for target in tree.targets(statement):
                    self.names.setdefault(target.id, UNKNOWN)
                if isinstance(statement, tree.Require):
                    break
            except Exhausted:
                if isinstance(self.definition.item, tree.Block) or self.unit.source.library:
                    raise
                too_much = errors.too_much_work(statement.span, at_most().work)
                raise ArchError([*self.parts.problems, too_much]) from None
        outputs, listed = self._outputs()
        self.parts.check_names()
        return Record(
            self.definition,
            self.arguments,
            input_names,
            tuple(self.parts.shapes),
            tuple(self.parts.steps),
            outputs,
            listed,
            {n: v for n, v in self.names.items() if n != "in" and n not in self.arguments},
            tuple(self.parts.problems),
            frozenset(self.parts.edited),
        )

    def _outputs(self) -> tuple[tuple[int, ...], bool]:
        match self.names.get("out", UNKNOWN):
            case Tensor(ref):
                return (ref,), False
            case tuple() as tensors if tensors and all(isinstance(t, Tensor) for t in tensors):
                return tuple(t.ref for t in tensors), True
            case Unknown if Unknown is UNKNOWN:
                pass
            case other:
                self.parts.note(errors.out_not_tensor(self._place_of("out"), describe(other)))
        return (), False

    def _place_of(self, name: str) -> Span:
        """Where the body binds a name."""
        assert isinstance(self.definition.item, tree.Block | tree.Network)
        targets = (target for statement in self.definition.item.body for target in tree.targets(statement))
        return next(target.span for target in targets if target.id == name)

    def bind(self, statement: tree.Bind) -> None:
        name = self.parts.binding = statement.targets[0].id
        value = self._bound(statement.value)
        if len(statement.targets) == 1:
            self.names[name] = value
            return
        names = [target.id for target in statement.targets]
        if not isinstance(value, tuple) or len(value) != len(names):
            help = "`chunk` and `split` divide a tensor" if isinstance(value, Tensor) else None
            raise Mistake(errors.wrong_count(statement.value.span, len(names), describe(value), help))
        self.names.update(zip(names, value, strict=True))

    def _bound(self, node: tree.Expr) -> Value:
        """The value of a name: the same one for the same values in it; of a flow, the arrows are known."""
        if self.memory is not None and self.memory.has_flow(node):
            return self.value(node)
        return self.once(node, lambda: self.value(node))

    def require(self, statement: tree.Require) -> None:
        """What is required; it is looked at once for the same values in it."""
        self.once(statement, lambda: self._required(statement))

    def _required(self, statement: tree.Require) -> None:
        self.proving = statement
        try:
            holds = self.condition(statement.condition)
        finally:
            self.proving = None
        if not holds:
            values = {name: spell(self.names[name]) for name in names_in(statement.condition) if name in self.names}
            raise Mistake(errors.requirement_failed(statement.condition.span, statement.message, values))

    def compared(self, node: tree.Compare, operator: str, left: Value, right: Value) -> bool:
        if self.proving and (isinstance(left, Size) or isinstance(right, Size)):
            self._prove(self.proving, node, operator, left, right)
            return True
        return super().compared(node, operator, left, right)

    def _prove(self, statement: tree.Require, node: tree.Compare, operator: str, left: Value, right: Value) -> None:
        """A comparison of sizes holds for every input, or is a mistake."""
        sizes = all(isinstance(side, int | Size) and not isinstance(side, bool) for side in (left, right))
        if operator not in SIGNS or not sizes:
            raise Mistake(errors.wrong_operands(node.span, operator, describe(left), describe(right)))
        try:
            witness = decide(operator, left, right)
        except TooComplex as complex:
            raise Mistake(errors.size_too_complex(node.span, str(complex))) from None
        if witness is None:
            return
        if isinstance(self.definition.item, tree.Network):
            raise Mistake(errors.not_assumable(node.span))
        example = _example(operator, left, right, witness)
        raise Mistake(errors.requirement_unproved(node.span, statement.message, example, _mend(witness)))

    def declare_input(self, statement: tree.InputDecl) -> None:
        """The network binds its inputs before its body is worked out."""

    def declare_shared(self, statement: tree.SharedDecl) -> None:
        layer = self.value(statement.layer)
        if not is_layer(layer):
            raise Mistake(errors.not_a_layer(statement.layer.span, describe_but(layer, is_layer)))
        self.names[statement.name.id] = SharedLayer(statement.name.id, layer, self.parts, statement.name.span)

    def declare_parameter(self, statement: tree.ParameterDecl) -> None:
        init = self._initialisation(statement)
        weight = Weight(statement.name.id, self._sizes(statement.sizes), init)
        if weight.elements > at_most().numbers:
            raise Mistake(errors.weight_too_large(statement.name.span, weight.elements, at_most().numbers))
        if statement.init is not None and weight.wrong is not None:
            raise Mistake(errors.init_numbers(statement.init.span, weight.name, weight.wrong))
        self._given(statement.name, Given(weight))

    def _initialisation(self, statement: tree.ParameterDecl) -> Any:
        if statement.init is None:
            return None
        parameter = Parameter("init", Kind("init"), required=True)
        return fitted(statement.name.id, parameter, statement.init.span, self.value(statement.init))

    def declare_buffer(self, statement: tree.BufferDecl) -> None:
        sizes = self._sizes(statement.sizes)
        values = self.value(statement.value)
        spend(extent(values).elements)
        if not _has_sizes(values, sizes):
            raise Mistake(errors.buffer_shape(statement.value.span, "×".join(map(str, sizes))))
        name, persistent = statement.name, statement.persistent
        self._given(name, Given(Weight(name.id, sizes, trainable=False, persistent=persistent, values=_floats(values))))

    def _sizes(self, nodes: tuple[tree.Expr, ...]) -> tuple[int, ...]:
        return tuple(self._positive(node) for node in nodes)

    def _positive(self, node: tree.Expr) -> int:
        size = self.value(node)
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise Mistake(errors.not_a_size(node.span, describe(size)))
        return size

    def _given(self, name: tree.Target, what: Given) -> None:
        self.parts.binding = name.id
        counts = Counts(params=what.weight.elements if what.weight.trainable else 0)
        tensors = self.parts.add((name.id,), what, (), (Shape(what.weight.shape),), name.span, counts)
        self.names[name.id] = tensors[0]

    # --- flows ---

    def flow(self, node: tree.Pipe | tree.FanOut) -> Value:
        """A chain is as deep as it is long on its left side, so that side is walked in a loop."""
        chain: list[tree.Pipe | tree.FanOut] = [node]
        while isinstance(chain[-1].source, (tree.Pipe, tree.FanOut)):
            chain.append(chain[-1].source)
        source = chain[-1].source
        value = self.value(source)
        self.parts.tensors(value, source.span)
        for link in reversed(chain):
            value = self.through(link, value)
        return value

    def through(self, link: tree.Pipe | tree.FanOut, value: Value) -> Value:
        """What an arrow gives: with the same values in its text and the same tensor coming in, it adds the same."""
        if self.memory is None or self.parts.is_edited:
            return self._through(link, value)
        first = self.parts.mark()

        def added() -> Piece:
            return self.parts.piece(first, self._through(link, value))

        piece = self.memory.once(tree.step(link), self.names, added, value, first)
        return piece.result if self.parts.mark() != first else self.parts.again(piece)

    def _through(self, link: tree.Pipe | tree.FanOut, value: Value) -> Value:
        if isinstance(link, tree.FanOut):
            return self._fan_out(link, value)
        layer = self.value(link.layer)
        if not is_layer(layer):
            raise Mistake(errors.not_a_layer(link.layer.span, describe_but(layer, is_layer)))
        return self.parts.apply(layer, value, Place((), None, link.layer.span))

    def _fan_out(self, link: tree.FanOut, value: Value) -> Value:
        label, layers = None, self.value(link.layers)
        if isinstance(layers, LabelledLayer):
            label, layers = layers.label, layers.layer
        if not isinstance(layers, tuple) or not all(map(is_layer, layers)):
            found, single = describe_but(layers, is_layer), is_layer(layers)
            raise Mistake(errors.fan_needs_list(link.layers.span, found, single))
        sources = value if isinstance(value, tuple) else (value,) * len(layers)
        if len(sources) != len(layers):
            raise Mistake(errors.fan_count(link.layers.span, len(sources), len(layers)))
        place = Place((), label, link.layers.span)
        return tuple(
            self.parts.apply(layer, source, place.inside(layer, i))
            for i, (layer, source) in enumerate(zip(layers, sources, strict=True))
        )

    def signed(self, node: tree.Unary, value: Value) -> Value:
        """A tensor's sign is turned by a product."""
        if not isinstance(value, Tensor):
            return super().signed(node, value)
        if node.operator == "+":
            return value
        layer = OpLayer(TABLE["multiply"], (("left", -1.0),), node.span)
        return self.parts.apply(layer, value, Place((), None, node.span))

    def arithmetic(self, node: tree.Binary, left: Value, right: Value) -> Value:
        """Arithmetic of tensors is an op; a number on either side belongs to the op."""
        if not isinstance(left, Tensor) and not isinstance(right, Tensor):
            return super().arithmetic(node, left, right)
        numbers = {"left": left, "right": right}
        fixed = {side: n for side, n in numbers.items() if isinstance(n, (int, float)) and not isinstance(n, bool)}
        tensors = tuple(t for t in (left, right) if isinstance(t, Tensor))
        if node.operator not in INFIX or len(fixed) + len(tensors) != 2:
            raise Mistake(self._wrong_operands(node, left, right))
        layer = OpLayer(TABLE[INFIX[node.operator]], tuple((s, float(n)) for s, n in fixed.items()), node.span)
        value = tensors[0] if len(tensors) == 1 else tensors
        return self.parts.apply(layer, value, Place((), None, node.span))

    _statements: ClassVar[dict[type, Callable[[Any, Any], None]]] = {}


Body._statements = {
    tree.Bind: Body.bind,
    tree.Require: Body.require,
    tree.InputDecl: Body.declare_input,
    tree.SharedDecl: Body.declare_shared,
    tree.ParameterDecl: Body.declare_parameter,
    tree.BufferDecl: Body.declare_buffer,
}


def _example(operator: str, left: Dim, right: Dim, witness: Witness) -> str:
    if not witness.values:
        return f"`{left} {operator} {right}` cannot be proved for every input"
    where = ", ".join(f"{name} = {value}" for name, value in witness.values.items())
    return f"at {where} this is `{witness.left} {operator} {witness.right}`"


def _mend(witness: Witness) -> str | None:
    """What a network has to require of one size, so that a block's requirement holds."""
    if witness.bound is None or len(witness.values) != 1:
        return None
    return f"require {next(iter(witness.values))} >= {witness.bound}"


def _floats(values: Value) -> Value:
    return tuple(map(_floats, values)) if isinstance(values, tuple) else float(values)


def _has_sizes(values: Value, sizes: tuple[int, ...]) -> bool:
    if not sizes:
        return isinstance(values, int | float) and not isinstance(values, bool)
    return isinstance(values, tuple) and len(values) == sizes[0] and all(_has_sizes(v, sizes[1:]) for v in values)
