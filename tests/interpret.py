"""A second way to run a network: its graph, node by node, each op by itself.

It knows nothing of classes, names and lines, so that what emission makes of a network can be held against it.
"""

from __future__ import annotations

from typing import Any

import networkx
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from archdsl.emit.text import render
from archdsl.graph.verify import inputs_of
from archdsl.ops import Op
from archdsl.ops.term import Arg, Own, Training


def interpreted(graph: networkx.DiGraph[str], weights: dict[str, Tensor], inputs: dict[str, Tensor]) -> list[Tensor]:
    """What comes out of a graph with numbers for shapes, in evaluation mode."""
    results: dict[str, tuple[Tensor, ...]] = {}
    given = iter(inputs.values())
    for node, data in graph.nodes(data=True):
        tensors = [results[source][i] for source, i in data["inputs"]]
        match data["kind"]:
            case "input":
                results[node] = (next(given),)
            case "output":
                return tensors
            case "parameter" | "buffer":
                results[node] = (weights[node],)
            case _:
                found = applied(data["op"], inputs_of(graph, node), tensors, of_node(weights, node))
                results[node] = tuple(found) if isinstance(found, list | tuple) else (found,)
    raise AssertionError("a graph has an output")


def of_node(weights: dict[str, Tensor], node: str) -> dict[str, Tensor]:
    """The weights of one node; a further use of a shared part has those of the first."""
    scope = node.split("@")[0].rstrip(".")
    prefix = f"{scope}." if scope else ""
    return {name.removeprefix(prefix): tensor for name, tensor in weights.items() if name.startswith(prefix)}


def applied(op: Op, shapes: list[Any], tensors: list[Tensor], weights: dict[str, Tensor]) -> Any:
    names: dict[str, Any] = {"torch": torch, "nn": nn, "F": F}
    if source := op.helper(*shapes):
        exec(source, names)
    made = op.module(*shapes)
    if made is not None:
        module = eval(render(made, {}), names).eval()
        module.load_state_dict({name: weights[name] for name in module.state_dict()})
        return module(*tensors)
    names |= {f"x{i}": tensor for i, tensor in enumerate(tensors)}
    names |= {f"w_{name}": tensor for name, tensor in weights.items() if "." not in name}
    texts: dict[Any, str] = {Arg(i): f"x{i}" for i in range(len(tensors))}
    texts |= {Own(weight.name): f"w_{weight.name}" for weight in op.weights(*shapes)} | {Training(): "False"}
    return eval(render(op.call(*shapes), texts), names)
