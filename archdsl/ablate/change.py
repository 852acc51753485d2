"""What a variant does otherwise than its baseline, and what that is called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from archdsl.lower.replace import Edit
from archdsl.lower.values import BlockLayer, LabelledLayer, OpLayer, Value, differ, spell
from archdsl.syntax import tree
from archdsl.syntax.format import line_of

MOST_TOLD, LONGEST_TOLD = 20, 60
"""How many elements of a list, and characters of a string, are in the name of a variant."""


@dataclass(frozen=True, slots=True)
class Change:
    """Parameters set together, or a part replaced. `slug` is what it adds to the name of a variant; none if nothing."""

    slug: str
    values: tuple[tuple[str, Value], ...] = ()
    edit: Edit | None = None

    def replaced(self) -> Iterator[tuple[str, str]]:
        """The pattern of what is replaced, and the text of the new layer."""
        if self.edit is not None:
            yield self.edit.text, line_of(self.edit.layer)


@dataclass(frozen=True, slots=True)
class Factor:
    """Changes of which one is made at a time: the rows of a `vary`, or one `replace`.

    `crossed` factors are combined with each other in a grid; the others stand alone.
    """

    names: tuple[str, ...]
    changes: tuple[Change, ...]
    crossed: bool


def setting(names: Sequence[str], row: Sequence[Value], baseline: Mapping[str, Value]) -> Change:
    """A row of a `vary`; what it leaves at the baseline's value is not in the name."""
    values = tuple(zip(names, row, strict=True))
    changed = [(n, v) for n, v in values if n not in baseline or differ(baseline[n], v)]
    return Change("-".join(_slug(name, value) for name, value in changed), values)


def replacing(edit: Edit) -> Change:
    """A `replace`: `no-se` for a part left out, else the part and what it becomes."""
    part = "_".join(filter(None, (_plain(component) for component in edit.pattern))) or "all"
    new = line_of(edit.layer)
    return Change(f"no_{part}" if new == "identity" else f"{part}_{_plain(_short(edit.layer))}", edit=edit)


def apart(changes: Iterable[Change]) -> tuple[Change, ...]:
    """The changes of a factor with slugs that differ: equal ones are numbered by place."""
    seen: dict[str, int] = {}
    told: list[Change] = []
    for change in changes:
        count = seen[change.slug] = seen.get(change.slug, 0) + 1
        told.append(change if count == 1 else replace(change, slug=f"{change.slug}_{count}"))
    return tuple(told)


def _slug(name: str, value: Value) -> str:
    text = _word(value)
    return f"no_{name}" if value is False else name if value is True else f"{name}{'_' * text[:1].isalpha()}{text}"


def _word(value: Value) -> str:
    """A value as part of a name: numbers as they are, lists joined, a layer by its name and the numbers bound to it."""
    match value:
        case tuple():
            return "_".join(map(_word, value[:MOST_TOLD])) or "empty"
        case LabelledLayer():
            return _word(value.layer)
        case OpLayer() | BlockLayer():
            return "_".join([value.name, *(_word(argument) for _, argument in value.bound)])
    return _plain(spell(value)[:LONGEST_TOLD])


def _short(layer: tree.Expr) -> str:
    """The text of a layer without the names of its arguments."""
    match layer:
        case tree.Call(function, arguments):
            return "_".join([_short(function), *(_short(argument.value) for argument in arguments)])
        case tree.Sequence(items):
            return "_".join(map(_short, items))
    return line_of(layer)


def _plain(text: str) -> str:
    """Letters, digits, underscores, and the points of numbers."""
    return re.sub(r"(?!(?<=\d)\.(?=\d))\W+|_+", "_", text.replace("*", "").replace("-", "minus")).strip("_")
