"""What of a body is shown: blocks opened or closed, ops that belong together as one box."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from archdsl.draw.figure import Body, Part, Port
from archdsl.draw.lanes import laned, spread
from archdsl.draw.rewrite import abridged, folded, inlined, rewired
from archdsl.lower.record import Counts
from archdsl.ops import Op

CONVOLUTIONS = {"conv", "dense"}
HEADS = {*CONVOLUTIONS, "norm"}
FOLLOWERS = {"norm", "activation", "regularisation"}
SMALL = 2


def viewed(body: Body, depth: int) -> Body:
    """A body as a reader wants it: blocks open down to `depth`, convolutions with their norms and activations."""
    return _spread(_viewed(body, depth))


def _spread(body: Body) -> Body:
    return spread(body, _spread)


def _viewed(body: Body, depth: int) -> Body:
    body = _opened(body, lambda inner: _viewed(inner, depth - 1), depth)
    return abridged(folded(laned(fused(body))))


def every_op(body: Body, depth: int) -> Body:
    """A body with a box for each op of its blocks, which are open down to `depth`."""
    return folded(_opened(body, lambda inner: every_op(inner, depth - 1), depth))


def _opened(body: Body, view: Callable[[Body], Body], depth: int) -> Body:
    parts = []
    for part in body.parts:
        if part.body is not None:
            inner = view(part.body)
            closed = depth <= 0 and not (inner.is_chain() and len(inner.inner) <= SMALL)
            part = replace(part, body=None if closed else inner)
        parts.append(part)
    return inlined(Body(tuple(parts)), lambda part: not framed(part))


def framed(part: Part) -> bool:
    """Whether a block stands in a frame of its own: it branches, and is not taken apart by several ways in or out."""
    body = part.body
    return body is not None and not body.is_chain() and len(part.inputs) == 1 and len(part.gives) == 1


def fused(body: Body) -> Body:
    """The body with norms and activations in the boxes of their convolutions.

    That is the one that they follow; where each stands before a convolution (pre-activation), it is that one.
    """
    return _followed(_preceded(body))


def _followed(body: Body) -> Body:
    users = body.users()
    ports: dict[Port, Port] = {}
    parts: dict[str, Part] = {}
    for part in body.parts:
        part = rewired(part, ports)
        head = parts.get(part.inputs[0][0]) if len(part.inputs) == 1 else None
        if head is None or not _fits(head, part) or len(users[head.id]) > 1:
            parts[part.id] = part
            continue
        assert part.op is not None
        counts = head.counts + part.counts
        parts[head.id] = replace(head, then=(*head.then, part.op, *part.then), gives=part.gives, counts=counts)
        users[head.id] = users[part.id]
        ports[part.id, 0] = (head.id, 0)
    return Body(tuple(parts.values()))


def _preceded(body: Body) -> Body:
    """The body with norms and activations in the boxes of the convolutions that they come before, in such runs."""
    known = body.by_id
    joined: dict[str, Part] = {}
    gone: set[str] = set()
    for run in _runs(body):
        groups = list(_up_to_convolutions(run))
        if _is_activated_first(groups, known[run[0].inputs[0][0]]):
            gone |= {part.id for *before, _ in groups for part in before}
            joined |= {group[-1].id: _joined(group) for group in groups}
    return Body(tuple(joined.get(part.id, part) for part in body.parts if part.id not in gone)) if joined else body


def _runs(body: Body) -> Iterator[list[Part]]:
    """Convolutions, norms and activations one after the other, as far as nothing else takes what is between them."""
    users = body.users()
    runs: dict[str, list[Part]] = {}
    for part in body.parts:
        if part.op is None or len(part.inputs) != 1 or not (_leads(part) or _follows(part)):
            continue
        source = part.inputs[0][0]
        goes_on = source in runs and len(users[source]) == 1 and runs[source][-1].mark == part.mark != "changed"
        run = runs.pop(source) if goes_on else []
        runs[part.id] = [*run, part]
    yield from runs.values()


def _up_to_convolutions(run: Sequence[Part]) -> Iterator[list[Part]]:
    """The parts of a run, each convolution the last of a group, and what is left over behind the last one."""
    group: list[Part] = []
    for part in run:
        group.append(part)
        if part.kind in CONVOLUTIONS:
            yield group
            group = []
    if group:
        yield group


def _is_activated_first(groups: list[list[Part]], source: Part) -> bool:
    """Whether each convolution has a norm and an activation before it; the first one may share them with others."""
    *_, last = groups
    if last[-1].kind == "regularisation":
        groups.pop()
    if not groups or any(group[-1].kind not in CONVOLUTIONS or _is_followed(group[-1].then) for group in groups):
        return False
    shared = len(groups) > 1 and len(groups[0]) == 1 and _families(_ops(source))[-1:] == ["activation"]
    return all(_families(_before(group)) == ["norm", "activation"] for group in groups[shared:])


def _joined(group: Sequence[Part]) -> Part:
    """A convolution with what comes before it."""
    start, own = group[0], group[-1]
    counts = sum((part.counts for part in group), Counts())
    return replace(own, first=tuple(_before(group)), inputs=start.inputs, takes=start.takes, counts=counts)


def _ops(part: Part) -> Sequence[Op]:
    return () if part.op is None else (*part.first, part.op, *part.then)


def _before(group: Sequence[Part]) -> Sequence[Op]:
    return [*(op for part in group[:-1] for op in _ops(part)), *group[-1].first]


def _families(ops: Sequence[Op]) -> list[str]:
    return [op.family for op in ops if op.family != "regularisation"]


def _is_followed(ops: Sequence[Op]) -> bool:
    return "norm" in _families(ops) or "activation" in _families(ops)


def _fits(head: Part, part: Part) -> bool:
    """Whether a part goes into the box of the one before it; what changed keeps a box of its own."""
    return _follows(part) and _leads(head) and part.mark == head.mark != "changed"


def _follows(part: Part) -> bool:
    return part.op is not None and part.kind in FOLLOWERS and part.op.name != "softmax"


def _leads(part: Part) -> bool:
    return part.op is not None and part.kind in HEADS
