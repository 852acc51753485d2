"""Mistakes that show without working anything out: names, parameters and circles in every body, used or not."""

from __future__ import annotations

from collections.abc import Iterator

from archdsl.lower.resolve import Definition, Unit
from archdsl.lower.values import BlockLayer, OpLayer
from archdsl.report import Diagnostic, errors
from archdsl.syntax import tree


def check_unit(unit: Unit) -> Iterator[Diagnostic]:
    """The mistakes of one file."""
    for definition in unit.own.values():
        yield from _circle(definition)
        if not isinstance(definition.item, tree.Ablation):
            yield from _parameters(definition)
        if isinstance(definition.item, tree.Block | tree.Network):
            yield from _body(definition.item, unit)


def _parameters(definition: Definition) -> Iterator[Diagnostic]:
    """Parameters that are named twice, or required ones after optional ones; names in defaults."""
    assert not isinstance(definition.item, tree.Ablation)
    known: set[str] = set()
    optional = False
    for parameter in definition.item.parameters:
        if parameter.name in known:
            yield errors.bound_twice(parameter.span, parameter.name)
        if parameter.type is not None:
            yield from _type(parameter.type)
        if parameter.default is None and optional:
            yield errors.required_after_optional(parameter.span, parameter.name)
        if parameter.default is not None:
            yield from _expression(parameter.default, known, definition.unit)
        optional = optional or parameter.default is not None
        known.add(parameter.name)


TYPES = ("int", "float", "bool", "str", "layer")


def _type(written: tree.Type) -> Iterator[Diagnostic]:
    if written.items is not None:
        yield from _type(written.items)
    elif written.name not in TYPES:
        yield errors.unknown_type(written.span, written.name, list(TYPES))


def _body(item: tree.Block | tree.Network, unit: Unit) -> Iterator[Diagnostic]:
    known = {parameter.name for parameter in item.parameters}
    if isinstance(item, tree.Block):
        known.add("in")
    for statement in item.body:
        if isinstance(statement, tree.InputDecl):
            known.update(_symbols(statement))
            known.add(statement.name.id)
    bound = {target.id for statement in item.body for target in tree.targets(statement)}
    for statement in item.body:
        if not isinstance(statement, tree.InputDecl):
            yield from _expression(statement, known, unit)
        known.update(target.id for target in tree.targets(statement))
    if "out" not in bound:
        yield errors.missing_out(item.name.span, item.name.id)


def _symbols(statement: tree.InputDecl) -> Iterator[str]:
    for axis in statement.axes:
        if axis.symbol is not None:
            yield axis.symbol
        elif isinstance(axis.size, tree.Name):
            yield axis.size.id


def _expression(node: object, known: set[str], unit: Unit) -> Iterator[Diagnostic]:
    """Unknown names below a node, and arguments that an op or block of the file cannot take."""
    loops = {target for part in tree.walk(node) if isinstance(part, tree.For) for target in part.targets}
    local = known | loops
    for part in tree.walk(node):
        if isinstance(part, tree.Name) and part.id not in local:
            yield from _name(part, local, unit)
        elif (
            isinstance(part, tree.Call)
            and isinstance(part.function, tree.Name)
            and part.function.id not in local
        ):
            yield from _call(part, part.function, unit)


def _name(node: tree.Name, known: set[str], unit: Unit) -> Iterator[Diagnostic]:
    if node.id in unit.imported or unit.look_up(node.id, node.span) is not None:
        return
    if node.id in unit.names:
        yield errors.not_a_layer_name(node.span, node.id, unit.names[node.id].span)
    else:
        yield errors.unknown_name(node.span, node.id, [*known, *unit.known_names()])


def _call(node: tree.Call, function: tree.Name, unit: Unit) -> Iterator[Diagnostic]:
    layer = unit.look_up(function.id, function.span)
    if not isinstance(layer, OpLayer | BlockLayer) or (function.id == "sqrt" and node.arguments):
        return
    names = [p.name for p in layer.parameters]
    if isinstance(layer, OpLayer) and layer.op.extra is not None:
        return
    positional = [argument for argument in node.arguments if argument.name is None]
    for argument in positional[len(names) :]:
        yield errors.surplus_argument(argument.span, layer.name, names)
    seen = set(names[: len(positional)])
    for argument in node.arguments:
        if argument.name is None:
            continue
        if argument.name not in names:
            yield errors.unknown_parameter(argument.span, layer.name, argument.name, names)
        elif argument.name in seen:
            yield errors.doubled_argument(argument.span, layer.name, argument.name)
        seen.add(argument.name)


def _circle(definition: Definition) -> Iterator[Diagnostic]:
    """A block whose text leads back to itself, or a network derived from itself."""
    path = _way_back(definition, definition, [])
    if path:
        first = next(n for n in _mentions(definition) if definition.unit.names.get(n.id) is path[1])
        yield errors.recursive_block(first.span, [d.name for d in path])


def _way_back(
    start: Definition, at: Definition, trail: list[Definition], seen: set[int] | None = None
) -> list[Definition]:
    seen = set() if seen is None else seen
    for name in _mentions(at):
        other = at.unit.names.get(name.id)
        if other is start:
            return [*trail, at, start]
        if other is not None and id(other) not in seen:
            seen.add(id(other))
            found = _way_back(start, other, [*trail, at], seen)
            if found:
                return found
    return []


def _mentions(definition: Definition) -> Iterator[tree.Name]:
    """The names in a body or a default that can only mean items of the file."""
    item = definition.item
    if isinstance(item, tree.Ablation):
        return
    own = {parameter.name for parameter in item.parameters}
    if isinstance(item, tree.Block | tree.Network):
        own |= {target.id for statement in item.body for target in tree.targets(statement)}
    yield from (part for part in tree.walk(item) if isinstance(part, tree.Name) and part.id not in own)
