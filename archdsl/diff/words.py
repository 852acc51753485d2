"""Parts in words, as the language writes them: several of one kind at once, and what became of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from archdsl.diff.names import MOST_LISTED, several
from archdsl.diff.parts import Argument, Part, Path
from archdsl.lower.values import spell
from archdsl.shapes import Shape
from archdsl.sizes import Dim

LONGEST = 40
"""How many letters of a value are shown."""


def call(parts: Sequence[Part]) -> str:
    """Parts that are alike, with what differs between them in braces: `conv({64, 128}, 3)`."""
    names = _names(parts, lambda argument: argument.required or not argument.usual)
    return _written(parts, [_argument(name, [_found(part, name) for part in parts]) for name in names])


def became(before: Sequence[Part], after: Sequence[Part]) -> str:
    """The same with what they were and what they are now: `conv(64, 7 → 3)`, `conv(64, 3) → identity`."""
    if not before or not after:
        return call(before or after)
    if _kind(before) != _kind(after):
        return f"{call(before)} → {call(after)}"
    shown = _names([*before, *after], lambda argument: argument.required or not argument.usual)
    words = []
    for name in _names([*before, *after], lambda argument: True):
        columns = [[_found(part, name) for part in parts] for parts in (before, after)]
        if _differ(*columns):
            words.append(_argument(name, *columns))
        elif name in shown:
            words.append(_argument(name, columns[0]))
    return _written(before, words)


def scope_became(before: Sequence[Part], after: Sequence[Part]) -> str:
    """Scopes by their kinds, with the arguments that changed: `bottleneck(cardinality = 1 → 32)`."""
    if _kind(before) != _kind(after):
        return f"{_kind(before)} → {_kind(after)}"
    words = []
    for name in _names([*before, *after], lambda argument: True):
        columns = [[_found(part, name) for part in parts] for parts in (before, after)]
        if _differ(*columns) and all(map(all, columns)):
            words.append(f"{name} = {' → '.join(_values(column) for column in columns)}")
    return _written(before, words)


def _kind(parts: Sequence[Part]) -> str:
    return several(part.kind or (f"{len(part.parts)} parts" if len(part.parts) > 1 else "1 part") for part in parts)


def _written(parts: Sequence[Part], words: Sequence[str]) -> str:
    return f"{_kind(parts)}({', '.join(words)})" if words else _kind(parts)


def _names(parts: Sequence[Part], shown: Callable[[Argument], bool]) -> list[str]:
    return list(dict.fromkeys(a.name for part in parts for a in part.arguments if shown(a)))


def _found(part: Part, name: str) -> Argument | None:
    return next((argument for argument in part.arguments if argument.name == name), None)


def _differ(before: Sequence[Argument | None], after: Sequence[Argument | None]) -> bool:
    return [a and a.value for a in before] != [a and a.value for a in after]


def _argument(name: str, *columns: Sequence[Argument | None]) -> str:
    values = " → ".join(map(_values, columns))
    required = all(argument and argument.required for column in columns for argument in column)
    return values if required else f"{name} = {values}"


def _values(column: Sequence[Argument | None]) -> str:
    return several("none" if argument is None else value(argument) for argument in column)


def value(argument: Argument) -> str:
    """The value of an argument, cut where it is long."""
    words = spell(argument.value)
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 2]} …"


# --- wires and shapes --------------------------------------------------------------------------------------


def sources(part: Part) -> str:
    """Where what comes into an op comes from, by the names in its scope; `in` is what comes into the scope."""
    return ", ".join(_inside(name, part.path[:-1]) for name, _ in part.sources) or "nothing"


def _inside(name: str, scope: Path) -> str:
    path = (name.removeprefix("in:"),) if name.startswith("in:") else tuple(name.split("."))
    return path[len(scope)] if path[: len(scope)] == scope else "in"


def shapes_became(before: Sequence[Part], after: Sequence[Part]) -> str:
    """What ops give, where that changes with them, other than in channels if their arguments tell those."""
    told = _differ(*([_found(part, "channels") for part in side] for side in (before, after)))
    seen = _places if told else tuple
    differ = dict.fromkeys(
        (b.outputs, a.outputs)
        for b, a in zip(before, after, strict=True)
        if b.inputs
        and [*map(seen, b.inputs)] == [*map(seen, a.inputs)]
        and [*map(seen, b.outputs)] != [*map(seen, a.outputs)]
    )
    words = [f"{_shapes(b)} → {_shapes(a)}" for b, a in differ]
    return ", ".join(words if len(words) <= MOST_LISTED else [*words[: MOST_LISTED - 1], "…"])


def _places(shape: Shape) -> tuple[Dim, ...]:
    """A shape without its channels."""
    return (*shape[:1], *shape[2:])


def _shapes(shapes: Sequence[Shape]) -> str:
    """Shapes without a batch of 1."""
    return " and ".join(str(Shape(shape[1:]) if shape[:1] == (1,) and shape.rank > 1 else shape) for shape in shapes)
