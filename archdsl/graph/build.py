"""Records become a graph.

A node is an op, called by its name in the module; inputs of the network and declared tensors are nodes too. A node
has these attributes:

- `op`: the op, None for an input of the network; `kind`: its name, or `input`, `parameter`, `buffer`, `output`;
- `inputs`: for each tensor that comes in, in order, the node that gives it and which of its results it is;
- `shapes`: what goes out;
- `scope`: the blocks that it stands in, from outside in, each with its name in the module;
- `counts`: what it costs; `span`: where it is written.

A `DiGraph` holds one edge between two nodes however often a tensor goes from one to the other, which is why order
and number of inputs stand on the node.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import networkx

from archdsl.lower.record import Counts, Given, Record, Step

Port = tuple[str, int]
"""A node and which of its results."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A block that nodes stand in: its name in the module, the block's own name, and its arguments."""

    name: str
    block: str
    arguments: Mapping[str, Any]


def build(record: Record) -> networkx.DiGraph[str]:
    """The graph of a network's record."""
    graph: networkx.DiGraph[str] = networkx.DiGraph(name=record.definition.name)
    ports: dict[int, Port] = {}
    parts = set(_names(record, ""))
    for ref, name in enumerate(record.input_names):
        node = _free(parts, name)
        _add(graph, node, kind="input", shapes=(record.shapes[ref],), span=record.definition.span)
        ports[ref] = (node, 0)
    outputs = _body(graph, record, ports, "", ())
    shapes = tuple(record.shapes[ref] for ref in record.outputs)
    _add(graph, _free(graph, "out"), kind="output", inputs=outputs, shapes=shapes, span=record.definition.span)
    return graph


def _body(
    graph: networkx.DiGraph[str],
    record: Record,
    ports: dict[int, Port],
    scope: str,
    scopes: tuple[Scope, ...],
) -> tuple[Port, ...]:
    """Adds the nodes of a body whose inputs come from `ports`; gives where its outputs come from."""
    for path, step in zip(record.paths, record.steps, strict=True):
        name = scope + ".".join(path)
        inputs = tuple(ports[ref] for ref in step.inputs)
        if isinstance(step.what, Record):
            inner = Scope(name, step.what.definition.name, step.what.arguments)
            results = _body(graph, step.what, dict(enumerate(inputs)), f"{name}.", (*scopes, inner))
        else:
            results = _node(graph, record, step, name, inputs, scopes)
        ports.update(zip(step.outputs, results, strict=True))
    return tuple(ports[ref] for ref in record.outputs)


def _node(
    graph: networkx.DiGraph[str],
    record: Record,
    step: Step,
    name: str,
    inputs: tuple[Port, ...],
    scopes: tuple[Scope, ...],
) -> tuple[Port, ...]:
    assert not isinstance(step.what, Record)
    node = _free(graph, name)
    _add(
        graph,
        node,
        kind=step.what.name,
        op=None if isinstance(step.what, Given) else step.what,
        inputs=inputs,
        shapes=tuple(record.shapes[ref] for ref in step.outputs),
        scopes=scopes,
        counts=step.counts,
        span=step.span,
    )
    return tuple((node, i) for i in range(len(step.outputs)))


def _names(record: Record, scope: str) -> Iterator[str]:
    """Every op and declared tensor by its name in the module."""
    for path, step in zip(record.paths, record.steps, strict=True):
        name = scope + ".".join(path)
        if isinstance(step.what, Record):
            yield from _names(step.what, f"{name}.")
        else:
            yield name


def _free(taken: Container[str], name: str) -> str:
    """The name itself, or with a number behind `@` where a part has it: an input, a shared part that is used again."""
    count, node = 1, name
    while node in taken:
        count += 1
        node = f"{name}@{count}"
    return node


def _add(
    graph: networkx.DiGraph[str], node: str, *, kind: str, inputs: tuple[Port, ...] = (), **attributes: Any
) -> None:
    usual: dict[str, Any] = {"op": None, "scopes": (), "counts": Counts()}
    graph.add_node(node, kind=kind, inputs=inputs, **(usual | attributes))
    for source, _ in inputs:
        graph.add_edge(source, node)
