"""Kinds of values that parameters take, and what a parameter is: the same for ops and for blocks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, fields, replace
from functools import cache, reduce
from math import inf
from operator import or_
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from archdsl.ops.init import Init
from archdsl.sizes import Dim, Size


@dataclass(frozen=True, slots=True)
class Within:
    """The numbers that a parameter takes, ends included; of several numbers each must lie within."""

    least: float
    most: float = inf

    def __contains__(self, value: Any) -> bool:
        if type(value) is int:
            return self.least <= value <= self.most
        return all(self.least <= number <= self.most for number in (value if isinstance(value, tuple) else (value,)))

    def __str__(self) -> str:
        return f"{self.least} or more" if self.most == inf else f"from {self.least} to {self.most}"


Count = Annotated[int, Within(1)]
"""How many: `channels`, `groups`."""

Rate = Annotated[float, Within(0, 1)]
"""A probability."""

Epsilon = Annotated[float, Within(0, 1)]
"""What keeps a denominator from 0."""

Factor = Annotated[float, Within(0)]
"""What a number is multiplied by."""

Ints = int | tuple[int, ...]
"""One whole number, or several."""

Extent = Annotated[Ints, Within(1)]
"""A positive number for every spatial axis, or one for each: `3`, `(1, 7)`."""

Padding = Annotated[Ints, Within(0)]
"""The same where 0 is fine."""

Dims = int | Size | tuple[int | Size, ...]
"""The same where sizes may depend on the input."""

Factors = Annotated[float | tuple[float, ...], Within(0)]
"""A factor for every spatial axis, or one for each."""

Further = tuple[tuple[str, int | Size], ...]
"""Keywords that no parameter takes, with their values; a field for them is no parameter (see `Op.extra`)."""

Number = TypeVar("Number", int, float, Dim)


class Unfit(Exception):
    """A value is not of the kind that a parameter takes; the message says what was found."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a parameter takes, as a person would say it, and how a value is brought to it.

    `name` is one of int, float, bool, str, size, layer, init, any; or with `items` set, `[` for a list,
    `extent` for one or one for each axis. `choices` lists the strings allowed where not every one is,
    `within` the numbers.
    """

    name: str
    items: Kind | None = None
    optional: bool = False
    choices: tuple[str, ...] = ()
    within: Within | None = None

    def __str__(self) -> str:
        match self.name:
            case "[":
                text = f"[{self.items}]"
            case "extent":
                text = f"{self.items} | [{self.items}]"
            case name:
                text = " | ".join(f'"{choice}"' for choice in self.choices) or name
        return text + "?" * self.optional


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an op or a block; `default` is meaningful where it is not required.

    `mend` is what to do where it is given what it cannot be; the metadata of a field says it.
    """

    name: str
    kind: Kind
    required: bool
    default: Any = None
    mend: str | None = None


_KINDS: dict[Any, Kind] = {
    int: Kind("int"),
    float: Kind("float"),
    bool: Kind("bool"),
    str: Kind("str"),
    Init: Kind("init"),
    Any: Kind("any"),
    int | Size: Kind("size"),
    Ints: Kind("extent", Kind("int")),
    Dims: Kind("extent", Kind("size")),
    float | tuple[float, ...]: Kind("extent", Kind("float")),
    tuple[int, ...]: Kind("[", Kind("int")),
    tuple[int | Size, ...]: Kind("[", Kind("size")),
}


def kind_of(annotation: Any) -> Kind:
    """The kind that a field's annotation stands for."""
    if annotation in _KINDS:
        return _KINDS[annotation]
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return Kind("str", choices=args)
    if origin is Annotated:
        return replace(kind_of(args[0]), within=args[1])
    assert origin in (Union, UnionType), annotation
    return replace(kind_of(reduce(or_, (part for part in args if part is not NoneType))), optional=True)


def _parameters(declaration: type) -> tuple[Parameter, ...]:
    hints = get_type_hints(declaration, localns={"Size": Size}, include_extras=True)
    return tuple(_parameter(f, hints[f.name]) for f in fields(declaration) if hints[f.name] != Further)


def _parameter(declared: Field[Any], annotation: Any) -> Parameter:
    required = declared.default is MISSING
    default = None if required else declared.default
    return Parameter(declared.name, kind_of(annotation), required, default, declared.metadata.get("mend"))


parameters_of: Callable[[type], tuple[Parameter, ...]] = cache(_parameters)
"""The parameters that a frozen dataclass declares by its fields, all but the one for further keywords."""


def _bounds(declaration: type) -> tuple[tuple[str, Within, str | None], ...]:
    return tuple((p.name, p.kind.within, p.mend) for p in parameters_of(declaration) if p.kind.within)


bounds_of: Callable[[type], tuple[tuple[str, Within, str | None], ...]] = cache(_bounds)
"""The parameters that take some numbers only, those numbers, and what to do where another is given."""
