"""Names for what differs between the instances of a class: constructor arguments, and what is worked out from them.

The ground truth is the table of values; an expression stands for a column only if it gives the column's value in
every instance. The spec's own names are tried first.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from archdsl.emit.forms import Action, Form
from archdsl.emit.layout import flat
from archdsl.emit.merge import Column
from archdsl.lower.resolve import Definition
from archdsl.ops.term import Term, Text
from archdsl.syntax import tree

IDENTITY = Term("nn.Identity")
RESERVED = {"self", "torch", "nn", "F", "super", "range", "max", "min", "int", "abs", "round"}
RESERVED |= {"drop_path", "drop_block", "gated_lerp", "gated_sum", "fold_norms"}
CLASSES = {"F", "None", "True", "False", "ChannelLayerNorm", "ChannelRMSNorm", "GatedSumFunction"}
"""Names of classes that mean something else in the emitted file."""


@dataclass(frozen=True, slots=True)
class Argument:
    """A constructor argument with its value in each instance; `default` is a list of one value, or empty."""

    name: str
    values: tuple[Any, ...]
    default: tuple[Any, ...] = ()


@dataclass
class Names:
    """The columns of a class, named."""

    definition: Definition
    forms: Sequence[Form]
    arguments: dict[str, Argument] = field(default_factory=dict)
    local: dict[str, str] = field(default_factory=dict)
    texts: dict[Column, Text] = field(default_factory=dict)

    def __post_init__(self) -> None:
        records = [form.record for form in self.forms]
        given = [record.arguments for record in records]
        self._parameters = {name: _column(values[name] for values in given) for name in given[0]}
        bound = set.intersection(*({n for n, v in record.names.items() if _plain(v)} for record in records))
        self._bound = {n: _column(record.names[n] for record in records) for n in records[0].names if n in bound}
        shapes = [record.inputs[0] for record in records]
        self._channels = _column(shape.channels if shape.rank > 1 else None for shape in shapes)

    def name_all(self, actions: Iterable[Action]) -> None:
        for column in columns_of([(action.term, [w.shape for w in action.weights]) for action in actions]):
            if column not in self.texts:
                self.texts[column] = Text(self._text(column))

    def ordered(self) -> list[Argument]:
        """As a signature has them: channels, the block's parameters in their order, then the rest; defaults last."""
        order = ["in_channels", *self._parameters]
        rank = {name: i for i, name in enumerate(order)}
        arguments = sorted(self.arguments.values(), key=lambda a: rank.get(a.name, len(order)))
        return sorted(arguments, key=lambda a: bool(a.default))

    def known(self, values: tuple[Any, ...], forms: Sequence[int]) -> str | None:
        """An expression over the arguments that has these values in instances of the given forms."""
        if len(set(values)) == 1:
            return str(values[0])
        arguments = {name: tuple(a.values[form] for form in forms) for name, a in self.arguments.items()}
        exact = (name for name, candidate in arguments.items() if candidate == values)
        return next(exact, None) or _derived(values, arguments)

    # --- one column ---

    def _text(self, column: Column) -> str:
        values = column.values
        if column.is_module:
            return self._conditional(column) or self._new(column)
        for name, candidate in self._parameters.items():
            if _same(candidate, values):
                return self._parameter(name)
        if _same(self._channels, values):
            return self._in_channels()
        bound = [name for name, candidate in self._bound.items() if _same(candidate, values)]
        spelt = (self._binding(name) for name in bound)
        given = next((text for text in spelt if text is not None), None) or self._worked_out(values)
        return given or self._new(column, *map(python_name, bound[:1]))

    def _conditional(self, column: Column) -> str | None:
        """A part that is there only where a parameter is not at its default, as `stride > 1`."""
        others = {value for value in column.values if value != IDENTITY}
        if len(others) != 1 or any(True for _ in columns_of(tuple(others))):
            return None
        for name, values in self._parameters.items():
            default = self.definition.defaults.get(name)
            if not isinstance(default, tree.Literal) or not all(type(value) is int for value in values):
                continue
            if all(
                (part == IDENTITY) == (value == default.value)
                for part, value in zip(column.values, values, strict=True)
            ):
                relation = ">" if all(value >= default.value for value in values) else "!="
                return f"{flat(others.pop())} if {self._parameter(name)} {relation} {default.value} else nn.Identity()"
        return None

    def _worked_out(self, values: tuple[Any, ...]) -> str | None:
        """A multiple of an argument, preferably of one that is there already."""
        if not all(type(value) is int for value in values):
            return None
        if text := _derived(values, {name: a.values for name, a in self.arguments.items()}):
            return text
        for name, candidate in {**self._parameters, "in_channels": self._channels}.items():
            if text := _derived(values, {name: candidate}):
                if name == "in_channels":
                    self._in_channels()
                else:
                    self._parameter(name)
                return text
        return None

    def _parameter(self, name: str) -> str:
        safe = python_name(name)
        if safe not in self.arguments:
            values = self._parameters[name]
            default = self.definition.defaults.get(name)
            known = (default.value,) if isinstance(default, tree.Literal) and default.value in values else ()
            self.arguments[safe] = Argument(safe, values, known)
        return safe

    def _in_channels(self) -> str:
        if "in_channels" not in self.arguments:
            self.arguments["in_channels"] = Argument("in_channels", self._channels)
        return "in_channels"

    def _new(self, column: Column, wanted: str = "") -> str:
        name = self._free(wanted or _readable(column))
        default = (IDENTITY,) if column.is_module and IDENTITY in column.values else ()
        self.arguments[name] = Argument(name, column.values, default)
        return name

    def _free(self, name: str) -> str:
        taken = {*self.arguments, *self.local, *map(python_name, self._parameters), "in_channels"}
        count, candidate = 1, name
        while candidate in taken:
            count += 1
            candidate = f"{name}{count}"
        return candidate

    # --- values that the spec works out ---

    def _binding(self, name: str) -> str | None:
        """A local of the constructor, worked out as the spec does; None where Python would say it otherwise."""
        safe = python_name(name)
        if safe not in self.local:
            text = next((self._python(s.value) for s in _bindings(self.definition) if s.targets[0].id == name), None)
            if text is None:
                return None
            self.local[safe] = text
        return safe

    def _python(self, node: tree.Expr) -> str | None:
        match node:
            case tree.Literal(value=int() | float() as number):
                return repr(number)
            case tree.Name(id=name):
                return self._variable(name)
            case tree.Attribute(value=tree.Name(id="in"), name="channels"):
                return repr(self._channels[0]) if len(set(self._channels)) == 1 else self._in_channels()
            case tree.Binary(operator="+" | "-" | "*" | "//" | "%" as operator):
                left, right = self._python(node.left), self._python(node.right)
                if left is None or right is None:
                    return None
                left, right = _operand(node.left, left, operator), _operand(node.right, right, operator, right=True)
                return f"{left} {operator} {right}"
            case tree.Call(function=tree.Name(id="max" | "min" | "int" | "abs" | "round" as function)):
                given = [self._python(a.value) for a in node.arguments if a.name is None]
                whole = len(given) == len(node.arguments) and all(text is not None for text in given)
                return f"{function}({', '.join(map(str, given))})" if whole else None
        return None

    def _variable(self, name: str) -> str | None:
        for table, use in ((self._parameters, self._parameter), (self._bound, self._binding)):
            if name in table:
                values = table[name]
                if _same(values, (values[0],) * len(values)):
                    return repr(values[0]) if _plain(values[0]) else None
                return use(name)
        return None


