"""Networks worked out, and the blame of what is wrong laid at the words that caused it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import islice

from archdsl.limits import Exhausted, at_most, working
from archdsl.lower.expand import Body, Walk, named
from archdsl.lower.interface import Interface, declared
from archdsl.lower.record import Record, named_parts
from archdsl.lower.replace import NONE, Edits, edits_of
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
    record = walked(walk, settings, interface, sizes)

    def problems(other: Settings) -> tuple[Diagnostic, ...]:
        return walked(walk, other, declared(other), sizes).problems

    return replace(record, problems=tuple(_blamed(settings, p, problems) for p in record.problems))


def walked(walk: Walk, settings: Settings, interface: Interface, sizes: Mapping[str, int] | None) -> Record:
    """The network worked out, its mistakes where they show."""
    names: dict[str, Value] = {}
    shapes: list[Shape] = []
    for i, (name, shape) in enumerate(interface.inputs.items()):
        concrete = shape if sizes is None else Shape(d if isinstance(d, int) else d.at(sizes) for d in shape)
        shapes.append(concrete)
        names[name] = Tensor(i, concrete)
    for name, symbol in interface.symbols.items():
        names.setdefault(name, symbol.size if sizes is None else sizes[name])

    def run(edits: Edits) -> Record:
        body = Body(walk, settings.root, settings.arguments, names, tuple(shapes), edits)
        return body.run(tuple(interface.inputs))

    if not settings.edits:
        return run(NONE)
    return _with_misses(run(named(edits_of(settings.edits), run(NONE))), settings)


def _with_misses(record: Record, settings: Settings) -> Record:
    """The record with a problem for each edit that found no part, unless that may be for want of other parts."""
    if record.problems:
        return record
    parts = dict.fromkeys(".".join("*" if n.isdigit() else n for n in path) for path in named_parts(record))
    misses = islice((edit for edit in settings.edits if edit not in record.edited), at_most().mistakes)
    return replace(record, problems=tuple(errors.nothing_replaced(edit.span, edit.text, parts) for edit in misses))


def _blamed(
    settings: Settings, problem: Diagnostic, problems: Callable[[Settings], tuple[Diagnostic, ...]]
) -> Diagnostic:
    """A mistake with the argument without which it does not show: that is what to look at, in the library above all.

    A part that is not there is missed by the very words that name it.
    """
    if problem.code == "nothing-replaced":
        return problem
    place = (problem.code, problem.primary.span)
    for span, other in _causes(settings):
        if span.covers(problem.primary.span):
            continue
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
        yield errors.outside(f"{name} = {spell(value)}"), partial(settings, definition, others, at.further)
    for edit in at.further:
        further = tuple(other for other in at.further if other is not edit)
        yield edit.span, partial(settings, definition, given, further)
    for network in derivation(definition):
        if isinstance(network.item, tree.Derived) and not network.unit.source.library:
            every: list[tree.Argument | tree.Replace] = [*network.item.arguments, *network.item.replaces]
            for said in every:
                yield said.span, partial(settings, definition, given, at.further, said)
