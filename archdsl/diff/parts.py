"""A network as a tree of parts, by their names in the module: what two networks are compared by.

Parts that do nothing, `identity` and blocks of nothing else, are left out: what they give is what they are given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from archdsl.lower.record import Auto, Counts, Given, Record, Step
from archdsl.lower.values import Value, is_layer, spell
from archdsl.ops import Op, parameters_of
from archdsl.shapes import Shape
from archdsl.sizes import Dim
from archdsl.syntax import tree

Port = tuple[str, int]
"""The name of an op, and which of its results."""
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a part; `usual` tells that it is the default."""

    name: str
    value: Value
    required: bool
    usual: bool


@dataclass(frozen=True, slots=True)
class Declared:
    """The shape of an input as a spec writes it: `[N, 3, H = 224, W = 224]`."""

    shape: Shape

    def __str__(self) -> str:
        return f"[{', '.join([*map(str, self.shape[:1]), *map(_axis, self.shape[1:])])}]"


def _axis(size: Dim) -> str:
    default = None if isinstance(size, int) else next(iter(size.symbols)).default
    return f"{size}" if default is None else f"{size} = {default}"


@dataclass(frozen=True)
class Part:
    """An op, a declared tensor, a block, a mere scope, or what comes into a network and goes out of it.

    `name` is the one in the module, with a number behind `@` where that is taken, as by a further use of a shared part;
    `label` is the last of it, and `written` tells that somebody wrote it. `sources` are the ops whose results come in.
    """

    name: str
    label: str
    written: bool
    kind: str
    what: Op | Record | Given | None
    arguments: tuple[Argument, ...]
    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]
    sources: tuple[Port, ...]
    counts: Counts
    parts: tuple[Part, ...] = ()

    @property
    def named(self) -> bool:
        """Whether its name was chosen, not counted."""
        return self.written and not self.label.isdigit()

    @property
    def family(self) -> str | None:
        """What sort of op it is, where that says something: two activations can stand in for each other."""
        return self.what.family if isinstance(self.what, Op) and self.what.family != "shape" else None

    @property
    def path(self) -> Path:
        return tuple(self.name.split(".")) if self.name else ()

    def leaves(self) -> Iterator[Part]:
        """Everything in it that is no scope, in order."""
        yield from chain.from_iterable(part.leaves() for part in self.parts) if self.parts else (self,)

    def within(self, scope: Part) -> str:
        """Its name in a scope that it is in."""
        return self.label if self.kind in ("input", "output") else ".".join(self.path[len(scope.path) :])

    @cached_property
    def kinds(self) -> Counter[str]:
        """How often each kind of op is in it."""
        return Counter(leaf.kind for leaf in self.leaves())

    @cached_property
    def form(self) -> str:
        """What it is but for its names, shapes and wires."""
        if self.parts:
            return f"[{' '.join(part.form for part in self.parts)}]"
        return f"{self.kind}({', '.join(f'{a.name} = {spell(a.value)}' for a in self.arguments)})"

    @cached_property
    def owns(self) -> bool:
        """Whether anything of it stands in a `state_dict`."""
        match self.what:
            case Given():
                return True
            case Op():
                return bool(self.what.weights(*self.inputs))
        return any(part.owns for part in self.parts)


def network_part(title: str, record: Record, declared: Mapping[str, Shape]) -> Part:
    """The whole of a network; `declared` are its inputs as the spec writes them."""
    inputs = [
        Part(f"in:{name}", name, True, "input", None, (_fixed("shape", Declared(shape)),), (), (here,), (), Counts())
        for (name, shape), here in zip(declared.items(), record.inputs, strict=True)
    ]
    ports = {ref: (part.name, 0) for ref, part in enumerate(inputs)}
    parts = _body(record, ports, ())
    sources = tuple(ports[ref] for ref in record.outputs)
    shapes = tuple(record.shapes[ref] for ref in record.outputs)
    output = Part(
        "out:", "out", True, "output", None, (_fixed("list", record.listed),), shapes, shapes, sources, Counts()
    )
    whole = (*inputs, *parts, output)
    return Part("", title, True, "network", record, (), record.inputs, shapes, (), record.counts, whole)


