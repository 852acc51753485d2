"""Sizes of tensor axes: exact integers, or floor expressions of the input's symbols.

A size is kept in normal form, so sizes that are equal nearly always look equal. Where looks do not settle a
comparison it is decided, not sampled: a size is a quasi-polynomial, that is, on every residue class of some
period it is a polynomial in each symbol. A polynomial of degree n is known from n + 1 points, so a finite
table says what holds for *every* allowed input.

One idea answers every question: `a` and `b` compare as the sign of `a - b`; a relation accepts some signs.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import chain, islice, pairwise, product
from math import comb, gcd, lcm, prod
from typing import Union

from archdsl.light import light
from archdsl.limits import at_most, spend

SEARCH_LIMIT = 10_000  # lines looked along for a counterexample when several symbols resist a proof
ENDLESS = 2**62  # stands for no maximum: no tensor is that long, and every range stays finite
CACHE = 2**14
POINT = 2  # steps that a term takes at a point of the table

SIGNS = {
    "==": frozenset({0}),
    "!=": frozenset({-1, 1}),
    "<": frozenset({-1}),
    "<=": frozenset({-1, 0}),
    ">": frozenset({1}),
    ">=": frozenset({0, 1}),
}


class TooComplex(Exception):
    """A comparison whose period is too long to tabulate."""

    def __init__(self, period: int) -> None:
        super().__init__(f"sizes repeat only every {period} inputs")
        self.period = period


# --- sizes --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Symbol:
    """A size of the input, with what its network requires of it; some value must be allowed.

    Sizes that meet name their symbols apart.
    """

    name: str
    minimum: int = 1
    maximum: int | None = None
    modulus: int = 1
    residues: frozenset[int] = frozenset({0})
    default: int | None = None

    def __hash__(self) -> int:
        return hash(self.name)

    def __str__(self) -> str:
        return self.name

    @cached_property
    def size(self) -> "Size":
        return Size(frozenset({((self,), 1)}))

    @property
    def end(self) -> int:
        """The first value too large."""
        return ENDLESS if self.maximum is None else self.maximum + 1

    def allows(self, value: int) -> bool:
        return self.minimum <= value < self.end and value % self.modulus in self.residues

    def allowed(self, start: int) -> Iterator[int]:
        """The allowed values from `start` upward."""
        return filter(self.allows, range(max(start, self.minimum), self.end))

    def at(self, values: Mapping[str, int]) -> int:
        return values[self.name]


@dataclass(frozen=True, slots=True)
class Floor:
    """The part of a quotient that no rule takes apart: `size // divisor`."""

    size: "Size"
    divisor: int

    def at(self, values: Mapping[str, int]) -> int:
        return self.size.at(values) // self.divisor

    def __str__(self) -> str:
        if self.size.constant == self.divisor - 1:
            return f"ceil({_numerator(Size(self.size.terms))} / {self.divisor})"
        return f"{_numerator(self.size)} // {self.divisor}"


Atom = Symbol | Floor
Monomial = tuple[Atom, ...]  # a product, its factors in the order of their text
Dim = Union[int, "Size"]  # every constant is a plain int


@light
class Size:
    """A sum of monomials with integer coefficients, and a constant.

    `==` compares normal forms; `mismatch` decides.
    """

    terms: frozenset[tuple[Monomial, int]]
    constant: int = 0

    def __add__(self, other: Dim) -> Dim:
        if isinstance(other, int):
            return Size(self.terms, self.constant + other)
        return _total(chain(self.terms, other.terms), self.constant + other.constant)

    def __mul__(self, other: Dim) -> Dim:
        if isinstance(other, int):
            if not other:
                return 0
            return Size(frozenset([(atoms, factor * other) for atoms, factor in self.terms]), self.constant * other)
        return _total((_times(one, two) for one in self._parts for two in other._parts), 0)

    def __floordiv__(self, divisor: int) -> Dim:
        if not isinstance(divisor, int):
            return NotImplemented
        if divisor <= 0:
            raise ValueError(f"a size is divided by a positive number, not by {divisor}")
        return _quotient(self, divisor)

    def __mod__(self, divisor: int) -> Dim:
        if not isinstance(divisor, int):
            return NotImplemented
        return self - divisor * (self // divisor)

    def __neg__(self) -> Dim:
        return self * -1

    def __sub__(self, other: Dim) -> Dim:
        return self + -other

    def __rsub__(self, other: int) -> Dim:
        return -self + other

    __radd__ = __add__
    __rmul__ = __mul__

    @property
    def symbols(self) -> frozenset[Symbol]:
        atoms = {atom for monomial, _ in self.terms for atom in monomial}
        return frozenset().union(*({a} if isinstance(a, Symbol) else a.size.symbols for a in atoms))

    @property
    def _parts(self) -> list[tuple[Monomial, int]]:
        return [*self.terms, ((), self.constant)]

    def at(self, values: Mapping[str, int]) -> int:
        """The number it is for these values of its symbols."""
        total = self.constant
        for atoms, factor in self.terms:
            for atom in atoms:
                factor *= atom.at(values)
            total += factor
        return total

    def __str__(self) -> str:
        parts = sorted(((c < 0, -len(atoms), _product(atoms, abs(c))) for atoms, c in self._parts if c))
        (negative, _, first), *rest = parts
        return "-" * negative + first + "".join(f" {'-' if minus else '+'} {text}" for minus, _, text in rest)

    __repr__ = __str__


def at(dim: Dim, values: Mapping[str, int]) -> int:
    """The number a size is for these values of its symbols."""
    return dim if isinstance(dim, int) else dim.at(values)


def ceil_div(a: Dim, k: int) -> Dim:
    """`a / k`, rounded up."""
    return (a + (k - 1)) // k


def product_of(dims: Iterable[Dim]) -> Dim:
    """The product of sizes; that of the sizes over symbols, which few tensors differ in, is worked out once."""
    number, sizes = 1, []
    for dim in dims:
        if isinstance(dim, int):
            number *= dim
        else:
            sizes.append(dim)
    return _together(tuple(sizes)) * number if sizes else number


@lru_cache(CACHE)
def _together(sizes: tuple[Size, ...]) -> Dim:
    return prod(sizes)


def _total(terms: Iterable[tuple[Monomial, int]], constant: int) -> Dim:
    """The sum of terms, like ones merged."""
    merged: dict[Monomial, int] = {}
    for atoms, factor in terms:
        merged[atoms] = merged.get(atoms, 0) + factor
    constant += merged.pop((), 0)
    left = frozenset(term for term in merged.items() if term[1])
    return Size(left, constant) if left else constant


def _times(one: tuple[Monomial, int], two: tuple[Monomial, int]) -> tuple[Monomial, int]:
    return tuple(sorted(one[0] + two[0], key=str)), one[1] * two[1]


@lru_cache(CACHE)
def _quotient(size: Size, k: int) -> Dim:
    """`size // k`: multiples of k leave the floor, common factors cancel, a floor of a floor becomes one."""
    whole, rest = divmod(size.constant, k)
    outside = _total(((atoms, c // k) for atoms, c in size.terms if c % k == 0), whole)
    inside = frozenset((atoms, c) for atoms, c in size.terms if c % k)
    if not inside:
        return outside
    common = gcd(k, *(c for _, c in inside))
    if common > 1:
        reduced = Size(frozenset((atoms, c // common) for atoms, c in inside), rest // common)
        return outside + reduced // (k // common)
    match list(inside):
        case [((Floor(inner, divisor),), 1)]:
            return outside + (inner + divisor * rest) // (divisor * k)
    return outside + Size(frozenset({((Floor(Size(inside, rest), k),), 1)}))


def _product(atoms: Monomial, factor: int) -> str:
    numbers = [str(factor)] if factor != 1 or not atoms else []
    alone = len(atoms) + len(numbers) == 1
    return "*".join(numbers + [str(atom) if alone else _factor(atom) for atom in atoms])


def _factor(atom: Atom) -> str:
    text = str(atom)
    return f"({text})" if isinstance(atom, Floor) and not text.endswith(")") else text


def _numerator(size: Size) -> str:
    parts = [factor for _, factor in size._parts if factor]
    return str(size) if len(parts) == 1 and parts[0] > 0 else f"({size})"


# --- questions ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Witness:
    """Where a claim about two sizes does not hold.

    `left` and `right` are what the two are at `values`; both are None where the claim is neither proved nor
    refuted, which takes an inequality in several symbols.
    """

    values: Mapping[str, int]
    left: int | None
    right: int | None
    condition: str = ""  # of an equality: the residues that refute it, as in `H % 4 == 1`; empty when all do
    bound: int | None = None  # of an inequality in one symbol: the smallest allowed size from which it holds


Mismatch = Witness
Shortfall = Witness


def mismatch(a: Dim, b: Dim) -> Mismatch | None:
    """Where a and b differ: from the symbols' defaults upward, else at the smallest allowed sizes. Exact."""
    return decide("==", a, b)


