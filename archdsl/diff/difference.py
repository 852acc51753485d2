"""What differs between two networks, as a value: for a person, for machines, for a drawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from archdsl.diff.edits import Edit, compared
from archdsl.diff.parts import Part
from archdsl.diff.text import text
from archdsl.diff.words import value
from archdsl.lower.record import Counts


@dataclass(frozen=True)
class Difference:
    """What differs between two networks; false where nothing does.

    `root` is the edit of the networks themselves, whose `edits` are those of their parts, scope in scope: each has the
    part before and the part after, with names in the module, kinds, arguments, shapes, wires and costs.
    """

    root: Edit

    def __bool__(self) -> bool:
        return bool(self.root.edits)

    def __str__(self) -> str:
        return text(self.root)

    def to_json(self) -> dict[str, Any]:
        """All edits, scope in scope; of parts that are on one side only, all that is in them."""
        before, after = self.root.before, self.root.after
        assert before and after
        return {
            "before": {"network": before.label, **_costs(before.counts)},
            "after": {"network": after.label, **_costs(after.counts)},
            "edits": [_edit(edit) for edit in self.root.edits],
        }


def difference(before: Part, after: Part) -> Difference:
    """What differs between two networks, each as the tree of its parts."""
    return Difference(compared(before, after))


def _edit(edit: Edit) -> dict[str, Any]:
    sides = {"before": edit.before, "after": edit.after}
    return {
        "changes": sorted(edit.changes),
        **{side: part and _part(part, whole=not edit.edits) for side, part in sides.items()},
        "edits": [_edit(inner) for inner in edit.edits],
    }


def _part(part: Part, *, whole: bool) -> dict[str, Any]:
    return {
        "name": part.name,
        "kind": part.kind,
        "arguments": {argument.name: value(argument) for argument in part.arguments},
        "takes": [name for name, _ in part.sources],
        "inputs": [list(shape) for shape in part.inputs],
        "outputs": [list(shape) for shape in part.outputs],
        **_costs(part.counts),
        "parts": [_part(inner, whole=True) for inner in part.parts if whole],
    }


def _costs(counts: Counts) -> dict[str, Any]:
    names = ("params", "macs", "activations", "layers")
    return {name: getattr(counts, name) for name in names}
