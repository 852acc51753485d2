"""What the parameters of a network are set to, by whoever uses it and by every derivation on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from archdsl.limits import at_most, spend
from archdsl.lower.arguments import PARAMETER, names_in, with_defaults, worked_out
from archdsl.lower.bind import fitted
from archdsl.lower.evaluate import Evaluator
from archdsl.lower.memory import Memory
from archdsl.lower.replace import Edit
from archdsl.lower.resolve import Definition, Unit, homes_of
from archdsl.lower.values import Value, types_of
from archdsl.ops import Parameter
from archdsl.report import ArchError, Diagnostic, Mistake, Span, errors
from archdsl.syntax import tree


@dataclass(frozen=True, slots=True)
class Settings:
    """A network with all of its parameters worked out: the body that it comes down to, and that body's arguments.

    `definition`, `given` and `further` are what they were worked out from; `edits` are all parts to be replaced, in
    order: those of the bases first, those that come from outside of the spec, `further`, last. `values` are those of
    all parameters that can be set.
    """

    root: Definition
    arguments: Mapping[str, Value]
    values: Mapping[str, Value]
    definition: Definition
    given: Mapping[str, Value]
    edits: tuple[Edit, ...] = ()
    further: tuple[Edit, ...] = ()


def base_of(definition: Definition) -> Definition:
    """The network that a derived one builds on."""
    assert isinstance(definition.item, tree.Derived)
    return network_of(definition.unit, definition.item.base)


def network_of(unit: Unit, name: tree.Name) -> Definition:
    """The network that a name of a file means."""
    found = unit.names.get(name.id)
    if found is None:
        if name.id in unit.missing:
            raise Mistake(None)
        raise Mistake(errors.unknown_name(name.span, name.id, list(unit.names), homes_of(name.id)))
    if not isinstance(found.item, tree.Network | tree.Derived):
        raise Mistake(errors.not_a_network(name.span, name.id, found.span))
    return found


@lru_cache(maxsize=1000)
def derivation(definition: Definition) -> tuple[Definition, ...]:
    """A network, what it is derived from, and so on down to the one that has a body."""
    chain = [definition]
    while isinstance(chain[-1].item, tree.Derived):
        if len(chain) > at_most().levels:
            raise Mistake(errors.nested_too_deep(definition.span, at_most().levels))
        chain.append(base_of(chain[-1]))
    return tuple(chain)


@lru_cache(maxsize=1000)
def parameters(definition: Definition) -> Mapping[str, Parameter]:
    """What can be set of a network: its own parameters, and those of its base that it does not work out itself.

    What a derivation gives a value is not required any more.
    """
    known: dict[str, Parameter] = {}
    for network in reversed(derivation(definition)):
        own = {p.name: p for p in network.parameters}
        spend(PARAMETER * len(known))
        passed = dict(_passed(network, known))
        fixed = {name for name, argument in passed.items() if _mentions(argument, own)}
        kept = {name: p for name, p in known.items() if name not in fixed and name not in own}
        known = own | {name: replace(p, required=False) if name in passed else p for name, p in kept.items()}
    return known


def is_whole(definition: Definition) -> bool:
    """Whether a network can be worked out as it stands: no parameter of it waits for a value."""
    return not any(parameter.required for parameter in parameters(definition).values())


def _passed(definition: Definition, known: Mapping[str, Parameter]) -> Iterator[tuple[str, tree.Argument]]:
    """The arguments that a derived network gives its base, each with the name of the parameter that it meets."""
    if not isinstance(definition.item, tree.Derived):
        return
    names, base = list(known), definition.item.base.id
    seen: set[str] = set()
    for position, argument in enumerate(definition.item.arguments):
        if argument.name is None and position >= len(names):
            raise Mistake(errors.surplus_argument(argument.span, base, names))
        name = argument.name or names[position]
        if name not in known:
            raise Mistake(errors.unknown_parameter(argument.span, base, name, names))
        if name in seen:
            raise Mistake(errors.doubled_argument(argument.span, base, name))
        seen.add(name)
        yield name, argument


@lru_cache(maxsize=1000)
def _derived(network: Definition, base: Definition) -> tuple[tuple[str, tree.Argument, bool], ...]:
    """What a network gives its base: each parameter, its argument, and whether that uses the network's own ones."""
    own = {p.name: p for p in network.parameters}
    passed = _passed(network, parameters(base))
    return tuple((name, argument, _mentions(argument, own)) for name, argument in passed)


def _mentions(argument: tree.Argument, names: Mapping[str, object]) -> bool:
    return any(name in names for name in names_in(argument.value))


def settings(
    definition: Definition,
    given: Mapping[str, Value],
    further: tuple[Edit, ...] = (),
    without: tree.Argument | tree.Replace | None = None,
    memory: Memory | None = None,
) -> Settings:
    """The network's parameters set: `given` values first, then what each derivation says, then defaults.

    `further` edits are made after those of the derivations; `without` is what a derivation says and is to be left out.
    """
    chain, values = derivation(definition), dict(given)
    edits, found = further, dict[str, Value]()
    for network, base in pairwise(chain):
        own_names = {p.name: p for p in network.parameters}
        own = with_defaults(network, {name: v for name, v in values.items() if name in own_names}, memory)
        passed = {name: value for name, value in values.items() if name not in own_names}
        known = parameters(base)
        scope = Evaluator(network.unit, own, memory)
        for name, argument, is_fixed in _derived(network, base):
            if argument is not without and (name not in passed or is_fixed):
                passed[name] = worked_out(scope, argument.value, base.name, known[name])
        values, found = passed, own | found
        edits = (*_edits(network, own, without), *edits)
    arguments = with_defaults(chain[-1], values, memory)
    found = arguments | found
    settable = {name: found[name] for name in parameters(definition)}
    return Settings(chain[-1], arguments, settable, definition, given, edits, further)


def _edits(network: Definition, own: Mapping[str, Value], without: object) -> Iterator[Edit]:
    """What a derived network replaces; the new layers may mention its own parameters."""
    assert isinstance(network.item, tree.Derived)
    for said in network.item.replaces:
        if said is not without:
            yield edit_of(said.pattern, said.layer, network.unit, own, said.span)


def edit_of(pattern: str, layer: tree.Expr, unit: Unit, own: Mapping[str, Value], span: Span) -> Edit:
    """An edit whose layer is in the words of a file, and of parameters with their values."""
    names = tuple((name, own[name]) for name in names_in(layer) if name in own)
    return Edit(tuple(pattern.split(".")), layer, unit, names, types_of(names), span)


def given_values(definition: Definition, values: Mapping[str, tuple[Span, Value]]) -> dict[str, Value]:
    """Values from outside of any spec, brought to the kinds of the parameters; all mistakes are raised at once."""
    known, problems, fits = parameters(definition), list[Diagnostic](), {}
    for name, (span, value) in values.items():
        try:
            if name not in known:
                raise Mistake(
                    errors.unknown_parameter(
                        Span(span.source, 0, len(span.source.text)), definition.name, name, list(known)
                    )
                )
            fits[name] = fitted(definition.name, known[name], span, value)
        except Mistake as mistake:
            problems += mistake.diagnostics
    if problems:
        raise ArchError(problems)
    return fits
