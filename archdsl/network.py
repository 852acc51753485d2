"""A network: a spec with its parameters set, and everything that is derived from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from archdsl.emit import torch_source
from archdsl.limits import at_most, in_force
from archdsl.lower.expand import Walk
from archdsl.lower.interface import Interface, sizes_of
from archdsl.lower.narrow import narrowed
from archdsl.lower.networks import at_work, interface, work_out
from archdsl.lower.outside import outside_values, read_value
from archdsl.lower.record import Record
from archdsl.lower.resolve import Definition
from archdsl.lower.settings import Settings, given_values, parameters, settings
from archdsl.lower.values import Value
from archdsl.report import ArchError, Diagnostic, Mistake
from archdsl.shapes import Shape
from archdsl.sizes import at
from archdsl.syntax.format import text_of
from archdsl.syntax.yaml_write import yaml_of

if TYPE_CHECKING:
    import networkx
    import torch


@dataclass(frozen=True)
class Layer:
    """One op of a network in a table: its name in the module, its kind, what goes out, what it costs."""

    name: str
    op: str
    shape: Shape
    params: int
    macs: int


@dataclass(frozen=True)
class Stats:
    """What a network costs for one pass over its input.

    `params` are trainable parameters; `macs` multiply-accumulates of convolutions and matrix products;
    `activations` elements that convolutions and linear layers give out; `layers` how many of those there are.
    """

    params: int
    macs: int
    activations: int
    layers: int
    table: tuple[Layer, ...]


class Network:
    """A checked network. It never changes: calling it with other parameters gives another one.

    Every mistake of the spec is raised as one `ArchError` when the network is made.
    """

    def __init__(self, definition: Definition, given: Mapping[str, Value], walk: Walk) -> None:
        self._definition, self._given, self._walk, self._limits = definition, dict(given), walk, at_most()
        with at_work(definition):
            try:
                self._settings: Settings = settings(definition, self._given)
                self._interface: Interface = interface(self._settings)
            except Mistake as mistake:
                raise ArchError([mistake.diagnostic] if mistake.diagnostic else []) from None
            self._record: Record = work_out(walk, self._settings, self._interface, None)
        if self._record.problems:
            raise ArchError(_from_the_top(definition.name, self._record.problems))

    def __call__(self, **changes: Any) -> Network:
        """The same network with other parameters.

        Values are Python's (numbers, strings, booleans, None, lists); a layer is written as text, as
        `attention="se(reduction = 8)"`. Raises `ArchError` for a name or kind that the network does not take.
        """
        with in_force(self._limits), at_work(self._definition):
            known = parameters(self._definition)
            values = outside_values(self._definition.unit, known, changes)
            return Network(self._definition, self._given | given_values(self._definition, values), self._walk)

    def set_text(self, changes: Mapping[str, str]) -> Network:
        """The same with values written in the language, as a command line has them: `{"depths": "[2, 2, 2, 2]"}`."""
        unit = self._definition.unit
        with in_force(self._limits), at_work(self._definition):
            values = {name: read_value(unit, f"{name}={text}", len(name) + 1) for name, text in changes.items()}
            return Network(self._definition, self._given | given_values(self._definition, values), self._walk)

    def __repr__(self) -> str:
        changed = ", ".join(f"{name}={value!r}" for name, value in self._given.items())
        return f"<Network {self.name}({changed}): {self.stats().params:,} parameters>"

    @property
    def name(self) -> str:
        return self._definition.name

    @property
    def doc(self) -> str:
        """What the `##` comment above the network says."""
        return self._definition.item.doc

    @property
    def source_file(self) -> str:
        """The name of the text that the network was read from."""
        return self._definition.unit.source.name

    @cached_property
    def config(self) -> dict[str, Value]:
        """Every parameter that can be set, with its value."""
        own = self._settings.arguments
        return {name: own[name] for name in parameters(self._definition) if name in own} | self._given

    @property
    def inputs(self) -> dict[str, Shape]:
        """The shapes of the inputs, over symbols where the network leaves sizes open."""
        return dict(self._interface.inputs)

    def default_shapes(self) -> list[Shape]:
        """The shapes of the inputs at the sizes that the network counts with."""
        sizes = sizes_of(self._interface, {})
        return [Shape(at(dim, sizes) for dim in shape) for shape in self._interface.inputs.values()]

    @cached_property
    def graph(self) -> networkx.DiGraph[str]:
        """Every op with its shapes, over the symbols of the input: see `archdsl.graph`."""
        from archdsl.graph.build import build

        return build(self._record)

    def graph_at(self, **shapes: tuple[int, ...]) -> networkx.DiGraph[str]:
        """The graph with numbers for shapes, at the given sizes of inputs or else the defaults."""
        from archdsl.graph.build import build

        return build(self._concrete(shapes))

    def stats(self, outputs: Sequence[str] | None = None, **shapes: tuple[int, ...]) -> Stats:
        """Costs at the given shapes of inputs, as `stats(image=(1, 3, 224, 224))`, or else at the defaults.

        With `outputs`, only of what these parts need: see `to_torch`.
        """
        record = _narrowed(self._concrete(shapes), outputs)
        counts, table = record.counts, tuple(_table(record, ""))
        return Stats(counts.params, at(counts.macs, {}), at(counts.activations, {}), counts.layers, table)

    def source(self, outputs: Sequence[str] | None = None) -> str:
        """The network as Python text that needs only torch."""
        record = _narrowed(self._record, outputs)
        symbols = self._interface.symbols
        sizes = {name: symbol.default for name, symbol in symbols.items() if symbol.default is not None}
        return torch_source.source(self._definition, record, self._interface, sizes)

    def arch(self) -> str:
        """The file that the network is from, in the text form, laid out."""
        return text_of(self._definition.unit.tree)

    def yaml(self) -> str:
        """The file that the network is from, in the YAML form."""
        return yaml_of(self._definition.unit.tree)

    def to_torch(self, outputs: Sequence[str] | None = None) -> torch.nn.Module:
        """The network as a `torch.nn.Module`, its weights started: `source()`, executed.

        With `outputs`, names of parts such as `["layer2", "layer4"]`, the module gives a tuple of their results, and
        has and computes no more than they need.
        """
        from archdsl.emit.module import imported

        module = imported(self.source(outputs=outputs), self.name)
        model: torch.nn.Module = getattr(module, torch_source.class_name(self._definition))()
        return model

    def _concrete(self, shapes: Mapping[str, tuple[int, ...]]) -> Record:
        sizes = sizes_of(self._interface, shapes)
        with in_force(self._limits), at_work(self._definition):
            return work_out(self._walk, self._settings, self._interface, sizes)


def _narrowed(record: Record, outputs: Sequence[str] | None) -> Record:
    return record if outputs is None else narrowed(record, outputs)


def _from_the_top(name: str, problems: tuple[Diagnostic, ...]) -> Iterator[Diagnostic]:
    for problem in problems:
        yield replace(problem, path=(name, *problem.path)) if problem.path else problem


def _table(record: Record, scope: str) -> Iterator[Layer]:
    for path, step in zip(record.paths, record.steps, strict=True):
        name = f"{scope}{'.'.join(path)}"
        if isinstance(step.what, Record):
            yield from _table(step.what, f"{name}.")
        else:
            shape = record.shapes[step.outputs[0]]
            yield Layer(name, step.what.name, shape, step.counts.params, at(step.counts.macs, {}))
