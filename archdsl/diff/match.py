"""Which part of one network is which part of another.

Names that somebody chose meet first. Whatever is named by position or by its kind alone is laid side by side in order,
so that what is new between two parts does not shift those behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from archdsl.diff.parts import Part

LIKE = 50
"""How many in a hundred ops two scopes have in common that are one and the same with changes."""
NAMED, SAME_FORM, SAME_LABEL, SAME_FAMILY = 100_000, 30, 10, 20
"""What a meeting is worth, where likeness is worth up to 100."""
MOST_CELLS = 250_000
"""How many pairs are weighed for one alignment."""


@dataclass(frozen=True)
class Pair:
    """A part of either network, or of one alone.

    `moved` tells that it stands elsewhere among its neighbours. `replaced` tells that the two have only the name in
    common; of others, `pairs` are what is inside.
    """

    before: Part | None
    after: Part | None
    moved: bool = False
    replaced: bool = False
    pairs: tuple[Pair, ...] = ()


def matched(before: Part, after: Part, moved: bool = False) -> Pair:
    """Two parts that meet, and what meets inside of them."""
    if not before.parts and not after.parts:
        return Pair(before, after, moved, replaced=before.kind != after.kind)
    if not before.parts or not after.parts or not _is_alike(before, after):
        return Pair(before, after, moved, replaced=True)
    return Pair(before, after, moved, pairs=_children(before.parts, after.parts))


def _is_alike(before: Part, after: Part) -> bool:
    return before.kind == after.kind != "" or likeness(before, after) >= LIKE


def likeness(before: Part, after: Part) -> int:
    """How many in a hundred ops of both are of the same kind."""
    common = (before.kinds & after.kinds).total()
    return 200 * common // (before.kinds.total() + after.kinds.total())


def _children(before: Sequence[Part], after: Sequence[Part]) -> tuple[Pair, ...]:
    """All parts of two scopes, in an order in which those of either stand in theirs, but for moved ones."""
    before, after = _opened(before, after)
    met = dict(aligned(before, after))
    rest = [i for i in range(len(before)) if i not in met]
    free = [j for j in range(len(after)) if j not in met.values()]
    moves = _moves([(i, before[i]) for i in rest], [(j, after[j]) for j in free])
    pairs: list[Pair] = []
    done = 0
    for i, part in enumerate(before):
        if i in met:
            pairs += _added(after[done : met[i]], done, set(moves.values()))
            pairs.append(matched(part, after[met[i]]))
            done = met[i] + 1
        elif i in moves:
            pairs.append(matched(part, after[moves[i]], moved=True))
        else:
            pairs.append(Pair(part, None))
    return (*pairs, *_added(after[done:], done, set(moves.values())))


def _opened(before: Sequence[Part], after: Sequence[Part]) -> tuple[Sequence[Part], Sequence[Part]]:
    """Both with the scopes opened in which there is nothing new: a name put around what was there."""
    scopes = [(before[i].name, after[j].name) for i, j in aligned(before, after) if before[i].parts and after[j].parts]
    labels = {part.label for part in before if part.parts} & {part.label for part in after if part.parts}
    met = [{pair[side] for pair in scopes} for side in (0, 1)]
    alone = [
        {part.name for part in parts if part.parts and part.name not in known and part.label not in labels}
        for parts, known in zip((before, after), met, strict=True)
    ]
    if not any(alone):
        return before, after
    wide = _open(before, alone[0]), _open(after, alone[1])
    pairs = aligned(*wide)
    for side in (0, 1):
        rest = {*range(len(wide[side]))} - {pair[side] for pair in pairs}
        alone[side] -= {wide[side][i].name.rpartition(".")[0] for i in rest}
    return _open(before, alone[0]), _open(after, alone[1])


def _open(parts: Sequence[Part], names: set[str]) -> list[Part]:
    """The parts, with what is in these scopes in place of them."""
    return [inner for part in parts for inner in (part.parts if part.name in names else (part,))]


def _added(parts: Sequence[Part], start: int, moved: set[int]) -> list[Pair]:
    return [Pair(None, part) for j, part in enumerate(parts, start) if j not in moved]


def _moves(rest: Sequence[tuple[int, Part]], free: Sequence[tuple[int, Part]]) -> dict[int, int]:
    """Parts out of order, by position: those of one name, then those of one form."""
    moves: dict[int, int] = {}
    for key in (_name_of, _form_of):
        waiting: dict[Any, list[int]] = {}
        for j, part in free:
            if j not in moves.values():
                waiting.setdefault(key(part), []).append(j)
        for i, part in rest:
            if i not in moves and waiting.get(key(part)) and key(part) is not None:
                moves[i] = waiting[key(part)].pop(0)
    return moves


def _name_of(part: Part) -> str | None:
    return part.label if part.written else None


def _form_of(part: Part) -> str:
    return part.form


# --- alignment ---------------------------------------------------------------------------------------------


def aligned(before: Sequence[Part], after: Sequence[Part]) -> list[tuple[int, int]]:
    """Parts that meet in order, by position: those of the most worth together, and the same ones from either side."""
    keys = [[(p.label, p.form) for p in parts] for parts in (before, after)]
    if keys[0] > keys[1]:
        return [(i, j) for j, i in aligned(after, before)]
    forms = [[(p.label * p.named, p.form) for p in parts] for parts in (before, after)]
    start = _common(*forms)
    end = _common(*(each[start:][::-1] for each in forms))
    middle = _heaviest(before[start : len(before) - end], after[start : len(after) - end])
    return [
        *((i, i) for i in range(start)),
        *((start + i, start + j) for i, j in middle),
        *((len(before) - end + i, len(after) - end + i) for i in range(end)),
    ]


def _common(one: list[tuple[str, str]], two: list[tuple[str, str]]) -> int:
    """How far two lists are the same."""
    return next((i for i, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))


def _heaviest(before: Sequence[Part], after: Sequence[Part]) -> list[tuple[int, int]]:
    """The common subsequence of most worth (Needleman and Wunsch 1970)."""
    if len(before) * len(after) > MOST_CELLS:
        return []
    named = {p.label for p in before if p.named} & {p.label for p in after if p.named}
    worth = [[_worth(a, b, named) for b in after] for a in before]
    best = [[0] * (len(after) + 1) for _ in range(len(before) + 1)]
    for i in reversed(range(len(before))):
        for j in reversed(range(len(after))):
            met = worth[i][j] + best[i + 1][j + 1] if worth[i][j] else 0
            best[i][j] = max(met, best[i + 1][j], best[i][j + 1])
    pairs, i, j = [], 0, 0
    while i < len(before) and j < len(after):
        if worth[i][j] and best[i][j] == worth[i][j] + best[i + 1][j + 1]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs


def _worth(before: Part, after: Part, named: set[str]) -> int:
    """How much two parts have in common; nothing where they cannot be one and the same."""
    same_label = before.label == after.label
    if same_label and before.named and after.named:
        return NAMED
    if (before.named and before.label in named) or (after.named and after.label in named):
        return 0
    alike = likeness(before, after)
    if bool(before.parts) != bool(after.parts):
        return 0
    if alike < LIKE:
        return SAME_FAMILY * (before.family == after.family is not None)
    return alike + SAME_FORM * (before.form == after.form) + SAME_LABEL * same_label
