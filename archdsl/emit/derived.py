"""A network as a short spec, which imports what it is made of from where that stands."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from archdsl.lower.arguments import names_in
from archdsl.lower.replace import Edit
from archdsl.lower.resolve import LIBRARY, Definition, Unit, root_of
from archdsl.lower.values import Value, spell
from archdsl.report import ArchError, Source, errors
from archdsl.syntax import spelling, tree
from archdsl.syntax.format import format_text, line_of, text_of


def derived_spec(
    name: str,
    base: Definition,
    given: Mapping[str, Value],
    edits: Sequence[Edit],
    folder: Path,
    doc: str = "",
) -> str:
    """The text of a spec in `folder`, with one network, called as much like `name` as a name can be.

    What was read from a text without a file stands in the spec itself.
    """
    inline = None if base.unit.source.library or _file(base.unit) else base.unit
    called = _free(re.sub(r"\W", "_", name), inline.names if inline else ())
    imports = _Imports(called, inline)
    for edit in edits:
        imports.take_names(edit.layer, edit.unit)
    arguments = ", ".join(f"{n} = {spell(value, imports.called)}" for n, value in given.items())
    lines = [f"replace {spelling.pattern(edit.text)} with {line_of(edit.layer)}\n" for edit in edits]
    replaces = f" {{ {''.join(lines)} }}" * bool(lines)
    comment = "".join(f"## {line}\n" for line in doc.splitlines())
    network = f"{comment}network {called} = {imports.called(base)}({arguments}){replaces}\n"
    return format_text(Source(f"{called}.arch", "\n".join([*imports.text(folder), network])))


def excerpt(definition: Definition) -> str:
    """The text of a spec with one network of the library as it is defined there; what that mentions is imported."""
    imports = _Imports(definition.name, None)
    imports.take_names(definition.item, definition.unit)
    item = text_of(tree.File((definition.item,), span=definition.span))
    return "\n".join([*imports.text(Path()), "", item])


def _free(wanted: str, taken: Collection[str]) -> str:
    count, name = 1, wanted
    while name in taken:
        count += 1
        name = f"{wanted}_{count}"
    return name


class _Imports:
    """What a spec imports: definitions, each by a name of its own there.

    `inline` is a text that stands in the spec itself, so its names are there already.
    """

    def __init__(self, taken: str, inline: Unit | None) -> None:
        self._inline = inline
        own = inline.names if inline else {}
        self._known = dict(own)
        self._taken = {taken, *own}
        self._imported: list[tuple[Definition, str]] = []

    def called(self, definition: Definition) -> str:
        """The name of a definition in the spec."""
        name = next((name for name, known in self._known.items() if known is definition), None)
        return name or self._take(definition, "base" if definition.name in self._taken else definition.name)

    def take_names(self, node: tree.Node, unit: Unit) -> None:
        """Imports what a text mentions, by the names that it has there."""
        for name in names_in(node):
            definition = unit.names.get(name)
            if definition is not None and self._known.get(name) is not definition:
                self._take(definition, name)

    def _take(self, definition: Definition, wanted: str) -> str:
        name = _free(wanted, self._taken)
        self._taken.add(name)
        self._known[name] = definition
        self._imported.append((definition, name))
        return name

    def text(self, folder: Path) -> Iterator[str]:
        """The imports, one for each file, and what stands in the spec itself."""
        modules: dict[str, list[str]] = {}
        for definition, alias in self._imported:
            written = alias if alias == definition.name else f"{definition.name} as {alias}"
            modules.setdefault(_module(definition.unit, folder), []).append(written)
        yield from (f"from {module} use {', '.join(names)}" for module, names in modules.items())
        if self._inline is not None:
            items = tuple(item for item in self._inline.tree.items if not isinstance(item, tree.Ablation))
            yield text_of(tree.File(items, span=self._inline.tree.span))


def _file(unit: Unit) -> Path | None:
    """The file that a text was read from."""
    path = Path(unit.source.name)
    return path if path.is_file() else None


def _module(unit: Unit, folder: Path) -> str:
    """How a spec in a folder imports from a file or from the library."""
    if unit.source.library:
        return f"{LIBRARY}.{Path(unit.source.name).stem}"
    file, folder = Path(unit.source.name).resolve(), folder.resolve()
    if not file.is_relative_to(root_of(folder)):
        raise ArchError([errors.out_of_reach(errors.outside(str(folder)), unit.source.name)])
    return spelling.string(Path(os.path.relpath(file, folder)).as_posix())
