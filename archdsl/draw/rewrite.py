"""Passes over bodies that change no words: what stands for what, what is inside what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from archdsl.draw.figure import Body, Part, Port, structure, total

LONG = 4
"""The most blocks of one definition in a row that are all drawn."""


def rewired(part: Part, ports: Mapping[Port, Port]) -> Part:
    """The part with what it takes replaced, until nothing more is to be replaced."""
    inputs = []
    for port in part.inputs:
        while port in ports:
            port = ports[port]
        inputs.append(port)
    taken = tuple(inputs)
    return part if taken == part.inputs else replace(part, inputs=taken)


def without_identities(body: Body) -> Body:
    """The body without ops that give what they take, at any depth."""
    ports: dict[Port, Port] = {}
    parts: list[Part] = []
    for part in body.parts:
        if part.op is not None and part.op.name == "identity":
            ports[part.id, 0] = part.inputs[0]
            continue
        inner = without_identities(part.body) if part.body is not None else None
        part = part if inner is part.body else replace(part, body=inner)
        parts.append(rewired(part, ports) if ports else part)
    changed = len(parts) < len(body.parts) or any(a is not b for a, b in zip(parts, body.parts, strict=True))
    return Body(tuple(parts)) if changed else body


def inlined(body: Body, chosen: Callable[[Part], bool]) -> Body:
    """The body with the parts of the chosen blocks in place of them; blocks in those are left as they are."""
    ports: dict[Port, Port] = {}
    parts: list[Part] = []
    for part in body.parts:
        part = rewired(part, ports)
        if part.body is None or not chosen(part):
            parts.append(part)
            continue
        inner = part.body
        ports.update(((own.id, 0), port) for own, port in zip(inner.inputs, part.inputs, strict=True))
        parts += [rewired(own, ports) for own in inner.inner]
        ports.update(((part.id, i), port) for i, port in enumerate(inner.output.inputs))
    return Body(tuple(rewired(part, ports) for part in parts))


def folded(body: Body) -> Body:
    """The body with parts in a row that are equal in structure as the first of them, which counts the others."""
    users = body.users()
    ports: dict[Port, Port] = {}
    firsts: dict[str, Part] = {}
    times: dict[str, int] = {}
    for part in body.parts:
        part = rewired(part, ports)
        before = firsts.get(part.inputs[0][0]) if len(part.inputs) == 1 and part.inputs[0][1] == 0 else None
        if before is not None and len(users[before.id]) == 1 and _repeats(before, part):
            times[before.id] += part.times
            users[before.id] = users[part.id]
            ports[part.id, 0] = (before.id, 0)
        else:
            firsts[part.id], times[part.id] = part, part.times
    counted = ((part, times[name]) for name, part in firsts.items())
    return Body(tuple(part if part.times == count else replace(part, times=count) for part, count in counted))


def abridged(body: Body) -> Body:
    """The body with blocks of one definition in a long row as the first two, how many there are, and the last."""
    users = body.users()
    runs: list[list[Part]] = []
    for part in body.inner:
        last = runs[-1][-1] if runs else part
        same = part.definition is not None and part.definition is last.definition
        if runs and same and part.inputs == ((last.id, 0),) and len(users[last.id]) == 1:
            runs[-1].append(part)
        else:
            runs.append([part])
    for run in runs:
        if len(run) > LONG:
            body = _abridged(body, run)
    return body


def _abridged(body: Body, run: Sequence[Part]) -> Body:
    _, second, third, *_, before, last = run
    count = sum(part.times for part in run)
    left_out = {part.id for part in run[2:-1]}
    more = replace(third, kind="more", title="…", notes=(f"×{count}",), gives=before.gives, body=None, definition=None)
    more = replace(more, inputs=((second.id, 0),), counts=total(run[2:-1]), times=1)
    after = replace(last, inputs=((more.id, 0),))
    swapped = {third.id: more, last.id: after}
    kept = (part for part in body.parts if part.id not in left_out or part.id == third.id)
    return Body(tuple(swapped.get(part.id, part) for part in kept))


def _repeats(before: Part, part: Part) -> bool:
    worth = part.body is not None or part.counts.layers > 0
    return worth and before.title == part.title and structure(before) == structure(part)


def grouped(body: Body, ids: Iterable[str], own: Part) -> Body:
    """The body with some parts, which one port enters and one leaves, inside the part `own`."""
    chosen = set(ids)
    inside = {part.id: part for part in body.parts if part.id in chosen}
    entry = next(port for part in inside.values() for port in part.inputs if port[0] not in inside)
    users = body.users()
    leaving = [part for part in inside.values() if any(user.id not in inside for user in users[part.id])]
    exit_port = (leaving[-1].id, 0)
    source = next(part for part in body.parts if part.id == entry[0])
    shape = source.gives[entry[1]]
    inner_in = Part(f"{own.id}/in", own.name, "input", "in", gives=(shape,))
    taken = {entry: (inner_in.id, 0)}
    gives = leaving[-1].gives
    inner_out = Part(f"{own.id}/out", own.name, "output", "out", (), (exit_port,), gives, gives)
    inner = Body((inner_in, *(rewired(part, taken) for part in inside.values()), inner_out))
    whole = replace(
        own,
        inputs=(entry,),
        takes=(shape,),
        gives=gives,
        counts=total(inside.values()),
        span=own.span or next(iter(inside.values())).span,
        body=inner,
    )
    parts: list[Part] = []
    for part in body.parts:
        if part.id not in inside:
            parts.append(rewired(part, {exit_port: (own.id, 0)}))
        elif whole not in parts:
            parts.append(whole)
    return Body(tuple(parts))
