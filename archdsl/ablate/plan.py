"""What an ablation asks for, read and checked against its network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal

from archdsl.ablate.change import Change, Factor, apart, replacing, setting
from archdsl.ablate.mode import Cumulative, Grid, Mode, mode_of, rows, size
from archdsl.ablate.trial import Given
from archdsl.limits import at_most, spend
from archdsl.lower.arguments import names_in
from archdsl.lower.bind import fitted
from archdsl.lower.check import Scope, check_expression
from archdsl.lower.evaluate import Evaluator
from archdsl.lower.expand import Walk
from archdsl.lower.networks import interface, walked
from archdsl.lower.record import Counts
from archdsl.lower.resolve import Unit
from archdsl.lower.settings import Settings, edit_of, parameters, settings
from archdsl.lower.values import Value, describe
from archdsl.ops import Parameter
from archdsl.report import ArchError, Diagnostic, Mistake, Span, errors
from archdsl.syntax import tree

WIDEST = 10_000
"""How many values a `match` may choose from."""

ABLATION, CELL, EDIT, LETTER = 200, 6, 5, 6
"""The steps that an ablation takes, a value of a parameter in it, an edit of a row, a letter of a `replace`."""

Measure = Literal["params", "macs", "activations"]
MEASURES: tuple[Measure, ...] = ("params", "macs", "activations")
FIGURES = (*MEASURES, "layers")
"""What `where` knows of a variant besides its parameters."""


@dataclass(frozen=True, slots=True)
class Match:
    """`match measure within P% to target by name in low..high`; without a target it is the baseline's."""

    measure: Measure
    within: float
    target: float | None
    by: str
    low: int
    high: int


@dataclass(frozen=True)
class Plan:
    """A family of variants of a network: `baseline` changed by `factors`, of which some rows are kept."""

    name: str
    unit: Unit
    baseline: Settings
    factors: tuple[Factor, ...]
    mode: Mode
    match: Match | None
    conditions: tuple[tree.Expr, ...]

    @cached_property
    def early(self) -> tuple[tree.Expr, ...]:
        """The conditions that parameters decide before anything is worked out."""
        unknown = {*FIGURES} - {*self.baseline.values} | ({self.match.by} if self.match else set())
        return tuple(c for c in self.conditions if unknown.isdisjoint(names_in(c)))

    @cached_property
    def late(self) -> tuple[tree.Expr, ...]:
        return tuple(condition for condition in self.conditions if condition not in self.early)

    @cached_property
    def varied(self) -> tuple[str, ...]:
        """The parameters that differ between variants, in the order of the text."""
        names = [name for factor in self.factors for name in factor.names]
        return tuple(dict.fromkeys([*names, *([self.match.by] if self.match else [])]))

    def changed(self, changes: tuple[Change, ...], values: Mapping[str, Value]) -> Given:
        """What the baseline is given, with changes made and further `values` set."""
        given = {**self.baseline.given, **{n: v for change in changes for n, v in change.values}, **values}
        edits = tuple(change.edit for change in changes if change.edit is not None)
        return given, (*self.baseline.further, *edits)


def planned(item: tree.Ablation, unit: Unit, baseline: Settings, walk: Walk, most: int | None = None) -> Plan:
    """The plan of an ablation over a network; raises `ArchError` with every mistake in it."""
    spend(ABLATION)
    reader = _Reader(item, unit, baseline)
    plan = reader.read()
    problems = reader.problems
    most = at_most().variants if most is None else most
    if not problems and size(plan.mode, plan.factors) > most:
        problems[errors.too_many_variants(item.name.span, size(plan.mode, plan.factors), most)] = None
    if not problems:
        problems.update(dict.fromkeys([*_misses(plan, walk), *_unfit_conditions(plan)]))
    if problems:
        raise ArchError(problems)
    return plan


def _misses(plan: Plan, walk: Walk) -> Iterator[Diagnostic]:
    """Patterns that name no part; in a cumulative family, of what the rows before have left."""
    alone = ((change,) for factor in plan.factors for change in factor.changes)
    for changes in rows(plan.mode, plan.factors) if isinstance(plan.mode, Cumulative) else alone:
        if changes and changes[-1].edit is not None:
            spend(EDIT * len(changes))
            chosen = settings(plan.baseline.definition, *plan.changed(changes, {}))
            found = walked(walk, chosen, interface(chosen), None).problems
            yield from (problem for problem in found if problem.code == "nothing-replaced")


def _unfit_conditions(plan: Plan) -> Iterator[Diagnostic]:
    """What is wrong with a condition whatever the variant, seen on numbers of the right kind."""
    for condition in plan.conditions:
        try:
            holds(condition, plan.unit, plan.baseline.values, Counts(1, 1, 1, 1, 1))
        except ArchError as error:
            yield from error.diagnostics


def holds(condition: tree.Expr, unit: Unit, values: Mapping[str, Value], counts: Counts | None) -> bool:
    """Whether a variant with these parameters and costs is kept; a parameter hides a figure of its name."""
    figures = {} if counts is None else {name: getattr(counts, name) for name in FIGURES}
    try:
        kept = Evaluator(unit, {**figures, **values}).value(condition)
        if not isinstance(kept, bool):
            raise Mistake(errors.not_a_condition(condition.span, describe(kept)))
    except Mistake as mistake:
        raise ArchError(mistake.diagnostics) from None
    return kept


