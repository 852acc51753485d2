"""What a file says to no effect: parameters, bindings, inputs, imports and blocks that nothing uses."""

from __future__ import annotations

from collections.abc import Iterator

from archdsl.limits import at_most
from archdsl.lower.resolve import Unit
from archdsl.report import Diagnostic, Span, errors
from archdsl.syntax import tree


def unused(unit: Unit) -> tuple[Diagnostic, ...]:
    """The warnings of a file in which nothing is wrong, in the order of its text; none of the library's own files."""
    if unit.source.library:
        return ()
    found = [*_of_file(unit), *(warning for definition in unit.own.values() for warning in _in_item(definition.item))]
    return tuple(sorted(found, key=lambda warning: warning.primary.span.start)[: at_most().mistakes])


def _of_file(unit: Unit) -> Iterator[Diagnostic]:
    """Imports and blocks; a file of blocks alone is there to be imported from."""
    if not unit.own:
        yield errors.nothing_defined(Span(unit.source, 0, 0))
    used, is_whole = _names(unit.tree), bool(unit.networks())
    for item in unit.tree.items:
        if isinstance(item, tree.Import):
            idle = (name for name in item.names if name.alias not in used)
            yield from (errors.unused_import(name.span, name.alias) for name in idle)
        elif isinstance(item, tree.Block) and is_whole and _is_idle(item.name.id, used):
            yield errors.unused_block(item.name.span, item.name.id)


def _in_item(item: tree.Item) -> Iterator[Diagnostic]:
    if isinstance(item, tree.Import | tree.Ablation):
        return
    used = _names(item)
    for parameter in item.parameters:
        if _is_idle(parameter.name, used):
            yield errors.unused_parameter(parameter.span, parameter.name, item.name.id)
    for statement in () if isinstance(item, tree.Derived) else item.body:
        if isinstance(statement, tree.InputDecl) and _is_idle(statement.name.id, used):
            yield errors.unused_input(statement.name.span, statement.name.id)
        yield from _bound(tree.targets(statement), used)


def _bound(targets: tuple[tree.Target, ...], used: set[str]) -> Iterator[Diagnostic]:
    """Of a list that is taken apart it is enough that one name is used."""
    idle = [target.id for target in targets if _is_idle(target.id, used)]
    if idle and not any(target.id in used for target in targets):
        yield errors.unused_binding(targets[0].span.to(targets[-1].span), idle)


def _is_idle(name: str, used: set[str]) -> bool:
    """Whether nothing uses a name of which that was not meant."""
    return name not in used and name != "out" and not name.startswith("_")


def _names(node: tree.Node) -> set[str]:
    """Every name that is mentioned below a node."""
    return {part.id for part in tree.walk(node) if isinstance(part, tree.Name)}
