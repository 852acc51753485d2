"""A network: a spec with its parameters set, and everything that is derived from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archdsl.limits import at_most, in_force, spend
from archdsl.lower.expand import Walk
from archdsl.lower.interface import Interface, sizes_of
from archdsl.lower.narrow import narrowed
from archdsl.lower.networks import at_work, interface, work_out
from archdsl.lower.outside import from_python, outside_edit
from archdsl.lower.record import Point, Record
from archdsl.lower.replace import Edit
from archdsl.lower.resolve import Definition, Unit
from archdsl.lower.settings import Settings, parameters, settings
from archdsl.lower.unused import unused
from archdsl.lower.values import Value, spell
from archdsl.report import ArchError, Diagnostic, Mistake, Source
from archdsl.shapes import Shape
from archdsl.sizes import at
from archdsl.stats import Stats
from archdsl.syntax import tree
from archdsl.weights import load

if TYPE_CHECKING:
    import networkx
    import torch

    from archdsl.ablate.family import Family
    from archdsl.ablate.request import Budget, Vary
    from archdsl.compare import Comparison
    from archdsl.diff import Part
    from archdsl.draw.figure import Level
    from archdsl.draw.picture import ColorBy, Direction, Engine, ThemeName
    from archdsl.emit.blueprint import Blueprint, Device
    from archdsl.passes import Target


NETWORK = 200
"""The steps that a network takes, however small it is."""


class Network:
    """A checked network. It never changes: calling it with other parameters gives another one.

    Every mistake of the spec is raised as one `ArchError` when the network is made.
    """

    def __init__(
        self, definition: Definition, given: Mapping[str, Value], walk: Walk, edits: tuple[Edit, ...] = ()
    ) -> None:
        self._definition, self._given, self._walk, self._limits = definition, dict(given), walk, at_most()
        with at_work(definition):
            spend(NETWORK)
            try:
                self._settings: Settings = settings(definition, self._given, edits)
                self._interface: Interface = interface(self._settings)
            except Mistake as mistake:
                raise ArchError(mistake.diagnostics) from None
            self._record: Record = work_out(walk, self._settings, self._interface, None)
        if self._record.problems:
            raise ArchError(_from_the_top(definition.name, self._record.problems))

    def __call__(self, **changes: Any) -> Network:
        """The same network with other parameters.

        Values are Python's (numbers, strings, booleans, None, lists); a layer is written as text, as
        `attention="se(reduction = 8)"`. Raises `ArchError` for a name or kind that the network does not take.
        """
        with in_force(self._limits), at_work(self._definition):
            given = self._given | from_python(self._definition, changes)
            return Network(self._definition, given, self._walk, self._settings.further)

    def replace(self, pattern: str, layer: str) -> Network:
        """The same network with every part whose name in the module fits the pattern replaced by a layer.

        `*` in the pattern is one component of a name, `**` any number. The layer is written as text in the words of
        the network's file, as `net.replace("layer3.*.conv2", "conv(in.channels, 3)")`; `in` is what comes into the
        part. Raises `ArchError` for a pattern that fits no part.
        """
        with in_force(self._limits), at_work(self._definition):
            edit = outside_edit(self._definition.unit, pattern, layer)
            return Network(self._definition, self._given, self._walk, (*self._settings.further, edit))

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

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What the file of the network says to no effect, such as names that nothing uses."""
        return unused(self._definition.unit)

    @property
    def config(self) -> dict[str, Value]:
        """Every parameter that can be set, with its value."""
        return dict(self._settings.values)

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

    def json(self) -> str:
        """The graph as JSON: every op with its attributes, inputs, shapes and costs, over the symbols of the input."""
        from archdsl.graph.plain import json_text

        return json_text(self.name, self.graph)

    def stats(self, outputs: Sequence[str] | None = None, **shapes: tuple[int, ...]) -> Stats:
        """Costs at the given shapes of inputs, as `stats(image=(1, 3, 224, 224))`, or else at the defaults.

        With `outputs`, only of what these parts need: see `to_torch`.
        """
        counts = _narrowed(self._record, outputs).at(Point(sizes_of(self._interface, shapes)))
        return Stats.of(counts, lambda: _narrowed(self._concrete(shapes), outputs))

    def diff(self, other: Network, **shapes: tuple[int, ...]) -> Comparison:
        """What differs between this network and another, part by part, at the given shapes of inputs or the defaults.

        The result prints itself as a page, is false where nothing differs, has every edit in `.root.edits`, and draws
        itself: `.draw("difference.svg")`.
        """
        from archdsl.compare import Comparison
        from archdsl.diff import difference

        return Comparison(difference(self._part(shapes), other._part(shapes)).root)

    def picture(
        self,
        format: str = "svg",
        *,
        level: Level | None = None,
        at: str | None = None,
        depth: int | None = None,
        color_by: ColorBy = "kind",
        theme: ThemeName = "paper",
        direction: Direction | None = None,
        width: float | None = None,
        engine: Engine = "own",
        symbols: bool = False,
        outputs: Sequence[str] | None = None,
    ) -> bytes:
        """A picture of the network, or of the part `at`, as a file of this format has it.

        `level` says how much one box stands for: "network", "stage", "block" or "op". Shapes are those at the default
        sizes of the inputs, or over their symbols with `symbols`. A page, of format html, has the whole network, opened
        at `at`.
        """
        from archdsl.draw.html import html
        from archdsl.draw.picture import Style, shown, written

        record = _narrowed(self._record if symbols else self._concrete({}), outputs)
        style = Style(color_by, theme, direction, width, engine)
        if format == "html":
            return html(record, self._title, self.doc, at or "", style.color_by, style.theme).encode()
        return written(shown(record, self._title, level, at, depth), style, format)

    def draw(self, path: str | Path, **options: Any) -> None:
        """Writes a picture, whose format the suffix of its file says: svg, html, pdf, png, dot, mmd. See `picture`."""
        Path(path).write_bytes(self.picture(Path(path).suffix[1:], **options))

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """How the network shows itself in a notebook; an image, as names in it would mix with those of other cells."""
        from archdsl.draw.html import image

        picture = self.picture("svg")
        return {"text/html": image(picture, self.name), "image/svg+xml": picture.decode(), "text/plain": repr(self)}

    def source(
        self, outputs: Sequence[str] | None = None, *, inference: bool = False, target: Target | None = None
    ) -> str:
        """The network as Python text that needs only torch; see `to_torch`."""
        from archdsl.emit import torch_source
        from archdsl.passes import prepared

        record = prepared(_narrowed(self._record, outputs), inference=inference, target=target)
        symbols = self._interface.symbols
        sizes = {name: symbol.default for name, symbol in symbols.items() if symbol.default is not None}
        return torch_source.source(self._definition, record, self._interface, sizes, inference=inference)

    @property
    def class_name(self) -> str:
        """What `source()` calls the network's class."""
        from archdsl.emit.torch_source import class_name

        return class_name(self._definition)

    def arch(self, folder: str | Path = ".") -> str:
        """The network as a spec to stand in a folder, in the text form: the whole file that it is from.

        Of the library it is this one network, with what it mentions imported; where parameters are set or parts
        replaced, it is derived from its file: see `spec`.
        """
        from archdsl.syntax.format import text_of

        return text_of(self._tree(folder))

    def yaml(self, folder: str | Path = ".") -> str:
        """The same in the YAML form."""
        from archdsl.syntax.yaml_write import yaml_of

        return yaml_of(self._tree(folder))

    def _tree(self, folder: str | Path) -> tree.File:
        from archdsl.emit.derived import excerpt
        from archdsl.syntax.parse import parse

        definition, settings = self._definition, self._settings
        if settings.given or settings.further:
            return parse(Source(self.name, self.spec(folder)))
        return parse(Source(self.name, excerpt(definition))) if definition.unit.source.library else definition.unit.tree

    def to_torch(
        self,
        outputs: Sequence[str] | None = None,
        *,
        seed: int | None = None,
        device: Device | None = None,
        weights: str | Path | Mapping[str, torch.Tensor] | None = None,
        inference: bool = False,
        target: Target | None = None,
    ) -> torch.nn.Module:
        """The network as a `torch.nn.Module`, its weights started: `source()`, executed.

        With `outputs`, names of parts such as `["layer2", "layer4"]`, the module gives a tuple of their results, and
        has and computes no more than they need.

        Every weight is drawn by itself, from what `seed` and its name in the `state_dict` say: equal seeds give equal
        weights, in parts that a variant leaves alone too, on every device and by any number of threads. Without a
        seed one is drawn from torch's generator, as `torch.manual_seed` sets it. On `device="meta"` there is no memory
        and nothing is drawn. With `weights`, a checkpoint that has just what the module has, as `archdsl.weights.load`
        reads it, nothing is drawn either.

        With `inference` it is in evaluation mode, with channels last, without what only training needs, and norms are
        folded into the layers before them as it loads the `state_dict` of the plain module. With a `target` gates are
        in the form that is best where it runs: "eager", as it is (training then needs less memory, but `torch.fx` and
        `torch.export` do not see through), or "compile", through `torch.compile`.

        Raises `ArchError` for a part that there is none of, a device that nothing can be put on, an unknown target, and
        a checkpoint that does not fit; `TypeError` for a seed that is no whole number, or that has nothing to draw.
        """
        if weights is not None and seed is not None:
            raise TypeError("a checkpoint leaves nothing to draw: give `weights` or `seed`")
        blueprint = self.blueprint(outputs, inference=inference, target=target)
        if weights is None:
            return blueprint.module(seed, device)
        model = blueprint.empty(device)
        load(model, weights)
        return model

    @cached_property
    def _blueprints(self) -> dict[tuple[tuple[str, ...] | None, bool, Target | None], Blueprint]:
        return {}

    def blueprint(
        self, outputs: Sequence[str] | None = None, *, inference: bool = False, target: Target | None = None
    ) -> Blueprint:
        """What another process has to know to make the module; it can be pickled. See `to_torch`."""
        from archdsl.emit.blueprint import Blueprint

        key = None if outputs is None else tuple(outputs), inference, target
        if key not in self._blueprints:
            text = self.source(outputs, inference=inference, target=target)
            weights = tuple(_narrowed(self._record, outputs).weights())
            self._blueprints[key] = Blueprint(self.name, text, self.class_name, weights, inference)
        return self._blueprints[key]

    def to_onnx(
        self,
        path: str | Path,
        weights: str | Path | Mapping[str, torch.Tensor] | None = None,
        *,
        renaming: str | None = None,
        outputs: Sequence[str] | None = None,
    ) -> None:
        """Writes the network as an ONNX file, for any size of its inputs that the network takes.

        `weights` are a checkpoint or a `state_dict`, loaded as `archdsl.weights.load` does, strictly; without them the
        weights are those of `to_torch()`. `outputs` are names of parts, as there.
        """
        from archdsl.emit.onnx_model import Title, write

        model = self.to_torch() if weights is None else self.blueprint().empty(None)
        if weights is not None:
            load(model, weights, renaming=renaming)
        if outputs is not None:
            whole, model = model.state_dict(), self.to_torch(outputs)
            model.load_state_dict({name: whole[name] for name in model.state_dict()})
        title = Title(self.name, self.doc, outputs)
        write(Path(path), model, self._interface, _narrowed(self._record, outputs), title)

    def ablate(
        self,
        *,
        vary: Vary | None = None,
        replace: Mapping[str, str] | None = None,
        where: str | None = None,
        match: Budget | None = None,
        mode: str = "grid",
        most: int | None = None,
    ) -> Family[Network]:
        """A family of variants of this network, its baseline: iterate over it.

        `vary={"radix": [1, 2, 4], ("cardinality", "base_width"): [(1, 64), (2, 40)]}`, with layers as text;
        `replace={"layer3.*.se": "identity"}`; `where="macs < 6e9"`; `match="params within 2.5% by base_width in
        4..128"` or `("params", "base_width", 0.025)`; `mode` as `"sample(20, seed = 1)"`. See docs/ablations.md.
        Raises `ArchError` for what the network has not, and for more than `most` rows.
        """
        from archdsl.ablate.request import requested

        unit, known = self._definition.unit, parameters(self._definition)
        try:
            item = requested(self.name, known, vary or {}, replace or {}, where, match, mode)
        except Mistake as mistake:
            raise ArchError(mistake.diagnostics) from None
        return self.family(item, unit, most)

    def spec(self, folder: str | Path = ".") -> str:
        """The network as a short spec to stand in a folder, derived from the one in the file that it is from."""
        from archdsl.emit.derived import derived_spec

        settings = self._settings
        return derived_spec(self.name, self._definition, settings.given, settings.further, Path(folder))

    def family(self, item: tree.Ablation, unit: Unit, most: int | None = None) -> Family[Network]:
        """The variants that an ablation of this network makes, in the words of a file."""
        from archdsl.ablate.family import Family
        from archdsl.ablate.plan import planned

        definition, walk = self._definition, self._walk
        with in_force(self._limits), at_work(definition):
            plan = planned(item, unit, self._settings, walk, most)
        return Family(plan, walk, lambda given, edits: Network(definition, given, walk, edits))

    @property
    def _title(self) -> str:
        """The name, with the parameters that are given."""
        given = ", ".join(f"{name} = {spell(value)}" for name, value in self._given.items())
        return f"{self.name}({given})" if given else self.name

    def _part(self, shapes: Mapping[str, tuple[int, ...]]) -> Part:
        from archdsl.diff import network_part

        return network_part(self._title, self._concrete(shapes), self.inputs)

    def _concrete(self, shapes: Mapping[str, tuple[int, ...]]) -> Record:
        sizes = sizes_of(self._interface, shapes)
        with in_force(self._limits), at_work(self._definition):
            record = work_out(self._walk, self._settings, self._interface, sizes)
        if record.problems:
            raise ArchError(_from_the_top(self.name, record.problems))
        return record


def _narrowed(record: Record, outputs: Sequence[str] | None) -> Record:
    return record if outputs is None else narrowed(record, outputs)


def _from_the_top(name: str, problems: tuple[Diagnostic, ...]) -> Iterator[Diagnostic]:
    for problem in problems:
        yield replace(problem, path=(name, *problem.path)) if problem.path else problem
