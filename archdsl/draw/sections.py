"""The sections of a network: its stem, its stages and its head, as its structure shows them.

A stage is a run of blocks of one definition, in a block or scope of its own or side by side in one scope; what stands
before the first stage is the stem, and what stands behind the last one the head.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from archdsl.draw import words
from archdsl.draw.figure import Body, Part
from archdsl.draw.rewrite import grouped, inlined
from archdsl.lower.resolve import Definition


def sectioned(body: Body) -> Body:
    """The body of a network with stem, stages and head as parts; other parts are left where no such order is seen."""
    body = _opened(body)
    stages = _stages(body)
    if not stages:
        return body
    places = {part.id: i for i, part in enumerate(body.parts)}
    first, last = places[stages[0][0].id], places[stages[-1][-1].id]
    stem = [part.id for part in body.inner if places[part.id] < first]
    head = [part.id for part in body.inner if places[part.id] > last]
    for run in stages:
        body = _with_stage(body, run)
    return _with_section(_with_section(body, stem, "stem"), head, "head")


def units(part: Part) -> int:
    """How many blocks of one kind a block is made of, one after the other; 0 where it is no such run."""
    if part.body is None:
        return 0
    flat = inlined_scopes(part.body)
    if not flat.is_chain():
        return 0
    blocks = [inner for inner in flat.inner if inner.definition is not None]
    return len(blocks) if len({id(block.definition) for block in blocks}) == 1 and is_unit(blocks[0]) else 0


def inlined_scopes(body: Body) -> Body:
    """The body without scopes that are no blocks."""
    while any(_is_scope(part) for part in body.parts):
        body = inlined(body, _is_scope)
    return body


def _is_scope(part: Part) -> bool:
    return part.body is not None and part.definition is None


def is_unit(part: Part) -> bool:
    """Whether a block does enough for stages to be made of such blocks, and is no stage itself."""
    return part.counts.layers > 1 and units(part) < 2


def _opened(body: Body) -> Body:
    """The body without blocks and scopes that only hold stages."""
    while any(_only_holds(part) for part in body.parts):
        body = inlined(body, _only_holds)
    return body


def _only_holds(part: Part) -> bool:
    return part.body is not None and units(part) < 2 and any(units(p) > 1 or _only_holds(p) for p in part.body.parts)


def _trunk(body: Body) -> list[Part]:
    """The parts that every way through the body passes, in order."""
    places = {part.id: i for i, part in enumerate(body.parts)}
    furthest, found = 0, []
    reach = {part.id: places[part.id] for part in body.parts}
    for part in body.parts:
        for source, _ in part.inputs:
            reach[source] = max(reach[source], places[part.id])
    for i, part in enumerate(body.parts):
        if furthest <= i and (part.inputs or i == 0):
            found.append(part)
        furthest = max(furthest, reach[part.id])
    return found


def _stages(body: Body) -> list[list[Part]]:
    """Runs of parts that are a stage each: one part that is a run itself, or units side by side."""
    runs: list[list[Part]] = []
    for part in _trunk(body):
        if not _may_be_stage(part):
            continue
        if runs and _goes_on(runs[-1], part):
            runs[-1].append(part)
        else:
            runs.append([part])
    sure = [i for i, run in enumerate(runs) if len(run) > 1 or units(run[0]) > 1]
    if not sure:
        return runs if len(runs) > 1 and len({id(_unit_of(run)) for run in runs}) == 1 else []
    kinds = {id(_unit_of(runs[i])) for i in sure}

    def belongs(i: int, run: list[Part]) -> bool:
        beside = i in (sure[0] - 1, sure[-1] + 1) and units(run[0]) == 1
        return sure[0] <= i <= sure[-1] or id(_unit_of(run)) in kinds or beside

    return [run for i, run in enumerate(runs) if belongs(i, run)]


def _may_be_stage(part: Part) -> bool:
    return part.body is not None and part.counts.layers > 1 and (part.definition is not None or units(part) > 0)


def _unit_of(run: Sequence[Part]) -> Definition | None:
    """The definition of the blocks that a stage is made of."""
    (first, *_) = run
    if first.body is not None and units(first):
        blocks = [part for part in inlined_scopes(first.body).inner if part.definition is not None]
        return blocks[0].definition
    return first.definition


def _goes_on(run: Sequence[Part], part: Part) -> bool:
    """Whether a block goes on with a stage: it follows at once, in the same scope, of one definition, at one size."""
    last = run[-1]
    same = part.definition is not None and part.definition is last.definition and max(map(units, (last, part))) < 2
    beside = part.name.rpartition(".")[0] == last.name.rpartition(".")[0]
    return same and beside and part.inputs == ((last.id, 0),) and part.gives[0].spatial == last.gives[0].spatial


def _with_stage(body: Body, run: Sequence[Part]) -> Body:
    first, unit = run[0], _unit_of(run)
    said = words.spaced(unit.name) if unit is not None else first.title
    if len(run) > 1:
        title = _between(run)
        own = Part(title, first.name, "stage", title, (said,), units=len(run))
        return grouped(body, [part.id for part in run], own)
    title = first.name.rpartition(".")[2]
    title = first.name if title.isdigit() else title
    stage = replace(first, kind="stage", title=title, notes=(said,), units=max(1, units(first)))
    return Body(tuple(stage if part is first else part for part in body.parts))


def _with_section(body: Body, ids: Sequence[str], kind: str) -> Body:
    """The body with some parts as one, the stem or the head."""
    parts = [part for part in body.parts if part.id in ids]
    notes = tuple(_said(parts))
    if len(parts) == 1 and parts[0].body is not None:
        own = replace(parts[0], kind=kind, title=kind, notes=notes)
        return Body(tuple(own if part is parts[0] else part for part in body.parts))
    if len(parts) > 1 and _one_way(body, parts):
        taken = {part.id for part in body.walk()}
        free = next(name for name in (kind, f"{kind}@2", f"{kind}@3") if name not in taken)
        return grouped(body, ids, Part(free, "", kind, kind, notes))
    return body


def _between(run: Sequence[Part]) -> str:
    """The names of the first and the last of some parts: `inception4a–4e`."""
    first, last = run[0].name, run[-1].name
    same = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    while same and (first[same - 1].isdigit() or first[same - 1] == "."):
        same -= 1
    return f"{first}–{last[same:]}"


def _one_way(body: Body, parts: Sequence[Part]) -> bool:
    """Whether one tensor enters some parts, and one leaves them."""
    inside = {part.id for part in parts}
    entries = {port for part in parts for port in part.inputs if port[0] not in inside}
    exits = {port for part in body.parts if part.id not in inside for port in part.inputs if port[0] in inside}
    return len(entries) == len(exits) == 1


def _said(parts: Sequence[Part]) -> list[str]:
    """What a stem or a head does, in a few words: its layers, those in a row that are alike counted."""
    found: list[tuple[str, int]] = []
    for part in inlined_scopes(Body(tuple(parts))).parts:
        if part.kind in ("conv", "dense", "pool", "block"):
            label = part.title.partition(",")[0]
            if found and found[-1][0] == label:
                found[-1] = (label, found[-1][1] + 1)
            else:
                found.append((label, 1))
    return [f"{times} × {label}" if times > 1 else label for label, times in found]
