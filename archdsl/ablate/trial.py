"""One variant tried, without a network made of it: its parameters, what it costs, or why it is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import blake2b

from archdsl.lower.expand import Walk
from archdsl.lower.interface import Interface, sizes_of
from archdsl.lower.memory import Memory
from archdsl.lower.networks import interface, walked
from archdsl.lower.record import Counts, Point
from archdsl.lower.replace import Edit
from archdsl.lower.resolve import Definition
from archdsl.lower.settings import Settings, settings
from archdsl.lower.values import Value
from archdsl.report import Diagnostic, Mistake
from archdsl.syntax import tree

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


@dataclass(frozen=True, slots=True, eq=False)
class Entrance:
    """What comes into a network, the sizes that it counts with, and both in words."""

    interface: Interface
    point: Point
    said: bytes


def entrance_of(memory: Memory, chosen: Settings) -> Entrance:
    """What comes into a network with these settings; worked out once for the same values in its declarations."""

    def work_out() -> Entrance:
        inputs = interface(chosen)
        assumed = [assumption.text for assumption in inputs.assumptions]
        return Entrance(inputs, Point(sizes_of(inputs, {})), repr((dict(inputs.inputs), assumed)).encode())

    return memory.once(_declarations(chosen.root), chosen.arguments, work_out)


@lru_cache(maxsize=1000)
def _declarations(root: Definition) -> tuple[tree.Node, ...]:
    """What a network says of its inputs."""
    assert isinstance(root.item, tree.Network)
    return tuple(s for s in root.item.body if isinstance(s, tree.InputDecl | tree.Require))


@dataclass(frozen=True)
class Trial:
    """A network with what it is given; worked out as far as it is asked for.

    What is equal is worked out once for all trials of a walk, and for every input size at once.
    """

    definition: Definition
    walk: Walk
    given: Given

    @cached_property
    def _settings(self) -> Settings | Mistake:
        try:
            return settings(self.definition, *self.given, memory=self.walk.memory)
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
        try:
            entrance = entrance_of(self.walk.memory, self._settings)
        except Mistake as mistake:
            return Outcome(problem=mistake.diagnostic)
        record = walked(self.walk, self._settings, entrance.interface, None)
        if record.problems:
            return Outcome(problem=record.problems[0])
        digest = blake2b(entrance.said + record.digest, digest_size=16).hexdigest()
        return Outcome(record.at(entrance.point), digest)

    def cost(self, measure: str) -> int | None:
        """One of the costs; None where there is no network."""
        return None if self.outcome.counts is None else int(getattr(self.outcome.counts, measure))