def shortfall(a: Dim, b: Dim) -> Shortfall | None:
    """Where a falls short of b, at the smallest allowed sizes. Exact for one symbol."""
    return decide(">=", a, b)


def divides(k: int, a: Dim) -> Witness | None:
    """Where a (`left`) is no multiple of k (`right`). Exact."""
    found = decide("==", a % k, 0)
    return found and _restated(found, "==", a, k)


def decide(relation: str, a: Dim, b: Dim) -> Witness | None:
    """None where `a relation b` holds for every allowed value of the symbols, else a witness against it."""
    difference = a - b
    if isinstance(difference, Size):
        spend(_residues_of(difference), (_classes, difference))
        spend(_effort(difference), difference)
        found = _decide(relation, difference)
    else:
        found = None if _sign(difference) in SIGNS[relation] else Witness({}, difference, 0)
    return found and _restated(found, relation, a, b)


def _restated(witness: Witness, relation: str, a: Dim, b: Dim) -> Witness:
    """The same witness for a against b: also symbols that cancel in their difference need a value."""
    if witness.left is None:
        return witness
    symbols = frozenset[Symbol]().union(*(dim.symbols for dim in (a, b) if isinstance(dim, Size)))
    values = _home(symbols, relation) | dict(witness.values)
    return replace(witness, values=values, left=at(a, values), right=at(b, values))


