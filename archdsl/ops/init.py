"""How weights start: `init = "zeros"`, `init = normal(std = 0.02)`."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal

from archdsl.ops.term import Term

Nonlinearity = Literal["linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu"]
"""What comes behind a weight, for `torch.nn.init.calculate_gain`."""


@dataclass(frozen=True)
class Init:
    """A rule of `torch.nn.init`, by its name there."""

    name: ClassVar[str]
    table: ClassVar[dict[str, type[Init]]] = {}
    axes: ClassVar[int] = 0
    """How many axes a weight needs, for what goes in and out of it to be counted."""

    def __init_subclass__(cls, name: str) -> None:
        cls.name = name
        Init.table[name] = cls

    def wrong(self) -> str | None:
        """What is wrong with its numbers, whatever the weight."""
        return None

    @property
    def changed(self) -> tuple[tuple[str, Any], ...]:
        """The numbers that differ from their defaults."""
        given = ((f, getattr(self, f.name)) for f in fields(self))
        return tuple((f.name, value) for f, value in given if value != f.default)

    def fill(self, weight: Any) -> Term:
        """PyTorch text that fills `weight`."""
        return Term(f"nn.init.{self.name}_", (weight,), self.changed)

    def __str__(self) -> str:
        """As the language writes it."""
        return f"{self.name}({', '.join(f'{name} = {_written(value)}' for name, value in self.changed)})"


def _at_least(name: str, value: float, least: float) -> str | None:
    return f"`{name}` is {value}, and must be {least:g} or more" if value < least else None


def _written(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


@dataclass(frozen=True)
class Zeros(Init, name="zeros"):
    """All 0."""


@dataclass(frozen=True)
class Ones(Init, name="ones"):
    """All 1."""


@dataclass(frozen=True)
class Constant(Init, name="constant"):
    """All one value."""

    val: float


@dataclass(frozen=True)
class Normal(Init, name="normal"):
    """Normally distributed."""

    mean: float = 0.0
    std: float = 1.0

    def wrong(self) -> str | None:
        return _at_least("std", self.std, 0)


@dataclass(frozen=True)
class TruncNormal(Init, name="trunc_normal"):
    """Normally distributed, drawn again outside of a to b."""

    mean: float = 0.0
    std: float = 1.0
    a: float = -2.0
    b: float = 2.0

    def wrong(self) -> str | None:
        if self.std <= 0:
            return f"`std` is {self.std}, and must be more than 0"
        return f"there is nothing between {self.a} and {self.b}" if self.a >= self.b else None


@dataclass(frozen=True)
class Uniform(Init, name="uniform"):
    """Evenly distributed from a to b."""

    a: float = 0.0
    b: float = 1.0

    def wrong(self) -> str | None:
        return _at_least("b", self.b, self.a)


@dataclass(frozen=True)
class KaimingNormal(Init, name="kaiming_normal"):
    """He et al. 2015, "Delving Deep into Rectifiers" (arXiv 1502.01852), normal."""

    axes = 2

    a: float = 0.0
    mode: Literal["fan_in", "fan_out"] = "fan_in"
    nonlinearity: Nonlinearity = "leaky_relu"


@dataclass(frozen=True)
class KaimingUniform(Init, name="kaiming_uniform"):
    """He et al. 2015, "Delving Deep into Rectifiers" (arXiv 1502.01852), uniform."""

    axes = 2

    a: float = 0.0
    mode: Literal["fan_in", "fan_out"] = "fan_in"
    nonlinearity: Nonlinearity = "leaky_relu"


@dataclass(frozen=True)
class XavierNormal(Init, name="xavier_normal"):
    """Glorot and Bengio 2010, normal."""

    axes = 2

    gain: float = 1.0

    def wrong(self) -> str | None:
        return _at_least("gain", self.gain, 0)


@dataclass(frozen=True)
class XavierUniform(Init, name="xavier_uniform"):
    """Glorot and Bengio 2010, uniform."""

    axes = 2

    gain: float = 1.0

    def wrong(self) -> str | None:
        return _at_least("gain", self.gain, 0)


HE = KaimingNormal(mode="fan_out", nonlinearity="relu")
"""The start of every convolution in the residual family, in torchvision, timm and the papers' own code."""

ZEROS = Zeros()
"""The start of biases and means."""
