"""What holds of every graph, and a text of it with a line for each node."""

from __future__ import annotations

import networkx

from archdsl.ops import Op
from archdsl.shapes import Shape


def verify(graph: networkx.DiGraph[str]) -> None:
    """Raises `AssertionError` where a graph is not what `build` promises: a bug, never a user's mistake."""
    assert networkx.is_directed_acyclic_graph(graph)
    for node, data in graph.nodes(data=True):
        assert {source for source, _ in data["inputs"]} == set(graph.predecessors(node)), node
        for source, result in data["inputs"]:
            assert 0 <= result < len(graph.nodes[source]["shapes"]), (node, source, result)
        if data["kind"] == "input":
            assert not data["inputs"] and len(data["shapes"]) == 1, node
        if data["op"] is not None:
            _verify_op(node, data["op"], inputs_of(graph, node), data["shapes"])
    order = {node: i for i, node in enumerate(graph)}
    assert all(order[a] < order[b] for a, b in graph.edges), "nodes stand in an order in which they can run"
    assert sum(data["kind"] == "output" for _, data in graph.nodes(data=True)) == 1


def _verify_op(node: str, op: Op, inputs: list[Shape], shapes: tuple[Shape, ...]) -> None:
    given = op.shape(*inputs)
    assert shapes == ((given,) if isinstance(given, Shape) else tuple(given)), node
    fewest, most = op.arity
    assert fewest <= len(inputs) and (most is None or len(inputs) <= most), node


def inputs_of(graph: networkx.DiGraph[str], node: str) -> list[Shape]:
    """The shapes that come into a node, in order."""
    return [graph.nodes[source]["shapes"][result] for source, result in graph.nodes[node]["inputs"]]


def dump(graph: networkx.DiGraph[str]) -> str:
    """A line for each node: its name, what it does to what, and what goes out."""
    lines = []
    for node, data in graph.nodes(data=True):
        sources = ", ".join(source if result == 0 else f"{source}#{result}" for source, result in data["inputs"])
        does = data["op"].label() if data["op"] is not None else data["kind"]
        lines.append(f"{node}: {does}({sources}) -> {', '.join(map(str, data['shapes']))}")
    return "\n".join(lines)
