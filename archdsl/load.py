"""From the name of a spec to its networks: a file, `file.arch:network`, a name of the library, or text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from archdsl.limits import Limits, at_most, in_force, working
from archdsl.lower.check import check_unit
from archdsl.lower.expand import Walk
from archdsl.lower.resolve import SUFFIXES, Definition, Loader, Unit, library_unit, read_text
from archdsl.network import Network
from archdsl.report import ArchError, Diagnostic, Mistake, Source, Span, errors


def load(spec: str | Path, *, limits: Limits | None = None) -> Network:
    """The network that `spec` names.

    `spec` is a path of an `.arch` or `.yaml` file with one network; `path:name` for one of several; or the name of
    a network of the library, such as `resnest50`. Raises `ArchError` with every mistake found; a spec that can be
    trusted may ask for more than others where `limits` say so.
    """
    path, name = _parted(str(spec))
    with in_force(limits):
        if path is not None:
            return _one(_read(path), name)
        return Network(_named(library_unit("networks"), name or ""), {}, Walk())


def loads(text: str, *, name: str = "<text>", network: str | None = None, limits: Limits | None = None) -> Network:
    """The network that a text defines, or the one of several that is called `network`. A text imports no files."""
    with in_force(limits):
        return _one(_read_text(text, name), network)


def networks(path: str | Path) -> tuple[Network, ...]:
    """Every network of a file; raises `ArchError` with the mistakes of all of them."""
    return _all(_read(Path(path)))


def check_text(text: str, name: str) -> tuple[Network, ...]:
    """Every network of a text, checked; raises `ArchError` with the mistakes of all of them."""
    return _all(_read_text(text, name))


def library() -> Iterator[Network]:
    """The networks of the library, one after the other."""
    walk = Walk()
    for definition in library_unit("networks").networks():
        yield Network(definition, {}, walk)


# --- files and texts ---------------------------------------------------------------------------------------

Units = list[Unit]
"""A file, and those that it imports."""


def _parted(spec: str) -> tuple[Path | None, str | None]:
    """The file and the network that a name says; no file for a name of the library."""
    path, colon, name = spec.rpartition(":")
    if colon and path.endswith(SUFFIXES):
        return Path(path), name
    if spec.endswith(SUFFIXES) or "/" in spec:
        return Path(spec), None
    return None, spec


def _read(path: Path) -> Units:
    """Imports stay below the working folder where the file lies in it, else below the file's own folder."""
    try:
        text = read_text(path, str(path), errors.outside(str(path)))
    except Mistake as mistake:
        raise ArchError([mistake.diagnostic] if mistake.diagnostic else []) from None
    here, folder = Path.cwd(), path.resolve().parent
    loader = Loader(here if folder.is_relative_to(here) else folder)
    unit = loader.load(Source(str(path), text), folder)
    return [unit, *loader.units()]


def _read_text(text: str, name: str) -> Units:
    loader = Loader()
    return [loader.load(Source(name, text), None), *loader.units()]


LOCAL = {"unknown-name", "unknown-parameter", "surplus-argument", "doubled-argument"}
"""Mistakes in a text that leave the rest of it sound enough to be worked out."""

# --- networks ----------------------------------------------------------------------------------------------


def _one(units: Units, name: str | None) -> Network:
    """One network of a file; the whole file is to be without mistakes."""
    problems = _mistakes(units)
    found = units[0].networks()
    span = Span(units[0].source, 0, 0)
    if name is not None:
        chosen = _named(units[0], name)
    elif len(found) == 1:
        chosen = found[0]
    elif problems:
        raise ArchError(problems)
    else:
        raise ArchError([errors.which_network(span, [d.name for d in found]) if found else errors.no_network(span)])
    (network,) = _checked([chosen], problems)
    return network


def _all(units: Units) -> tuple[Network, ...]:
    return _checked(units[0].networks(), _mistakes(units))


def _named(unit: Unit, name: str) -> Definition:
    known = {definition.name: definition for definition in unit.networks()}
    if name not in known:
        raise ArchError([errors.unknown_spec(errors.outside(name), name, list(known))])
    return known[name]


def _mistakes(units: Units) -> dict[Diagnostic, None]:
    """What is wrong in the text, before anything is worked out."""
    problems: dict[Diagnostic, None] = {}
    for unit in units:
        problems.update(dict.fromkeys(unit.problems[: at_most().mistakes]))
        if not unit.source.library:
            problems.update(dict.fromkeys(check_unit(unit)))
    return problems


def _checked(definitions: list[Definition], problems: dict[Diagnostic, None]) -> tuple[Network, ...]:
    """The networks worked out, which share what they have in common; raises all mistakes, those of the text first."""
    if any(problem.code not in LOCAL for problem in problems):
        raise ArchError(problems)
    walk, found = Walk(), []
    with working():
        for definition in definitions:
            try:
                found.append(Network(definition, {}, walk))
            except ArchError as error:
                problems.update(dict.fromkeys(error.diagnostics))
            if len(problems) >= at_most().mistakes or "too-much-work" in {problem.code for problem in problems}:
                break
    if problems:
        raise ArchError(problems)
    return tuple(found)