def _body(record: Record, ports: dict[int, Port], scope: Path) -> tuple[Part, ...]:
    """The parts of a body whose inputs come from `ports`, which learns where its other values come from."""
    found: dict[Path, Part] = {}
    for path, step in zip(record.paths, record.steps, strict=True):
        sources = tuple(ports[ref] for ref in step.inputs)
        own = _free(found, (*path, "_") if step.bare else path)
        part, results = _part(record, step, sources, (*scope, *own))
        ports.update(zip(step.outputs, results, strict=True))
        if part is not None:
            found[own] = part
    return _nested(scope, list(found.items()))


def _free(taken: Mapping[Path, Part], path: Path) -> Path:
    *scope, label = path
    count, free = 1, path
    while free in taken:
        count += 1
        free = (*scope, f"{label}@{count}")
    return free


def _part(record: Record, step: Step, sources: tuple[Port, ...], path: Path) -> tuple[Part | None, Sequence[Port]]:
    """The part that a step is, if any, and where what it gives comes from."""
    what = step.what
    if isinstance(what, Op) and what.name == "identity":
        return None, sources
    name = ".".join(path)
    inputs = tuple(record.shapes[ref] for ref in step.inputs)
    outputs = tuple(record.shapes[ref] for ref in step.outputs)
    written = not (step.path and isinstance(step.path[-1], Auto)) or step.bare
    if not isinstance(what, Record):
        part = Part(name, path[-1], written, what.name, what, _arguments(what), inputs, outputs, sources, step.counts)
        return part, [(name, i) for i in range(len(outputs))]
    ports = dict(enumerate(sources))
    parts = _body(what, ports, path)
    results = [ports[ref] for ref in what.outputs]
    if not parts:
        return None, results
    kind, arguments = what.definition.name, _arguments(what)
    return Part(name, path[-1], written, kind, what, arguments, inputs, outputs, (), step.counts, parts), results


def _nested(scope: Path, items: list[tuple[Path, Part]]) -> tuple[Part, ...]:
    """Parts by their paths below a scope, with the mere scopes between."""
    groups: dict[str, list[tuple[Path, Part]]] = {}
    for (label, *rest), part in items:
        groups.setdefault(label, []).append((tuple(rest), part))
    return tuple(_group((*scope, label), members) for label, members in groups.items())


def _group(scope: Path, members: list[tuple[Path, Part]]) -> Part:
    if members[0][0] == ():
        return members[0][1]
    parts = _nested(scope, members)
    counts = sum((part.counts for part in parts), Counts())
    first, last = next(parts[0].leaves()), list(parts[-1].leaves())[-1]
    return Part(".".join(scope), scope[-1], True, "", None, (), first.inputs, last.outputs, (), counts, parts)


# --- arguments ---------------------------------------------------------------------------------------------


def _fixed(name: str, value: Value) -> Argument:
    return Argument(name, value, required=True, usual=False)


def _arguments(what: Op | Record | Given) -> tuple[Argument, ...]:
    match what:
        case Record():
            return tuple(_block_arguments(what))
        case Given(weight):
            persistent = Argument("persistent", weight.persistent, False, weight.persistent)
            start = Argument("init", weight.init, False, weight.init is None)
            return (_fixed("shape", weight.shape), start, Argument("values", weight.values, False, True), persistent)
    own = ((p, getattr(what, p.name)) for p in parameters_of(type(what)))
    arguments = tuple(Argument(p.name, v, p.required, not p.required and v == p.default) for p, v in own)
    further = getattr(what, "further", ()) if what.extra is not None else ()
    return (*arguments, *(Argument(name, value, False, False) for name, value in further))


def _block_arguments(record: Record) -> Iterator[Argument]:
    """The numbers and words among a block's arguments; layers show in what is inside of it."""
    defaults = record.definition.defaults
    for name, value in record.arguments.items():
        if value is None or not is_layer(value) or value == ():
            default = defaults.get(name)
            usual = isinstance(default, tree.Literal) and default.value == value
            yield Argument(name, value, default is None, usual)
