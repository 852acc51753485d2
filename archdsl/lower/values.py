"""What an expression of the language can stand for.

Numbers, strings, booleans and None are Python's; a list or tuple of the language is a Python tuple; a size that
depends on the input is a `Size`. The rest is here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeGuard

from archdsl.light import light
from archdsl.limits import spend
from archdsl.ops import Init, Op, Parameter, parameters_of
from archdsl.report import Span
from archdsl.shapes import Shape
from archdsl.sizes import Size
from archdsl.syntax import spelling, tree

if TYPE_CHECKING:
    from archdsl.lower.resolve import Definition

Value = Any


@light
class Tensor:
    """A tensor inside one body: its number among the values of that body, and its shape."""

    ref: int
    shape: Shape


@dataclass(frozen=True, slots=True)
class Unknown:
    """What a name stands for whose value could not be had; the reason is reported already."""


UNKNOWN = Unknown()


class Extent(NamedTuple):
    """How deep a value is, and how many values stand in it; one that stands in it twice counts twice.

    A long string counts for several.
    """

    levels: int
    elements: int


SINGLE = Extent(0, 1)
LONG = 100
"""How many characters are looked at in one step."""


Said = tuple[tuple[Parameter | None, ...], tuple[tree.Argument, ...]]
"""The arguments of a call, and the parameters that they are for."""


def span_of(layer: OpLayer | BlockLayer, name: str | int | None) -> Span:
    """Where a parameter of a layer is given, or the layer itself."""
    for parameters, arguments in reversed(layer.said):
        for parameter, argument in zip(parameters, arguments, strict=True):
            if parameter is not None and parameter.name == name:
                return argument.span
    return layer.site


@light
class OpLayer:
    """An op with some of its parameters bound; `site` is where it was written last, `said` are the calls that bind."""

    op: type[Op]
    bound: tuple[tuple[str, Value], ...]
    site: Span = field(compare=False)
    said: tuple[Said, ...] = field(default=(), compare=False)
    extent: Extent = field(default=SINGLE, compare=False)

    @property
    def name(self) -> str:
        return self.op.name

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return parameters_of(self.op)


@light
class BlockLayer:
    """A block with some of its parameters bound.

    `types` keeps apart what Python holds equal, as `1`, `1.0` and `true`.
    """

    definition: Definition
    bound: tuple[tuple[str, Value], ...]
    site: Span = field(compare=False)
    said: tuple[Said, ...] = field(default=(), compare=False)
    extent: Extent = field(default=SINGLE, compare=False)
    types: tuple[Any, ...] = ()

    @property
    def name(self) -> str:
        return self.definition.name

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return self.definition.parameters


@light
class LabelledLayer:
    """A layer with the name that it is to have; `_` for none of its own."""

    label: str
    layer: Layer
    site: Span = field(compare=False)


@light
class SharedLayer:
    """`shared name = layer`: one part, however often it is applied in its body."""

    name: str
    layer: Layer
    body: object
    site: Span = field(compare=False)


@light
class Trace:
    """`trace([f, g])`: each layer applied to what the one before gave; gives all results."""

    layers: tuple[Layer, ...]
    site: Span = field(compare=False)


@light
class Fold:
    """`fold(f)`: combines several tensors from the left, two at a time."""

    layer: Layer
    site: Span = field(compare=False)


Layer = OpLayer | BlockLayer | LabelledLayer | SharedLayer | Trace | Fold | tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Function:
    """A function over numbers and lists, by its name: `max`, `len`, `make_divisible`."""

    name: str


@dataclass(frozen=True, slots=True)
class InitRule:
    """The name of an initialisation, to be called with its numbers: `normal`."""

    init: type[Init]


_LAYERS = frozenset((OpLayer, BlockLayer, LabelledLayer, SharedLayer, Trace, Fold))


def is_layer(value: Value) -> TypeGuard[Layer]:
    if isinstance(value, tuple):
        spend(len(value))
        return all(map(is_layer, value))
    return type(value) in _LAYERS


def is_tensor(value: Value) -> bool:
    return isinstance(value, Tensor)


def is_tensors(value: Value) -> bool:
    """A tensor, or a list that holds one."""
    if isinstance(value, tuple):
        spend(len(value))
        return any(map(is_tensors, value))
    return isinstance(value, Tensor)


def has_size(value: Value) -> bool:
    """A size that depends on the input, or a list that holds one."""
    if isinstance(value, tuple):
        spend(len(value))
        return any(map(has_size, value))
    return isinstance(value, Size)


def extent(value: Value, known: dict[int, Extent] | None = None) -> Extent:
    """How large a value is; `known` are its parts that were looked at already."""
    if type(value) in _SINGLE:
        return SINGLE
    match value:
        case tuple():
            return within(value, known) if value else SINGLE
        case OpLayer() | BlockLayer():
            return value.extent
        case LabelledLayer(layer=layer) | Fold(layer=layer):
            levels, elements = extent(layer, known)
            return Extent(levels + 1, elements)
        case Trace(layers):
            return within((layers,), known)
        case str():
            return Extent(0, 1 + len(value) // LONG)
    return SINGLE


def within(parts: Sequence[Value], known: dict[int, Extent] | None = None) -> Extent:
    """How large what has these parts is."""
    spend(len(parts))
    known = {} if known is None else known
    levels, elements = 0, len(parts)
    for part in parts:
        if type(part) not in _SINGLE:
            inner = known.get(id(part))
            if inner is None:
                inner = known[id(part)] = extent(part, known)
            levels, elements = max(levels, inner.levels), elements + inner.elements - 1
    return Extent(levels + 1, elements)


_SINGLE = frozenset((int, float, bool, type(None)))


def types_of(value: Value) -> Any:
    """The types of a value and of what stands in it."""
    return tuple(map(types_of, value)) if isinstance(value, tuple) else type(value)


def differ(a: Value, b: Value) -> bool:
    """Whether two values are not the same, of the same types."""
    return a is not b and (a != b or types_of(a) != types_of(b))


def describe(value: Value) -> str:
    """A value as a person would name it in a message: `64`, `"sum"`, `layer conv`, `a tensor of 1×3×8×8`."""
    match value:
        case None:
            return "`none`"
        case bool():
            return f"`{str(value).lower()}`"
        case int() | float():
            return f"`{value}`"
        case str():
            return f'the string "{value}"' if len(value) < 40 else "a long string"
        case Size():
            return f"the size `{value}`"
        case Tensor():
            return f"a tensor of {value.shape}"
        case OpLayer() | BlockLayer() | SharedLayer():
            return f"the layer `{value.name}`"
        case LabelledLayer():
            return f"the layer `{value.label}`"
        case Trace() | Fold():
            return f"the layer `{type(value).__name__.lower()}`"
        case Function():
            return f"the function `{value.name}`"
        case Init():
            return f"the initialisation `{value.name}`"
        case InitRule():
            return f"the initialisation `{value.init.name}`"
        case tuple():
            return f"a list of {len(value)}" if value else "an empty list"
    return "nothing"


def describe_but(value: Value, fits: Callable[[Value], bool]) -> str:
    """A value that is not what it should be; of a list, the element that is not."""
    odd = [item for item in value if not fits(item)] if isinstance(value, tuple) else []
    return f"a list with {describe(odd[0])} in it" if odd else describe(value)


def spell(value: Value, called: Callable[[Definition], str] = lambda definition: definition.name) -> str:
    """A value in the language's own words; `called` tells what a block is called where they are to stand."""
    match value:
        case None:
            return "none"
        case bool():
            return str(value).lower()
        case str():
            return spelling.string(value)
        case tuple():
            return f"[{', '.join(spell(item, called) for item in value)}]"
        case OpLayer() | BlockLayer():
            name = called(value.definition) if isinstance(value, BlockLayer) else value.name
            given = ", ".join(f"{name} = {spell(argument, called)}" for name, argument in value.bound)
            return f"{name}({given})" if given else name
        case LabelledLayer():
            label = value.label if spelling.is_name(value.label) else spelling.string(value.label)
            return f"{label}: {spell(value.layer, called)}"
        case Trace():
            return f"trace({spell(value.layers, called)})"
        case Fold():
            return f"fold({spell(value.layer, called)})"
        case SharedLayer() | Function():
            return value.name
        case InitRule():
            return value.init.name
        case Tensor():
            return str(value.shape)
    return str(value)
