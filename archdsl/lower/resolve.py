"""Files and the names in them: what an import means, and what a name of a file stands for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from archdsl.limits import Exhausted, at_most
from archdsl.lower.labels import is_private
from archdsl.lower.nesting import levels
from archdsl.lower.values import BlockLayer, Function, InitRule, OpLayer, Value
from archdsl.ops import TABLE, Init, Kind, Parameter
from archdsl.report import ArchError, Diagnostic, Mistake, Source, Span, errors
from archdsl.syntax import tree
from archdsl.syntax.parse import Reading, file_of, read

FUNCTIONS = frozenset(
    "max min abs round floor ceil int len range zip enumerate reversed sum any all sqrt log2 make_divisible "
    "trace fold".split()
)
LIBRARY = "std"
FOLDER = Path(__file__).parent.parent / "library"
YAML = (".yaml", ".yml")
SUFFIXES = (".arch", *YAML)


@dataclass(eq=False)
class Definition:
    """A block or network of a file. Equal only to itself, so it serves as the key of what it was worked out to."""

    item: tree.Block | tree.Network | tree.Derived | tree.Ablation
    unit: Unit

    @property
    def name(self) -> str:
        return self.item.name.id

    @property
    def span(self) -> Span:
        return self.item.name.span

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters as written; a default is worked out where the block is applied."""
        assert not isinstance(self.item, tree.Ablation)
        kinds: dict[str, Kind] = {}
        for parameter in self.item.parameters:
            kinds[parameter.name] = _kind(parameter, kinds, self.unit)
        return tuple(Parameter(p.name, kinds[p.name], required=p.default is None) for p in self.item.parameters)

    @cached_property
    def levels(self) -> int:
        """How deep its text is."""
        return levels(self.item)

    @cached_property
    def defaults(self) -> dict[str, tree.Expr]:
        assert not isinstance(self.item, tree.Ablation)
        return {p.name: p.default for p in self.item.parameters if p.default is not None}


def _kind(parameter: tree.Parameter, before: Mapping[str, Kind], unit: Unit) -> Kind:
    """The type as written, else the one that the default shows; a whole default leaves fractions open."""
    if parameter.type is not None:
        return _kind_of_type(parameter.type)
    match parameter.default:
        case tree.Literal(value=bool()):
            return Kind("bool")
        case tree.Literal(value=str()):
            return Kind("str")
        case tree.Literal(value=int() | float()):
            return Kind("number")
        case tree.Name(id=name) | tree.Call(function=tree.Name(id=name)) if name in before:
            return before[name]
        case tree.Name(id=name, span=span) | tree.Call(function=tree.Name(id=name), span=span):
            is_layer = isinstance(unit.look_up(name, span), OpLayer | BlockLayer) and name not in FUNCTIONS
            return Kind("layer") if is_layer else Kind("any")
    return Kind("any")


def _kind_of_type(written: tree.Type) -> Kind:
    if written.items is not None:
        return Kind("[", _kind_of_type(written.items), written.optional)
    return Kind(written.name, optional=written.optional)


@dataclass(eq=False)
class Unit:
    """One file: its tree, what its names stand for, and what is wrong with it.

    `places` is where the file defines or imports its names. `missing` are names that it should have and does not,
    for a reason that is among its `problems`.
    """

    source: Source
    tree: tree.File
    own: dict[str, Definition] = field(default_factory=dict)
    names: dict[str, Definition] = field(default_factory=dict)
    places: dict[str, Span] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    problems: list[Diagnostic] = field(default_factory=list)

    def networks(self) -> list[Definition]:
        return [d for d in self.own.values() if isinstance(d.item, tree.Network | tree.Derived)]

    def look_up(self, name: str, span: Span) -> Value | None:
        """What a name of this file, a core op or a function stands for; None if there is no such name."""
        definition = self.names.get(name)
        if definition is not None and isinstance(definition.item, tree.Block):
            return BlockLayer(definition, (), span)
        if name in TABLE:
            return OpLayer(TABLE[name], (), span)
        if name in FUNCTIONS:
            return Function(name)
        return InitRule(Init.table[name]) if name in Init.table else None

    def known_names(self) -> Iterable[str]:
        return [*self.names, *TABLE, *FUNCTIONS, *Init.table]


def root_of(folder: Path) -> Path:
    """Where imports of a file in a folder stay: below the working folder if it lies in that, else below its own."""
    here = Path.cwd()
    return here if folder.is_relative_to(here) else folder


