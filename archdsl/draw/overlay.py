"""Two bodies as one: what is in both once, what is new and what is gone beside it, each with its mark.

A removed part hangs where it hung: it takes what it took, and gives to what it gave to.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from graphlib import TopologicalSorter

from archdsl.draw import words
from archdsl.draw.figure import Body, Mark, Part, Port
from archdsl.draw.rewrite import folded, inlined
from archdsl.draw.view import framed, fused, viewed

DEEP = 100
SIGNS: dict[Mark, str] = {"added": "+ ", "removed": "− ", "changed": "~ "}
BEFORE = "before:"
"""What the ids of removed parts begin with."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """Which part of one network is which of another, by name.

    `old` is the name before of each name after; `gone` and `new` are those on one side only; `changed` has words for
    each part, by its name after, that is not as before.
    """

    old: Mapping[str, str] = field(default_factory=dict)
    gone: Collection[str] = ()
    new: Collection[str] = ()
    changed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def alters(self, before: Part | None, after: Part) -> bool:
        """Whether anything about a part or in it is not as before."""
        new = any(part.id in self.changed or part.id in self.new for part in _within(after))
        return new or (before is not None and any(part.id in self.gone for part in _within(before)))


def _within(part: Part) -> Iterator[Part]:
    yield part
    if part.body is not None:
        yield from part.body.walk()


def overlaid(before: Body, after: Body, meeting: Meeting, *, closed: bool) -> Body:
    """One body for two; blocks are opened where they differ, unless all are to stay `closed`."""
    if closed:
        body = _Overlay(before, after, meeting).body()
        return folded(Body(tuple(replace(part, body=None) for part in body.parts)))
    same = {name: old for name, old in meeting.old.items() if name not in meeting.changed}
    one = _opened(before, meeting.gone, set(same.values()))
    return folded(fused(_Overlay(one, _opened(after, meeting.new, same), meeting).body()))


def _opened(body: Body, alone: Collection[str], same: Collection[str]) -> Body:
    """The body with blocks replaced by what is in them, but for those that are the same or that are alone."""
    parts: list[Part] = []
    flat: set[str] = set()
    for part in body.parts:
        if part.body is None:
            parts.append(part)
        elif part.id in alone:
            parts.append(replace(part, body=viewed(part.body, DEEP)))
            flat |= set() if framed(parts[-1]) else {part.id}
        elif part.id in same:
            parts.append(part)
        else:
            parts.append(replace(part, body=_opened(part.body, alone, same)))
            flat.add(part.id)
    return inlined(Body(tuple(parts)), lambda part: part.id in flat)


class _Overlay:
    """The parts of two bodies, and which of one is which of the other."""

    def __init__(self, before: Body, after: Body, meeting: Meeting) -> None:
        self._before, self._after, self._meeting = before, after, meeting
        self._old = dict(self._pairs())
        met = {old.id: new for new, old in self._old.items()}
        self._ids = {part.id: met.get(part.id, BEFORE + part.id) for part in before.parts}

    def _pairs(self) -> Iterator[tuple[str, Part]]:
        """Parts after, by id, with those that they were."""
        known, meeting = self._before.by_id, self._meeting
        yield from ((b.id, a) for a, b in zip(self._before.inputs, self._after.inputs, strict=False))
        yield self._after.output.id, self._before.output
        for part in self._after.inner:
            old = known.get(meeting.old.get(part.id, part.id))
            if old is not None and part.id not in meeting.new and old.id not in meeting.gone:
                yield part.id, old

    def body(self) -> Body:
        parts = {part.id: part for part in map(self._kept, self._after.parts)}
        gone = [part for part in self._before.parts if self._ids[part.id].startswith(BEFORE)]
        parts |= {part.id: part for part in map(self._removed, gone)}
        for after in self._after.parts:
            if after.id in self._old:
                for port in self._old[after.id].inputs:
                    _joined(parts, self._port(port), after.id)
        used = {source for part in parts.values() for source, _ in part.inputs}
        for name in [name for name in parts if name.startswith(BEFORE) and name not in used]:
            _joined(parts, (name, 0), self._after.output.id)
        return _ordered(parts, self._after.output)

    def _port(self, port: Port) -> Port:
        return self._ids[port[0]], port[1]

    def _kept(self, part: Part) -> Part:
        if part.kind in ("input", "output"):
            return replace(part, mark="same" if part.id in self._old else "added")
        if part.id not in self._old:
            return _marked(part, "added")
        old = self._old[part.id]
        if not self._meeting.alters(old, part):
            return replace(part, mark="same", body=None, notes=(*part.notes, *_units(part)))
        said = self._meeting.changed.get(part.id, ())
        notes = (*(() if part.op and said else part.notes), *said, *_became(old, part))
        return _marked(replace(part, body=None, notes=notes), "changed")

    def _removed(self, part: Part) -> Part:
        inputs = tuple(map(self._port, part.inputs))
        own = replace(part, id=BEFORE + part.id, inputs=inputs)
        return _marked(own if own.body is None else replace(own, body=_renamed(own.body)), "removed")


def _units(part: Part) -> list[str]:
    return [f"×{part.units}"] if part.units > 1 else []


def _became(old: Part, part: Part) -> Iterator[str]:
    """How many blocks and parameters a closed block had, and has."""
    if old.units != part.units:
        yield f"×{old.units} → ×{part.units}"
    else:
        yield from _units(part)
    if part.body is not None and old.counts.params != part.counts.params:
        yield " → ".join(words.amount(of.counts.params) for of in (old, part)) + " parameters"


def _marked(part: Part, mark: Mark) -> Part:
    """A part with its mark and the sign of that; all that is in it has the mark."""
    return _deep(replace(part, title=SIGNS[mark] + part.title), mark)


def _deep(part: Part, mark: Mark) -> Part:
    body = None if part.body is None else Body(tuple(_deep(inner, mark) for inner in part.body.parts))
    return replace(part, mark=mark, body=body)


def _renamed(body: Body) -> Body:
    """A body that is gone, under ids of its own."""
    return Body(
        tuple(
            replace(
                part,
                id=BEFORE + part.id,
                inputs=tuple((BEFORE + source, i) for source, i in part.inputs),
                body=None if part.body is None else _renamed(part.body),
            )
            for part in body.parts
        )
    )


def _joined(parts: dict[str, Part], port: Port, target: str) -> None:
    """Lets a part take what a removed one gave it, unless that one comes behind it now."""
    if port[0].startswith(BEFORE) and target not in _ancestors(parts, port[0]):
        parts[target] = replace(parts[target], inputs=(*parts[target].inputs, port))


def _ancestors(parts: Mapping[str, Part], name: str) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        sources = {source for source, _ in parts[waiting.pop()].inputs} - found
        found |= sources
        waiting += sorted(sources)
    return found


def _ordered(parts: Mapping[str, Part], output: Part) -> Body:
    order = TopologicalSorter({name: [source for source, _ in part.inputs] for name, part in parts.items()})
    run = [parts[name] for name in order.static_order() if name != output.id]
    return Body((*sorted(run, key=lambda part: part.kind != "input"), parts[output.id]))
