"""The content of a picture: a network, a stage, a block, or every op."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from archdsl.draw import words
from archdsl.draw.figure import Body, Figure, Level, Part, structure
from archdsl.draw.read import read
from archdsl.draw.rewrite import without_identities
from archdsl.draw.sections import is_unit, sectioned
from archdsl.draw.view import every_op, viewed
from archdsl.lower.record import Record
from archdsl.report import ArchError, errors

DEEP = 100


def figure(record: Record, name: str, level: Level, at: str | None, depth: int | None) -> Figure:
    """What to show of a network: all of it, or the part `at`, by its name in the module."""
    whole = without_identities(read(record))
    part = _chosen(whole, level, at)
    body, title = (whole, name) if part is None else (_own(part), f"{name} · {part.name or part.title}")
    counts = record.counts if part is None else part.counts
    return Figure(level, title, _subtitle(part, record), _shown(body, level, depth, part is None), counts)


def has_towers(figure: Figure) -> bool:
    """Whether a figure is one of stages, whose parts stand in a row."""
    return figure.level == "network" and any(part.kind == "stage" for part in figure.body.parts)


def _shown(body: Body, level: Level, depth: int | None, whole: bool) -> Body:
    match level:
        case "network" if whole:
            sections = sectioned(body)
            return sections if depth is None and _has_stages(sections) else viewed(sections, depth or 0)
        case "network":
            return viewed(body, depth or 0)
        case "op":
            return every_op(body, DEEP if depth is None else depth)
        case _:
            return viewed(body, DEEP if depth is None else depth)


def _has_stages(body: Body) -> bool:
    return any(part.kind == "stage" for part in body.parts)


def _subtitle(part: Part | None, record: Record) -> str:
    counts = record.counts if part is None else part.counts
    said = [part.title] if part is not None and part.definition is not None else []
    said.append(f"{words.amount(counts.params)} parameters")
    if isinstance(counts.macs, int):
        said.append(f"{words.amount(counts.macs)} MACs")
    return " · ".join(said)


def _own(part: Part) -> Body:
    """The body of a part; of an op, the op itself between what comes in and what goes out."""
    if part.body is not None:
        return titled(part.body)
    inputs = tuple(Part(f"{part.id}/in{i}", "", "input", "in", gives=(shape,)) for i, shape in enumerate(part.takes))
    ports = tuple((own.id, 0) for own in inputs)
    gives = tuple((part.id, i) for i in range(len(part.gives)))
    out = Part(f"{part.id}/out", "", "output", "out", (), gives, part.gives, part.gives)
    return Body((*inputs, replace(part, inputs=ports), out))


def titled(body: Body) -> Body:
    """The body with short words for what comes in and goes out."""
    short = {"input": "in", "output": "out"}
    return Body(tuple(replace(p, title=short.get(p.kind, p.title)) for p in body.parts))


def _chosen(body: Body, level: Level, at: str | None) -> Part | None:
    """The part that is asked for; without a name, the one that shows most of a stage or of a block."""
    if at is not None:
        return part_at(body, at)
    if level == "stage":
        stages = [part for part in sectioned(body).parts if part.kind == "stage"]
        return max(stages, key=lambda part: (part.units > 1, -part.units), default=None)
    if level == "block":
        return _typical(body)
    return None


def part_at(body: Body, at: str) -> Part:
    """The part of a network, or the section, that has this name."""
    known = {part.id: part for part in [*sectioned(body).walk(), *body.walk()]}
    if at not in known:
        names = [name for name, part in known.items() if part.kind not in ("input", "output")]
        raise ArchError([errors.unknown_part(errors.outside(at), at, names)])
    return known[at]


def _typical(body: Body) -> Part | None:
    """The block that most others are equal to, among those that stages are made of."""
    found = [part for part in sectioned(body).walk() if part.definition is not None and is_unit(part)]
    inner = {part.id for block in found if block.body is not None for part in block.body.parts}
    outer = [part for part in found if part.id not in inner]
    if not outer:
        return None
    keys = [structure(part) for part in outer]
    counts = Counter(keys)
    best = max(counts.values())
    return next(part for part, key in zip(outer, keys, strict=True) if counts[key] == best)
