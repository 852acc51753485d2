"""From the name of a spec to its networks: a file, `file.arch:network`, a name of the library, or text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archdsl.limits import Exhausted, at_most, working
from archdsl.lower.check import check_unit
from archdsl.lower.expand import Walk
from archdsl.lower.outside import from_python, from_text
from archdsl.lower.resolve import SUFFIXES, Definition, Loader, Unit, library_unit, read_text, root_of
from archdsl.lower.settings import is_whole, network_of
from archdsl.lower.unused import unused
from archdsl.lower.values import Value
from archdsl.network import Network
from archdsl.report import ArchError, Diagnostic, Mistake, Source, Span, errors
from archdsl.syntax import tree

if TYPE_CHECKING:
    from archdsl.ablate.family import Family

Given = Callable[[Definition], Mapping[str, Value]]
"""What the parameters of a network are set to from outside."""


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
    return _one(_read_text(text, name), network, _nothing)


def loads_set(text: str, name: str, parameters: Mapping[str, str]) -> Network:
    """The one network that a text defines, with values for parameters written in the language."""
    return _one(_read_text(text, name), None, partial(from_text, given=parameters))


def networks(path: str | Path) -> tuple[Network, ...]:
    """Every network of a file that has a default for each parameter; raises `ArchError` with the mistakes of all."""
    return _all(_read(Path(path)))


def check_text(text: str, name: str) -> tuple[Network, ...]:
    """Every network of a text that has a default for each parameter, checked; raises `ArchError` with all mistakes."""
    return _all(_read_text(text, name))


def ablation(spec: str | Path, most: int | None = None) -> Family[Network]:
    """The family of variants that a file defines; `path:name` for one of several.

    Raises `ArchError` with every mistake found, and where there are more than `most` rows.
    """
    path, name = _parted(str(spec))
    if path is None:
        raise ArchError([errors.no_ablation(errors.outside(str(spec)))])
    return _family(_read(path), name, most)


def problems(spec: str) -> tuple[Diagnostic, ...]:
    """What is to be said of a spec, all of a file's networks if none is named: its errors, or else its warnings."""
    path, name = _parted(spec)
    try:
        if path is None:
            load(spec)
            return ()
        units = _read(path)
        _all(units) if name is None else _one(units, name, _nothing)
    except ArchError as error:
        return error.diagnostics
    return unused(units[0])


def text_problems(text: str, name: str) -> tuple[Diagnostic, ...]:
    """The same of a text that is no file."""
    try:
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


def _load(spec: str, given: Given) -> Network:
    path, name = _parted(spec)
    if path is not None:
        return _one(_read(path), name, given)
    (network,) = _checked([_named(library_unit("networks"), name or "")], {}, given)
    return network


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


NETWORKS = 4
"""How many of the largest networks the networks of a file may amount to."""
LOCAL = {"unknown-name", "unknown-parameter", "surplus-argument", "doubled-argument"}
"""Mistakes in a text that leave the rest of it sound enough to be worked out."""

# --- networks ----------------------------------------------------------------------------------------------


def _nothing(definition: Definition) -> Mapping[str, Value]:
    return {}


def _one(units: Units, name: str | None, given: Given) -> Network:
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
    (network,) = _checked([chosen], problems, given)
    return network


def _all(units: Units) -> tuple[Network, ...]:
    """A network that leaves a parameter to its user is worked out where that user sets it; then ablations."""
    walk = Walk()
    with working(NETWORKS):
        whole = [definition for definition in units[0].networks() if _can_stand(definition)]
        return _checked(whole, _mistakes(units), _nothing, walk, _ablation_mistakes(units[0], walk))


def _can_stand(definition: Definition) -> bool:
    """Whether a network is to be worked out as it stands; one with a mistake in its derivation is, to have it told."""
    try:
        return is_whole(definition)
    except (Mistake, Exhausted):
        return True


def _named(unit: Unit, name: str) -> Definition:
    known = {definition.name: definition for definition in unit.networks()}
    if name not in known:
        raise ArchError([errors.unknown_spec(errors.outside(name), name, list(known))])
    return known[name]


def _family(units: Units, name: str | None, most: int | None) -> Family[Network]:
    """One ablation of a file, and the network that it varies."""
    known = {definition.name: definition for definition in _ablations(units[0])}
    span = Span(units[0].source, 0, 0)
    if name is not None and name not in known:
        raise ArchError([errors.unknown_ablation(errors.outside(name), name, list(known))])
    if name is None and len(known) != 1:
        _checked([], _mistakes(units), _nothing)
        raise ArchError([errors.which_ablation(span, list(known)) if known else errors.no_ablation(span)])
    chosen = known[name or next(iter(known))]
    problems = _mistakes(units)
    (network,) = _checked([_varied(chosen)], problems, _nothing)
    return _planned(chosen, network, most)


def _ablations(unit: Unit) -> list[Definition]:
    return [definition for definition in unit.own.values() if isinstance(definition.item, tree.Ablation)]


def _varied(ablation: Definition) -> Definition:
    """The network that an ablation varies."""
    assert isinstance(ablation.item, tree.Ablation)
    try:
        return network_of(ablation.unit, ablation.item.of)
    except Mistake as mistake:
        raise ArchError(mistake.diagnostics) from None


def _planned(ablation: Definition, network: Network, most: int | None = None) -> Family[Network]:
    assert isinstance(ablation.item, tree.Ablation)
    return network.family(ablation.item, ablation.unit, most)


def _ablation_mistakes(unit: Unit, walk: Walk) -> Iterator[Diagnostic]:
    """What is wrong in the ablations of a file; where the network of one is wrong itself, it is not looked at."""
    for definition in _ablations(unit):
        try:
            varied = _varied(definition)
        except ArchError as error:
            yield from error.diagnostics
            continue
        try:
            network = Network(varied, {}, walk)
        except ArchError as error:
            yield from () if _can_stand(varied) else error.diagnostics
            continue
        try:
            _planned(definition, network)
        except ArchError as error:
            yield from error.diagnostics


def _mistakes(units: Units) -> dict[Diagnostic, None]:
    """What is wrong in the text, before anything is worked out."""
    problems: dict[Diagnostic, None] = {}
    for unit in units:
        problems.update(dict.fromkeys(unit.problems[: at_most().mistakes]))
        if not unit.source.library:
            problems.update(dict.fromkeys(check_unit(unit)))
    return problems


def _checked(
    definitions: list[Definition],
    problems: dict[Diagnostic, None],
    given: Given,
    walk: Walk | None = None,
    further: Iterable[Diagnostic] = (),
) -> tuple[Network, ...]:
    """The networks worked out, which share what they have in common; raises all mistakes, those of the text first.

    `further` mistakes are looked for last.
    """
    if any(problem.code not in LOCAL for problem in problems):
        raise ArchError(problems)
    walk, found = walk or Walk(), []
    known = {(problem.code, problem.primary.span) for problem in problems}
    with working(NETWORKS):
        for definition in definitions:
            try:
                found.append(Network(definition, given(definition), walk))
            except ArchError as error:
                new = (p for p in error.diagnostics if (p.code, p.primary.span) not in known)
                problems.update(dict.fromkeys(new))
            if len(problems) >= at_most().mistakes or any(p.code == "too-much-work" for p in problems):
                break
        problems.update(dict.fromkeys(islice(further, at_most().mistakes)))
    if problems:
        raise ArchError(problems)
    return tuple(found)
