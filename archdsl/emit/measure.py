"""Sizes that depend on the input, read off the tensors at hand when the module runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from archdsl.ops.term import Term
from archdsl.shapes import Shape
from archdsl.sizes import Floor, Size, Symbol


@dataclass(frozen=True, slots=True)
class Extent:
    """The size of one axis of a value of the body."""

    value: int
    axis: int


@dataclass(frozen=True, slots=True)
class Extra:
    """A size that no tensor of the body tells, so that whoever calls it passes it."""

    index: int


Measured = Term | Extent | Extra | int


def at_hand(shapes: Iterable[tuple[int, Shape]]) -> dict[Size, Extent]:
    """What the shapes of some values tell; the first value that tells a size is asked for it."""
    known: dict[Size, Extent] = {}
    for value, shape in shapes:
        for axis, dim in enumerate(shape):
            if isinstance(dim, Size):
                known.setdefault(dim, Extent(value, axis))
    return known


def expressed(size: Size, known: Mapping[Size, Extent]) -> Measured | None:
    """The size over those that are known; None where they do not tell it."""
    if size in known:
        return known[size]
    total: Measured | None = None
    for atoms, factor in sorted(size.terms, key=lambda part: (part[1] < 0, str(part[0]))):
        factors = [_atom(atom, known) for atom in atoms]
        if None in factors:
            return None
        product = _joined("*", [*factors, *([abs(factor)] if abs(factor) != 1 else [])])
        total = _added(total, product, factor < 0)
    return _added(total, abs(size.constant), size.constant < 0) if size.constant else total


def _added(total: Measured | None, value: Measured, negative: bool) -> Measured:
    if total is None:
        return Term("*", (value, -1)) if negative else value
    return Term("-" if negative else "+", (total, value))


def _atom(atom: Symbol | Floor, known: Mapping[Size, Extent]) -> Measured | None:
    whole = Size(frozenset({((atom,), 1)}))
    if whole in known or isinstance(atom, Symbol):
        return known.get(whole)
    inner = expressed(atom.size, known)
    return None if inner is None else Term("//", (inner, atom.divisor))


def _joined(operator: str, operands: list[Any]) -> Any:
    return operands[0] if len(operands) == 1 else Term(operator, tuple(operands))


def leaves(value: Any, kind: type) -> Iterator[Any]:
    """The leaves of one kind below a term."""
    match value:
        case Term():
            yield from leaves(value.args, kind)
            yield from leaves(tuple(option for _, option in value.kwargs), kind)
        case tuple():
            for item in value:
                yield from leaves(item, kind)
        case _ if isinstance(value, kind):
            yield value
