"""Edits that repeat are one: by what is edited and how, in blocks of one structure, whatever their numbers are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from archdsl.diff.edits import Edit
from archdsl.diff.names import pattern
from archdsl.diff.parts import Part, Path
from archdsl.lower.record import Counts

Spot = tuple[tuple[Edit, ...], Edit]
"""An edit, and those that it is in, from outside in."""


@dataclass(frozen=True)
class Row:
    """Edits that say the same of parts of one kind; `counted` tells that they differ in their numbers in the scope."""

    label: str
    edits: tuple[Edit, ...]
    counted: bool = False

    @property
    def first(self) -> Edit:
        return self.edits[0]

    @property
    def change(self) -> tuple[int, int]:
        """How many more parameters and MACs all of them cost; what edits inside of them cost is told there."""
        costs = [edit.costs for edit in self.edits if edit.follows or not edit.edits]
        return sum(_params(b, a) for b, a in costs), sum(_macs(b, a) for b, a in costs)


@dataclass(frozen=True)
class Group:
    """Scopes in which the same is edited, their names as one, and what that is."""

    scope: str
    scopes: tuple[Edit, ...]
    rows: tuple[Row, ...]


def _params(before: Counts, after: Counts) -> int:
    return after.params - before.params


def _macs(before: Counts, after: Counts) -> int:
    difference = after.macs - before.macs
    assert isinstance(difference, int)
    return difference


def folded(root: Edit) -> list[Group]:
    """All edits of a network, in the order of the parts."""
    names = _Siblings(root)
    kinds: dict[Any, list[Spot]] = {}
    for spot in _spots(root, ()):
        kinds.setdefault(_kind(*spot), []).append(spot)
    groups: dict[tuple[Path, ...], list[list[Spot]]] = {}
    for spots in kinds.values():
        scopes = dict.fromkeys(scope[-1].part.path for scope, _ in spots)
        groups.setdefault(tuple(scopes), []).append(spots)
    return [_group(scopes, rows, names) for scopes, rows in groups.items()]


def _spots(edit: Edit, scope: tuple[Edit, ...]) -> Iterator[Spot]:
    """Every edit that says something itself; of what follows, the outermost scopes."""
    if scope and (edit.follows or not edit.edits or edit.changes - {"shapes"}):
        yield scope, edit
    if not (scope and edit.follows):
        for inner in edit.edits:
            yield from _spots(inner, (*scope, edit))


def _kind(scope: tuple[Edit, ...], edit: Edit) -> Any:
    """What edits have in common that are told as one; counted scopes are alike whatever their number is."""
    above = tuple((_kind_of(e.before), _kind_of(e.after)) for e in scope[1:])
    labels = tuple(re.sub(r"\d+", "#", name) if edit.part.parts else name for name in _names(scope[-1], edit))
    changes = frozenset({"follows"}) if edit.follows else edit.changes - {"shapes"}
    inner = None if edit.follows else (_skeleton(edit.before), _skeleton(edit.after))
    arguments = () if "renamed" in edit.changes else tuple(changed(edit))
    return above, labels, changes - {"arguments"}, _kind_of(edit.before), _kind_of(edit.after), inner, arguments


def _kind_of(part: Part | None) -> str | None:
    return part.kind if part else None


def _names(scope: Edit, edit: Edit) -> tuple[str, ...]:
    """What the part is called in its scope: one name, or that before and that after."""
    assert scope.before and scope.after
    before = edit.before and edit.before.within(scope.before)
    after = edit.after and edit.after.within(scope.after)
    if before and after and "renamed" in edit.changes:
        return before, after
    return (after or before or "",)


def _skeleton(part: Part | None) -> Any:
    return part and (part.kind, tuple((inner.label, _skeleton(inner)) for inner in part.parts))


def changed(edit: Edit) -> Iterator[str]:
    """The names of the arguments that differ, of a part that is of the same kind on both sides."""
    if edit.before and edit.after and edit.before.kind == edit.after.kind:
        before, after = ({a.name: a.value for a in part.arguments} for part in (edit.before, edit.after))
        yield from (name for name in before | after if before.get(name) != after.get(name))


def _group(scopes: tuple[Path, ...], rows: list[list[Spot]], names: _Siblings) -> Group:
    above = {scope[-1].part.path: scope[-1] for spots in rows for scope, _ in spots}
    return Group(pattern(scopes, names), tuple(above.values()), tuple(_row(spots, names) for spots in rows))


def _row(spots: list[Spot], names: _Siblings) -> Row:
    edits = tuple(edit for _, edit in spots)
    scope = spots[0][0][-1]
    different = list(dict.fromkeys(_names(above[-1], edit) for above, edit in spots))
    if len(different) == 1:
        return Row(" → ".join(different[0]), edits)
    label = pattern([name[-1:] for name in different], lambda _: names(scope.part.path))
    return Row(label, edits, counted=True)


class _Siblings:
    """What stands in each scope of either network."""

    def __init__(self, root: Edit) -> None:
        self._labels: dict[Path, list[str]] = {}
        self._note(root)

    def _note(self, edit: Edit) -> None:
        parts = [part for side in (edit.before, edit.after) if side for part in side.parts]
        self._labels[edit.part.path] = list(dict.fromkeys(part.label for part in parts))
        for inner in edit.edits:
            self._note(inner)

    def __call__(self, scope: Path) -> list[str]:
        return self._labels.get(scope, [])