def columns_of(value: Any) -> Iterator[Column]:
    """Every column below a value, in the order of the text."""
    match value:
        case Column():
            yield value
        case Term():
            yield from columns_of(value.args)
            yield from columns_of(tuple(v for _, v in value.kwargs))
        case tuple() | list():
            for item in value:
                yield from columns_of(item)


def python_name(name: str) -> str:
    """The name, or with an underscore behind it where it means something else in the emitted file."""
    return f"{name}_" if keyword.iskeyword(name) or name in RESERVED else name


def camel(name: str) -> str:
    """`split_attention` as `SplitAttention`."""
    text = "".join(part[:1].upper() + part[1:] for part in name.split("_"))
    return text if text[:1].isalpha() and text not in CLASSES else f"Block{text}"


def snake(name: str) -> str:
    """`nn.AvgPool2d` as `avg_pool`."""
    text = re.sub(r"\dd$", "", name.removeprefix("nn."))
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text).lower()


def _readable(column: Column) -> str:
    if column.hint.isidentifier():
        return python_name(column.hint)
    modules = [value for value in column.values if isinstance(value, Term) and value != IDENTITY]
    return python_name(snake(modules[0].function)) if modules else f"part{column.hint}"


def _column(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(values)


def _plain(value: Any) -> bool:
    return value is None or isinstance(value, int | float | str | bool)


def _same(a: tuple[Any, ...], b: tuple[Any, ...]) -> bool:
    """Equal, and of equal types, for Python holds `1` and `True` equal."""
    return all(type(x) is type(y) and x == y for x, y in zip(a, b, strict=True))


def _derived(values: tuple[Any, ...], candidates: dict[str, tuple[Any, ...]]) -> str | None:
    """`width`, `planes * 4`, `width // 2`, `depth - 1`: a candidate, a multiple, a part or a neighbour of it."""
    for name, base in candidates.items():
        if not all(type(n) is int for n in (*base, *values)):
            continue
        if base == values:
            return name
        if len(set(values)) > 1 and all(x == y // 2 for x, y in zip(values, base, strict=True)):
            return f"{name} // 2"
        if 0 in (*base, *values):
            continue
        pairs = list(zip(values, base, strict=True))
        v, b = pairs[0]
        if v % b == 0 and all(x == y * (v // b) for x, y in pairs):
            return f"{name} * {v // b}"
        if b % v == 0 and all(x == y // (b // v) and y % (b // v) == 0 for x, y in pairs):
            return f"{name} // {b // v}"
        if abs(v - b) == 1 and all(x - y == v - b for x, y in pairs):
            return f"{name} {'+' if v > b else '-'} 1"
    return None


def _bindings(definition: Definition) -> Iterator[tree.Bind]:
    body = definition.item.body if isinstance(definition.item, tree.Block | tree.Network) else ()
    yield from (s for s in body if isinstance(s, tree.Bind) and len(s.targets) == 1)


_TIGHT = {"+": 1, "-": 1, "*": 2, "//": 2, "%": 2}


def _operand(node: tree.Expr, text: str, operator: str, *, right: bool = False) -> str:
    if isinstance(node, tree.Binary) and _TIGHT.get(node.operator, 0) < _TIGHT[operator] + right:
        return f"({text})"
    return text
