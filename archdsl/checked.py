"""The networks and ablations of a file, checked together: what they have in common is worked out once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from archdsl.limits import Exhausted, at_most
from archdsl.lower.check import check_unit
from archdsl.lower.expand import Walk
from archdsl.lower.resolve import Definition, Unit
from archdsl.lower.settings import is_whole, network_of
from archdsl.lower.values import Value
from archdsl.network import Network
from archdsl.report import ArchError, Diagnostic, Mistake
from archdsl.syntax import tree

Units = list[Unit]
"""A file, and those that it imports."""
Given = Callable[[Definition], Mapping[str, Value]]
"""What the parameters of a network are set to from outside."""
LOCAL = {"unknown-name", "unknown-parameter", "surplus-argument", "doubled-argument"}
"""Mistakes in a text that leave the rest of it sound enough to be worked out."""


class Checked:
    """What is known of a file: the networks worked out so far, and every mistake found, those of the text first."""

    def __init__(self, units: Units) -> None:
        self.problems = _mistakes(units)
        self._told = {(problem.code, problem.primary.span) for problem in self.problems}
        self._networks: dict[Definition, Network | None] = {}
        self._walk = Walk()

    def stop_where_unsound(self) -> None:
        """Raises the mistakes of the text if they leave nothing to be worked out."""
        if any(problem.code not in LOCAL for problem in self.problems):
            raise self.error

    def stop_where_wrong(self) -> None:
        if self.problems:
            raise self.error

    @property
    def error(self) -> ArchError:
        """The mistakes, no more of them than anyone reads."""
        return ArchError(islice(self.problems, at_most().mistakes))

    def network(self, definition: Definition, given: Given) -> Network | None:
        """A network, worked out once; None where it has mistakes, which are noted."""
        if definition not in self._networks:
            self._networks[definition] = None
            try:
                self._networks[definition] = Network(definition, given(definition), self._walk)
            except ArchError as error:
                self._note(error)
        return self._networks[definition]

    def all(self, unit: Unit) -> tuple[Network, ...]:
        """Every network of a file that has a default for each parameter; raises all mistakes, of ablations too."""
        self.stop_where_unsound()
        whole = filter(_can_stand, unit.networks())
        found = [self.network(definition, as_it_stands) for definition in whole if not self._is_enough]
        for ablation in ablations(unit):
            if not self._is_enough:
                self._check(ablation)
        self.stop_where_wrong()
        return tuple(network for network in found if network is not None)

    def _check(self, ablation: Definition) -> None:
        """Notes what is wrong in an ablation; where its network is wrong itself, it is not looked at."""
        assert isinstance(ablation.item, tree.Ablation)
        try:
            network = self.network(varied(ablation), as_it_stands)
            if network is not None:
                network.family(ablation.item, ablation.unit)
        except ArchError as error:
            self._note(error)

    def _note(self, error: ArchError) -> None:
        new = (p for p in error.diagnostics if (p.code, p.primary.span) not in self._told)
        self.problems.update(dict.fromkeys(new))

    @property
    def _is_enough(self) -> bool:
        """Whether so much is wrong that nothing more is looked for."""
        return len(self.problems) >= at_most().mistakes or any(p.code == "too-much-work" for p in self.problems)


def as_it_stands(definition: Definition) -> Mapping[str, Value]:
    """Nothing is set from outside."""
    return {}


def ablations(unit: Unit) -> list[Definition]:
    return [definition for definition in unit.own.values() if isinstance(definition.item, tree.Ablation)]


def varied(ablation: Definition) -> Definition:
    """The network that an ablation varies."""
    assert isinstance(ablation.item, tree.Ablation)
    try:
        return network_of(ablation.unit, ablation.item.of)
    except Mistake as mistake:
        raise ArchError(mistake.diagnostics) from None


def _can_stand(definition: Definition) -> bool:
    """Whether a network is to be worked out as it stands; one with a mistake in its derivation is, to have it told.

    One that leaves a parameter to its user is worked out where that user sets it.
    """
    try:
        return is_whole(definition)
    except (Mistake, Exhausted):
        return True


def _mistakes(units: Units) -> dict[Diagnostic, None]:
    """What is wrong in the texts, before anything is worked out."""
    return {problem: None for unit in units for problem in sorted(_in_text(unit), key=_place)}


def _in_text(unit: Unit) -> Iterator[Diagnostic]:
    yield from unit.problems[: at_most().mistakes]
    if not unit.source.library:
        yield from check_unit(unit)


def _place(problem: Diagnostic) -> tuple[str, tuple[int, int]]:
    span = problem.primary.span
    return span.source.name, span.source.position(span.start)
