"""Arithmetic on tensors, which broadcast as in torch; with a number on either side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from archdsl.ops.demand import broadcast
from archdsl.ops.op import Op, Reject
from archdsl.ops.term import Expression, Term, X, args_of, term
from archdsl.shapes import Shape


@dataclass(frozen=True)
class Infix(Op):
    """An operator between tensors, and perhaps a number to the left or to the right of them all."""

    family = "merge"
    operator: ClassVar[str]
    sign: ClassVar[str]

    left: float | None = None
    right: float | None = None

    def __init_subclass__(cls, name: str = "", operator: str = "", sign: str = "") -> None:
        super().__init_subclass__(name)
        cls.operator, cls.sign = operator, sign or operator

    def operands(self, xs: tuple[Shape, ...]) -> tuple[Any, ...]:
        """Tensors and numbers, from left to right."""
        return tuple(value for value in (self.left, *args_of(xs), self.right) if value is not None)

    def shape(self, *xs: Shape) -> Shape:
        return broadcast(*xs)

    def call(self, *xs: Shape) -> Expression:
        operands = self.operands(xs)
        return Term(self.operator, operands) if len(operands) > 1 else X

    def label(self) -> str:
        return " ".join(str(part) for part in (self.left, self.sign, self.right) if part is not None)


class Series(Infix):
    """An operator between any number of values."""

    arity = (1, None)


class Pair(Infix):
    """An operator between exactly two values."""

    arity = (1, 2)

    def shape(self, *xs: Shape) -> Shape:
        operands = self.operands(xs)
        if len(operands) != 2:
            raise Reject(None, f"`{self.name}` takes two values, and there are {len(operands)}")
        return super().shape(*xs)


@dataclass(frozen=True)
class Add(Series, name="add", operator="+"):
    """Sum of tensors, and of a number."""


@dataclass(frozen=True)
class Multiply(Series, name="multiply", operator="*", sign="×"):
    """Product of tensors, and of a number."""


@dataclass(frozen=True)
class Subtract(Pair, name="subtract", operator="-", sign="−"):
    """The first less the second, either of which may be a number."""


@dataclass(frozen=True)
class Divide(Pair, name="divide", operator="/", sign="÷"):
    """The first by the second, either of which may be a number."""


class Extremum(Op):
    """A function of two tensors, carried along any number of them. `clamp` compares with a number."""

    family = "merge"
    arity = (1, None)

    def shape(self, *xs: Shape) -> Shape:
        return broadcast(*xs)

    def call(self, *xs: Shape) -> Expression:
        y: Expression = X
        for other in args_of(xs)[1:]:
            y = term(f"torch.{self.name}", y, other)
        return y


@dataclass(frozen=True)
class Maximum(Extremum, name="maximum"):
    """The largest of tensors, element by element."""


@dataclass(frozen=True)
class Minimum(Extremum, name="minimum"):
    """The smallest of tensors, element by element."""
