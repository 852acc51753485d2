"""Several class bodies of one block as one class: what differs between them becomes a constructor argument.

This is anti-unification (Plotkin 1970). Two terms that differ in a number, or in a whole module, are one term with
a column there: the values that it has in each of the bodies.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from archdsl.emit.forms import Action, Form, module_of
from archdsl.ops import Weight
from archdsl.ops.term import Term


@dataclass(frozen=True, slots=True)
class Column:
    """The values that one place of a class has in each body; `hint` is a name for it where nothing better is known."""

    values: tuple[Any, ...]
    hint: str

    @property
    def is_module(self) -> bool:
        return any(isinstance(value, Term) for value in self.values)


class Apart(Exception):
    """Two bodies have too little in common to be one class."""


def merged(forms: Sequence[Form]) -> list[Action]:
    """The actions that all bodies share, with columns where they differ; raises `Apart`."""
    first = forms[0]
    if any(len(form.actions) != len(first.actions) for form in forms):
        raise Apart
    if any((f.outputs, f.starts, f.folds) != (first.outputs, first.starts, first.folds) for f in forms):
        raise Apart
    if any(len(f.extras) != len(first.extras) for f in forms):
        raise Apart
    return [_action(actions) for actions in zip(*(form.actions for form in forms), strict=True)]


def _action(actions: Sequence[Action]) -> Action:
    first = actions[0]
    if len({(a.inputs, a.outputs, a.again, a.sizes) for a in actions}) > 1:
        raise Apart
    kinds, paths = {a.kind for a in actions}, {a.path for a in actions}
    hint = first.path[-1] if first.path else ""
    if kinds == {"call"} or (len(kinds) == 1 and len(paths) == 1):
        try:
            term = _value([a.term for a in actions], hint, in_module=first.kind == "module")
        except Apart:
            pass
        else:
            if first.path == () and isinstance(term, Column):
                raise Apart
            return replace(first, term=term, weights=_weights(actions))
    return _part(actions)


def _weights(actions: Sequence[Action]) -> tuple[Weight, ...]:
    """The tensors that an action registers by itself, with columns for sizes that differ."""
    merged: list[Weight] = []
    for weights in zip(*(a.weights for a in actions), strict=True):
        if len({(w.name, w.trainable, w.persistent) for w in weights}) > 1:
            raise Apart
        shape = _value([w.shape for w in weights], "channels", in_module=True)
        merged.append(weights[0]._replace(shape=shape))
    return tuple(merged)


def _part(actions: Sequence[Action]) -> Action:
    """Actions that do different things at one place, as a part that the constructor is given."""
    first = actions[0]
    if any(a.path == () or (a.kind != "module" and a.instead is None) for a in actions):
        raise Apart
    modules = [module_of(a) for a in actions]
    named = [a.path for a, module in zip(actions, modules, strict=True) if module.function != "nn.Identity"]
    if len(set(named)) > 1:
        raise Apart
    path = named[0] if named else first.path
    return replace(first, kind="module", path=path, term=_value(modules, path[-1], in_module=True))


def _value(values: Sequence[Any], hint: str, *, in_module: bool) -> Any:
    """One value where all are equal, one term where all are alike, else a column."""
    first = values[0]
    if all(type(v) is type(first) and v == first for v in values):
        return first
    if all(isinstance(v, Term) for v in values):
        return _term(values, hint, in_module=in_module)
    if any(isinstance(v, Term) for v in values) and not in_module:
        raise Apart
    if isinstance(first, tuple) and all(isinstance(v, tuple) and len(v) == len(first) for v in values):
        return tuple(_value(items, hint, in_module=in_module) for items in zip(*values, strict=True))
    if not all(v is None or isinstance(v, int | float | str | tuple | Term) for v in values):
        raise Apart
    return Column(tuple(values), hint)


def _term(terms: Sequence[Term], hint: str, *, in_module: bool) -> Any:
    first = terms[0]
    alike = all(t.function == first.function and len(t.args) == len(first.args) for t in terms)
    if not alike:
        if not in_module:
            raise Apart
        return Column(tuple(terms), hint)
    args = tuple(
        _value(column, _position_hint(first, i, hint), in_module=in_module)
        for i, column in enumerate(zip(*(t.args for t in terms), strict=True))
    )
    return replace(first, args=args, kwargs=tuple(_keywords(terms, hint, in_module=in_module)))


def _position_hint(term: Term, position: int, hint: str) -> str:
    if term.function.startswith("nn.Conv") or term.function == "nn.Linear":
        return (f"{hint}_inputs", f"{hint}_outputs", f"{hint}_kernel")[position]
    return "depth" if term.function == "*" and position == 1 else hint


def _keywords(terms: Sequence[Term], hint: str, *, in_module: bool) -> Iterable[tuple[str, Any]]:
    """Keywords of any term; one that leaves it out has torch's default, which may hang on its other arguments."""
    names = {name for t in terms for name, _ in t.kwargs}
    order = dict.fromkeys(name for t in terms for name, _ in (*t.defaults, *t.kwargs))
    for name in filter(names.__contains__, order):
        given = [dict(t.defaults + t.kwargs).get(name, Apart) for t in terms]
        if Apart in given:
            raise Apart
        yield name, _value(given, name, in_module=in_module)
