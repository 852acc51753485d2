"""The ONNX form: the live module, exported with every size open that the spec leaves open."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from itertools import chain, count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archdsl.lower.interface import Interface
from archdsl.lower.record import Record
from archdsl.lower.values import Tensor as Bound
from archdsl.ops.dense import Embedding
from archdsl.report import ArchError, errors
from archdsl.sizes import Dim, Symbol, at

if TYPE_CHECKING:
    import onnx_ir
    from torch import Tensor, nn
    from torch.onnx import ONNXProgram

OPSET = 20
"""The version of ONNX's operators that a file is written in."""


@dataclass(frozen=True)
class Title:
    """What a file says of itself, and what it calls its outputs, where they have names."""

    name: str
    doc: str
    outputs: Sequence[str] | None


def write(path: Path, model: nn.Module, interface: Interface, record: Record, title: Title) -> None:
    """The module as an ONNX file, in evaluation mode; weights of more than 1.5 GB go to a file beside it."""
    if not all(find_spec(package) for package in ("onnx", "onnxscript")):
        span = errors.outside("--to onnx")
        raise ArchError([errors.not_installed(span, "onnxscript", "pip install 'archdsl[onnx]'")])
    program = _exported(model.eval(), interface, record)
    _describe(program.model, title)
    _name(program.model, list(interface.inputs), title.outputs or _outputs(record))
    program.save(path)


# --- the sizes of inputs ------------------------------------------------------------------------------------


def _exported(model: nn.Module, interface: Interface, record: Record) -> ONNXProgram:
    """The exported module; `record` is what it computes.

    Sizes are traced as if none were 1, so that a map of one position at the traced size is not taken for a constant.
    """
    import torch
    from torch.fx.experimental import _config

    from archdsl.emit.onnx_rules import TRANSLATIONS, ruled

    axes = [_open(shape, interface.symbols) for shape in interface.inputs.values()]
    traced = tuple(dict.fromkeys(names, torch.export.Dim.DYNAMIC) for names in axes)
    with warnings.catch_warnings(), _config.patch(backed_size_oblivious=True):  # type: ignore[attr-defined]
        warnings.simplefilter("ignore", FutureWarning)  # torch's own, about its own code
        inputs = tuple(_examples(interface, _indices(record)))
        program = torch.export.export(model, inputs, dynamic_shapes=traced)
        exported = torch.onnx.export(
            ruled(program),
            dynamic_shapes=tuple(axes),
            opset_version=OPSET,
            custom_translation_table=TRANSLATIONS,
            verbose=False,
        )
    assert exported is not None
    return exported


def _open(shape: Sequence[Dim], symbols: Mapping[str, Symbol]) -> dict[int, str]:
    """The axes of a shape that may be of more than one size, by their symbols."""
    named = ((axis, symbols.get(str(dim))) for axis, dim in enumerate(shape))
    return {axis: symbol.name for axis, symbol in named if symbol and len(list(islice(symbol.allowed(1), 2))) > 1}


def _examples(interface: Interface, indices: set[int]) -> Iterator[Tensor]:
    """Inputs of allowed sizes, not of 1 where there are others."""
    import torch

    sizes = {name: _size(symbol) for name, symbol in interface.symbols.items()}
    for i, shape in enumerate(interface.inputs.values()):
        yield torch.zeros([at(dim, sizes) for dim in shape], dtype=torch.long if i in indices else None)


def _size(symbol: Symbol) -> int:
    return next(symbol.allowed(max(2, symbol.default or 2)), 1)


def _indices(record: Record, asked: Sequence[int] = ()) -> set[int]:
    """Which inputs hold indices: those that reach an embedding, or a value asked for by its number."""
    found = set(asked)
    for step in reversed(record.steps):
        inside = [i for i, ref in enumerate(step.outputs) if ref in found]
        match step.what:
            case Embedding():
                found.update(step.inputs)
            case Record() as block:
                needed = _indices(block, [block.outputs[i] for i in inside])
                found.update(step.inputs[i] for i in needed)
            case _ if inside:
                found.update(step.inputs)
    return {i for i in range(len(record.input_names)) if i in found}


# --- what the file says -------------------------------------------------------------------------------------


def _describe(model: onnx_ir.Model, title: Title) -> None:
    """Says what the model is; where each op comes from in torch's code goes, as it tells of one machine's folders."""
    model.producer_name, model.producer_version = "archdsl", version("archdsl")
    model.graph.name, model.doc_string = title.name, title.doc
    for value in (*model.graph.inputs, *model.graph.initializers.values()):
        value.metadata_props.clear()
    for node in model.graph:
        node.metadata_props.clear()
        for value in node.outputs:
            value.metadata_props.clear()


def _outputs(record: Record) -> list[str]:
    """The names that the network binds its results to, or else `out`, numbered if there are several."""
    if not record.listed:
        return ["out"]
    bound = {value.ref: name for name, value in record.names.items() if isinstance(value, Bound)}
    names = [bound.get(ref, "") for ref in record.outputs]
    plain = len(set(names)) == len(names) and not set(names) & {"", *record.input_names}
    return names if plain else [f"out_{i}" for i in range(len(names))]


def _name(model: onnx_ir.Model, inputs: Sequence[str], outputs: Sequence[str]) -> None:
    """Calls what comes in and goes out as the spec does; what is in between makes way."""
    graph = model.graph
    _separate(graph)
    ends = dict(zip((*graph.inputs, *graph.outputs), (*inputs, *outputs), strict=True))
    inner = [value for node in graph for value in node.outputs if value not in ends]
    taken = {*ends.values(), *graph.initializers}
    for value in inner:
        name = str(value.name)
        value.name = next(n for n in chain([name], (f"{name}_{i}" for i in count(1))) if n not in taken)
        taken.add(value.name)
    for value, name in ends.items():
        value.name = name


def _separate(graph: onnx_ir.Graph) -> None:
    """Gives every output a value of its own, where one is an input too or stands twice."""
    import onnx_ir

    seen: set[Any] = set(graph.inputs)
    for i, value in enumerate(graph.outputs):
        if value in seen:
            node = onnx_ir.node("Identity", [value])
            node.outputs[0].shape, node.outputs[0].type = value.shape, value.type
            graph.append(node)
            graph.outputs[i] = node.outputs[0]
        seen.add(value)
