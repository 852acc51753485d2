"""A record cut down to named results: what a detection network takes from a backbone, and no more than that needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from archdsl.lower.record import Record, Step, named_parts
from archdsl.report import ArchError, errors
from archdsl.shapes import Shape

Path = tuple[str, ...]


def narrowed(record: Record, names: Sequence[str]) -> Record:
    """The record with the results of the named parts for its outputs, a list, in their order.

    A part is called as in the module: `layer2`, `layer3.0.conv2`. Raises `ArchError` for names that no part has.
    """
    unknown = [name for name in names if not _has(record, tuple(name.split(".")))]
    if unknown:
        known = [".".join(part) for part in named_parts(record)]
        raise ArchError(errors.unknown_part(errors.outside(name), name, known) for name in unknown)
    return replace(_cut(record, (), [tuple(name.split(".")) for name in names]), listed=True)


def _has(record: Record, path: Path) -> bool:
    return any(
        own[: len(path)] == path
        or (isinstance(step.what, Record) and path[: len(own)] == own and _has(step.what, path[len(own) :]))
        for own, step in zip(record.paths, record.steps, strict=True)
    )


def _cut(record: Record, kept: Sequence[int], wanted: Sequence[Path]) -> Record:
    """The record that gives the values `kept`, then the results of the parts `wanted`; what neither needs is gone."""
    shapes = list(record.shapes)
    outputs = list(kept)
    inside: dict[int, list[tuple[Path, int]]] = {}
    for path in wanted:
        i, rest = _owner(record, path)
        if not rest:
            outputs.append(record.steps[i].outputs[-1])
            continue
        inner = record.steps[i].what
        assert isinstance(inner, Record)
        outputs.append(len(shapes))
        inside.setdefault(i, []).append((rest, len(shapes)))
        shapes.append(_shape(inner, rest))
    steps: list[Step] = []
    needed = set(outputs)
    for i in reversed(range(len(record.steps))):
        named = replace(record.steps[i], path=record.paths[i])
        step = _narrow_step(named, needed, inside.get(i, []))
        if step is not None:
            steps.append(step)
            needed.update(step.inputs)
    steps.reverse()
    return replace(
        record,
        shapes=tuple(shapes),
        steps=tuple(steps),
        outputs=tuple(outputs),
        listed=len(outputs) > 1,
    )


def _owner(record: Record, path: Path) -> tuple[int, Path]:
    """The step that gives what a path names, and what is left of the path inside of it; of a scope, its last step."""
    last = 0
    for i, own in enumerate(record.paths):
        if own[: len(path)] == path:
            last = i
        elif path[: len(own)] == own:
            return i, path[len(own) :]
    return last, ()


def _shape(record: Record, path: Path) -> Shape:
    i, rest = _owner(record, path)
    inner = record.steps[i].what
    if rest and isinstance(inner, Record):
        return _shape(inner, rest)
    return record.shapes[record.steps[i].outputs[-1]]


def _narrow_step(step: Step, needed: set[int], extra: list[tuple[Path, int]]) -> Step | None:
    """The step as far as it is needed: not at all, as it is, or a block cut down."""
    used = [i for i, ref in enumerate(step.outputs) if ref in needed]
    if not used and not extra:
        return None
    if not isinstance(step.what, Record) or (len(used) == len(step.outputs) and not extra):
        return step
    inner = _cut(step.what, [step.what.outputs[i] for i in used], [path for path, _ in extra])
    outputs = (*(step.outputs[i] for i in used), *(ref for _, ref in extra))
    return replace(step, what=inner, outputs=outputs)
