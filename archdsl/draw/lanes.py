"""Parts that work on several things side by side, drawn side by side.

An axis that `rearrange` or `stack` opens, and `reduce` closes behind a product, is a set of lanes: the radix of split
attention, the branches of selective kernels. The groups of a convolution are lanes too, as in ResNeXt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from archdsl.draw import words
from archdsl.draw.figure import Body, Part, Port
from archdsl.lower.record import Counts
from archdsl.ops import Op
from archdsl.ops.activation import Softmax
from archdsl.ops.arithmetic import Add, Multiply
from archdsl.ops.conv import Conv
from archdsl.ops.merge import Concat, Stack
from archdsl.ops.pattern import Rearrange, Reduce, parse
from archdsl.shapes import Shape

MOST = 4
"""The most lanes that are drawn one by one; of more, the first two and the last."""


@dataclass(frozen=True, slots=True)
class _Lanes:
    """Where the lanes of a tensor come from: their ports, the parts to add for them, and those that go away."""

    ports: tuple[Port, ...]
    new: tuple[Part, ...] = ()
    gone: tuple[str, ...] = ()
    opens: bool = True


# --- an axis as lanes ----------------------------------------------------------------------------------------


def laned(body: Body) -> Body:
    """The body with every axis that is opened, gated and closed as lanes."""
    while True:
        found = next((new for part in body.parts if (new := _without_axis(body, part)) is not None), None)
        if found is None:
            return body
        body = found


def _without_axis(body: Body, closer: Part) -> Body | None:
    axis = _closed_axis(closer)
    product = body.by_id[closer.inputs[0][0]] if axis is not None else None
    if axis is None or product is None or not _is_product(product) or len(body.users()[product.id]) != 1:
        return None
    count = product.gives[0][axis]
    if not isinstance(count, int) or count < 2:
        return None
    sides = [_lanes(body, port, product, axis, count) for port in product.inputs]
    opened = [i for i, side in enumerate(sides) if side is not None and side.opens]
    if None in sides or len(opened) != 1:
        return None
    return _rebuilt(body, closer, product, [side for side in sides if side is not None], axis)


def _closed_axis(part: Part) -> int | None:
    """The one axis that a part sums away."""
    if not isinstance(part.op, Reduce) or part.op.reduction != "sum":
        return None
    pattern = parse(part.op.pattern)
    if len(pattern.lost) != 1 or any(len(group) != 1 for group in pattern.left):
        return None
    axis = pattern.read.index(pattern.lost[0])
    return axis if pattern.right == (*pattern.left[:axis], *pattern.left[axis + 1 :]) else None


def _is_product(part: Part) -> bool:
    return isinstance(part.op, Multiply) and len(part.inputs) == 2 and part.op.left is None and part.op.right is None


def _lanes(body: Body, port: Port, product: Part, axis: int, count: int) -> _Lanes | None:
    """The lanes of what goes into a product; None where something else needs the axis."""
    parts, users = body.by_id, body.users()
    part = parts[port[0]]
    others = [user for user in users[part.id] if user is not product]
    if isinstance(part.op, Stack) and part.op.axis == axis:
        closed = all(_closed_axis(user) == axis for user in others)
        return _Lanes(part.inputs, gone=(part.id,)) if closed else None
    if not _opens(part, axis):
        return _Lanes(((part.id, 0),), gone=_absorbed(body, part), opens=False)
    if not all(_closed_axis(user) == axis for user in others):
        return None
    feed = parts[part.inputs[0][0]]
    if isinstance(feed.op, Conv) and feed.op.groups % count == 0 and len(users[feed.id]) == 1:
        copies = tuple(_copies(feed, count, "split"))
        return _Lanes(tuple((copy.id, 0) for copy in copies), copies, (feed.id, part.id))
    return None


def _opens(part: Part, axis: int) -> bool:
    """Whether a part takes an axis apart so that its outer factor becomes this axis."""
    if not isinstance(part.op, Rearrange):
        return False
    pattern = parse(part.op.pattern)
    if axis >= len(pattern.right) or len(pattern.right[axis]) != 1:
        return False
    name = pattern.right[axis][0]
    return any(len(group) > 1 and group[0] == name for group in pattern.left)


def _absorbed(body: Body, part: Part) -> tuple[str, ...]:
    """What only opens the axis for an activation along it goes without saying."""
    before = body.by_id[part.inputs[0][0]] if part.inputs else part
    alone = isinstance(before.op, Rearrange) and len(body.users()[before.id]) == 1
    return (before.id,) if part.kind == "activation" and alone else ()


def _rebuilt(body: Body, closer: Part, product: Part, sides: Sequence[_Lanes], axis: int) -> Body:
    opened = next(side for side in sides if side.opens)
    gone = {part for side in sides for part in side.gone} | {product.id}
    last = opened.gone[-1]
    parts: list[Part] = []
    for part in body.parts:
        if part.id in gone:
            if opened.new and part.id == opened.gone[0]:
                parts += opened.new
            if part is product:
                parts += _products(product, sides, axis)
            continue
        if part is closer:
            inputs = tuple((f"{product.id}[{i}]", 0) for i in range(len(opened.ports)))
            parts.append(_sum(part, inputs))
        elif any(source == last for source, _ in part.inputs):
            parts.append(_sum(part, opened.ports))
        else:
            part = _around(part, gone, body)
            joint = any(part.id == side.ports[0][0] for side in sides if not side.opens)
            over = (f"over {len(opened.ports)} {'splits' if opened.new else 'branches'}",)
            parts.append(replace(part, notes=over) if joint and isinstance(part.op, Softmax) else part)
    return Body(tuple(parts))


def _products(product: Part, sides: Sequence[_Lanes], axis: int) -> Iterator[Part]:
    shape = product.gives[0]
    lane = Shape((*shape[:axis], *shape[axis + 1 :]))
    most = max(len(side.ports) for side in sides)
    ports = [side.ports * (most if len(side.ports) == 1 else 1) for side in sides]
    for i, inputs in enumerate(zip(*ports, strict=True)):
        yield replace(product, id=f"{product.id}[{i}]", title="×", inputs=inputs, takes=(lane, lane), gives=(lane,))


def _sum(part: Part, inputs: tuple[Port, ...]) -> Part:
    return replace(part, kind="merge", title="+", op=Add(), inputs=inputs, takes=part.gives * len(inputs))


def _around(part: Part, gone: set[str], body: Body) -> Part:
    """The part, with what goes away left out between it and what it takes."""
    by_id = body.by_id
    inputs = tuple(by_id[source].inputs[0] if source in gone else (source, i) for source, i in part.inputs)
    return replace(part, inputs=inputs)


# --- groups as lanes -----------------------------------------------------------------------------------------


def spread(body: Body, inside: Callable[[Body], Body]) -> Body:
    """The body with the groups of a convolution as lanes, where it has no other such convolution beside it.

    `inside` says what becomes of the bodies of blocks that hold such a convolution.
    """
    wide = [part.id for part in body.parts if _grouped(part) or _holds_grouped(part)]
    if not wide:
        return body
    before = _ancestors(body)
    alone = {p for p in wide if all(p == q or p in before[q] or q in before[p] for q in wide)}
    parts: list[Part] = []
    for part in body.parts:
        if part.id not in alone:
            parts.append(part)
        elif part.body is not None:
            parts.append(replace(part, body=inside(part.body)))
        else:
            parts += _in_groups(part)
    return Body(tuple(parts))


def _in_groups(part: Part) -> Iterator[Part]:
    copies = list(_copies(part, _groups(part.op), "group"))
    yield from copies
    inputs, takes = tuple((copy.id, 0) for copy in copies), tuple(copy.gives[0] for copy in copies)
    joined = replace(part, kind="merge", title="concat", op=Concat(), first=(), then=(), notes=(), inputs=inputs)
    yield replace(joined, counts=Counts(), takes=takes)


def _holds_grouped(part: Part) -> bool:
    return part.body is not None and any(_grouped(inner) for inner in part.body.walk())


def _grouped(part: Part) -> bool:
    lane = part.id.endswith("]")
    return isinstance(part.op, Conv) and not lane and part.op.groups > 1 and part.op.groups != part.takes[0].channels


def _groups(op: Op | None) -> int:
    assert isinstance(op, Conv)
    return op.groups


def _ancestors(body: Body) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for part in body.parts:
        found[part.id] = {s for source, _ in part.inputs for s in (source, *found[source])}
    return found


def _shown(count: int) -> list[int | None]:
    """The lanes that are drawn, by number; None for those that are left out."""
    return [*range(count)] if count <= MOST else [0, 1, None, count - 1]


def _copies(part: Part, count: int, what: str) -> Iterator[Part]:
    """A grouped convolution as one for each lane."""
    assert isinstance(part.op, Conv)
    op = replace(part.op, channels=part.op.channels // count, groups=part.op.groups // count)
    takes, gives = (tuple(_divided(shape, count) for shape in shapes) for shapes in (part.takes, part.gives))
    counts = replace(part.counts, params=part.counts.params // count, macs=part.counts.macs // count)
    for place, i in enumerate(_shown(count)):
        own = replace(part, id=f"{part.id}[{place}]", op=op, takes=takes, gives=gives, counts=counts)
        if i is None:
            yield replace(own, kind="more", title="…", notes=(f"×{count}",), first=(), then=())
        else:
            notes = (*words.notes(op, takes), f"{what} {i + 1} of {count}")
            yield replace(own, title=words.title(op), notes=notes)


def _divided(shape: Shape, count: int) -> Shape:
    return shape.with_channels(shape.channels // count)
