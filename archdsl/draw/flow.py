"""Where tensors flow between boxes, blocks opened: for writers that leave the layout to others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archdsl.draw.figure import Body, Part, Port


def is_open(part: Part) -> bool:
    """Whether the parts of a block are shown, not the block as a box."""
    return part.body is not None and part.kind == "block"


def flows(body: Body) -> Iterator[tuple[Part, Part]]:
    """Every flow from a box to a box."""
    boxes = {part.id: part for part in body.walk()}
    for part, source in _arrivals(body, {}):
        if source in boxes:
            yield boxes[source], part


def _arrivals(body: Body, outer: Mapping[str, str]) -> Iterator[tuple[Part, str]]:
    """Each box with each part that it takes something from; what an inner input stands for is in `outer`."""
    parts = body.by_id
    for part in body.parts:
        sources = [_giver(port, parts, outer) for port in part.inputs]
        if part.body is not None and is_open(part):
            inner = {own.id: source for own, source in zip(part.body.inputs, sources, strict=True)}
            yield from ((p, s) for p, s in _arrivals(part.body, inner) if p is not part.body.output)
        elif part.id not in outer:
            yield from ((part, source) for source in sources)


def _giver(port: Port, parts: Mapping[str, Part], outer: Mapping[str, str]) -> str:
    """The box that a port belongs to."""
    name, result = port
    if name in outer:
        return outer[name]
    part = parts[name]
    if part.body is not None and is_open(part):
        return _giver(part.body.output.inputs[result], part.body.by_id, {})
    return name
