"""The classes that a network comes down to: one for each block, with what its constructor is given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from archdsl.emit.forms import Action, Form, Made, form_of
from archdsl.emit.merge import Apart, merged
from archdsl.emit.naming import Argument, Names, camel
from archdsl.lower.record import Record
from archdsl.lower.resolve import Definition
from archdsl.ops.term import Term


@dataclass(frozen=True)
class Class:
    """One class of the file. `definition` is what it is called after, `names` has its forms and its columns' names."""

    name: str
    definition: Definition
    names: Names
    actions: Sequence[Action]
    arguments: Sequence[Argument]
    instances: Sequence[tuple[int, Form]]
    """Every instance in the network, with which of the forms it has."""

    @property
    def forms(self) -> Sequence[Form]:
        return self.names.forms

    @property
    def chain(self) -> Term | None:
        """The `nn.Sequential` that the whole body is, where it is one."""
        first = self.actions[0] if self.actions else None
        whole = first is not None and first.kind == "module" and first.path == ()
        return first.term if whole and isinstance(first, Action) and isinstance(first.term, Term) else None

    def made(self, form: int) -> Term:
        """How the instance of one of the forms is made."""
        plain = tuple(a.values[form] for a in self.arguments if not a.default)
        others = [(a.name, a.values[form], a.default[0]) for a in self.arguments if a.default]
        changed = tuple((name, value) for name, value, default in others if value != default)
        return Term(self.name, plain, changed, tuple((name, default) for name, _, default in others))


def classes_of(network: Record, title: Definition) -> list[Class]:
    """The classes of a network, the network last and those of inner blocks first.

    The network is called as `title`, though its body may be that of its base.
    """
    made: dict[int, Made] = {}
    taken = {camel(title.name)}
    classes: list[Class] = []
    for records in _by_block(network):
        is_network = records[0] is network
        called = title if is_network else records[0].definition
        forms: dict[Form, list[Form]] = {}
        for record in records:
            form = form_of(record, lambda inner: made[id(inner)], whole=not is_network)
            forms.setdefault(form, []).append(form)
        for group, actions in _grouped(list(forms)):
            names = Names(records[0].definition, group)
            names.name_all(actions)
            name = camel(title.name) if is_network else _free(camel(called.name), taken)
            instances = [(i, twin) for i, form in enumerate(group) for twin in forms[form]]
            classes.append(Class(name, called, names, actions, names.ordered(), instances))
            made.update((id(twin.record), (classes[-1].made(i), twin.extras)) for i, twin in instances)
    return classes


def _free(wanted: str, taken: set[str]) -> str:
    count, name = 1, wanted
    while name in taken:
        count += 1
        name = f"{wanted}{count}"
    taken.add(name)
    return name


def _by_block(network: Record) -> Iterator[list[Record]]:
    """All records, one list for each block, a block after those that stand in it.

    A block that stands inside itself, by way of a parameter, has a list for each height at which it does.
    """
    heights: dict[int, int] = {}
    records: list[Record] = []

    def visit(record: Record) -> int:
        if id(record) not in heights:
            heights[id(record)] = 1 + max(map(visit, _inside(record)), default=0)
            records.append(record)
        return heights[id(record)]

    visit(network)
    below = _below(records)
    lists: dict[Any, list[Record]] = {}
    for record in records:
        own = record.definition
        lists.setdefault((own, heights[id(record)] if own in below[own] else 0), []).append(record)
    done: set[int] = set()
    waiting = list(lists.values())
    while waiting:
        ready = next(ones for ones in waiting if all(id(inner) in done for one in ones for inner in _inside(one)))
        waiting.remove(ready)
        done.update(map(id, ready))
        yield ready


def _inside(record: Record) -> list[Record]:
    return [step.what for step in record.steps if isinstance(step.what, Record)]


def _below(records: list[Record]) -> dict[Definition, set[Definition]]:
    """For each block the blocks that stand in it, at any depth."""
    below: dict[Definition, set[Definition]] = {record.definition: set() for record in records}
    for record in records:
        below[record.definition].update(inner.definition for inner in _inside(record))
    for middle in below:
        for one in below.values():
            if middle in one:
                one |= below[middle]
    return below


def _grouped(forms: list[Form]) -> Iterator[tuple[list[Form], list[Action]]]:
    """The forms in as few groups as can each be one class."""
    while forms:
        group, actions = [forms[0]], merged(forms[:1])
        for form in forms[1:]:
            try:
                actions = merged([*group, form])
            except Apart:
                continue
            group.append(form)
        yield group, actions
        forms = [form for form in forms if form not in group]
