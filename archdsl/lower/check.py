"""Mistakes that show without working anything out: names, parameters and circles in every body, used or not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain, filterfalse, islice, pairwise

from archdsl.limits import at_most
from archdsl.lower.labels import checked_label
from archdsl.lower.nesting import below
from archdsl.lower.resolve import Definition, Unit, homes_of
from archdsl.lower.values import BlockLayer, OpLayer
from archdsl.report import Diagnostic, Mistake, Span, errors
from archdsl.syntax import tree

TYPES = ("int", "float", "bool", "str", "layer")


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that an expression may use: those of its file, and those that are `known` where it stands.

    Names map to where they are bound. Those of `later` are bound behind the expression, where it cannot use them.
    """

    unit: Unit
    known: Mapping[str, Span]
    later: Mapping[str, Span] = field(default_factory=dict)


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
        known = {parameter.name: parameter.span for parameter in definition.item.parameters}
        yield from _order(definition.item.arguments)
        yield from check_expression(definition.item.arguments, Scope(definition.unit, known))
        for replace in definition.item.replaces:
            yield from check_expression(replace.layer, Scope(definition.unit, {**known, "in": replace.span}))
    if isinstance(definition.item, tree.Block | tree.Network):
        yield from _body(definition.item, definition.unit)


def _parameters(definition: Definition) -> Iterator[Diagnostic]:
    """Parameters that are named twice, or required ones after optional ones; names in defaults."""
    assert not isinstance(definition.item, tree.Ablation)
    known: dict[str, Span] = {}
    later = {parameter.name: parameter.span for parameter in definition.item.parameters}
    optional = False
    for parameter in definition.item.parameters:
        name = parameter.span.head(parameter.name)
        if parameter.name in known:
            yield errors.bound_twice(name, parameter.name, known[parameter.name])
        if parameter.type is not None:
            yield from _type(parameter.type)
        if parameter.default is not None:
            yield from check_expression(parameter.default, Scope(definition.unit, known, later))
        elif optional:
            yield errors.required_after_optional(parameter.span, parameter.name)
        optional = optional or parameter.default is not None
        known.setdefault(parameter.name, name)


def _type(written: tree.Type) -> Iterator[Diagnostic]:
    if written.items is not None:
        yield from _type(written.items)
    elif written.name not in TYPES:
        yield errors.unknown_type(written.span, written.name, list(TYPES))


# --- bodies ------------------------------------------------------------------------------------------------


def _body(item: tree.Block | tree.Network, unit: Unit) -> Iterator[Diagnostic]:
    known = {p.name: p.span.head(p.name) for p in item.parameters}
    inputs = [statement for statement in item.body if isinstance(statement, tree.InputDecl)]
    bound = [target for statement in item.body for target in tree.targets(statement)]
    if isinstance(item, tree.Block):
        known["in"] = item.name.span
        yield from (errors.input_in_block(statement.name.span, item.name.id) for statement in inputs)
    elif not inputs:
        yield errors.no_input(item.name.span, item.name.id)
    parameters = Scope(unit, dict(known))
    for statement in inputs:
        yield from _input(statement, known, parameters)
    found = _statements(item, Scope(unit, known, {target.id: target.span for target in reversed(bound)}))
    yield from found if isinstance(item, tree.Block) or inputs else filterfalse(_may_be_input, found)
    if "out" not in [target.id for target in bound]:
        source = "in" if isinstance(item, tree.Block) else inputs[0].name.id if inputs else "image"
        yield errors.missing_out(item.name.span, item.name.id, [target.id for target in bound], source)


def _may_be_input(problem: Diagnostic) -> bool:
    """Whether a name is unknown that may be meant for an input, in a network that declares none."""
    return problem.code == "unknown-name" and problem.help is None


def _statements(item: tree.Block | tree.Network, scope: Scope) -> Iterator[Diagnostic]:
    known = dict(scope.known)
    for statement in item.body:
        if not isinstance(statement, tree.InputDecl):
            yield from check_expression(statement, Scope(scope.unit, known, scope.later))
        for target in tree.targets(statement):
            if target.id in known:
                yield errors.bound_twice(target.span, target.id, known[target.id])
            if not isinstance(statement, tree.Bind):
                yield from _label(target.span, target.id)
            known.setdefault(target.id, target.span)


def _input(statement: tree.InputDecl, known: dict[str, Span], parameters: Scope) -> Iterator[Diagnostic]:
    """Inputs and their symbols become `known` in the whole body; a symbol may stand in several, and is no parameter."""
    for axis in statement.axes:
        if axis.symbol is not None:
            place = axis.span.head(axis.symbol)
            if axis.symbol in parameters.known:
                yield errors.bound_twice(place, axis.symbol, known[axis.symbol])
            known.setdefault(axis.symbol, place)
            yield from check_expression(axis.size, parameters)
        elif isinstance(axis.size, tree.Name):
            known.setdefault(axis.size.id, axis.size.span)
        else:
            yield from check_expression(axis.size, parameters)
    if statement.name.id in known:
        yield errors.bound_twice(statement.name.span, statement.name.id, known[statement.name.id])
    known.setdefault(statement.name.id, statement.name.span)


