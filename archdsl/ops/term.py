"""PyTorch text as data.

An op says its PyTorch form as a term instead of a string, so that emission can lay two instances of a block
side by side and turn what differs between them into constructor arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Term:
    """`function(*args, **kwargs)`.

    `function` is one of

    - a dotted name: `nn.Conv2d`, `F.relu`
    - a method with a leading dot, whose receiver is the first argument: `.flatten`
    - an infix operator between all arguments: `+`
    - `[]`, which indexes the first argument with the others
    - `:`, a slice from start to stop by step

    Arguments are terms, placeholders, text, numbers, strings, booleans, None, tuples of these, and sizes.
    """

    function: str
    args: tuple[Any, ...] = ()
    kwargs: tuple[tuple[str, Any], ...] = ()
    defaults: tuple[tuple[str, Any], ...] = ()
    """What torch takes for keywords where they are left out."""


@dataclass(frozen=True, slots=True)
class Arg:
    """The tensor that comes in at this position."""

    index: int = 0


@dataclass(frozen=True, slots=True)
class Own:
    """A weight or buffer of the op's own, by its name: `weight`."""

    name: str


@dataclass(frozen=True, slots=True)
class Training:
    """Whether the module is in training mode."""


@dataclass(frozen=True, slots=True)
class Text:
    """Python text as it stands, which emission puts in the place of placeholders: `self.conv1`."""

    text: str


Expression = Term | Arg
"""What gives a tensor; an op that does nothing gives its argument back."""

X = Arg(0)


@dataclass(frozen=True, slots=True)
class Option:
    """The value of a keyword, which is not written where it is torch's default."""

    value: Any
    default: Any


def term(function: str, *args: Any, **kwargs: Any) -> Term:
    """A term, whose keywords may be options."""
    options = {name: value for name, value in kwargs.items() if isinstance(value, Option)}
    usual = {name for name, option in options.items() if option.value == option.default}
    given = {name: options[name].value if name in options else value for name, value in kwargs.items()}
    defaults = tuple((name, option.default) for name, option in options.items())
    return Term(function, args, tuple(item for item in given.items() if item[0] not in usual), defaults)


def args_of(xs: tuple[Any, ...]) -> tuple[Arg, ...]:
    """A placeholder for each tensor that comes in."""
    return tuple(map(Arg, range(len(xs))))


def substituted(value: Any, leaf: Callable[[Any], Any]) -> Any:
    """A term with every argument that is no term put through `leaf`."""
    match value:
        case Term():
            args = tuple(substituted(arg, leaf) for arg in value.args)
            return replace(value, args=args, kwargs=tuple((n, substituted(v, leaf)) for n, v in value.kwargs))
        case tuple():
            return tuple(substituted(item, leaf) for item in value)
    return leaf(value)
