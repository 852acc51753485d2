"""Functions of one element at a time that are no activations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from archdsl.ops.op import Op, Reject
from archdsl.ops.parameter import parameters_of
from archdsl.ops.term import Expression, Option, Term, X, term
from archdsl.shapes import Shape


class Pointwise(Op):
    """An op whose output has the shape of its input, and whose fields torch takes by the same names.

    A declaration names torch's module and function: `torch=("nn.ReLU", "F.relu")`.
    """

    torch: ClassVar[tuple[str | None, str]]

    def __init_subclass__(cls, name: str = "", torch: tuple[str | None, str] = (None, "")) -> None:
        super().__init_subclass__(name)
        cls.torch = torch

    def shape(self, x: Shape) -> Shape:
        return x

    def options(self) -> dict[str, Any]:
        """The fields, whose defaults are torch's."""
        return {p.name: Option(getattr(self, p.name), p.default) for p in parameters_of(type(self))}

    def module(self, x: Shape) -> Term | None:
        module, _ = self.torch
        return term(module, **self.options()) if module else None

    def call(self, x: Shape) -> Expression:
        return term(self.torch[1], X, **self.options())


@dataclass(frozen=True)
class Identity(Pointwise, name="identity", torch=("nn.Identity", "")):
    """What comes in."""

    def call(self, x: Shape) -> Expression:
        return X


@dataclass(frozen=True)
class Sqrt(Pointwise, name="sqrt", torch=(None, ".sqrt")):
    """Square root."""


@dataclass(frozen=True)
class Exp(Pointwise, name="exp", torch=(None, ".exp")):
    """e to the power of the input."""


@dataclass(frozen=True)
class Power(Pointwise, name="power"):
    """The input to the power of `exponent`."""

    exponent: float

    def call(self, x: Shape) -> Term:
        return term("**", X, self.exponent)

    def label(self) -> str:
        return f"power {self.exponent}"


@dataclass(frozen=True)
class Clamp(Pointwise, name="clamp", torch=(None, ".clamp")):
    """The input, held between `min` and `max`."""

    min: float | None = None
    max: float | None = None

    def shape(self, x: Shape) -> Shape:
        if self.min is None and self.max is None:
            raise Reject(None, "neither `min` nor `max` is given")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise Reject("min", f"`min` {self.min} is more than `max` {self.max}")
        return x
