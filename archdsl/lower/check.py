"""Mistakes that show without working anything out: names, parameters and circles in every body, used or not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from itertools import chain, islice

from archdsl.limits import at_most
from archdsl.lower.labels import checked_label
from archdsl.lower.nesting import below
from archdsl.lower.resolve import Definition, Unit
from archdsl.lower.values import BlockLayer, OpLayer
from archdsl.report import Diagnostic, Mistake, Span, errors
from archdsl.syntax import tree

TYPES = ("int", "float", "bool", "str", "layer")


def check_unit(unit: Unit) -> Iterator[Diagnostic]:
    """The mistakes of one file, in the order of its text; beyond a limit they are not looked for."""
    found = (problem for definition in unit.own.values() for problem in _definition(definition))
    yield from sorted(
        islice(chain(found, _circles(unit)), at_most().mistakes), key=lambda problem: problem.primary.span.start
    )


def _definition(definition: Definition) -> Iterator[Diagnostic]:
    if not isinstance(definition.item, tree.Ablation):
        yield from _parameters(definition)
    if isinstance(definition.item, tree.Derived):
        yield from (errors.not_available(r.span, "`replace`") for r in definition.item.replaces)
        known = {parameter.name for parameter in definition.item.parameters}
        yield from check_expression(definition.item.arguments, known, definition.unit)
    if isinstance(definition.item, tree.Block | tree.Network):
        yield from _body(definition.item, definition.unit)


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
            yield from check_expression(parameter.default, known, definition.unit)
        optional = optional or parameter.default is not None
        known.add(parameter.name)


def _type(written: tree.Type) -> Iterator[Diagnostic]:
    if written.items is not None:
        yield from _type(written.items)
    elif written.name not in TYPES:
        yield errors.unknown_type(written.span, written.name, list(TYPES))


# --- bodies ------------------------------------------------------------------------------------------------


def _body(item: tree.Block | tree.Network, unit: Unit) -> Iterator[Diagnostic]:
    known = {parameter.name for parameter in item.parameters}
    bound: set[str] = set()
    if isinstance(item, tree.Block):
        known.add("in")
    for statement in item.body:
        if isinstance(statement, tree.InputDecl):
            yield from _input(statement, known, unit)
    for statement in item.body:
        if not isinstance(statement, tree.InputDecl):
            yield from check_expression(statement, known, unit)
        for target in tree.targets(statement):
            if target.id in known:
                yield errors.bound_twice(target.span, target.id)
            if not isinstance(statement, tree.Bind):
                yield from _label(target.span, target.id)
            known.add(target.id)
            bound.add(target.id)
    if "out" not in bound:
        yield errors.missing_out(item.name.span, item.name.id)


def _input(statement: tree.InputDecl, known: set[str], unit: Unit) -> Iterator[Diagnostic]:
    """Inputs and their symbols are known in the whole body; a symbol may stand in several inputs."""
    parameters = set(known)
    for axis in statement.axes:
        if axis.symbol is not None:
            known.add(axis.symbol)
            yield from check_expression(axis.size, parameters, unit)
        elif isinstance(axis.size, tree.Name):
            known.add(axis.size.id)
        else:
            yield from check_expression(axis.size, parameters, unit)
    if statement.name.id in known:
        yield errors.bound_twice(statement.name.span, statement.name.id)
    known.add(statement.name.id)


def _label(span: Span, label: str) -> Iterator[Diagnostic]:
    try:
        checked_label(span, label)
    except Mistake as mistake:
        assert mistake.diagnostic is not None
        yield mistake.diagnostic


# --- expressions -------------------------------------------------------------------------------------------


def check_expression(node: object, known: set[str], unit: Unit) -> Iterator[Diagnostic]:
    """Unknown names below a node, arguments that an op or block cannot take, labels that no part can have."""
    pending: list[tuple[object, Set[str], int]]
    pending = [(part, known, 1) for part in (node if isinstance(node, tuple) else (node,))]
    while pending:
        part, names, level = pending.pop()
        if not isinstance(part, tree.Node):
            continue
        if level > at_most().levels:
            yield errors.nested_too_deep(part.span, at_most().levels)
            return
        yield from _mistakes(part, names, unit)
        inside = [(inner, names, level + deeper) for inner, deeper in below(part)]
        if isinstance(part, tree.Comprehension):
            inside = list(_scopes(part, names, level + 1))
            yield from _shadowed(part, names)
        pending += reversed(inside)


def _scopes(node: tree.Comprehension, names: Set[str], level: int) -> Iterator[tuple[object, Set[str], int]]:
    """What stands in a comprehension, each with the names that are known there."""
    whole = {*names, *(target for clause in node.clauses for target in clause.targets)}
    yield node.element, whole, level
    for clause in node.clauses:
        yield clause.iterable, names, level
        names = {*names, *clause.targets}
        yield from ((condition, names, level) for condition in clause.conditions)


def _shadowed(node: tree.Comprehension, names: Set[str]) -> Iterator[Diagnostic]:
    seen = set(names)
    for clause in node.clauses:
        for target in clause.targets:
            if target in seen:
                yield errors.shadowed_name(_place_of(target, clause.span), target)
            seen.add(target)


def _place_of(target: str, clause: Span) -> Span:
    """Where a loop name stands in its clause."""
    found = re.search(rf"\b{target}\b", clause.text[len("for") :])
    assert found is not None
    start = clause.start + len("for") + found.start()
    return Span(clause.source, start, start + len(target))


def _mistakes(node: tree.Node, known: Set[str], unit: Unit) -> Iterator[Diagnostic]:
    match node:
        case tree.Name(id=name) if name not in known:
            yield from _name(node, known, unit)
        case tree.Call(function=tree.Name(id=name) as function) if name not in known:
            yield from _call(node, function, known, unit)
        case tree.Labelled(label=tree.Template(parts=parts) as label) if all(isinstance(part, str) for part in parts):
            yield from _label(label.span, "".join(map(str, parts)))


def _name(node: tree.Name, known: Set[str], unit: Unit) -> Iterator[Diagnostic]:
    if node.id in unit.imported or unit.look_up(node.id, node.span) is not None:
        return
    if node.id in unit.names:
        yield errors.not_a_layer_name(node.span, node.id, unit.names[node.id].span)
    elif node.id == "in":
        yield errors.in_outside_block(node.span)
    else:
        yield errors.unknown_name(node.span, node.id, [*known, *unit.known_names()])


def _call(node: tree.Call, function: tree.Name, known: Set[str], unit: Unit) -> Iterator[Diagnostic]:
    """Arguments that an op or a block cannot take; a name may be a tensor, which is another mistake."""
    layer = unit.look_up(function.id, function.span)
    if not isinstance(layer, OpLayer | BlockLayer) or (function.id == "sqrt" and node.arguments):
        return
    names = [p.name for p in layer.parameters]
    if isinstance(layer, OpLayer) and layer.op.extra is not None:
        return
    positional = [argument for argument in node.arguments if argument.name is None]
    for argument in positional[len(names) :]:
        if isinstance(argument.value, tree.Name) and argument.value.id in known:
            continue
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


# --- circles -----------------------------------------------------------------------------------------------


def _circles(unit: Unit) -> Iterator[Diagnostic]:
    """Blocks whose text leads back to themselves, networks derived from themselves."""
    finished: set[Definition] = set()
    for start in unit.own.values():
        trail = {} if start in finished else {start: _uses(start)}
        while trail:
            at = next(reversed(trail))
            name, other = next(trail[at], (None, None))
            if name is None or other is None:
                finished.add(at)
                del trail[at]
            elif other in trail:
                names = [definition.name for definition in trail]
                yield errors.recursive_block(name.span, [at.name, *names[names.index(other.name) :]])
            elif other not in finished:
                trail[other] = _uses(other)


def _uses(definition: Definition) -> Iterator[tuple[tree.Name, Definition]]:
    """The items of its own file that a definition mentions."""
    for name in _mentions(definition):
        other = definition.unit.own.get(name.id)
        if other is not None:
            yield name, other


def _mentions(definition: Definition) -> Iterator[tree.Name]:
    """The names in a body or a default that can only mean items of the file."""
    item = definition.item
    if isinstance(item, tree.Ablation):
        return
    own = {parameter.name for parameter in item.parameters}
    if isinstance(item, tree.Block | tree.Network):
        own |= {target.id for statement in item.body for target in tree.targets(statement)}
    yield from (part for part in tree.walk(item) if isinstance(part, tree.Name) and part.id not in own)