def _home(symbols: Iterable[Symbol], relation: str) -> dict[str, int]:
    """An allowed value for each symbol, to look around while another one moves."""
    return {
        symbol.name: next(chain(symbol.allowed(_start(symbol, relation)), symbol.allowed(symbol.minimum)))
        for symbol in sorted(symbols, key=str)
    }


def _start(symbol: Symbol, relation: str) -> int:
    """Where the search for a witness starts: a mismatch is best shown near the size people use."""
    return symbol.default if relation == "==" and symbol.default is not None else symbol.minimum


# --- deciding -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Class:
    """The allowed values of a symbol with one residue, on which a size is a polynomial of this degree."""

    symbol: Symbol
    values: range
    degree: int

    @property
    def corner(self) -> range:
        """The first points, as many as fix the polynomial."""
        return self.values[: self.degree + 1]

    @property
    def corners(self) -> list[range]:
        """The corner or, of a straight line with two ends, its ends: what holds at both holds between."""
        straight = self.symbol.maximum is not None and self.degree == 1
        return [self.values[:1], self.values[-1:]] if straight else [self.corner]


Cell = tuple[_Class, ...]  # one class of each symbol
Line = tuple[list[_Class], dict[str, int]]  # classes of one symbol, and the values of the others


@lru_cache(CACHE)
def _decide(relation: str, size: Size) -> Witness | None:
    """A witness against `size relation 0`."""
    axes = _axes(size)
    doubtful = [cell for cell in product(*axes) if not _certain(relation, size, cell)]
    if not doubtful:
        return None
    for classes, fixed in islice(_lines(relation, axes, doubtful), SEARCH_LIMIT):
        failing = [bad for moving in classes for bad in _failures(relation, size, moving, fixed)]
        if failing:
            symbol = classes[0].symbol
            values = {**fixed, symbol.name: _first(failing, _start(symbol, relation))}
            if relation == "==":
                return Witness(values, size.at(values), 0, condition=_condition(doubtful, axes))
            return Witness(values, size.at(values), 0, bound=None if fixed else _bound(symbol, failing))
    return None if len(axes) == 1 else Witness({}, None, None)