def _label(span: Span, label: str) -> Iterator[Diagnostic]:
    try:
        checked_label(span, label)
    except Mistake as mistake:
        assert mistake.diagnostic is not None
        yield mistake.diagnostic


# --- expressions -------------------------------------------------------------------------------------------


def check_expression(node: object, scope: Scope) -> Iterator[Diagnostic]:
    """Unknown names below a node, arguments that an op or block cannot take, labels that no part can have."""
    pending = [(part, scope, 1) for part in (node if isinstance(node, tuple) else (node,))]
    while pending:
        part, scope, level = pending.pop()
        if not isinstance(part, tree.Node):
            continue
        if level > at_most().levels:
            yield errors.nested_too_deep(part.span, at_most().levels)
            return
        yield from _mistakes(part, scope)
        inside = [(inner, scope, level + deeper) for inner, deeper in below(part)]
        if isinstance(part, tree.Comprehension):
            inside = list(_scopes(part, scope, level + 1))
            yield from _shadowed(part, scope.known)
        pending += reversed(inside)


def _scopes(node: tree.Comprehension, scope: Scope, level: int) -> Iterator[tuple[object, Scope, int]]:
    """What stands in a comprehension, each with the names that are known there."""
    whole = dict.fromkeys((target for clause in node.clauses for target in clause.targets), node.span)
    yield node.element, replace(scope, known={**scope.known, **whole}), level
    for clause in node.clauses:
        yield clause.iterable, scope, level
        scope = replace(scope, known={**scope.known, **dict.fromkeys(clause.targets, clause.span)})
        yield from ((condition, scope, level) for condition in clause.conditions)


def _shadowed(node: tree.Comprehension, known: Mapping[str, Span]) -> Iterator[Diagnostic]:
    seen = dict(known)
    for clause in node.clauses:
        for target in clause.targets:
            place = _place_of(target, clause.span)
            if target in seen:
                yield errors.shadowed_name(place, target, seen[target])
            seen[target] = place


def _place_of(target: str, clause: Span) -> Span:
    """Where a loop name stands in its clause."""
    found = re.search(rf"\b{target}\b", clause.text[len("for") :])
    assert found is not None
    start = clause.start + len("for") + found.start()
    return Span(clause.source, start, start + len(target))


def _mistakes(node: tree.Node, scope: Scope) -> Iterator[Diagnostic]:
    match node:
        case tree.Require(condition=tree.Sequence(items=items) as condition) if items:
            yield errors.requirement_in_parentheses(condition.span)
        case tree.Name(id=name) if name not in scope.known:
            yield from _name(node, scope)
        case tree.Call(function=function):
            disorder = list(_order(node.arguments))
            yield from disorder
            if not disorder and isinstance(function, tree.Name) and function.id not in scope.known:
                yield from _call(node, function, scope)
        case tree.Labelled(label=tree.Template(parts=parts) as label) if all(isinstance(part, str) for part in parts):
            yield from _label(label.span, "".join(map(str, parts)))


def _name(node: tree.Name, scope: Scope) -> Iterator[Diagnostic]:
    unit = scope.unit
    if node.id in unit.missing or unit.look_up(node.id, node.span) is not None:
        return
    if node.id in unit.names:
        yield errors.not_a_layer_name(node.span, node.id, unit.names[node.id].span)
    elif node.id == "in":
        yield errors.in_outside_block(node.span)
    elif node.id in scope.later:
        yield errors.used_before_bound(node.span, node.id, scope.later[node.id])
    else:
        yield errors.unknown_name(node.span, node.id, [*scope.known, *unit.known_names()], homes_of(node.id))


def _order(arguments: tuple[tree.Argument, ...]) -> Iterator[Diagnostic]:
    """Arguments without a name come first."""
    for named, argument in pairwise(arguments):
        if named.name is not None and argument.name is None:
            yield errors.positional_after_named(argument.span, named.span)
            return


def _call(node: tree.Call, function: tree.Name, scope: Scope) -> Iterator[Diagnostic]:
    """Arguments that an op or a block cannot take; a name may be a tensor, which is another mistake."""
    layer = scope.unit.look_up(function.id, function.span)
    if not isinstance(layer, OpLayer | BlockLayer) or (function.id == "sqrt" and node.arguments):
        return
    names = [p.name for p in layer.parameters]
    if isinstance(layer, OpLayer) and layer.op.extra is not None:
        return
    positional = [argument for argument in node.arguments if argument.name is None]
    maybe_tensors = any(isinstance(a.value, tree.Name) and a.value.id in scope.known for a in positional)
    if len(positional) > len(names) and not maybe_tensors:
        yield errors.surplus_argument(positional[len(names)].span, layer.name, names)
    seen = set(() if maybe_tensors else names[: len(positional)])
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
                yield errors.recursive_block(
                    name.span, [at.name, *names[names.index(other.name) :]], isinstance(at.item, tree.Block)
                )
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
