"""One variant tried, without a network made of it: its parameters, what it costs, or why it is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from archdsl.ablate.ledger import Ledger, Tally, digest, said, said_of, tallied
from archdsl.lower.interface import sizes_of
from archdsl.lower.networks import interface, walked
from archdsl.lower.record import Counts
from archdsl.lower.replace import Edit
from archdsl.lower.resolve import Definition
from archdsl.lower.settings import Settings, settings
from archdsl.lower.values import Value
from archdsl.report import Diagnostic, Mistake

Given = tuple[Mapping[str, Value], tuple[Edit, ...]]
"""What a network is given: values of parameters, and parts to be replaced."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a network costs and a hash of what it is, or the mistake for which it is none."""

    counts: Counts | None = None
    digest: str = ""
    problem: Diagnostic | None = None

    @property
    def reason(self) -> str:
        """The mistake on a line, and in which part it shows."""
        if self.problem is None:
            return ""
        text = self.problem.primary.text or self.problem.title
        return f"{text} (in {' → '.join(self.problem.path)})" if self.problem.path else text


@dataclass(frozen=True)
class Trial:
    """A network with what it is given; worked out as far as it is asked for.

    What is equal is worked out once for all trials of a `ledger`, and for every input size at once.
    """

    definition: Definition
    ledger: Ledger
    given: Given

    @cached_property
    def _settings(self) -> Settings | Mistake:
        try:
            return settings(self.definition, *self.given, worked_out=self.ledger.worked_out)
        except Mistake as mistake:
            return mistake

    @property
    def values(self) -> Mapping[str, Value]:
        """The parameters that can be set; as far as they are given, where they cannot be worked out."""
        return self.given[0] if isinstance(self._settings, Mistake) else self._settings.values

    @cached_property
    def outcome(self) -> Outcome:
        if isinstance(self._settings, Mistake):
            return Outcome(problem=self._settings.diagnostic)
        found = tallied(self.ledger, self._settings)
        if found is not None and self.ledger.is_sound(found[0].pieces):
            return _added_up(*found)
        outcome = self._walked(self._settings)
        if found is not None and outcome.problem is None:
            self.ledger.note_sound(found[0].pieces)
        return outcome

    def _walked(self, chosen: Settings) -> Outcome:
        """The network worked out as a whole."""
        try:
            inputs = interface(chosen)
        except Mistake as mistake:
            return Outcome(problem=mistake.diagnostic)
        record = walked(self.ledger.walk, chosen, inputs, None)
        if record.problems:
            return Outcome(problem=record.problems[0])
        counts = record.counts.at(sizes_of(inputs, {}))
        return Outcome(counts, digest(said_of(inputs), [said(record.steps)], (record.outputs, record.listed)))

    def cost(self, measure: str) -> int | None:
        """One of the costs; None where there is no network."""
        return None if self.outcome.counts is None else int(getattr(self.outcome.counts, measure))


def _added_up(tally: Tally, out: Value) -> Outcome:
    """The outcome of a network whose pieces are known to fit together."""
    listed = isinstance(out, tuple)
    outputs = tuple(tensor.ref for tensor in out) if listed else (out.ref,)
    total = sum((piece.counts for piece in tally.pieces), Counts())
    return Outcome(total, digest(tally.entrance.said, [piece.said for piece in tally.pieces], (outputs, listed)))