def _residues_of(size: Size) -> int:
    """The steps that it takes to find the classes of each symbol, where there are not too many."""
    periods = (lcm(_growth(size, symbol)[0], symbol.modulus) for symbol in size.symbols)
    return sum(period for period in periods if period <= at_most().period)


def _effort(size: Size) -> int:
    """The steps that a decision takes."""
    points = prod(sum(len(each.corner) for each in classes) for classes in _axes(size))
    return POINT * points * (1 + len(size.terms))


@lru_cache(CACHE)
def _axes(size: Size) -> list[list[_Class]]:
    """The classes of each symbol."""
    axes = [_classes(size, symbol) for symbol in sorted(size.symbols, key=str)]
    if prod(sum(len(each.corner) for each in classes) for classes in axes) > at_most().period:
        raise TooComplex(prod(classes[0].values.step for classes in axes))
    return axes


def _classes(size: Size, symbol: Symbol) -> list[_Class]:
    period, degree = _growth(size, symbol)
    period = lcm(period, symbol.modulus)
    starts = range(symbol.minimum, min(symbol.minimum + period, symbol.end))
    if len(starts) > at_most().period:
        raise TooComplex(period)
    allowed = filter(symbol.allows, starts)
    return [_Class(symbol, range(start, symbol.end, period), degree) for start in allowed]


def _growth(size: Size | Atom, symbol: Symbol) -> tuple[int, int]:
    """A period and a degree: on each class of that period the size is a polynomial of at most that degree.

    Its coefficients, counted in steps along the class, are integers. So every k-th step adds multiples of k,
    which leave a floor by k: a floor lengthens the period by its divisor, whatever the degree.
    """
    match size:
        case Symbol():
            return 1, int(size == symbol)
        case Floor(inner, divisor):
            period, degree = _growth(inner, symbol)
            return (period * divisor, degree) if degree else (1, 0)
    terms = [[_growth(atom, symbol) for atom in atoms] for atoms, _ in size.terms]
    period = lcm(*(period for term in terms for period, _ in term))
    return period, max(sum(degree for _, degree in term) for term in terms)


def _certain(relation: str, size: Size, cell: Cell) -> bool:
    """Whether a cell's polynomial provably keeps to the accepted signs.

    Seen from a corner of the cell it is a sum of binomials, none of them negative: without negative
    coefficients, the constant one aside, it never falls below its value in the corner; without positive ones
    it never rises above.
    """
    names = [each.symbol.name for each in cell]
    signs = set()
    for corner in product(*(each.corners for each in cell)):
        first, *rest = _newton(size, names, corner, {})
        signs.add(-1 if min(rest, default=0) < 0 else _sign(first))
        signs.add(1 if max(rest, default=0) > 0 else _sign(first))
    return SIGNS[relation].issuperset(range(min(signs), max(signs) + 1))


def _newton(size: Size, names: Sequence[str], grid: Sequence[range], fixed: dict[str, int]) -> list[int]:
    """The forward differences of a size over a grid: its coefficients in products of binomials."""
    if not names:
        return [size.at(fixed)]
    rows = [_newton(size, names[1:], grid[1:], {**fixed, names[0]: value}) for value in grid[0]]
    differences = []
    while rows:
        differences += rows[0]
        rows = [[b - a for a, b in zip(*pair, strict=True)] for pair in pairwise(rows)]
    return differences


