"""Arguments meet parameters: what is given to a layer is named, brought to its kind, and kept until it is applied."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from archdsl.lower.values import (
    SINGLE,
    BlockLayer,
    InitRule,
    OpLayer,
    Value,
    describe,
    is_layer,
    span_of,
    types_of,
    within,
)
from archdsl.ops import Init, Kind, Op, Parameter, Reject, parameters_of
from archdsl.report import Diagnostic, Mistake, Span, errors
from archdsl.sizes import Size
from archdsl.syntax import tree

if TYPE_CHECKING:
    from archdsl.lower.resolve import Definition


class Unfit(Exception):
    """A value is not of the kind that is asked for; `wanted` says what is needed instead."""

    def __init__(self, value: Value, wanted: str) -> None:
        super().__init__(wanted)
        self.value, self.wanted = value, wanted


def fit(value: Value, kind: Kind) -> Value:
    """The value as the kind has it (a whole fraction as a whole number, a name as an initialisation), or `Unfit`."""
    if value is None and kind.optional:
        return None
    return _FITS[kind.name](value, kind)


def _whole(value: Value, kind: Kind) -> int:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, Size):
        raise Unfit(value, "a number is needed that does not depend on the input")
    raise Unfit(value, "a whole number is needed")


def _fraction(value: Value, kind: Kind) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    raise Unfit(value, "a number is needed")


def _boolean(value: Value, kind: Kind) -> bool:
    if isinstance(value, bool):
        return value
    raise Unfit(value, "`true` or `false` is needed")


def _string(value: Value, kind: Kind) -> str:
    if isinstance(value, str) and (not kind.choices or value in kind.choices):
        return value
    raise Unfit(value, f"one of {kind} is needed" if kind.choices else "a string is needed")


def _size(value: Value, kind: Kind) -> int | Size:
    return value if isinstance(value, Size) else _whole(value, kind)


def _extent(value: Value, kind: Kind) -> Value:
    assert kind.items is not None
    if isinstance(value, tuple) and value:
        return tuple(fit(item, kind.items) for item in value)
    return fit(value, kind.items)


def _layer(value: Value, kind: Kind) -> Value:
    if is_layer(value):
        return value
    raise Unfit(value, "a layer is needed, as `relu` or `conv(64, 3)`")


def _init(value: Value, kind: Kind) -> Init:
    if isinstance(value, str) and value in Init.table:
        value = InitRule(Init.table[value])
    if isinstance(value, InitRule):
        value = _started(value)
    if isinstance(value, Init):
        return value
    raise Unfit(value, 'an initialisation is needed, as `"zeros"` or `normal(std = 0.02)`')


def _started(rule: InitRule) -> Init:
    missing = [p.name for p in parameters_of(rule.init) if p.required]
    if missing:
        raise Unfit(rule, f"it needs its `{missing[0]}`, as `{rule.init.name}({missing[0]} = 1)`")
    return rule.init()


def _list(value: Value, kind: Kind) -> Value:
    assert kind.items is not None
    if isinstance(value, tuple):
        return tuple(fit(item, kind.items) for item in value)
    raise Unfit(value, f"a list is needed, of kind `{kind}`")


def _number(value: Value, kind: Kind) -> Value:
    """What a parameter with a number for its default takes: a number, a size, or one number per axis."""
    numbers = value if isinstance(value, tuple) else (value,)
    if all(isinstance(n, (int, float, Size)) and not isinstance(n, bool) for n in numbers):
        return value
    raise Unfit(value, "a number is needed")


def _anything(value: Value, kind: Kind) -> Value:
    return value


_FITS: dict[str, Callable[[Value, Kind], Value]] = {
    "int": _whole,
    "float": _fraction,
    "bool": _boolean,
    "str": _string,
    "size": _size,
    "extent": _extent,
    "layer": _layer,
    "init": _init,
    "[": _list,
    "number": _number,
    "any": _anything,
}


def bind(
    layer: OpLayer | BlockLayer, call: tree.Call, given: list[tuple[tree.Argument, Value]]
) -> OpLayer | BlockLayer:
    """The layer with arguments bound: positional ones fill the first parameters still open, keywords may bind anew."""
    kind: type | Definition = layer.op if isinstance(layer, OpLayer) else layer.definition
    before = tuple([name for name, _ in layer.bound])
    parameters, order = _met(kind, before, tuple([argument.name for argument, _ in given]))
    fresh: dict[str, Value] = {}
    for (argument, value), parameter in zip(given, parameters, strict=True):
        if parameter is None:
            raise Mistake(_not_met(layer, argument))
        if parameter.name in fresh:
            raise Mistake(errors.doubled_argument(argument.span, layer.name, parameter.name))
        fresh[parameter.name] = fitted(layer.name, parameter, argument.value.span, value)
    values = {**dict(layer.bound), **fresh}
    bound = tuple([(name, values[name]) for name in order])
    size = within(list(values.values())) if values else SINGLE
    said = (*layer.said, (parameters, call.arguments))
    if isinstance(layer, OpLayer):
        return OpLayer(layer.op, bound, call.span, said, size)
    return BlockLayer(layer.definition, bound, call.span, said, size, tuple([types_of(value) for _, value in bound]))


@lru_cache(maxsize=10_000)
def _met(
    kind: type | Definition, before: tuple[str, ...], given: tuple[str | None, ...]
) -> tuple[tuple[Parameter | None, ...], tuple[str, ...]]:
    """The parameter that each argument is for, None where there is none; and the order of all that are bound then."""
    declared = parameters_of(kind) if isinstance(kind, type) else kind.parameters
    known = {p.name: p for p in declared}
    free = (p for p in declared if p.name not in before)
    extra = kind.extra if isinstance(kind, type) and issubclass(kind, Op) else None
    met: list[Parameter | None] = []
    for name in given:
        if name is None:
            met.append(next(free, None))
        elif name not in known and extra is not None:
            met.append(Parameter(name, extra, required=False))
        else:
            met.append(known.get(name))
    names = dict.fromkeys([*before, *(p.name for p in met if p)])
    return tuple(met), (*(name for name in known if name in names), *(name for name in names if name not in known))


def _not_met(layer: OpLayer | BlockLayer, argument: tree.Argument) -> Diagnostic:
    """An argument that no parameter is for."""
    known = [p.name for p in layer.parameters]
    if argument.name is None:
        return errors.surplus_argument(argument.span, layer.name, known)
    return errors.unknown_parameter(argument.span, layer.name, argument.name, known)


def fitted(owner: str, parameter: Parameter, span: Span, value: Value) -> Value:
    """The value brought to the parameter's kind, or the mistake at `span`."""
    try:
        return fit(value, parameter.kind)
    except Unfit as unfit:
        raise Mistake(unfit_mistake(owner, parameter, span, value, unfit)) from None


