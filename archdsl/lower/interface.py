"""What comes into a network: shapes over symbols, and what it requires of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import lcm

from archdsl.limits import at_most, spend
from archdsl.lower.evaluate import Evaluator
from archdsl.lower.functions import COMPARISONS
from archdsl.lower.settings import Settings
from archdsl.lower.values import Tensor, describe
from archdsl.report import ArchError, Mistake, Span, errors
from archdsl.shapes import MOST_AXES, Shape
from archdsl.sizes import Dim, Symbol, TooComplex
from archdsl.syntax import tree


@dataclass(frozen=True, slots=True)
class Assumption:
    """What `require` asks of one input symbol: `symbol % modulus operator number`, or without a modulus."""

    symbol: str
    modulus: int | None
    operator: str
    number: int
    message: str | None

    @property
    def text(self) -> str:
        left = self.symbol if self.modulus is None else f"{self.symbol} % {self.modulus}"
        return f"{left} {self.operator} {self.number}"

    def holds(self, size: int) -> bool:
        """Whether a size of the symbol is as assumed."""
        left = size if self.modulus is None else size % self.modulus
        return COMPARISONS[self.operator](left, self.number)


@dataclass(frozen=True, slots=True)
class Interface:
    """What comes into a network: shapes over symbols, the symbols, and what is assumed of them."""

    inputs: Mapping[str, Shape]
    symbols: Mapping[str, Symbol]
    assumptions: tuple[Assumption, ...]


def declared(settings: Settings) -> Interface:
    body = settings.root.item.body  # type: ignore[union-attr]
    declarations = [s for s in body if isinstance(s, tree.InputDecl)]
    for declaration in declarations:
        if len(declaration.axes) > MOST_AXES:
            raise Mistake(errors.too_many(declaration.span, MOST_AXES))
    scope = Evaluator(settings.root.unit, settings.arguments)
    symbols = _symbols(declarations, scope)
    inside = Evaluator(settings.root.unit, settings.arguments)
    inside.names |= {name: symbol.size for name, symbol in symbols.items()}
    inside.names |= {name: Tensor(0, shape) for name, shape in _shapes(declarations, symbols, scope).items()}
    assumed: list[Assumption] = []
    for statement in body:
        if isinstance(statement, tree.Require):
            assumed += _assumptions(statement, symbols, inside)
            _assume(statement, symbols, assumed)
    return Interface(_shapes(declarations, symbols, scope), symbols, tuple(assumed))


def _shapes(declarations: list[tree.InputDecl], symbols: Mapping[str, Symbol], scope: Evaluator) -> dict[str, Shape]:
    return {d.name.id: Shape(_axis(axis, symbols, scope) for axis in d.axes) for d in declarations}


def _symbol_of(axis: tree.Axis, scope: Evaluator) -> str | None:
    if axis.symbol is not None:
        return axis.symbol
    bare = isinstance(axis.size, tree.Name) and axis.size.id not in scope.names
    return axis.size.id if bare else None  # type: ignore[union-attr]


def _symbols(declarations: list[tree.InputDecl], scope: Evaluator) -> dict[str, Symbol]:
    """Every symbol once; the first axis counts one sample where it has no default."""
    axes = [(position, axis) for declaration in declarations for position, axis in enumerate(declaration.axes)]
    defaults = _defaults([axis for _, axis in axes], scope)
    symbols: dict[str, Symbol] = {}
    for position, axis in axes:
        name = _symbol_of(axis, scope)
        if name is None:
            continue
        default = defaults.get(name, 1 if position == 0 else None)
        if name not in symbols or symbols[name].default is None:
            symbols[name] = Symbol(name, default=default)
    return symbols


def _defaults(axes: list[tree.Axis], scope: Evaluator) -> dict[str, int]:
    """The sizes that symbols are given; one that is given twice must be given the same."""
    given: dict[str, tuple[int, Span]] = {}
    for axis in axes:
        if axis.symbol is not None:
            size = _positive(axis.size, scope)
            first, place = given.setdefault(axis.symbol, (size, axis.span))
            if first != size:
                raise Mistake(errors.default_differs(axis.span, axis.symbol, size, first, place))
    return {name: size for name, (size, _) in given.items()}


def _positive(node: tree.Expr, scope: Evaluator) -> int:
    size = scope.value(node)
    if isinstance(size, float) and size.is_integer():
        size = int(size)
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise Mistake(errors.not_a_size(node.span, describe(size)))
    return size


def _axis(axis: tree.Axis, symbols: Mapping[str, Symbol], scope: Evaluator) -> Dim:
    name = _symbol_of(axis, scope)
    return _positive(axis.size, scope) if name is None else symbols[name].size


def _assumptions(statement: tree.Require, symbols: Mapping[str, Symbol], scope: Evaluator) -> Iterator[Assumption]:
    """The parts of a condition that bound one symbol, or its remainder, by a number."""
    parts = [statement.condition]
    while isinstance(parts[0], tree.Binary) and parts[0].operator == "and":
        parts[0:1] = [parts[0].left, parts[0].right]
    for part in parts:
        if isinstance(part, tree.Compare):
            left = part.first
            for operator, right in part.rest:
                yield from _assumption(left, operator, right, statement.message, symbols, scope)
                left = right


_FLIPPED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _assumption(
    left: tree.Expr,
    operator: str,
    right: tree.Expr,
    message: str | None,
    symbols: Mapping[str, Symbol],
    scope: Evaluator,
) -> Iterator[Assumption]:
    """A comparison as an assumption, where it is one; whatever else it is shows when the body is worked out."""
    if operator not in _FLIPPED:
        return
    for side, relation, other in ((left, operator, right), (right, _FLIPPED[operator], left)):
        modulus: int | None = None
        try:
            number = scope.value(other)
            match side:
                case tree.Binary(operator="%", left=dividend, right=divisor):
                    size, modulus = scope.value(dividend), _positive(divisor, scope)
                case _:
                    size = scope.value(side)
        except Mistake:
            continue
        name = next((name for name in symbols if scope.names[name] == size), None)
        if name is not None and isinstance(number, int) and not isinstance(number, bool):
            yield Assumption(name, modulus, relation, number, message)
            return


def _assume(statement: tree.Require, symbols: dict[str, Symbol], assumed: list[Assumption]) -> None:
    """Gives the symbols what is assumed of them, unless no size or not even the default would be left."""
    for name in {a.symbol: None for a in assumed}:
        symbol = _constrained(statement, symbols[name], [a for a in assumed if a.symbol == name])
        if not symbol.residues or (symbol.maximum is not None and symbol.maximum < symbol.minimum):
            raise Mistake(errors.nothing_allowed(statement.condition.span, name))
        if symbol.default is not None and not symbol.allows(symbol.default):
            raise Mistake(errors.default_not_allowed(statement.condition.span, name, symbol.default))
        symbols[name] = symbol


def _constrained(statement: tree.Require, symbol: Symbol, assumptions: list[Assumption]) -> Symbol:
    """The symbol with all that is assumed of it."""
    least, most, modulus = symbol.minimum, symbol.maximum, 1
    for a in assumptions:
        match a.operator, a.modulus:
            case (">=" | "==", None):
                least = max(least, a.number)
            case (">", None):
                least = max(least, a.number + 1)
            case (_, int()):
                modulus = lcm(modulus, a.modulus)
        match a.operator, a.modulus:
            case ("<=" | "==", None):
                most = a.number if most is None else min(most, a.number)
            case ("<", None):
                most = a.number - 1 if most is None else min(most, a.number - 1)
    if modulus > at_most().period:
        raise Mistake(errors.size_too_complex(statement.condition.span, str(TooComplex(modulus))))
    periodic = [a for a in assumptions if a.modulus]
    spend(len(assumptions) + modulus * (1 + len(periodic)))
    residues = frozenset(r for r in range(modulus) if all(a.holds(r) for a in periodic))
    return replace(symbol, minimum=least, maximum=most, modulus=modulus, residues=residues)


def sizes_of(interface: Interface, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, int]:
    """A number for every symbol: from the shapes given for inputs, else the defaults."""
    sizes = {name: symbol.default for name, symbol in interface.symbols.items() if symbol.default is not None}
    fixed: dict[str, int] = {}
    for name, shape in shapes.items():
        span = errors.outside(f"{name} = {tuple(shape)}")
        declared = interface.inputs.get(name)
        if declared is None:
            raise ArchError([errors.unknown_input(span, name, list(interface.inputs))])
        if len(declared) != len(shape):
            raise ArchError([errors.input_rank(span, name, str(declared), len(shape))])
        for axis, (size, number) in enumerate(zip(declared, shape, strict=True)):
            wrong = _wrong_axis(axis, size, number, interface, fixed)
            if wrong:
                raise ArchError([errors.input_size(span, name, wrong)])
    sizes.update(fixed)
    missing = sorted(set(interface.symbols) - set(sizes))
    if missing:
        name = next(n for n, shape in interface.inputs.items() if any(str(dim) in missing for dim in shape))
        raise ArchError([errors.size_unknown(errors.outside(name), missing, name, str(interface.inputs[name]))])
    return sizes


def _wrong_axis(axis: int, size: Dim, number: int, interface: Interface, fixed: dict[str, int]) -> str | None:
    """What is wrong with the number given for an axis; one that is right is kept for its symbol."""
    symbol = interface.symbols.get(str(size))
    if symbol is None:
        return None if size == number else f"axis {axis} is {size}, not {number}"
    if not symbol.allows(number):
        broken = [a.text for a in interface.assumptions if a.symbol == symbol.name and not a.holds(number)]
        return f"`{size}` is {number}, and the network requires `{broken[0] if broken else f'{size} >= 1'}`"
    known = fixed.setdefault(symbol.name, number)
    return None if known == number else f"`{size}` is both {known} and {number}"
