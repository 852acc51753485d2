"""Expressions over numbers, lists and layers. Flows of tensors build on this in `expand`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from archdsl.limits import at_hand, at_most, spend
from archdsl.lower.bind import bind, fitted
from archdsl.lower.functions import ARITHMETIC, COMPARISONS, FUNCTIONS, LIST_FUNCTIONS, TooLong
from archdsl.lower.labels import checked_label
from archdsl.lower.memory import Memory, T, Text
from archdsl.lower.resolve import Unit
from archdsl.lower.values import (
    LONG,
    UNKNOWN,
    BlockLayer,
    Fold,
    Function,
    InitRule,
    LabelledLayer,
    OpLayer,
    SharedLayer,
    Tensor,
    Trace,
    Value,
    describe,
    extent,
    has_size,
    is_layer,
    is_tensors,
    spell,
)
from archdsl.ops import parameters_of
from archdsl.report import Diagnostic, Mistake, errors
from archdsl.sizes import Dim, Size, TooComplex, divides
from archdsl.syntax import tree

LARGEST = 10**18
"""Numbers beyond this are refused: nothing in a network is that large, and they would eat memory."""
MOST_TERMS = 64
"""The most products in a size, and the most factors in one."""
ROW, CALL, SEARCH = 5, 20, 10_000
"""The steps of a turn of a loop, a call, a search for a near name."""


class Evaluator:
    """Works out expressions of one file, with `names` bound so far."""

    def __init__(self, unit: Unit, names: Mapping[str, Value], memory: Memory | None = None) -> None:
        self.unit = unit
        self.names: dict[str, Value] = dict(names)
        self.memory = memory
        self._work = at_hand()

    def once(self, text: Text, work_out: Callable[[], T], *also: Value) -> T:
        """What is worked out of a text; looked up where there is a memory that knows it."""
        return work_out() if self.memory is None else self.memory.once(text, self.names, work_out, *also)

    def value(self, node: tree.Expr) -> Value:
        self._work.left -= 1
        return self._forms[type(node)](self, node)

    # --- names and literals ---

    def literal(self, node: tree.Literal) -> Value:
        if isinstance(node.value, (int, float)):
            return self._bounded(node, node.value)
        if isinstance(node.value, str) and len(node.value) > at_most().string:
            raise Mistake(errors.string_too_long(node.span, at_most().string))
        return node.value

    def name(self, node: tree.Name) -> Value:
        value = self.names.get(node.id)
        if value is None and node.id not in self.names:
            value = self.unit.look_up(node.id, node.span)
            if value is None:
                raise Mistake(self._unknown_name(node))
        if value is UNKNOWN:
            raise Mistake(None)
        return value

    def _unknown_name(self, node: tree.Name) -> Any:
        if node.id in self.unit.missing:
            return None
        if node.id in self.unit.names:
            return errors.not_a_layer_name(node.span, node.id, self.unit.names[node.id].span)
        spend(SEARCH)
        return errors.unknown_name(node.span, node.id, [*self.names, *self.unit.known_names()], [])

    def sequence(self, node: tree.Sequence) -> Value:
        return self._measured(node, tuple([self.value(item) for item in node.items]))

    def comprehension(self, node: tree.Comprehension) -> Value:
        items: list[Value] = []
        try:
            for _ in self._rows(node.clauses):
                items.append(self.value(node.element))
        finally:
            for clause in node.clauses:
                for target in clause.targets:
                    self.names.pop(target, None)
        return self._measured(node, tuple(items))

    def _rows(self, clauses: tuple[tree.For, ...]) -> Iterator[None]:
        """Binds the loop names to each combination in turn."""
        if not clauses:
            yield
            return
        clause, *rest = clauses
        for item in self._list(clause.iterable):
            spend(ROW)
            self._take_apart(clause, item)
            if all(self.condition(c) for c in clause.conditions):
                yield from self._rows(tuple(rest))

    def _take_apart(self, clause: tree.For, item: Value) -> None:
        if len(clause.targets) == 1:
            self.names[clause.targets[0]] = item
            return
        if not isinstance(item, tuple) or len(item) != len(clause.targets):
            raise Mistake(errors.wrong_count(clause.iterable.span, len(clause.targets), describe(item)))
        self.names.update(zip(clause.targets, item, strict=True))

    def _list(self, node: tree.Expr) -> tuple[Value, ...]:
        value = self.value(node)
        if not isinstance(value, tuple):
            raise Mistake(errors.not_a_list(node.span, describe(value), _for_list(value)))
        return value

    # --- looking into values ---

    def attribute(self, node: tree.Attribute) -> Value:
        value = self.value(node.value)
        if not isinstance(value, Tensor):
            raise Mistake(errors.no_attribute(node.name_span, node.name, describe(value)))
        shape, axes = value.shape, {"channels": 1, "height": -2, "width": -1}
        if node.name == "shape":
            return tuple(shape)
        if node.name == "rank":
            return shape.rank
        if node.name not in axes:
            raise Mistake(self._unknown_attribute(node, [*axes, "rank", "shape"]))
        if shape.rank < (2 if node.name == "channels" else 3 if node.name == "width" else 4):
            raise Mistake(errors.no_such_axis(node.name_span, node.name, str(shape)))
        return shape[axes[node.name]]

    def _unknown_attribute(self, node: tree.Attribute, known: list[str]) -> Diagnostic:
        """What PyTorch has as a method of a tensor may be a layer here."""
        layer = self.unit.look_up(node.name, node.name_span)
        flow = f"{_short(node.value, 'x')} -> {node.name}" if is_layer(layer) else None
        return errors.unknown_attribute(node.name_span, node.name, known, flow)

    def index(self, node: tree.Index) -> Value:
        items, index = self._indexed(node.value), self._int(node.index)
        if not -len(items) <= index < len(items):
            raise Mistake(errors.index_range(node.index.span, index, len(items)))
        return items[index]

    def slice(self, node: tree.Slice) -> Value:
        items = self._indexed(node.value)
        start, stop, step = (None if n is None else self._int(n) for n in (node.start, node.stop, node.step))
        if step == 0:
            assert node.step is not None
            raise Mistake(errors.zero_step(node.step.span))
        return self._measured(node, items[start:stop:step])

    def _indexed(self, node: tree.Expr) -> tuple[Value, ...]:
        value = self.value(node)
        if isinstance(value, tuple):
            return value
        help = None
        if isinstance(value, Tensor):
            help = "`slice` and `select` take parts of a tensor, and `x.shape[i]` is a size of it"
        elif is_layer(value):
            help = "parameters stand in parentheses, as `conv(64, 3)`"
        raise Mistake(errors.not_a_list(node.span, describe(value), help))

    def _int(self, node: tree.Expr) -> int:
        value = self.value(node)
        if isinstance(value, bool) or not isinstance(value, int):
            raise Mistake(errors.not_whole(node.span, describe(value)))
        return value

    # --- arithmetic ---

    def unary(self, node: tree.Unary) -> Value:
        if node.operator == "not":
            return not self.condition(node.operand)
        return self.signed(node, self.value(node.operand))

    def signed(self, node: tree.Unary, value: Value) -> Value:
        if isinstance(value, bool) or not isinstance(value, (int, float, Size)):
            raise Mistake(errors.wrong_operands(node.span, node.operator, describe(value)))
        return -value if node.operator == "-" else value

    def binary(self, node: tree.Binary) -> Value:
        """A chain of operators is as deep as it is long on its left side, so that side is walked in a loop."""
        chain = [node]
        while isinstance(chain[-1].left, tree.Binary):
            chain.append(chain[-1].left)
        left = self.value(chain[-1].left)
        for link in reversed(chain):
            if link.operator in ("and", "or"):
                if self.truth(link.left, left) == (link.operator == "and"):
                    left = self.value(link.right)
            else:
                left = self.arithmetic(link, left, self.value(link.right))
        return left

    def arithmetic(self, node: tree.Binary, left: Value, right: Value) -> Value:
        operator = node.operator
        if isinstance(left, tuple) or isinstance(right, tuple):
            return self._list_arithmetic(node, left, right)
        if isinstance(left, str) and isinstance(right, str) and operator == "+":
            if len(left) + len(right) > at_most().string:
                raise Mistake(errors.string_too_long(node.span, at_most().string))
            spend((len(left) + len(right)) // LONG)
            return left + right
        numbers = (int, float, Size)
        if not isinstance(left, numbers) or not isinstance(right, numbers) or bool in (type(left), type(right)):
            raise Mistake(self._wrong_operands(node, left, right))
        try:
            if isinstance(left, Size) or isinstance(right, Size):
                return self._simple(node, self._size_arithmetic(node, left, right))
            result = ARITHMETIC[operator](left, right)
            if isinstance(result, complex):
                raise Mistake(self._wrong_operands(node, left, right))
            return self._bounded(node, result)
        except ZeroDivisionError:
            raise Mistake(errors.division_by_zero(node.span)) from None
        except OverflowError:
            raise Mistake(errors.number_too_large(node.span)) from None

    def _list_arithmetic(self, node: tree.Binary, left: Value, right: Value) -> Value:
        if node.operator == "+" and isinstance(left, tuple) and isinstance(right, tuple):
            return self._measured(node, left + right)
        items, count = (left, right) if isinstance(left, tuple) else (right, left)
        if node.operator == "*" and isinstance(count, int) and not isinstance(count, bool):
            if len(items) * count > at_most().elements:
                raise Mistake(errors.too_many(node.span, at_most().elements))
            return self._measured(node, items * count)
        raise Mistake(self._wrong_operands(node, left, right))

    def _wrong_operands(self, node: tree.Binary, left: Value, right: Value) -> Diagnostic:
        """A layer beside a tensor is most likely the end of a flow, which arrows bind looser than operators."""
        flows = (is_tensors(left) and is_layer(right)) or (is_tensors(right) and is_layer(left))
        help = "put a flow in parentheses, as `(x -> f) + (x -> g)`" if flows else None
        return errors.wrong_operands(node.span, node.operator, describe(left), describe(right), help=help)

    def _size_arithmetic(self, node: tree.Binary, left: Any, right: Any) -> Any:
        """Sums, differences and products of sizes, and divisions by a whole number, stay exact sizes."""
        match node.operator:
            case "+" if _exact(left, right):
                return left + right
            case "-" if _exact(left, right):
                return left - right
            case "*" if _exact(left, right):
                return left * right
            case "//" if isinstance(right, int) and right > 0:
                return left // right
            case "%" if isinstance(right, int) and right > 0:
                return left % right
            case "/" if isinstance(right, int) and right > 0 and self._divides(node, right, left):
                return left // right
        raise Mistake(errors.size_arithmetic(node.span, node.operator, describe(left), describe(right)))

    def _divides(self, node: tree.Binary, divisor: int, size: Dim) -> bool:
        try:
            return divides(divisor, size) is None
        except TooComplex as complex:
            raise Mistake(errors.size_too_complex(node.span, str(complex))) from None

    def _simple(self, node: tree.Expr, size: Dim) -> Dim:
        """A size of few terms and bounded numbers, for products of sizes grow without end."""
        if isinstance(size, Size) and (
            len(size.terms) > MOST_TERMS
            or any(len(monomial) > MOST_TERMS or abs(factor) > LARGEST for monomial, factor in size.terms)
            or abs(size.constant) > LARGEST
        ):
            raise Mistake(errors.size_too_complex(node.span, f"a sum of {len(size.terms)} products of sizes"))
        return size

    def _bounded(self, node: tree.Expr, value: float) -> int | float:
        if value != value or abs(value) > LARGEST:
            raise Mistake(errors.number_too_large(node.span))
        return value

    def _measured(self, node: tree.Expr, value: Value) -> Value:
        """A value that is neither too deep nor too large, whatever it is made of."""
        levels, elements = extent(value)
        if levels > at_most().levels:
            raise Mistake(errors.nested_too_deep(node.span, at_most().levels))
        if elements > at_most().elements:
            raise Mistake(errors.too_many(node.span, at_most().elements))
        return value

    def compare(self, node: tree.Compare) -> bool:
        left = self.value(node.first)
        for operator, right_node in node.rest:
            right = self.value(right_node)
            if not self.compared(node, operator, left, right):
                return False
            left = right
        return True

    def compared(self, node: tree.Compare, operator: str, left: Value, right: Value) -> bool:
        """One comparison; `require` looks at sizes in its own way."""
        if has_size(left) or has_size(right):
            raise Mistake(errors.size_as_condition(node.span))
        if is_tensors(left) or is_tensors(right):
            help = "arrows lead to the right, as `x -> relu`" if "<-" in node.span.text else None
            raise Mistake(errors.wrong_operands(node.span, operator, describe(left), describe(right), help=help))
        spend(extent(left).elements + extent(right).elements)
        try:
            return COMPARISONS[operator](left, right)
        except TypeError:
            raise Mistake(errors.wrong_operands(node.span, operator, describe(left), describe(right))) from None

    def conditional(self, node: tree.Conditional) -> Value:
        return self.value(node.then if self.condition(node.condition) else node.otherwise)

    def condition(self, node: tree.Expr) -> bool:
        return self.truth(node, self.value(node))

    def truth(self, node: tree.Expr, value: Value) -> bool:
        if isinstance(value, Size):
            raise Mistake(errors.size_as_condition(node.span))
        if is_tensors(value) or (is_layer(value) and value != ()):
            raise Mistake(errors.not_a_condition(node.span, describe(value)))
        return bool(value)

    # --- layers and functions ---

    def call(self, node: tree.Call) -> Value:
        spend(CALL)
        function = self.value(node.function)
        given = [(argument, self.value(argument.value)) for argument in node.arguments]
        match function:
            case OpLayer(op=op) if op.name == "sqrt" and given:
                return self._function(node, "sqrt", given)
            case OpLayer() | BlockLayer():
                self._refuse_tensors(node, given)
                return self._measured(node, bind(function, node, given))
            case Function(name):
                return self._function(node, name, given)
            case InitRule(init):
                return self._init(node, init, given)
        raise Mistake(errors.not_callable(node.function.span, describe(function)))

    def _refuse_tensors(self, node: tree.Call, given: list[tuple[tree.Argument, Value]]) -> None:
        """Tensors go to a layer through an arrow, never in parentheses."""
        tensors = [argument for argument, value in given if type(value) in (Tensor, tuple) and is_tensors(value)]
        if tensors:
            raise Mistake(errors.tensor_as_argument(tensors[0].span, _as_flow(node, tensors)))

    def _function(self, node: tree.Call, name: str, given: list[tuple[tree.Argument, Value]]) -> Value:
        positional = [value for argument, value in given if argument.name is None]
        keywords = {argument.name: value for argument, value in given if argument.name is not None}
        if name in ("trace", "fold"):
            return self._combinator(node, name, positional)
        for argument, value in given:
            if isinstance(value, Size) or (has_size(value) and name in ("any", "all")):
                raise Mistake(errors.size_in_function(argument.span, name, spell(value)))
            spend(extent(value).elements)
        if name not in LIST_FUNCTIONS:
            self._refuse_tensors(node, given)
        try:
            result = FUNCTIONS[name](*positional, **keywords)
        except (TypeError, ValueError, IndexError):
            raise Mistake(errors.wrong_function_use(node.span, name, [describe(v) for _, v in given])) from None
        except TooLong:
            raise Mistake(errors.too_many(node.span, at_most().elements)) from None
        except ZeroDivisionError:
            raise Mistake(errors.division_by_zero(node.span)) from None
        except OverflowError:
            raise Mistake(errors.number_too_large(node.span)) from None
        if isinstance(result, Size):
            return self._simple(node, result)
        return self._bounded(node, result) if isinstance(result, (int, float)) else self._measured(node, result)

    def _combinator(self, node: tree.Call, name: str, positional: list[Value]) -> Value:
        match name, positional:
            case "trace", [tuple() as layers] if all(map(is_layer, layers)):
                return self._measured(node, Trace(layers, node.span))
            case "fold", [layer] if is_layer(layer) and not isinstance(layer, tuple):
                return self._measured(node, Fold(layer, node.span))
        raise Mistake(errors.wrong_function_use(node.span, name, [describe(v) for v in positional]))

    def _init(self, node: tree.Call, init: Any, given: list[tuple[tree.Argument, Value]]) -> Value:
        parameters = parameters_of(init)
        names = [p.name for p in parameters]
        values: dict[str, Value] = {}
        for position, (argument, value) in enumerate(given):
            name = argument.name or (names[position] if position < len(names) else None)
            if name is None:
                raise Mistake(errors.surplus_argument(argument.span, init.name, names))
            if name in values:
                raise Mistake(errors.doubled_argument(argument.span, init.name, name))
            if name not in names:
                raise Mistake(errors.unknown_parameter(argument.span, init.name, name, names))
            parameter = parameters[names.index(name)]
            values[name] = fitted(init.name, parameter, argument.value.span, value)
        missing = [p.name for p in parameters if p.required and p.name not in values]
        if missing:
            raise Mistake(errors.missing_argument(node.span, init.name, missing, node.span))
        made = init(**values)
        wrong = made.wrong()
        if wrong is not None:
            raise Mistake(errors.init_numbers(node.span, init.name, wrong))
        return made

    def labelled(self, node: tree.Labelled) -> Value:
        layer = self.value(node.value)
        if not is_layer(layer):
            raise Mistake(errors.label_without_layer(node.label.span, describe(layer)))
        if isinstance(layer, SharedLayer):
            raise Mistake(errors.shared_relabelled(node.label.span, layer.name, layer.site))
        label = checked_label(node.label.span, self.template(node.label))
        return self._measured(node, LabelledLayer(label, layer, node.span))

    def template(self, node: tree.Template) -> str:
        """The text of a label, with its expressions worked out."""
        if len(node.parts) == 1 and isinstance(node.parts[0], str):
            return node.parts[0]
        return "".join(part if isinstance(part, str) else self._written(part) for part in node.parts)

    def _written(self, node: tree.Expr) -> str:
        """A whole number or a string, as it stands in a label."""
        value = self.value(node)
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise Mistake(errors.not_for_label(node.span, describe(value)))
        return str(value)

    def flow(self, node: tree.Pipe | tree.FanOut) -> Value:
        raise Mistake(errors.flow_outside_body(node.span))

    _forms: ClassVar[dict[type, Callable[[Any, Any], Value]]] = {}


Evaluator._forms = {
    tree.Literal: Evaluator.literal,
    tree.Name: Evaluator.name,
    tree.Sequence: Evaluator.sequence,
    tree.Comprehension: Evaluator.comprehension,
    tree.Attribute: Evaluator.attribute,
    tree.Index: Evaluator.index,
    tree.Slice: Evaluator.slice,
    tree.Unary: Evaluator.unary,
    tree.Binary: Evaluator.binary,
    tree.Compare: Evaluator.compare,
    tree.Conditional: Evaluator.conditional,
    tree.Call: Evaluator.call,
    tree.Labelled: Evaluator.labelled,
    tree.Pipe: lambda self, node: self.flow(node),
    tree.FanOut: lambda self, node: self.flow(node),
}


def _as_flow(node: tree.Call, tensors: list[tree.Argument]) -> str:
    """What is meant by a call that is given tensors."""
    sources = [_short(argument.value, "x") for argument in tensors]
    others = [argument.span.text for argument in node.arguments if argument not in tensors]
    layer = _short(node.function, "layer") + (f"({', '.join(others)})" if others else "")
    source = sources[0] if len(sources) == 1 else f"({', '.join(sources)})"
    return f"{source} -> {layer}"


def _short(node: tree.Expr, otherwise: str) -> str:
    """The text of an expression, where it can stand in a message."""
    text = node.span.text
    return text if len(text) < 40 and "\n" not in text else otherwise


def _for_list(value: Value) -> str | None:
    """How a number or a tensor becomes a list."""
    if isinstance(value, Tensor):
        return "`chunk` and `split` divide a tensor"
    return "write `range(…)` to count" if isinstance(value, int) and not isinstance(value, bool) else None


def _exact(*values: Value) -> bool:
    return not any(isinstance(value, float) for value in values)