def unfit_mistake(owner: str, parameter: Parameter, span: Span, value: Value, unfit: Unfit) -> Diagnostic:
    """What is wrong with an argument; of a list, the element that is not of the kind."""
    found = describe(unfit.value) if unfit.value is value else f"{describe(unfit.value)} in the list"
    divided = isinstance(unfit.value, float) and "/" in span.text
    help = "write `//` for a division that is to be whole" if divided else parameter.mend
    return errors.wrong_kind(span, owner, parameter.name, found, unfit.wanted, help)


def _required_of(op: type) -> frozenset[str]:
    return frozenset(p.name for p in parameters_of(op) if p.required)


_required: Callable[[type], frozenset[str]] = cache(_required_of)


def completed(layer: OpLayer, applied: Span) -> Op:
    """The op itself, with every parameter that it needs."""
    bound = dict(layer.bound)
    if not _required(layer.op) <= bound.keys():
        missing = [p.name for p in layer.parameters if p.required and p.name not in bound]
        raise Mistake(errors.missing_argument(applied, layer.name, missing, layer.site))
    try:
        return layer.op.of(bound)
    except Reject as reject:
        at = span_of(layer, reject.at)
        raise Mistake(errors.rejected(at, layer.name, reject.message.format(), [], reject.help)) from None
