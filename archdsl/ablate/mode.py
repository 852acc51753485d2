"""Which combinations of changes make the rows of a family. The first row is always the baseline, which has none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, product
from math import prod
from random import Random

from archdsl.ablate.change import Change, Factor
from archdsl.lower.check import Scope, check_expression
from archdsl.lower.evaluate import Evaluator
from archdsl.lower.resolve import Unit
from archdsl.lower.values import describe
from archdsl.report import ArchError, Mistake, errors
from archdsl.syntax import tree

Row = tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """Every combination of what varies; each replaced part stands alone."""


@dataclass(frozen=True, slots=True)
class OneAtATime:
    """Each change alone."""


@dataclass(frozen=True, slots=True)
class Cumulative:
    """Each row keeps what the rows before it changed."""


@dataclass(frozen=True, slots=True)
class Sample:
    """`count` rows of the grid, drawn by `seed`, in the order of the grid."""

    count: int
    seed: int


Mode = Grid | OneAtATime | Cumulative | Sample
MODES = ("grid", "one_at_a_time", "cumulative", "sample")


def rows(mode: Mode, factors: Sequence[Factor]) -> Iterator[Row]:
    """The changes of every row, the baseline's first."""
    yield ()
    match mode:
        case Grid():
            yield from _grid(factors)
        case OneAtATime():
            yield from ((change,) for factor in factors for change in factor.changes)
        case Cumulative():
            yield from _cumulative(factors)
        case Sample(count, seed):
            total = size(Grid(), factors) - 1
            chosen = Random(seed).sample(range(total), min(count, total))
            yield from (_nth(factors, number) for number in sorted(chosen))


def size(mode: Mode, factors: Sequence[Factor]) -> int:
    """How many rows there are."""
    alone = sum(len(factor.changes) for factor in factors)
    match mode:
        case Sample(count):
            return 1 + min(count, size(Grid(), factors) - 1)
        case Grid():
            crossed = [len(factor.changes) for factor in factors if factor.crossed]
            return 1 + (prod(crossed) if crossed else 0) + sum(not factor.crossed for factor in factors)
    return 1 + alone


def _grid(factors: Sequence[Factor]) -> Iterator[Row]:
    crossed = [factor.changes for factor in factors if factor.crossed]
    if crossed:
        yield from product(*crossed)
    yield from (factor.changes for factor in factors if not factor.crossed)


def _cumulative(factors: Sequence[Factor]) -> Iterator[Row]:
    """What a `vary` has set last stands when the next factor begins."""
    kept: Row = ()
    for factor in factors:
        for change in factor.changes:
            yield (*kept, change)
        kept = (*kept, factor.changes[-1])


def _nth(factors: Sequence[Factor], number: int) -> Row:
    """The row of a grid with this number, the rows before it left out."""
    crossed = [factor.changes for factor in factors if factor.crossed]
    combinations = prod(map(len, crossed)) if crossed else 0
    if number >= combinations:
        return list(chain(factor.changes for factor in factors if not factor.crossed))[number - combinations]
    row: list[Change] = []
    for changes in reversed(crossed):
        number, at = divmod(number, len(changes))
        row.append(changes[at])
    return tuple(reversed(row))


def mode_of(node: tree.Name | tree.Call | None, unit: Unit) -> Mode:
    """The mode that an ablation names."""
    if node is None:
        return Grid()
    name = node if isinstance(node, tree.Name) else node.function
    assert isinstance(name, tree.Name)
    arguments = node.arguments if isinstance(node, tree.Call) else ()
    if name.id == "sample":
        return _sample(node, arguments, unit)
    if name.id not in MODES:
        raise Mistake(errors.unknown_mode(name.span, name.id, list(MODES)))
    if arguments:
        raise Mistake(errors.surplus_argument(arguments[0].span, name.id, []))
    modes: dict[str, Mode] = {"grid": Grid(), "one_at_a_time": OneAtATime(), "cumulative": Cumulative()}
    return modes[name.id]


def _sample(node: tree.Name | tree.Call, arguments: Sequence[tree.Argument], unit: Unit) -> Mode:
    names, given = ("n", "seed"), {"seed": 0}
    if len(arguments) > len(names):
        raise Mistake(errors.surplus_argument(arguments[len(names)].span, "sample", list(names)))
    for argument, position in zip(arguments, names, strict=False):
        name = argument.name or position
        if name not in names:
            raise Mistake(errors.unknown_parameter(argument.span, "sample", name, list(names)))
        given[name] = _count(argument, least=1 if name == "n" else 0, unit=unit)
    if "n" not in given:
        raise Mistake(errors.sample_size(node.span))
    return Sample(given["n"], given["seed"])


def _count(argument: tree.Argument, least: int, unit: Unit) -> int:
    if problems := list(check_expression(argument.value, Scope(unit, {}))):
        raise ArchError(problems)
    value = Evaluator(unit, {}).value(argument.value)
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise Mistake(errors.wrong_count_of_rows(argument.value.span, describe(value), least))
    return value
