"""An ablation asked for from Python, as the text and the tree that a file would have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from archdsl.lower.outside import plain
from archdsl.lower.values import describe, spell
from archdsl.ops import Kind, Parameter
from archdsl.report import Mistake, Source, Span, errors
from archdsl.syntax import spelling, tree
from archdsl.syntax.parse import parse_expression, parse_part

Vary = Mapping[str | tuple[str, ...], Sequence[Any]]
"""`{"radix": [1, 2]}`, and `{("cardinality", "base_width"): [(1, 64), (2, 40)]}` for rows of values."""
Budget = str | tuple[Any, ...]
"""`"params within 2.5% by base_width in 4..128"`, or `("params", "base_width", 0.025)` with the range behind it."""
USUAL_RANGE = (1, 1024)
"""What a `match` chooses from where no range is given."""


def requested(
    network: str,
    parameters: Mapping[str, Parameter],
    vary: Vary,
    replace: Mapping[str, str],
    where: str | None,
    match: Budget | None,
    mode: str,
) -> tree.Ablation:
    """The ablation of a network that these arguments ask for."""
    lines = [
        *(_varied(names, values, parameters) for names, values in vary.items()),
        *(f"replace {spelling.pattern(pattern)} with {layer}" for pattern, layer in replace.items()),
        *([f"where {where}"] if where else []),
        *([f"match {_budget(match)}"] if match else []),
    ]
    span = errors.outside(f"ablate({network})")
    target, of = tree.Target("variants", span=span), tree.Name(network, span=span)
    return tree.Ablation(target, of, _mode(mode), tuple(map(_line, lines)), span=span)


def _line(text: str) -> Any:
    source = Source("<argument>", text)
    return parse_part(Span(source, 0, len(text)), "factor")


def _mode(text: str) -> tree.Name | tree.Call:
    node = parse_expression(Source("<argument>", text))
    if isinstance(node, tree.Name) or (isinstance(node, tree.Call) and isinstance(node.function, tree.Name)):
        return node
    raise Mistake(errors.unknown_mode(node.span, text, []))


def _varied(names: str | tuple[str, ...], values: Sequence[Any], parameters: Mapping[str, Parameter]) -> str:
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise Mistake(errors.not_a_list(errors.outside(f"vary {names}"), describe(values)))
    if isinstance(names, str):
        return f"vary {names} in [{', '.join(_said(v, _kind(names, parameters)) for v in values)}]"
    kinds = [_kind(name, parameters) for name in names]
    return f"vary ({', '.join(names)}) in [{', '.join(_row(row, kinds) for row in values)}]"


def _row(row: Any, kinds: Sequence[Kind]) -> str:
    if not isinstance(row, list | tuple) or len(row) != len(kinds):
        return _said(row, Kind("any"))
    return f"({', '.join(_said(value, kind) for value, kind in zip(row, kinds, strict=True))})"


def _kind(name: str, parameters: Mapping[str, Parameter]) -> Kind:
    return parameters[name].kind if name in parameters else Kind("any")


def _said(value: Any, kind: Kind) -> str:
    """A Python value in the language; text stands for what is no string."""
    if isinstance(value, str):
        return value if kind.name != "str" else spelling.string(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(_said(item, kind.items or kind) for item in value)}]"
    return spell(plain(value))


def _budget(match: Budget) -> str:
    if isinstance(match, str):
        return match
    measure, by, within, *bounds = match
    low, high = bounds[0] if bounds else USUAL_RANGE
    return f"{measure} within {spelling.percentage(within)}% by {by} in {low}..{high}"
