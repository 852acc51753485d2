"""What of a body is shown: blocks opened or closed, ops that belong together as one box."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from archdsl.draw.figure import Body, Part, Port
from archdsl.draw.lanes import laned, spread
from archdsl.draw.rewrite import abridged, folded, inlined, rewired

HEADS = {"conv", "dense", "norm"}
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
    """The body with norms and activations in the boxes of the convolutions that they follow."""
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


def _fits(head: Part, part: Part) -> bool:
    """Whether a part goes into the box of the one before it; what changed keeps a box of its own."""
    return _follows(part) and _leads(head) and part.mark == head.mark != "changed"


def _follows(part: Part) -> bool:
    return part.op is not None and part.kind in FOLLOWERS and part.op.name != "softmax"


def _leads(part: Part) -> bool:
    return part.op is not None and part.kind in HEADS
