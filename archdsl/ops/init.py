"""How weights start: `init = "zeros"`, `init = normal(std = 0.02)`."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal

from archdsl.ops.term import Term


@dataclass(frozen=True)
class Init:
    """A rule of `torch.nn.init`, by its name there."""

    name: ClassVar[str]
    table: ClassVar[dict[str, type[Init]]] = {}

    def __init_subclass__(cls, name: str) -> None:
        cls.name = name
        Init.table[name] = cls

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


@dataclass(frozen=True)
class TruncNormal(Init, name="trunc_normal"):
    """Normally distributed, drawn again outside of a to b."""

    mean: float = 0.0
    std: float = 1.0
    a: float = -2.0
    b: float = 2.0


@dataclass(frozen=True)
class Uniform(Init, name="uniform"):
    """Evenly distributed from a to b."""

    a: float = 0.0
    b: float = 1.0


@dataclass(frozen=True)
class KaimingNormal(Init, name="kaiming_normal"):
    """He et al. 2015, "Delving Deep into Rectifiers" (arXiv 1502.01852), normal."""

    a: float = 0.0
    mode: Literal["fan_in", "fan_out"] = "fan_in"
    nonlinearity: str = "leaky_relu"


@dataclass(frozen=True)
class KaimingUniform(Init, name="kaiming_uniform"):
    """He et al. 2015, "Delving Deep into Rectifiers" (arXiv 1502.01852), uniform."""

    a: float = 0.0
    mode: Literal["fan_in", "fan_out"] = "fan_in"
    nonlinearity: str = "leaky_relu"


@dataclass(frozen=True)
class XavierNormal(Init, name="xavier_normal"):
    """Glorot and Bengio 2010, normal."""

    gain: float = 1.0


@dataclass(frozen=True)
class XavierUniform(Init, name="xavier_uniform"):
    """Glorot and Bengio 2010, uniform."""

    gain: float = 1.0


HE = KaimingNormal(mode="fan_out", nonlinearity="relu")
"""The start of every convolution in the residual family, in torchvision, timm and the papers' own code."""

ZEROS = Zeros()
"""The start of biases and means."""
