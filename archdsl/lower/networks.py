"""Networks worked out, and the blame of what is wrong laid at the words that caused it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from archdsl.limits import Exhausted, at_most, working
from archdsl.lower.expand import Body, Walk
from archdsl.lower.interface import Interface, declared
from archdsl.lower.record import Record
from archdsl.lower.resolve import Definition
from archdsl.lower.settings import Settings, derivation, settings
from archdsl.lower.values import Tensor, Value, spell
from archdsl.report import ArchError, Diagnostic, Label, Mistake, Span, errors
from archdsl.shapes import Shape
from archdsl.syntax import tree


@contextmanager
def at_work(definition: Definition) -> Iterator[None]:
    """A piece of work on a network, which is named where the work is too much."""
    with working():
        try:
            yield
        except Exhausted:
            raise ArchError([errors.too_much_work(definition.span, at_most().work)]) from None


def interface(settings: Settings) -> Interface:
    """The inputs that a network declares, over symbols that carry what the network requires of them."""
    try:
        return declared(settings)
    except Mistake as mistake:
        if mistake.diagnostic is None:
            raise
        raise Mistake(_blamed(settings, mistake.diagnostic, _interface_problems)) from None


def _interface_problems(settings: Settings) -> tuple[Diagnostic, ...]:
    try:
        declared(settings)
    except Mistake as mistake:
        return (mistake.diagnostic,) if mistake.diagnostic else ()
    return ()


def work_out(walk: Walk, settings: Settings, interface: Interface, sizes: Mapping[str, int] | None) -> Record:
    """The network worked out, for every allowed input where `sizes` is None, else for one size of each symbol."""
    record = _work_out(walk, settings, interface, sizes)

    def problems(other: Settings) -> tuple[Diagnostic, ...]:
        return _work_out(walk, other, declared(other), sizes).problems

    return replace(record, problems=tuple(_blamed(settings, p, problems) for p in record.problems))


def _work_out(walk: Walk, settings: Settings, interface: Interface, sizes: Mapping[str, int] | None) -> Record:
    names: dict[str, Value] = {}
    shapes: list[Shape] = []
    for i, (name, shape) in enumerate(interface.inputs.items()):
        concrete = shape if sizes is None else Shape(d if isinstance(d, int) else d.at(sizes) for d in shape)
        shapes.append(concrete)
        names[name] = Tensor(i, concrete)
    for name, symbol in interface.symbols.items():
        names.setdefault(name, symbol.size if sizes is None else sizes[name])
    body = Body(walk, settings.root, settings.arguments, names, tuple(shapes))
    return body.run(tuple(interface.inputs))


def _blamed(
    settings: Settings, problem: Diagnostic, problems: Callable[[Settings], tuple[Diagnostic, ...]]
) -> Diagnostic:
    """A mistake with the argument without which it does not show: that is what to look at, in the library above all."""
    place = (problem.code, problem.primary.span)
    for span, other in _causes(settings):
        try:
            remains = place in [(p.code, p.primary.span) for p in problems(other())]
        except Mistake:
            continue
        except ArchError:
            return problem
        if remains:
            continue
        if not problem.primary.span.source.library:
            return replace(problem, related=(*problem.related, Label(span, "because of this")))
        here = Label(problem.primary.span, f"here, in `{settings.root.name}`")
        related = problem.related if problem.path else (here,)
        return replace(problem, primary=Label(span, problem.primary.text), related=related)
    return problem


def _causes(at: Settings) -> Iterator[tuple[Span, Callable[[], Settings]]]:
    """Every argument from outside of the library: where it is written, and how to do without it."""
    definition, given = at.definition, at.given
    for name, value in given.items():
        others = {other: v for other, v in given.items() if other != name}
        yield errors.outside(f"{name} = {spell(value)}"), partial(settings, definition, others)
    for network in derivation(definition):
        if isinstance(network.item, tree.Derived) and not network.unit.source.library:
            for argument in network.item.arguments:
                yield argument.span, partial(settings, definition, given, argument)