class _Reader:
    """Reads the lines of an ablation and notes the mistakes of each."""

    def __init__(self, item: tree.Ablation, unit: Unit, baseline: Settings) -> None:
        self.item, self.unit, self.baseline = item, unit, baseline
        self.known = parameters(baseline.definition)
        self.problems: dict[Diagnostic, None] = {}
        self.factors: list[Factor] = []
        self.matches: list[Match] = []
        self.conditions: list[tree.Expr] = []
        self.varied: dict[str, Span] = {}
        self.matched: Span | None = None

    def read(self) -> Plan:
        mode: Mode = Grid()
        try:
            mode = mode_of(self.item.mode, self.unit)
        except (Mistake, ArchError) as mistake:
            self.note(mistake)
        for line in self.item.body:
            try:
                self._lines[type(line)](self, line)
            except (Mistake, ArchError) as mistake:
                self.note(mistake)
        if not self.item.body or not (self.factors or self.problems):
            self.problems[errors.nothing_varied(self.item.name.span, self.item.name.id)] = None
        match = self.matches[0] if self.matches else None
        factors, conditions = tuple(self.factors), tuple(self.conditions)
        return Plan(self.item.name.id, self.unit, self.baseline, factors, mode, match, conditions)

    def note(self, mistake: Mistake | ArchError) -> None:
        self.problems.update(dict.fromkeys(mistake.diagnostics))

    def checked(self, node: tree.Expr, known: Iterable[str]) -> None:
        problems = list(check_expression(node, Scope(self.unit, dict.fromkeys(known, node.span))))
        if problems:
            raise ArchError(problems)

    def value(self, node: tree.Expr) -> Value:
        self.checked(node, ())
        return Evaluator(self.unit, {}).value(node)

    def parameter(self, target: tree.Target) -> Parameter:
        """A parameter that is not varied yet."""
        name, network = target.id, self.baseline.definition.name
        if name not in self.known:
            raise Mistake(errors.unknown_parameter(target.span, network, name, list(self.known)))
        if name in self.varied:
            raise Mistake(errors.varied_twice(target.span, name, self.varied[name]))
        self.varied[name] = target.span
        return self.known[name]

    # --- lines ---

    def vary(self, line: tree.Vary) -> None:
        parameters = [self.parameter(target) for target in line.names]
        values = self.value(line.values)
        if not isinstance(values, tuple):
            raise Mistake(errors.not_a_list(line.values.span, describe(values)))
        if not values:
            raise Mistake(errors.empty_vary(line.values.span))
        names, baseline = tuple(target.id for target in line.names), self.baseline.values
        spend(CELL * len(values) * len(names))
        rows = [
            self.row(parameters, value, span) for value, span in zip(values, _spans(line, len(values)), strict=True)
        ]
        self.factors.append(Factor(names, apart(setting(names, row, baseline) for row in rows), crossed=True))

    def row(self, parameters: list[Parameter], value: Value, span: Span) -> list[Value]:
        """One row of values, each brought to its parameter's kind."""
        several = len(parameters) > 1
        if several and (not isinstance(value, tuple) or len(value) != len(parameters)):
            raise Mistake(errors.wrong_row(span, [p.name for p in parameters], describe(value)))
        values = value if several else (value,)
        network = self.baseline.definition.name
        return [fitted(network, p, span, v) for p, v in zip(parameters, values, strict=True)]

    def replace(self, line: tree.Replace) -> None:
        self.checked(line.layer, ("in",))
        spend(LETTER * len(line.span.text))
        change = replacing(edit_of(line.pattern, line.layer, self.unit, {}, line.span))
        self.factors.append(Factor((), (change,), crossed=False))

    def where(self, line: tree.Where) -> None:
        try:
            self.checked(line.condition, (*self.known, *FIGURES))
        except ArchError as error:
            raise ArchError(map(self.about_figures, error.diagnostics)) from None
        self.conditions.append(line.condition)

    def about_figures(self, problem: Diagnostic) -> Diagnostic:
        """A condition's unknown name is most likely that of a figure."""
        span = problem.primary.span
        if problem.code != "unknown-name":
            return problem
        return errors.unknown_figure(span, span.text, list(FIGURES), list(self.known))

    def match(self, line: tree.Match) -> None:
        if self.matched is not None:
            raise Mistake(errors.matched_twice(line.span, self.matched))
        self.matched = line.span
        if line.measure not in MEASURES:
            raise Mistake(errors.unknown_measure(line.span.word(line.measure), line.measure, list(MEASURES)))
        self.parameter(line.by)
        low, high = (self.whole(node) for node in (line.low, line.high))
        if not 0 < high - low + 1 <= WIDEST:
            raise Mistake(errors.match_range(line.low.span.to(line.high.span), low, high, WIDEST))
        for end, node in ((low, line.low), (high, line.high)):
            fitted(self.baseline.definition.name, self.known[line.by.id], node.span, end)
        target = None if line.target is None else self.number(line.target)
        self.matches.append(Match(line.measure, line.within, target, line.by.id, low, high))

    def whole(self, node: tree.Expr) -> int:
        value = self.value(node)
        if isinstance(value, bool) or not isinstance(value, int):
            raise Mistake(errors.not_whole(node.span, describe(value)))
        return value

    def number(self, node: tree.Expr) -> float:
        value = self.value(node)
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            raise Mistake(errors.match_target(node.span, describe(value)))
        return value

    _lines: ClassVar[dict[type, Callable[[Any, Any], None]]] = {}


_Reader._lines = {
    tree.Vary: _Reader.vary,
    tree.Replace: _Reader.replace,
    tree.Where: _Reader.where,
    tree.Match: _Reader.match,
}


def _spans(line: tree.Vary, count: int) -> Iterator[Span]:
    """Where each value is written, or where all of them come from."""
    written = line.values.items if isinstance(line.values, tree.Sequence) else ()
    yield from (item.span for item in written) if len(written) == count else (line.values.span for _ in range(count))