class Loader:
    """Reads files below a root, each once, and the standard library."""

    def __init__(self, root: Path | None = None) -> None:
        self._root = root
        self._units: dict[str, Unit | None] = {}
        self._open: dict[str, str] = {}
        self._is_exhausted = False

    def load(self, source: Source, folder: Path | None) -> Unit:
        """The unit of a text; imports by file name are relative to `folder` (none allowed without one)."""
        reading = _read_yaml(source) if source.name.endswith(YAML) else read(source)
        unit = Unit(source, file_of(source, reading), missing=set(reading.unread), problems=[*reading.mistakes])
        if folder is not None and not self._open:
            self._open[str(Path(source.name).resolve())] = source.name
        self._declare(unit)
        for item in unit.tree.items:
            if isinstance(item, tree.Import):
                self._import(unit, item, folder)
        return unit

    def _declare(self, unit: Unit) -> None:
        for item in unit.tree.items:
            if isinstance(item, tree.Import):
                continue
            name = item.name
            if name.id in unit.own:
                unit.problems.append(errors.duplicate_name(name.span, name.id, unit.own[name.id].span))
                continue
            if isinstance(item, tree.Block) and (name.id in TABLE or name.id in FUNCTIONS):
                unit.problems.append(errors.reserved_name(name.span, name.id))
            if isinstance(item, tree.Block) and is_private(name.id):
                unit.problems.append(errors.private_name(name.span, name.id))
            unit.own[name.id] = unit.names[name.id] = Definition(item, unit)
            unit.places[name.id] = name.span

    def _import(self, unit: Unit, item: tree.Import, folder: Path | None) -> None:
        is_enough = self._is_exhausted or len(unit.problems) >= at_most().mistakes
        other = None if is_enough else self._reach(unit, item, folder)
        for name in item.names:
            if other is None:
                unit.missing.add(name.alias)
                continue
            definition = other.own.get(name.name)
            if definition is None:
                unit.missing.add(name.alias)
                if name.name not in other.missing and len(unit.problems) < at_most().mistakes:
                    unit.problems.append(errors.unknown_import(name.span, name.name, item.module, sorted(other.own)))
            elif name.alias in unit.names:
                unit.problems.append(errors.duplicate_name(name.span, name.alias, unit.places[name.alias]))
            elif name.alias in TABLE or name.alias in FUNCTIONS:
                unit.problems.append(errors.reserved_name(name.span, name.alias))
            else:
                unit.names[name.alias], unit.places[name.alias] = definition, name.span

    def _reach(self, unit: Unit, item: tree.Import, folder: Path | None) -> Unit | None:
        """The unit that an import names; None, with a problem noted, where it cannot be had."""
        span = item.module_span
        if not item.is_file:
            return self._library(unit, item.module, span)
        path = self._allowed(unit, item.module, span, folder)
        if path is None:
            return None
        try:
            text = read_text(path, item.module, span)
        except Mistake as mistake:
            unit.problems += mistake.diagnostics
            return None
        name = str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
        return self._once(unit, str(path), name, span, lambda: self.load(Source(name, text), path.parent))

    def _library(self, unit: Unit, module: str, span: Span) -> Unit | None:
        package, _, name = module.partition(".")
        if package != LIBRARY or name not in library_modules():
            known = [f"{LIBRARY}.{name}" for name in library_modules()]
            unit.problems.append(errors.unknown_module(span, module, known))
            return None
        return library_unit(name)

    def _once(self, unit: Unit, key: str, name: str, span: Span, load: Callable[[], Unit]) -> Unit | None:
        if key in self._open:
            circle = [*list(self._open.values())[list(self._open).index(key) :], name]
            unit.problems.append(errors.import_circle(span, circle))
            return None
        if key not in self._units:
            if len(self._open) > at_most().levels:
                unit.problems.append(errors.nested_too_deep(span, at_most().levels))
                return None
            self._open[key], self._units[key] = name, None
            try:
                self._units[key] = load()
            except ArchError as error:
                unit.problems.extend(error.diagnostics)
            except Exhausted:
                self._is_exhausted = True
                unit.problems.append(errors.too_much_work(span, at_most().work))
            finally:
                del self._open[key]
        return self._units[key]

    def _allowed(self, unit: Unit, name: str, span: Span, folder: Path | None) -> Path | None:
        if folder is None or self._root is None:
            unit.problems.append(errors.no_folder(span, name))
            return None
        if Path(name).is_absolute() or Path(name).suffix not in SUFFIXES:
            unit.problems.append(errors.not_a_spec(span, name, [f"{LIBRARY}.{module}" for module in library_modules()]))
            return None
        try:
            path = (folder / name).resolve()
        except (OSError, RuntimeError):
            unit.problems.append(errors.missing_file(span, name))
            return None
        if not path.is_relative_to(self._root.resolve()):
            root = "the working folder" if self._root == Path.cwd() else str(self._root)
            unit.problems.append(errors.outside_root(span, name, root))
            return None
        return path

    def units(self) -> list[Unit]:
        """Every unit read so far through imports."""
        return [unit for unit in self._units.values() if unit is not None]


def _read_yaml(source: Source) -> Reading:
    from archdsl.syntax.yaml_form import read

    return read(source)


@cache
def library_unit(name: str) -> Unit:
    """A module of the standard library, read once."""
    text = (FOLDER / f"{name}.arch").read_text(encoding="utf-8")
    return Loader().load(Source(f"{LIBRARY}/{name}.arch", text, library=True), None)


def read_text(path: Path, name: str, span: Span) -> str:
    """The text of a file, no more of it than is looked at; `name` and `span` are how and where it was asked for."""
    try:
        if path.is_file():
            with path.open(encoding="utf-8-sig", newline="") as file:
                return file.read(at_most().characters + 1)
    except OSError:
        pass
    except UnicodeDecodeError:
        raise Mistake(errors.not_text(span, name)) from None
    raise Mistake(errors.missing_file(span, name))


def library_modules() -> list[str]:
    """The names that can follow `std.`."""
    return sorted(path.stem for path in FOLDER.glob("*.arch"))


def homes_of(name: str) -> list[str]:
    """The modules of the library that define a name."""
    return [f"{LIBRARY}.{module}" for module in library_modules() if name in library_unit(module).own]
