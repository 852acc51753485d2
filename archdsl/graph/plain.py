"""A graph as JSON, for tools of any language."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import networkx

from archdsl.lower.values import spell
from archdsl.ops import Op
from archdsl.shapes import Shape


def json_text(name: str, graph: networkx.DiGraph[str]) -> str:
    """The nodes of a graph in an order in which they can run, each on a line.

    `inputs` are pairs of a node and which of its results; a size that depends on the input is a string.
    """
    nodes = ",\n".join(json.dumps(_node(node, data), ensure_ascii=False) for node, data in graph.nodes(data=True))
    return f'{{"network": {json.dumps(name)}, "nodes": [\n{nodes}\n]}}\n'


def _node(name: str, data: dict[str, Any]) -> dict[str, Any]:
    counts = data["counts"]
    return {
        "name": name,
        "kind": data["kind"],
        "attributes": {} if data["op"] is None else _attributes(data["op"]),
        "inputs": [list(port) for port in data["inputs"]],
        "shapes": [_sizes(shape) for shape in data["shapes"]],
        "scopes": [{"name": scope.name, "block": scope.block} for scope in data["scopes"]],
        "params": counts.params,
        "macs": _size(counts.macs),
    }


def _attributes(op: Op) -> dict[str, Any]:
    """The parameters of an op; what JSON has no word for, such as an initialisation, is spelled as in a spec."""
    return {field.name: _value(getattr(op, field.name)) for field in fields(op)}


def _value(value: Any) -> Any:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case tuple():
            return [_value(item) for item in value]
    return spell(value)


def _sizes(shape: Shape) -> list[int | str]:
    return [_size(size) for size in shape]


def _size(size: Any) -> int | str:
    return size if isinstance(size, int) else str(size)
