"""A family of variants, worked out one by one: names, costs, and whether each is a network at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Generic, Literal, TypeVar

from archdsl.ablate.budget import nearest
from archdsl.ablate.change import setting
from archdsl.ablate.mode import Row, rows, size
from archdsl.ablate.plan import Match, Plan, holds
from archdsl.ablate.trial import Given, Trial
from archdsl.emit.derived import derived_spec
from archdsl.lower.expand import Walk
from archdsl.lower.record import Counts
from archdsl.lower.replace import Edit
from archdsl.lower.resolve import Definition
from archdsl.lower.values import Value, differ, spell
from archdsl.syntax import tree

N = TypeVar("N")
Make = Callable[[Mapping[str, Value], tuple[Edit, ...]], N]
"""Makes a network of what the baseline's definition is given."""
Status = Literal["baseline", "ok", "invalid", "unmatched"]


@dataclass(frozen=True)
class Variant(Generic[N]):
    """One row of a family.

    `changes` tell what differs from the baseline: a parameter and its value, or a pattern and the text of the new
    layer. `values` are those of all parameters that the family varies. `stats` are the costs at the sizes that the
    network counts with, None where it is `invalid`; `digest` is a hash of its structure, equal for equal networks.
    `reason` says why it is `invalid`, or by how much it is `unmatched`.
    """

    name: str
    changes: Mapping[str, Value]
    values: Mapping[str, Value]
    status: Status
    reason: str
    stats: Counts | None
    digest: str
    definition: Definition = field(repr=False)
    given: Given = field(repr=False)
    make: Make[N] = field(repr=False)

    @property
    def network(self) -> N:
        """The variant as a network; raises `ArchError` where it is invalid."""
        return self.make(*self.given)

    def spec(self, folder: Path) -> str:
        """The variant as a short spec, to stand in a folder: a network derived from the baseline's."""
        told = ", ".join(f"{name} = {spell(value)}" for name, value in self.given[0].items())
        told = ", ".join([told] * bool(told) + [f"{edit.text} replaced" for edit in self.given[1]])
        doc = f"{self.definition.name} with {told}." if told else ""
        return derived_spec(self.name, self.definition, *self.given, folder, doc)


@dataclass(frozen=True)
class Family(Generic[N]):
    """The variants of a plan, the baseline first. Each iteration works them out anew, and keeps none.

    Equal networks are one row, the first.
    """

    plan: Plan
    walk: Walk
    make: Make[N]

    @property
    def name(self) -> str:
        return self.plan.name

    @property
    def varied(self) -> tuple[str, ...]:
        """The parameters that differ between variants."""
        return self.plan.varied

    @property
    def most(self) -> int:
        """How many rows there can be; less those that a condition leaves out, or that equal others."""
        return size(self.plan.mode, self.plan.factors)

    def __iter__(self) -> Iterator[Variant[N]]:
        first = self._trial((), {})
        baseline = self._told((), first, "baseline")
        yield baseline
        seen, budget, names = {first.outcome.digest}, self._budget(first), {baseline.name: 1}
        for changes in islice(rows(self.plan.mode, self.plan.factors), 1, None):
            variant = self._variant(changes, budget)
            if variant is None or variant.digest in seen:
                continue
            if variant.digest:
                seen.add(variant.digest)
            yield _apart(variant, names)

    def _trial(self, changes: Row, solved: Mapping[str, Value]) -> Trial:
        return Trial(self.plan.baseline.definition, self.walk, self.plan.changed(changes, solved))

    def _budget(self, baseline: Trial) -> float:
        """What `match` aims at."""
        match = self.plan.match
        return 0 if match is None else match.target or baseline.cost(match.measure) or 0

    def _variant(self, changes: Row, budget: float) -> Variant[N] | None:
        """The row of some changes; None where a condition leaves it out."""
        trial = self._trial(changes, {})
        if not self._holds(self.plan.early, trial.values, None):
            return None
        status: Status = "ok"
        reason = ""
        if self.plan.match is not None:
            trial, status, reason = self._matched(changes, self.plan.match, budget)
        elif trial.outcome.counts is None:
            status, reason = "invalid", trial.outcome.reason
        if status == "ok" and not self._holds(self.plan.late, trial.values, trial.outcome.counts):
            return None
        return self._told(changes, trial, status, reason)

    def _holds(self, conditions: Sequence[tree.Expr], values: Mapping[str, Value], counts: Counts | None) -> bool:
        return all(holds(condition, self.plan.unit, values, counts) for condition in conditions)

    def _matched(self, changes: Row, match: Match, budget: float) -> tuple[Trial, Status, str]:
        """The row with the parameter of `match` solved, as near as can be."""
        trials: dict[int, Trial] = {}

        def cost(value: int) -> int | None:
            trials[value] = self._trial(changes, {match.by: value})
            return trials[value].cost(match.measure)

        best = nearest(match.low, match.high, budget, cost)
        if best is None:
            trial = trials[match.low]
            reason = f"no network with {match.by} in {match.low}..{match.high}: {trial.outcome.reason}"
            return trial, "invalid", reason
        off = (trials[best].cost(match.measure) or 0) / budget - 1
        if abs(off) > match.within:
            return trials[best], "unmatched", f"best {percent(off)} at {best}"
        return trials[best], "ok", ""

    def _told(self, changes: Row, trial: Trial, status: Status, reason: str = "") -> Variant[N]:
        before = self.plan.baseline.values
        known = {**before, **trial.values}
        values = {name: known[name] for name in self.plan.varied}
        changed = {name: value for name, value in values.items() if differ(value, before[name])}
        changed |= {pattern: layer for change in changes for pattern, layer in change.replaced()}
        slugs = [change.slug for change in changes if change.slug]
        if not slugs and status != "baseline" and self.plan.match is not None:
            slugs = [setting([self.plan.match.by], [values[self.plan.match.by]], before).slug]
        name = "-".join(filter(None, [trial.definition.name, *slugs]))
        found = trial.outcome
        return Variant(
            name,
            changed,
            values,
            status,
            reason,
            found.counts,
            found.digest,
            trial.definition,
            trial.given,
            self.make,
        )


def _apart(variant: Variant[N], names: dict[str, int]) -> Variant[N]:
    """The variant under a name of its own: of those that would be called the same, the later ones are numbered."""
    count = names[variant.name] = names.get(variant.name, 0) + 1
    if count == 1:
        return variant
    return _apart(replace(variant, name=f"{variant.name}_{count}"), names)


def percent(fraction: float) -> str:
    """`+2.5 %`, `−4.8 %`"""
    return f"{fraction * 100:+.1f} %".replace("-", "−")