def _lines(relation: str, axes: list[list[_Class]], doubtful: list[Cell]) -> Iterator[Line]:
    """Where to look: along each symbol with the others at home, then near the corners of doubtful cells."""
    for classes in axes:
        yield classes, _home((other[0].symbol for other in axes if other is not classes), relation)
    for moving, *rest in doubtful if len(axes) > 1 else ():
        for point in product(*([*each.values[: each.degree + 4], *each.corners[-1]] for each in rest)):
            yield [moving], {each.symbol.name: value for each, value in zip(rest, point, strict=True)}


def _failures(relation: str, size: Size, moving: _Class, fixed: dict[str, int]) -> list[range]:
    """The values of a class at which the relation fails, the other symbols fixed. Exact."""
    count = len(moving.values)
    runs = _runs(_newton(size, [moving.symbol.name], [moving.corner], fixed), count)
    spans = pairwise([*runs, (count, 0)])
    return [moving.values[start:stop] for (start, sign), (stop, _) in spans if sign not in SIGNS[relation]]


def _runs(differences: list[int], count: int) -> list[tuple[int, int]]:
    """Where runs of one sign start, and that sign, for a polynomial at 0, 1, … count - 1.

    Its forward differences but the first are those of its slope. Between two sign changes of the slope it is
    monotone, and bisection finds its own.
    """
    if len(differences) == 1:
        return [(0, _sign(differences[0]))]

    def value(place: int) -> int:
        return sum(c * comb(place, order) for order, c in enumerate(differences))

    def turns(start: int, stop: int, slope: int) -> list[int]:
        reach = range(start, min(stop, start + abs(value(start)) + 2))  # each step moves it by one at least
        cuts = (cut(reach, 0, key=lambda place: slope * value(place)) for cut in (bisect_left, bisect_right))
        return sorted({start, *(reach[index] for index in cuts if index < len(reach))})

    slopes = pairwise([*_runs(differences[1:], count), (count, 0)])
    starts = [turn for (start, slope), (stop, _) in slopes for turn in turns(start, stop, slope)]
    return [(start, _sign(value(start))) for start in starts]


def _first(failing: list[range], start: int) -> int:
    """The first failing value from `start` upward, else the smallest."""
    later = (values[max(0, -((values.start - start) // values.step)) :] for values in failing)
    return min((values[0] for values in later if values), default=min(values[0] for values in failing))


def _bound(symbol: Symbol, failing: list[range]) -> int | None:
    """The smallest allowed value from which nothing fails."""
    last = max(values[-1] for values in failing)
    return None if last > ENDLESS // 2 else next(symbol.allowed(last + 1), None)


def _condition(failing: list[Cell], axes: list[list[_Class]]) -> str:
    """The residues of the failing cells in words, where they are a set for each symbol."""
    bad = [frozenset(column) for column in zip(*failing, strict=True)]
    if prod(map(len, bad)) != len(failing):
        return ""
    return " and ".join(filter(None, map(_residues, bad, axes)))


def _residues(bad: frozenset[_Class], classes: list[_Class]) -> str:
    """`H % 4 == 1` and the like, with the smallest modulus that tells bad residues from good ones."""
    symbol, period = classes[0].symbol, classes[0].values.step
    for modulus in (m for m in range(1, period + 1) if period % m == 0):
        shown = sorted({each.values.start % modulus for each in bad})
        hidden = sorted({each.values.start % modulus for each in classes if each not in bad})
        if set(shown).isdisjoint(hidden):
            break
    remainder = f"{symbol} % {modulus}"
    if not hidden:
        return ""
    if len(shown) == 1:
        return f"{remainder} == {shown[0]}"
    if len(hidden) == 1:
        return f"{remainder} != {hidden[0]}"
    if len(shown) > 2 and shown[-1] - shown[0] == len(shown) - 1:
        return f"{shown[0]} <= {remainder} <= {shown[-1]}"
    return f"{remainder} in ({', '.join(map(str, shown))})"


def _sign(value: int) -> int:
    return (value > 0) - (value < 0)
