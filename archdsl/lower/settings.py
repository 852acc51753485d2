"""What the parameters of a network are set to, by whoever uses it and by every derivation on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from archdsl.limits import at_most, spend
from archdsl.lower.bind import fitted
from archdsl.lower.evaluate import Evaluator
from archdsl.lower.expand import PARAMETER, names_in, with_defaults
from archdsl.lower.resolve import Definition
from archdsl.lower.values import Value
from archdsl.ops import Parameter
from archdsl.report import ArchError, Mistake, Span, errors
from archdsl.syntax import tree


@dataclass(frozen=True, slots=True)
class Settings:
    """A network with all of its parameters worked out: the body that it comes down to, and that body's arguments.

    `definition` and `given` are what they were worked out from.
    """

    root: Definition
    arguments: Mapping[str, Value]
    definition: Definition
    given: Mapping[str, Value]


def base_of(definition: Definition) -> Definition:
    """The network that a derived one builds on."""
    assert isinstance(definition.item, tree.Derived)
    name = definition.item.base
    base = definition.unit.names.get(name.id)
    if base is None:
        if name.id in definition.unit.imported:
            raise Mistake(None)
        raise Mistake(errors.unknown_name(name.span, name.id, list(definition.unit.names)))
    if not isinstance(base.item, tree.Network | tree.Derived):
        raise Mistake(errors.not_a_network(name.span, name.id, base.span))
    return base


def derivation(definition: Definition) -> list[Definition]:
    """A network, what it is derived from, and so on down to the one that has a body."""
    chain = [definition]
    while isinstance(chain[-1].item, tree.Derived):
        if len(chain) > at_most().levels:
            raise Mistake(errors.nested_too_deep(definition.span, at_most().levels))
        chain.append(base_of(chain[-1]))
    return chain


def parameters(definition: Definition) -> dict[str, Parameter]:
    """What can be set of a network: its own parameters, and those of its base that it does not work out itself."""
    known: dict[str, Parameter] = {}
    for network in reversed(derivation(definition)):
        own = {p.name: p for p in network.parameters}
        fixed = {name for name, argument in _passed(network, known) if _mentions(argument, own)}
        spend(PARAMETER * len(known))
        known = own | {name: p for name, p in known.items() if name not in fixed and name not in own}
    return known


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


def _mentions(argument: tree.Argument, names: Mapping[str, object]) -> bool:
    return any(name in names for name in names_in(argument.value))


def settings(definition: Definition, given: Mapping[str, Value], without: tree.Argument | None = None) -> Settings:
    """The network's parameters set: `given` values first, then what each derivation says, then defaults.

    `without` is an argument of a derivation that is to be left out.
    """
    chain, values = derivation(definition), dict(given)
    for network, base in pairwise(chain):
        own_names = {p.name: p for p in network.parameters}
        own = with_defaults(network, {name: value for name, value in values.items() if name in own_names})
        passed = {name: value for name, value in values.items() if name not in own_names}
        known = parameters(base)
        scope = Evaluator(network.unit, own)
        for name, argument in _passed(network, known):
            if argument is not without and (name not in passed or _mentions(argument, own_names)):
                value = scope.value(argument.value)
                passed[name] = fitted(base.name, known[name], argument.value.span, value)
        values = passed
    return Settings(chain[-1], with_defaults(chain[-1], values), definition, given)


def given_values(definition: Definition, values: Mapping[str, tuple[Span, Value]]) -> dict[str, Value]:
    """Values from outside of any spec, brought to the kinds of the parameters; all mistakes are raised at once."""
    known, problems, fits = parameters(definition), [], {}
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
            problems += [mistake.diagnostic] if mistake.diagnostic else []
    if problems:
        raise ArchError(problems)
    return fits
