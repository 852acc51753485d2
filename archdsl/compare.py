"""What differs between two networks as a picture: the network, and beside it the parts in which something changed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archdsl.diff import Difference, Edit, Part
from archdsl.diff.fold import changed, folded
from archdsl.diff.match import Pair, matched
from archdsl.diff.words import sources, value
from archdsl.draw import figure as drawn
from archdsl.draw import words
from archdsl.draw.figure import Body, Figure
from archdsl.draw.levels import titled
from archdsl.draw.overlay import Meeting, overlaid
from archdsl.draw.picture import ThemeName, beside
from archdsl.draw.read import read
from archdsl.draw.rewrite import without_identities
from archdsl.draw.sections import inlined_scopes, sectioned
from archdsl.lower.record import Record

MOST_FIGURES = 4
"""How many figures stand beside that of the network."""


class Comparison(Difference):
    """A difference that can be drawn."""

    def picture(self, format: str = "svg", *, theme: ThemeName = "paper", width: float | None = None) -> bytes:
        """Both networks in one picture, as a file of this format has it: svg, pdf or png."""
        before, after = _sides(self.root)
        return beside(f"{before.label} → {after.label}", _totals(self.root), figures(self), format, theme, width)

    def draw(self, path: str | Path, **options: Any) -> None:
        """Writes the picture, whose format the suffix of its file says. See `picture`."""
        Path(path).write_bytes(self.picture(Path(path).suffix[1:], **options))


def figures(difference: Difference) -> list[Figure]:
    """The network, closed if it has stages; then each part in which something changed that no other figure shows."""
    root = difference.root
    before, after = (_sections(part) for part in _sides(root))
    meeting = _meeting(root)
    staged = any(part.kind == "stage" for part in (*before.parts, *after.parts))
    choices = list(_choices(before, after, meeting, _Rows(root))) if staged else []
    whole = _Choice("network", "", before, after, staged)
    return [choice.figure(meeting, choices) for choice in (whole, *_chosen(choices))]


# --- what met ------------------------------------------------------------------------------------------------


def _meeting(root: Edit) -> Meeting:
    """The pairs and edits of a difference, by the names of parts."""
    old: dict[str, str] = {}
    gone: set[str] = set()
    new: set[str] = set()

    def note(pair: Pair) -> None:
        before, after = pair.before, pair.after
        if before and after and not (pair.replaced and (before.parts or after.parts)):
            old[after.name] = before.name
        else:
            gone.update(_names(before) if before else ())
            new.update(_names(after) if after else ())
        for inner in pair.pairs:
            note(inner)

    note(matched(*_sides(root)))
    edits = {e.after.name: tuple(_said(e)) for e in _edits(root) if e.before and e.after and not e.follows}
    return Meeting(old, gone, new, {name: said for name, said in edits.items() if name not in new})


def _names(part: Part) -> Iterator[str]:
    yield part.name
    for inner in part.parts:
        yield from _names(inner)


def _edits(edit: Edit) -> Iterator[Edit]:
    for inner in edit.edits:
        yield inner
        yield from _edits(inner)


def _said(edit: Edit) -> Iterator[str]:
    """What changed about a part itself, in words."""
    before, after = _sides(edit)
    if "renamed" in edit.changes and before.label != after.label:
        yield f"name {before.label} → {after.label}"
    if before.kind != after.kind:
        yield " → ".join(words.spaced(part.kind or "parts") for part in (before, after))
    for name in changed(edit):
        one, two = (next((value(a) for a in part.arguments if a.name == name), "none") for part in (before, after))
        yield f"{words.spaced(name)} {one} → {two}"
    if "inputs" in edit.changes:
        yield f"takes {sources(before)} → {sources(after)}"


def _sides(edit: Edit) -> tuple[Part, Part]:
    assert edit.before and edit.after
    return edit.before, edit.after


def _sections(part: Part) -> Body:
    assert isinstance(part.what, Record)
    return sectioned(without_identities(read(part.what)))


class _Rows:
    """Which changes, those that repeat as one, are about a part."""

    def __init__(self, root: Edit) -> None:
        rows = [row for group in folded(root) for row in group.rows]
        told = [(i, edit) for i, row in enumerate(rows) for edit in row.edits if not edit.follows]
        self._gone = {edit.before.name: i for i, edit in told if edit.before}
        self._new = {edit.after.name: i for i, edit in told if edit.after}

    def __call__(self, before: Sequence[drawn.Part], after: Sequence[drawn.Part]) -> frozenset[int]:
        found = [self._new[part.id] for part in after if part.id in self._new]
        return frozenset([*found, *(self._gone[part.id] for part in before if part.id in self._gone)])


# --- what to show --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Choice:
    """A part of both networks that may be shown; `tells` are the changes that are seen in it."""

    title: str
    kind: str
    before: Body
    after: Body
    closed: bool
    tells: frozenset[int] = frozenset()

    def figure(self, meeting: Meeting, choices: Sequence[_Choice]) -> Figure:
        body = overlaid(self.before, self.after, meeting, closed=self.closed)
        return Figure("block", self.title, " · ".join(self._said(choices)), body, drawn.total(body.inner))

    def _said(self, choices: Sequence[_Choice]) -> Iterator[str]:
        """What a block is, in how many blocks the same changed, and in how many some of that."""
        if self.kind:
            blocks = [other.tells for other in choices if other.kind]
            like, less = blocks.count(self.tells), sum(bool(tells) and tells < self.tells for tells in blocks)
            yield self.kind
            yield from [f"the same in {like} blocks"] * (like > 1)
            yield from [f"part of it in {less} others"] * (less > 0)


def _choices(before: Body, after: Body, meeting: Meeting, rows: _Rows) -> Iterator[_Choice]:
    """All that may be shown beside the network: sections that are no stages, stages, and their blocks."""
    known = {part.id: part for part in before.walk()}
    for section in after.inner:
        old = known.get(meeting.old.get(section.id, section.id))
        if old is None or old.body is None or section.body is None or not meeting.alters(old, section):
            continue
        one, two = inlined_scopes(old.body), inlined_scopes(section.body)
        if section.kind != "stage" or section.units < 2:
            tells = rows([*old.body.walk()], [*section.body.walk()])
            yield _Choice(section.name or section.title, "", old.body, titled(section.body), False, tells)
            continue
        tells = rows(_alone(one, meeting.gone), _alone(two, meeting.new))
        yield _Choice(section.title, "", one, titled(two), True, tells)
        for part in two.inner:
            was = known.get(meeting.old.get(part.id, ""))
            if was is not None and was.body is not None and part.body is not None:
                tells = rows([*was.body.walk()], [*part.body.walk()])
                yield _Choice(part.name, part.title, was.body, titled(part.body), False, tells)


def _alone(body: Body, names: Collection[str]) -> list[drawn.Part]:
    return [part for part in body.inner if part.id in names]


def _chosen(choices: Sequence[_Choice]) -> list[_Choice]:
    """Those that tell most, until all is told; of those that tell as much, the smallest."""
    seen: frozenset[int] = frozenset()
    found: list[_Choice] = []
    while len(found) < MOST_FIGURES:
        best = max(choices, key=lambda c: (len(c.tells - seen), -len(c.after.parts)), default=None)
        if best is None or not best.tells - seen:
            break
        found.append(best)
        seen |= best.tells
    return sorted(found, key=choices.index)


def _totals(root: Edit) -> str:
    one, two = root.costs
    pairs = [("parameters", one.params, two.params), ("MACs", one.macs, two.macs), ("layers", one.layers, two.layers)]
    return " · ".join(_became(name, a, b) for name, a, b in pairs if isinstance(a, int) and isinstance(b, int))


def _became(name: str, before: int, after: int) -> str:
    if before == after:
        return f"{words.amount(after)} {name}"
    change = f" ({100 * (after - before) / before:+.1f} %)".replace("-", "−") if before else ""
    return f"{words.amount(before)} → {words.amount(after)} {name}{change}"
