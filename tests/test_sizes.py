"""Sizes against plain integers, and their comparisons against counting."""

import operator
from collections.abc import Callable
from itertools import product
from math import prod
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archdsl.limits import at_most
from archdsl.sizes import Dim, Size, Symbol, TooComplex, at, ceil_div, decide, divides, mismatch, shortfall

RELATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "//": operator.floordiv,
    "%": operator.mod,
}

H = Symbol("H", default=224).size
W = Symbol("W", default=224).size
S = Symbol("S").size


def expressions(names: str, *, products: bool = True) -> st.SearchStrategy[object]:
    """Nested tuples `(operator, left, right)` over names and numbers."""

    def larger(smaller: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
        factor = smaller if products else st.integers(-4, 4)
        return st.one_of(
            st.tuples(st.sampled_from("+-"), smaller, smaller),
            st.tuples(st.just("*"), smaller, factor),
            st.tuples(st.sampled_from(["//", "%"]), smaller, st.integers(1, 6)),
        )

    return st.recursive(st.sampled_from(names) | st.integers(-9, 9), larger, max_leaves=6)


def value(tree: object, leaves: dict[str, Size] | dict[str, int]) -> Dim:
    match tree:
        case (str(operation), left, right):
            result: Dim = OPERATORS[operation](value(left, leaves), value(right, leaves))
            return result
        case str(name):
            return leaves[name]
    assert isinstance(tree, int)
    return tree


symbols = st.builds(
    lambda minimum, span, modulus, residues, default: Symbol(
        "H",
        minimum,
        span and minimum + modulus + span,
        modulus,
        frozenset(r % modulus for r in residues),
        default,
    ),
    st.integers(0, 12),
    st.none() | st.integers(1, 60),
    st.integers(1, 6),
    st.sets(st.integers(0, 5), min_size=1),
    st.none() | st.integers(0, 40),
)


@given(expressions("HWS"), *[st.integers(0, 40)] * 3)
def test_a_size_is_the_number_its_expression_is(tree: object, h: int, w: int, s: int) -> None:
    values = {"H": h, "W": w, "S": s}
    size = value(tree, {"H": H, "W": W, "S": S})
    assert at(size, values) == value(tree, values)
    assert isinstance(size, int) or size.symbols


@given(expressions("HWS"), *[st.integers(0, 40)] * 3)
def test_the_text_is_an_expression_of_the_same_number(tree: object, h: int, w: int, s: int) -> None:
    size = value(tree, {"H": H, "W": W, "S": S})
    text = str(size).replace(" / ", ", ")
    values = {"H": h, "W": w, "S": s}
    assert eval(text, {"ceil": lambda a, k: -(-a // k)} | values) == at(size, values)


@settings(max_examples=400, deadline=None)
@given(symbols, expressions("H"), expressions("H"), st.sampled_from(sorted(RELATIONS)))
def test_one_symbol_is_decided_as_by_counting(symbol: Symbol, left: object, right: object, relation: str) -> None:
    a, b = (value(tree, {"H": symbol.size}) for tree in (left, right))
    try:
        found = decide(relation, a, b)
    except TooComplex:
        return
    holds = {
        h: RELATIONS[relation](value(left, {"H": h}), value(right, {"H": h})) for h in range(300) if symbol.allows(h)
    }
    fails = [h for h, held in holds.items() if not held]
    if found is None:
        assert not fails
        return
    assert found.left is not None and found.right is not None, "one symbol is always decided"
    assert not RELATIONS[relation](found.left, found.right)
    assert (found.left, found.right) == (at(a, found.values), at(b, found.values))
    if isinstance(a, int) and isinstance(b, int):
        return
    witness = found.values["H"]
    assert symbol.allows(witness)
    if relation == "==":
        start = symbol.default or 0
        assert witness == min([h for h in fails if h >= start] or fails, default=witness)
    else:
        assert witness == min(fails, default=witness)
    if found.bound is not None:
        assert symbol.allows(found.bound)
        assert all(held for h, held in holds.items() if h >= found.bound)
        below = [h for h in holds if h < found.bound]
        assert found.bound >= 300 or not holds[max(below)], "a smaller bound would do"
    elif relation != "==" and isinstance(a - b, Size):
        far = max(holds) if symbol.maximum else 10**9
        last = [h for h in range(far - 2000, far + 1) if symbol.allows(h)]
        assert not all(RELATIONS[relation](at(a, {"H": h}), at(b, {"H": h})) for h in last)


@settings(max_examples=300, deadline=None)
@given(symbols, expressions("H", products=False), expressions("H", products=False))
def test_the_condition_names_exactly_the_failing_residues(symbol: Symbol, left: object, right: object) -> None:
    """Sizes that grow alike differ on whole residue classes: there the condition says all."""
    a, b = (value(tree, {"H": symbol.size}) for tree in (left, right))
    try:
        found = mismatch(a, b)
    except TooComplex:
        return
    if found is None or not found.condition:
        return
    outside = [h for h in range(300) if symbol.allows(h) and not eval(found.condition, {"H": h})]
    assert eval(found.condition, dict(found.values))
    assert outside or symbol.maximum
    assert all(at(a, {"H": h}) == at(b, {"H": h}) for h in outside)


@settings(max_examples=300, deadline=None)
@given(expressions("HW"), expressions("HW"), st.sampled_from(sorted(RELATIONS)), st.none() | st.integers(3, 20))
def test_two_symbols_are_never_wrongly_accepted_or_refuted(
    left: object, right: object, relation: str, maximum: int | None
) -> None:
    leaves = {
        "H": Symbol("H", maximum=maximum).size,
        "W": Symbol("W", modulus=2, residues=frozenset({1})).size,
    }
    a, b = value(left, leaves), value(right, leaves)
    try:
        found = decide(relation, a, b)
    except TooComplex:
        return
    grid = [{"H": h, "W": w} for h, w in product(range(1, (maximum or 24) + 1), range(1, 24, 2))]
    if found is None:
        assert all(RELATIONS[relation](at(a, values), at(b, values)) for values in grid)
    elif found.left is None:
        assert relation != "==", "equality is always decided"
    else:
        assert (found.left, found.right) == (at(a, found.values), at(b, found.values))
        assert not RELATIONS[relation](found.left, found.right)


@given(st.lists(st.sampled_from([(1, 1), (1, 2), (3, 1), (3, 2), (5, 3), (7, 4)]), max_size=6))
def test_same_padded_convolutions_are_one_rounded_up_division(layers: list[tuple[int, int]]) -> None:
    size: Dim = H
    for kernel, stride in layers:
        size = conv(size, kernel, stride)
    assert size == ceil_div(H, prod(stride for _, stride in layers))


def conv(x: Dim, kernel: int, stride: int) -> Dim:
    return (x + 2 * (kernel // 2) - kernel) // stride + 1


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (H, "H"),
        (2 * H + 1, "2*H + 1"),
        (7 - H, "7 - H"),
        (-H - 1, "-H - 1"),
        (W - 2 * H + 3, "W + 3 - 2*H"),
        (H // 4, "H // 4"),
        ((H + 1) // 3, "(H + 1) // 3"),
        ((H + 3) // 4, "ceil(H / 4)"),
        ((H - 7) // 2, "ceil(H / 2) - 4"),
        ((H + W + 1) // 2, "ceil((H + W) / 2)"),
        ((-H) // 3, "(-H) // 3"),
        ((2 * H + 1) // 4, "H // 2"),
        ((4 * H + 9) // 4, "H + 2"),
        (2 * (H // 2) * W, "2*(H // 2)*W"),
        (3 * (H // 2) // 4, "3*(H // 2) // 4"),
        ((H // 2 + 1) // 3, "(H + 2) // 6"),
        (H % 4, "H - 4*(H // 4)"),
        (W * H * H + 1, "H*H*W + 1"),
        (ceil_div(W, 32) * ceil_div(H, 32), "ceil(H / 32)*ceil(W / 32)"),
        (H - H, "0"),
    ],
)
def test_print(size: Dim, text: str) -> None:
    assert str(size) == text


def test_constants_are_plain_ints() -> None:
    assert (H + 3) - H == 3 and isinstance((H + 3) - H, int)
    assert H * 0 == 0 and (5 * H) // 5 == H
    assert {H + 1: "cached"}[1 + H] == "cached"


@pytest.mark.parametrize("divisor", [0, -2])
def test_a_divisor_is_positive(divisor: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        H // divisor


def test_only_numbers_divide() -> None:
    with pytest.raises(TypeError):
        H // W  # type: ignore[operator]
    with pytest.raises(TypeError):
        4 % H  # type: ignore[operator]


def test_the_witness_is_the_first_size_above_the_default() -> None:
    found = mismatch(ceil_div(H, 4), (H + 2) // 4)
    assert found is not None
    assert (dict(found.values), found.left, found.right, found.condition) == (
        {"H": 225},
        57,
        56,
        "H % 4 == 1",
    )


def test_without_a_default_it_is_the_smallest() -> None:
    found = mismatch(ceil_div(S, 4), (S + 2) // 4)
    assert found is not None and found.values == {"S": 1}


def test_below_a_maximum_it_is_the_smallest() -> None:
    h = Symbol("H", maximum=224, default=224).size
    found = mismatch(ceil_div(h, 4), (h + 2) // 4)
    assert found is not None and found.values == {"H": 1}


def test_floor_and_ceil_mode_agree_under_an_assumption() -> None:
    assert mismatch(H // 2, ceil_div(H, 2)) is not None
    even = Symbol("H", minimum=32, modulus=32, default=224).size
    assert mismatch(even // 2, ceil_div(even, 2)) is None
    assert divides(32, even) is None
    assert mismatch(even // 64, ceil_div(even, 64)) is not None


@pytest.mark.parametrize(
    ("a", "b", "condition"),
    [
        (H // 2, ceil_div(H, 2), "H % 2 == 1"),
        (H // 32, ceil_div(H, 32), "H % 32 != 0"),
        ((H + 15) // 32, H // 32, "17 <= H % 32 <= 31"),
        (2 * (H // 4), H // 2, "H % 4 in (2, 3)"),
        (H, H + 1, ""),
        (H, 224, ""),
        (H, W, ""),
        ((H // 2) * W, ceil_div(H, 2) * W, "H % 2 == 1"),
        ((H % 2) * (W % 3), 0, "H % 2 == 1 and W % 3 != 0"),
        (H % 2 + W % 2, 0, ""),
    ],
)
def test_condition(a: Dim, b: Dim, condition: str) -> None:
    found = mismatch(a, b)
    assert found is not None and found.condition == condition


def test_sizes_that_agree_over_a_short_period_differ() -> None:
    """`(S + S // 2) // 2` is `S - 1` for the first four sizes, two periods of the inner floor."""
    found = mismatch((S + S // 2) // 2, S - 1)
    assert found is not None and found.values == {"S": 5}


def test_sizes_that_meet_by_accident_differ() -> None:
    found = mismatch(H, 224)
    assert found is not None and found.values == {"H": 225}
    found = mismatch(S * S, 3 * S - 2)
    assert found is not None and found.values == {"S": 3}


def test_other_symbols_stay_at_their_defaults() -> None:
    found = mismatch(H + S, W + S)
    assert found is not None and found.values == {"H": 225, "W": 224, "S": 1}


def test_equal_sizes_that_look_different() -> None:
    assert H // 2 + ceil_div(H, 2) != H and mismatch(H // 2 + ceil_div(H, 2), H) is None
    assert mismatch((H * H + H) // 2 * 2, H * H + H) is None
    assert mismatch((H // 2 + ceil_div(H, 2)) * W, H * W) is None


def test_a_shortfall_says_from_which_size_it_holds() -> None:
    found = shortfall((H - 7) // 2 + 1, 35)
    assert found is not None
    assert (dict(found.values), found.left, found.right, found.bound) == ({"H": 1}, -2, 35, 75)
    assert shortfall((Symbol("H", minimum=75).size - 7) // 2 + 1, 35) is None


def test_a_size_that_falls_has_no_bound() -> None:
    found = shortfall(10**12, 3 * S)
    assert found is not None and found.bound is None
    assert found.values == {"S": 10**12 // 3 + 1}


def test_a_dip_far_out_is_found() -> None:
    found = shortfall(S * S + 1001 * 999, 2000 * S)
    assert found is not None and found.values == {"S": 1000} and found.bound == 1001
    assert shortfall(S * S + 1000 * 1000, 2000 * S) is None


def test_inequalities_of_two_symbols() -> None:
    assert shortfall(H * W + 1, H + W) is None
    found = shortfall(H + 1000, W)
    assert found is not None and found.values == {"H": 1, "W": 1002}
    bounded = Symbol("H", maximum=1024).size * Symbol("W", maximum=1024).size
    assert decide("<=", bounded, 1024 * 1024) is None
    found = decide("<", bounded, 1024 * 1024)
    assert found is not None and found.left is not None


def test_what_is_not_proved_is_not_accepted() -> None:
    found = shortfall(H * H + W * W, 2 * H * W)
    assert found is not None and found.left is None and found.right is None


def test_divides_shows_the_size_and_the_divisor() -> None:
    found = divides(32, H)
    assert found is not None
    assert (dict(found.values), found.left, found.right, found.condition) == (
        {"H": 225},
        225,
        32,
        "H % 32 != 0",
    )
    assert divides(3, 6 * H + 3 * W) is None
    assert divides(3, 12) is None and divides(5, 12) is not None


def test_a_period_too_long_is_refused() -> None:
    with pytest.raises(TooComplex) as refusal:
        mismatch(H // 1009 + H // 1013, 2 * (H // 1000))
    assert refusal.value.period > at_most().period
