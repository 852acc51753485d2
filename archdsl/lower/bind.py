"""Arguments meet parameters: what is given to a layer is named, brought to its kind, and kept until it is applied."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from archdsl.lower.values import BlockLayer, InitRule, OpLayer, Value, describe, is_layer, rebound
from archdsl.ops import Init, Kind, Op, Parameter, Reject, parameters_of
from archdsl.report import Diagnostic, Mistake, Span, errors
from archdsl.sizes import Size
from archdsl.syntax import tree


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
    parameters = {p.name: p for p in layer.parameters}
    bound = {name for name, _ in layer.bound}
    free = (p for p in layer.parameters if p.name not in bound)
    fresh: dict[str, Value] = {}
    spans: dict[str, Span] = {}
    for argument, value in given:
        parameter = _meet(layer, parameters, free, argument)
        if parameter.name in fresh:
            raise Mistake(errors.doubled_argument(argument.span, layer.name, parameter.name))
        fresh[parameter.name] = fitted(layer.name, parameter, argument.value.span, value)
        spans[parameter.name] = argument.span
    return rebound(layer, fresh, spans, call.span)


def _meet(
    layer: OpLayer | BlockLayer,
    parameters: Mapping[str, Parameter],
    free: Iterator[Parameter],
    argument: tree.Argument,
) -> Parameter:
    """The parameter that an argument is for."""
    if argument.name is None:
        parameter = next(free, None)
        if parameter is None:
            raise Mistake(errors.surplus_argument(argument.span, layer.name, list(parameters)))
        return parameter
    if argument.name in parameters:
        return parameters[argument.name]
    if isinstance(layer, OpLayer) and layer.op.extra is not None:
        return Parameter(argument.name, layer.op.extra, required=False)
    raise Mistake(errors.unknown_parameter(argument.span, layer.name, argument.name, list(parameters)))


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


def completed(layer: OpLayer, applied: Span) -> Op:
    """The op itself, with every parameter that it needs."""
    bound = dict(layer.bound)
    missing = [p.name for p in layer.parameters if p.required and p.name not in bound]
    if missing:
        raise Mistake(errors.missing_argument(applied, layer.name, missing, layer.site))
    try:
        return layer.op.of(bound)
    except Reject as reject:
        at = layer.spans.get(str(reject.at), layer.site)
        raise Mistake(errors.rejected(at, layer.name, reject.message.format(), [], reject.help)) from None
