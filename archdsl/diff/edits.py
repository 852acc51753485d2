"""What differs between two networks: a tree of edits, each with the facts of both sides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from archdsl.diff.match import Pair, matched
from archdsl.diff.parts import Part
from archdsl.diff.wires import Wires
from archdsl.lower.record import Counts, Given
from archdsl.ops import Op, Reject

Change = Literal["added", "removed", "replaced", "renamed", "arguments", "inputs", "shapes"]


@dataclass(frozen=True)
class Edit:
    """What became of one part: `before` is None for one that is new, `after` for one that is gone.

    `changes` say what differs about the part itself:

    - `added`, `removed`; `replaced`, where something else stands in its place
    - `renamed`, `arguments`, and `inputs` for an op that takes in something else
    - `shapes`, of what comes in or goes out

    `edits` are those of the parts in it; without any, an edit is a leaf. The costs of a part with edits are theirs.
    """

    before: Part | None
    after: Part | None
    changes: frozenset[Change]
    edits: tuple[Edit, ...] = ()

    @property
    def part(self) -> Part:
        """The part as it is, or as it was."""
        part = self.after or self.before
        assert part is not None
        return part

    @property
    def follows(self) -> bool:
        """Whether it, with all that is in it, is as before but for the shapes that come in."""
        return self.changes <= {"shapes"} and all(edit.follows for edit in self.edits)

    @property
    def costs(self) -> tuple[Counts, Counts]:
        """What the part costs before and after; nothing on a side where it is not."""
        return (self.before.counts if self.before else Counts(), self.after.counts if self.after else Counts())

    def leaves(self) -> Iterator[Edit]:
        """The edits that are not made up of others."""
        if not self.edits:
            yield self
        for edit in self.edits:
            yield from edit.leaves()


def compared(before: Part, after: Part) -> Edit:
    """What differs between two networks; without edits and changes where nothing does."""
    pairs = matched(before, after)
    return _edit(pairs, Wires(pairs)) or Edit(before, after, frozenset())


def _edit(pair: Pair, wires: Wires, scope: Pair | None = None) -> Edit | None:
    if pair.before is None or pair.after is None:
        return Edit(pair.before, pair.after, frozenset({"added" if pair.before is None else "removed"}))
    inner = (_edit(child, wires, pair) for child in pair.pairs)
    edits = tuple(edit for edit in inner if edit is not None)
    changes = frozenset(_changes(pair.before, pair.after, pair, wires, scope or pair))
    return Edit(pair.before, pair.after, changes, edits) if edits or changes else None


def _changes(before: Part, after: Part, pair: Pair, wires: Wires, scope: Pair) -> Iterator[Change]:
    assert scope.before and scope.after
    if pair.replaced:
        yield "replaced"
    elif not before.parts and not _does_the_same(before, after):
        yield "arguments"
    other_name = before.within(scope.before) != after.within(scope.after)
    if other_name and (before.owns or after.owns or (before.named and after.named)):
        yield "renamed"
    if wires.differ(pair):
        yield "inputs"
    if (before.inputs, before.outputs) != (after.inputs, after.outputs) and (before.kind and after.kind):
        yield "shapes"


def _does_the_same(before: Part, after: Part) -> bool:
    """Whether two parts of a kind are equal, or but for words: a stride that is given where it is the default."""
    if before.form == after.form:
        return True
    match before.what, after.what:
        case Op() as one, Op() as two:
            return all(_said(one, part) == _said(two, part) is not None for part in (before, after))
        case Given() as given, Given() as other:
            return given == other
    return before.what is None and before.arguments == after.arguments


def _said(op: Op, part: Part) -> object:
    """What an op comes to on the shapes of a part; None where it cannot take them."""
    try:
        op.shape(*part.inputs)
        return op.module(*part.inputs), op.call(*part.inputs), op.weights(*part.inputs), op.helper(*part.inputs)
    except Reject:
        return None
