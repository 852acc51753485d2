"""What differs, for a person to read: on a page, with what repeats told once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from archdsl.diff.edits import Edit
from archdsl.diff.fold import Group, Row, folded
from archdsl.diff.names import MOST_LISTED, several
from archdsl.diff.parts import Part
from archdsl.diff.words import became, call, scope_became, shapes_became, sources
from archdsl.lower.record import Counts

WIDTH = 80
"""How wide words may be before their numbers stand below them."""
Line = tuple[str, str, str]
"""Words, and the change of parameters and MACs."""


def text(root: Edit) -> str:
    """The totals, then every edit."""
    assert root.before and root.after
    before, after = root.before.label, root.after.label
    if not root.edits:
        return f"{before} and {after} do not differ"
    known = _blocks(root.before)
    lines = [line for group in folded(root) for line in _group(group, known)]
    return "\n".join([f"{before} → {after}", "", *_totals(root.costs, before, after), "", *_columns(lines)])


def _totals(costs: tuple[Counts, Counts], before: str, after: str) -> Iterator[str]:
    heads = [title.partition("(")[0] for title in (before, after)]
    rows = [("", *(heads if heads[0] != heads[1] else (before, after)), "Δ", "")]
    for name in ("params", "MACs", "activations", "layers"):
        old, new = (getattr(counts, name.lower()) for counts in costs)
        share = f"{100 * (new - old) / old:+.1f} %" if old and old != new else ""
        rows.append((name, f"{old:,}", f"{new:,}", f"{new - old:+,}" if old != new else "=", share))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for name, *numbers in rows:
        cells = (number.rjust(width) for number, width in zip(numbers, widths[1:], strict=True))
        yield f"{name.ljust(widths[0])}  {'  '.join(cells)}".rstrip()


def _columns(lines: Sequence[Line]) -> Iterator[str]:
    """Words with their numbers in columns; numbers of long words stand below."""
    width = max([len(words) for words, *numbers in lines if any(numbers) and len(words) <= WIDTH], default=0)
    whole = [("", "Δ params", "Δ MACs"), *lines] if any(any(numbers) for _, *numbers in lines) else lines
    params, macs = (max(len(line[i]) for line in whole) for i in (1, 2))
    for words, *numbers in whole:
        if any(numbers) and len(words) > width:
            yield words
            words = ""
        yield f"{words.ljust(width)}  {numbers[0].rjust(params)}  {numbers[1].rjust(macs)}".rstrip()


# --- edits -------------------------------------------------------------------------------------------------


def _group(group: Group, known: set[str]) -> Iterator[Line]:
    """The scopes, and the edits in them; what only follows is told together, where it costs anything."""
    rows = [row for row in group.rows if not row.first.follows]
    follow = [row for row in group.rows if row.first.follows and any(row.change)]
    indent = ""
    if group.scope and (rows or follow):
        yield f"{group.scope}: {scope_became(*_sides(group.scopes))}{_times(group.scopes)}", "", ""
        indent = "  "
    for counted, run in groupby(rows, _is_renumbered):
        same = list(run)
        if counted and len(same) > MOST_LISTED:
            yield (f"{indent}~ {_renumbered(same)}: the same under other numbers", *_numbers(same))
            continue
        for row in same:
            words = _named(row.label, became(*_sides(row.edits))) + _times(row.edits if row.counted else ())
            yield (f"{indent}{_sign(row.first)} {words}", *_numbers([row]))
            yield from ((f"{indent}    {note}", "", "") for note in (*_notes(row), *_inside(row, known)))
    if follow:
        yield (f"{indent}= {', '.join(row.label for row in follow)}: the same on other shapes", *_numbers(follow))


def _is_renumbered(row: Row) -> bool:
    """Whether only the position in a list is another."""
    return re.fullmatch(r"\d+ → \d+", row.label) is not None and all(
        e.changes <= {"renamed", "shapes"} for e in row.edits
    )


def _renumbered(rows: Sequence[Row]) -> str:
    before, after = zip(*(row.label.split(" → ") for row in rows), strict=True)
    return f"{several(before)} → {several(after)}"


def _sign(edit: Edit) -> str:
    return "+" if edit.before is None else "-" if edit.after is None else "~"


def _named(label: str, words: str) -> str:
    """Words with the name of the part, which an op that nobody named has in them already."""
    return words if re.match(rf"{re.escape(label)}\b", words) else f"{label}: {words}"


def _times(edits: Sequence[Edit]) -> str:
    return f", {len(edits)}×" if len(edits) > 1 else ""


def _numbers(rows: Iterable[Row]) -> tuple[str, str]:
    params, macs = (sum(column) for column in zip(*(row.change for row in rows), strict=True))
    return f"{params:+,}" if params else "", f"{macs:+,}" if macs else ""


def _sides(edits: Iterable[Edit]) -> tuple[list[Part], list[Part]]:
    return [e.before for e in edits if e.before], [e.after for e in edits if e.after]


def _notes(row: Row) -> Iterator[str]:
    """Other inputs and other shapes."""
    before, after = _sides(row.edits)
    if "inputs" in row.first.changes:
        yield f"takes {sources(before[0])} → {sources(after[0])}"
    elif (not before or not after) and len((before or after)[0].sources) > 1:
        yield f"{'took' if before else 'takes'} {sources((before or after)[0])}"
    shapes = shapes_became(before, after) if before and after else ""
    if shapes:
        yield f"gives {shapes}"


def _inside(row: Row, known: set[str]) -> Iterator[str]:
    """What is in a scope that is new, unless its block is `known`: as many parts on a line as it takes."""
    _, after = _sides(row.edits)
    if row.first.edits or not after or after[0].kind in known or not {"added", "replaced"} & row.first.changes:
        return
    line = ""
    for word in _listed(list(zip(*(part.parts for part in after), strict=True))):
        if line and len(line) + len(word) > WIDTH:
            yield f"{line},"
            line = ""
        line += f", {word}" if line else word
    if line:
        yield line


def _listed(columns: Sequence[Sequence[Part]]) -> Iterator[str]:
    """The parts of a scope, with those in a row that are alike but for their number as one."""
    words = [(parts[0].label if parts[0].written else "", call(parts)) for parts in columns]
    for (counted, word), run in groupby(words, lambda item: (item[0].isdigit(), item[1])):
        labels = [label for label, _ in run]
        if counted and len(labels) > 1:
            yield f"{{{labels[0]}..{labels[-1]}}}: {word}"
        else:
            yield from (_named(label, word) if label else word for label in labels)


def _blocks(part: Part | None) -> set[str]:
    """The blocks that a network is made of, by name."""
    if part is None or not part.parts:
        return set()
    return ({part.kind} - {""}).union(*map(_blocks, part.parts))
