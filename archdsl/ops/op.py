"""What an op is.

Everything about one op stands in its declaration: a frozen dataclass whose fields are its parameters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, ClassVar, NamedTuple

from archdsl.ops.field import Field, joined
from archdsl.ops.init import ZEROS, Init
from archdsl.ops.parameter import Kind, bounds_of, parameters_of
from archdsl.ops.term import Expression, Own, Term
from archdsl.shapes import Shape
from archdsl.sizes import Dim


class Reject(Exception):
    """An op cannot do what is asked of it.

    `at` is the name of the parameter at fault, or the position of the input; None where it is the whole.
    The message goes below the words at fault: with the numbers at hand, lower case, no full stop.
    `{0}` in it is the name of the first input, and braces of its own are doubled.
    """

    def __init__(self, at: str | int | None, message: str, help: str | None = None) -> None:
        super().__init__(message)
        self.at, self.message, self.help = at, message, help


class Weight(NamedTuple):
    """A tensor that an op owns.

    `init` is how the spec wants it to start, None for torch's own way. That way is `default`: the module
    follows it by itself, and whoever registers the weight without the module follows it by hand. `values` are the
    numbers of a tensor that is given instead.
    """

    name: str
    shape: tuple[int, ...]
    init: Init | None = None
    default: Init = ZEROS
    trainable: bool = True
    persistent: bool = True
    values: Any = None

    @property
    def elements(self) -> int:
        return prod(self.shape)

    @property
    def wrong(self) -> str | None:
        """Why it cannot start as it is wanted to."""
        if self.init is None or len(self.shape) >= self.init.axes:
            return None
        return f"`{self.init.name}` starts weights of {self.init.axes} axes or more, and this has {len(self.shape)}"


@dataclass(frozen=True)
class Op:
    """One operation on tensors. `x`, `*xs` below are the shapes that come in.

    A subclass gives `shape` and at least one of `module` and `call`; every other facet has a default.
    It names the inputs that it takes (`shape(self, x)`), and `arity` says how many they are.
    """

    name: ClassVar[str]
    arity: ClassVar[tuple[int, int | None]] = (1, 1)
    """Fewest and most tensors that come in; None for any number."""
    family: ClassVar[str] = "shape"
    """Colour in drawings: conv, dense, norm, activation, pool, merge, attention, shape, regularisation."""
    gives_list: ClassVar[bool] = False
    """Whether it gives a list of tensors."""
    extra: ClassVar[Kind | None] = None
    """What keywords besides the parameters take, where any name is fine; the field `further` holds them."""

    def __init_subclass__(cls, name: str = "") -> None:
        if name:
            cls.name = name
            TABLE[name] = cls

    def __post_init__(self) -> None:
        """Rejects numbers that the parameter does not take, whatever tensor comes in."""
        for name, within, mend in bounds_of(type(self)):
            value = getattr(self, name)
            if value is not None and value not in within:
                raise Reject(name, f"`{name}` is {value}, and must be {within}", mend)

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> Op:
        """The op with these arguments, of which those that no parameter takes are further ones."""
        if cls.extra is None:
            return cls(**arguments)
        own = {p.name: arguments[p.name] for p in parameters_of(cls) if p.name in arguments}
        further = tuple((name, value) for name, value in arguments.items() if name not in own)
        return cls(**own | {"further": further})

    @cached_property
    def said(self) -> str:
        """It and its parameters in words that are equal for equal ones."""
        return repr(self)

    def shape(self, *xs: Shape) -> Shape | tuple[Shape, ...]:
        """The shape that goes out (several for an op that gives a list of tensors), or `Reject`."""
        raise NotImplementedError

    def weights(self, *xs: Shape) -> tuple[Weight, ...]:
        """What it owns, in the order of the `state_dict`."""
        return ()

    def macs(self, y: Shape, *xs: Shape) -> Dim:
        """Multiply-accumulates of convolutions and matrix products that give `y`; 0 for everything else."""
        return 0

    def field(self, fields: Sequence[Field], *xs: Shape) -> Field:
        """What an element that goes out sees of the network's input, from what those that come in see."""
        return joined(fields)

    def module(self, *xs: Shape) -> Term | None:
        """The `torch.nn` module that does it; None where there is none or where a call reads better."""
        return None

    def call(self, *xs: Shape) -> Expression | None:
        """The expression over `Arg` (and `Own` weights) that does it; None where only the module can."""
        return None

    def helper(self, *xs: Shape) -> str:
        """Source of a function or class that its PyTorch text names, to stand once in the emitted file."""
        return ""

    def label(self) -> str:
        """A few words for a drawing."""
        return self.name.replace("_", " ")

    def own(self, *xs: Shape) -> tuple[Own, ...]:
        """Its weights, to stand in a call."""
        return tuple(Own(weight.name) for weight in self.weights(*xs))


TABLE: dict[str, type[Op]] = {}
"""Every op by its name in the language."""
