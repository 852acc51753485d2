"""From the name of a spec to its networks: a file, `file.arch:network`, a name of the library, or text."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archdsl.checked import Checked, Given, Units, ablations, as_it_stands, varied
from archdsl.limits import Exhausted, at_most, in_force, working
from archdsl.lower.expand import Walk
from archdsl.lower.outside import from_python, from_text
from archdsl.lower.resolve import FOLDER, SUFFIXES, Definition, Loader, Unit, library_unit, read_text, root_of
from archdsl.lower.unused import unused
from archdsl.network import Network
from archdsl.report import ArchError, Diagnostic, Mistake, Source, Span, errors
from archdsl.syntax import tree

if TYPE_CHECKING:
    from archdsl.ablate.family import Family

LIBRARY_WORK = 4
"""How much more work the library's own files may be: nobody else's networks are as many."""


def load(spec: str | Path, **parameters: Any) -> Network:
    """The network that `spec` names, with these parameters set: values are as those of a call of a `Network`.

    `spec` is a path of an `.arch` or `.yaml` file with one network; `path:name` for one of several; or the name of
    a network of the library, such as `resnest50`. Raises `ArchError` with every mistake found; a spec that can be
    trusted may ask for more than others where `limits` say so.
    """
    return _load(str(spec), partial(from_python, given=parameters))


def load_set(spec: str, parameters: Mapping[str, str]) -> Network:
    """The same with values written in the language, as a command line has them: `{"depths": "[2, 2, 2, 2]"}`."""
    return _load(spec, partial(from_text, given=parameters))


def loads(text: str, *, name: str = "<text>", network: str | None = None) -> Network:
    """The network that a text defines, or the one of several that is called `network`. A text imports no files."""
    with _answering(None, name):
        return _one(_read_text(text, name), network, as_it_stands)


def loads_set(text: str, name: str, parameters: Mapping[str, str]) -> Network:
    """The one network that a text defines, with values for parameters written in the language."""
    with _answering(None, name):
        return _one(_read_text(text, name), None, partial(from_text, given=parameters))


def networks(path: str | Path) -> tuple[Network, ...]:
    """Every network of a file that has a default for each parameter; raises `ArchError` with the mistakes of all."""
    with _answering(Path(path), str(path)):
        return _all(_read(Path(path)))


def check_text(text: str, name: str) -> tuple[Network, ...]:
    """Every network of a text that has a default for each parameter, checked; raises `ArchError` with all mistakes."""
    with _answering(None, name):
        return _all(_read_text(text, name))


def ablation(spec: str | Path, most: int | None = None) -> Family[Network]:
    """The family of variants that a file defines; `path:name` for one of several.

    Raises `ArchError` with every mistake found, and where there are more than `most` rows.
    """
    path, name = _parted(str(spec))
    if path is None:
        raise ArchError([errors.no_ablation(errors.outside(str(spec)))])
    with _answering(path, str(spec)):
        return _family(_read(path), name, most)


def problems(spec: str) -> tuple[Diagnostic, ...]:
    """What is to be said of a spec, all of a file's networks if none is named: its errors, or else its warnings."""
    path, name = _parted(spec)
    try:
        if path is None:
            load(spec)
            return ()
        with _answering(path, spec):
            units = _read(path)
            _all(units) if name is None else _one(units, name, as_it_stands)
    except ArchError as error:
        return error.diagnostics
    return unused(units[0])


def text_problems(text: str, name: str) -> tuple[Diagnostic, ...]:
    """The same of a text that is no file."""
    try:
        with _answering(None, name):
            units = _read_text(text, name)
            _all(units)
    except ArchError as error:
        return error.diagnostics
    return unused(units[0])


def library() -> Iterator[Network]:
    """The networks of the library, one after the other."""
    walk = Walk()
    for definition in library_unit("networks").networks():
        yield Network(definition, {}, walk)


# --- files and texts ---------------------------------------------------------------------------------------


@contextmanager
def _answering(path: Path | None, spec: str) -> Iterator[None]:
    """All that is done to answer for a spec is one piece of work."""
    is_library = path is not None and Path(os.path.abspath(path)).parent == FOLDER
    most = at_most().work * (LIBRARY_WORK if is_library else 1)
    with in_force(replace(at_most(), work=most)), working():
        try:
            yield
        except Exhausted:
            raise ArchError([errors.too_much_work(errors.outside(spec), most)]) from None


def _parted(spec: str) -> tuple[Path | None, str | None]:
    """The file and the network that a name says; no file for a name of the library."""
    path, colon, name = spec.rpartition(":")
    if colon and path.endswith(SUFFIXES):
        return Path(path), name
    if spec.endswith(SUFFIXES) or "/" in spec:
        return Path(spec), None
    return None, spec


def _load(spec: str, given: Given) -> Network:
    path, name = _parted(spec)
    with _answering(path, spec):
        if path is not None:
            return _one(_read(path), name, given)
        definition = _named(library_unit("networks"), name or "")
        return Network(definition, given(definition), Walk())


def _read(path: Path) -> Units:
    """A file and what it imports."""
    try:
        text = read_text(path, str(path), errors.outside(str(path)))
    except Mistake as mistake:
        raise ArchError(mistake.diagnostics) from None
    folder = path.resolve().parent
    loader = Loader(root_of(folder))
    unit = loader.load(Source(str(path), text), folder)
    return [unit, *loader.units()]


def _read_text(text: str, name: str) -> Units:
    loader = Loader()
    return [loader.load(Source(name, text), None), *loader.units()]


# --- networks ----------------------------------------------------------------------------------------------


def _one(units: Units, name: str | None, given: Given) -> Network:
    """One network of a file; the whole file is to be without mistakes."""
    checked, found = Checked(units), units[0].networks()
    span = Span(units[0].source, 0, 0)
    if name in units[0].missing:
        raise checked.error
    if name is not None:
        chosen = _named(units[0], name)
    elif len(found) == 1:
        chosen = found[0]
    else:
        checked.stop_where_wrong()
        raise ArchError([errors.which_network(span, [d.name for d in found]) if found else errors.no_network(span)])
    return _sound(checked, chosen, given)


def _sound(checked: Checked, definition: Definition, given: Given) -> Network:
    checked.stop_where_unsound()
    network = checked.network(definition, given)
    if network is None:
        raise checked.error
    checked.stop_where_wrong()
    return network


def _all(units: Units) -> tuple[Network, ...]:
    return Checked(units).all(units[0])


def _named(unit: Unit, name: str) -> Definition:
    known = {definition.name: definition for definition in unit.networks()}
    if name not in known:
        raise ArchError([errors.unknown_spec(errors.outside(name), name, list(known))])
    return known[name]


def _family(units: Units, name: str | None, most: int | None) -> Family[Network]:
    """One ablation of a file, and the network that it varies."""
    checked, known = Checked(units), {definition.name: definition for definition in ablations(units[0])}
    span = Span(units[0].source, 0, 0)
    if name in units[0].missing:
        raise checked.error
    if name is not None and name not in known:
        raise ArchError([errors.unknown_ablation(errors.outside(name), name, list(known))])
    if name is None and len(known) != 1:
        checked.stop_where_wrong()
        raise ArchError([errors.which_ablation(span, list(known)) if known else errors.no_ablation(span)])
    checked.stop_where_unsound()
    chosen = known[name or next(iter(known))]
    assert isinstance(chosen.item, tree.Ablation)
    return _sound(checked, varied(chosen), as_it_stands).family(chosen.item, chosen.unit, most)
