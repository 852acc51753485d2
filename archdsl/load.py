"""From the name of a spec to its networks: a file, `file.arch:network`, a name of the library, or text."""

from __future__ import annotations

from pathlib import Path

from archdsl.lower.check import check_unit
from archdsl.lower.expand import Walk
from archdsl.lower.resolve import Definition, Loader, Unit
from archdsl.network import Network
from archdsl.report import ArchError, Diagnostic, Source, Span, errors

SUFFIX = ".arch"


def load(spec: str | Path) -> Network:
    """The network that `spec` names.

    `spec` is a path of an `.arch` file, which must hold one network; `path:name` for one of several; or the name of
    a network of the library, such as `resnest50`. Raises `ArchError` with every mistake found.
    """
    path, name = _parted(str(spec))
    if path is None:
        return _from_library(name or "")
    unit = read_unit(path)
    return _network(unit, name)


def loads(text: str, *, name: str = "<text>", network: str | None = None) -> Network:
    """The network that a text defines, or the one of several that is called `network`. A text imports no files."""
    unit = checked(Loader().load(Source(name, text), None))
    return _network(unit, network)


def networks(path: str | Path) -> tuple[Network, ...]:
    """Every network of a file; raises `ArchError` with the mistakes of all of them."""
    unit = read_unit(Path(path))
    return _all(unit)


def library() -> list[str]:
    """The names of the library's networks."""
    return [definition.name for definition in _catalogue().networks()]


def check_text(text: str, name: str) -> tuple[Network, ...]:
    """Every network of a text, checked; raises `ArchError` with the mistakes of all of them."""
    return _all(checked(Loader().load(Source(name, text), None)))


def _all(unit: Unit) -> tuple[Network, ...]:
    walk, found, problems = Walk(), [], {}
    for definition in unit.networks():
        try:
            found.append(Network(definition, {}, walk))
        except ArchError as error:
            problems.update(dict.fromkeys(error.diagnostics))
    if problems:
        raise ArchError(problems)
    return tuple(found)


def _parted(spec: str) -> tuple[Path | None, str | None]:
    """The file and the network that a name says; no file for a name of the library."""
    path, colon, name = spec.rpartition(":")
    if colon and path.endswith(SUFFIX):
        return Path(path), name
    if spec.endswith(SUFFIX) or "/" in spec:
        return Path(spec), None
    return None, spec


def read_unit(path: Path) -> Unit:
    """A file's unit, with the mistakes of it and of what it imports raised at once.

    Imports stay below the working folder where the file lies in it, else below the file's own folder.
    """
    whole = Span(Source(str(path), ""), 0, 0)
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-8")
    except OSError:
        raise ArchError([errors.missing_file(errors.outside(str(path)), str(path))]) from None
    except UnicodeDecodeError:
        raise ArchError([errors.not_text(whole, str(path))]) from None
    here, folder = Path.cwd(), path.resolve().parent
    loader = Loader(here if folder.is_relative_to(here) else folder)
    unit = loader.load(Source(str(path), text), folder)
    return checked(unit, *loader.units())


def checked(*units: Unit) -> Unit:
    """The first of some units, where none has mistakes."""
    problems: dict[Diagnostic, None] = {}
    for unit in units:
        problems.update(dict.fromkeys(unit.problems))
        if not unit.source.library:
            problems.update(dict.fromkeys(check_unit(unit)))
    if problems:
        raise ArchError(problems)
    return units[0]


def _catalogue() -> Unit:
    return Loader().library("networks")


def _from_library(name: str) -> Network:
    unit = _catalogue()
    known = {definition.name: definition for definition in unit.networks()}
    if name not in known:
        span = errors.outside(name)
        raise ArchError([errors.unknown_spec(span, name, list(known))])
    return Network(known[name], {}, Walk())


def _network(unit: Unit, name: str | None) -> Network:
    found: dict[str, Definition] = {definition.name: definition for definition in unit.networks()}
    span = Span(unit.source, 0, 0)
    if name is not None and name not in found:
        raise ArchError([errors.unknown_spec(errors.outside(name), name, list(found))])
    if name is None and len(found) != 1:
        raise ArchError([errors.which_network(span, list(found)) if found else errors.no_network(span)])
    return Network(found[name] if name else next(iter(found.values())), {}, Walk())
