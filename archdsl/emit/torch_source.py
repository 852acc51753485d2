"""PyTorch source: one class for each block, the network last.

A class serves every instance of its block that differs from the others in numbers, or in a part, only: those are
the arguments of its constructor.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archdsl.emit.forms import REPEAT, Action, Form, Start, form_of
from archdsl.emit.forward import Forward, substituted
from archdsl.emit.merge import Apart, Column, merged
from archdsl.emit.naming import IDENTITY, Argument, Names, camel, columns_of, python_name
from archdsl.emit.notes import note_of_class, note_of_network
from archdsl.emit.text import render
from archdsl.lower.networks import Assumption, Interface
from archdsl.lower.record import Record
from archdsl.lower.resolve import Definition
from archdsl.ops import Op
from archdsl.ops.init import HE
from archdsl.ops.term import Term, Text

LINE = 100
Path = tuple[str, ...]


@dataclass(frozen=True)
class Class:
    """One class of the file, and what its constructor is given for each record."""

    name: str
    names: Names
    actions: Sequence[Action]
    arguments: Sequence[Argument]

    @property
    def forms(self) -> Sequence[Form]:
        return self.names.forms

    def made(self, form: int) -> Term:
        """How the instance of one of the forms is made."""
        plain = tuple(a.values[form] for a in self.arguments if not a.default)
        others = [a for a in self.arguments if a.default]
        defaults = tuple((a.name, a.default[0]) for a in others)
        changed = tuple((a.name, a.values[form]) for a in others if a.values[form] != a.default[0])
        return Term(self.name, plain, changed, defaults)


class Classes:
    """The classes of a network, those of inner blocks first."""

    def __init__(self, network: Record) -> None:
        self._made: dict[int, Term] = {}
        self._names: set[str] = set()
        self.all: list[Class] = []
        for records in _by_definition(network):
            self._add(records, whole=records[0] is not network)

    def _add(self, records: list[Record], *, whole: bool) -> None:
        forms: dict[Form, list[Record]] = {}
        for record in records:
            forms.setdefault(form_of(record, lambda inner: self._made[id(inner)], whole=whole), []).append(record)
        for group, actions in _grouped(list(forms)):
            names = Names(records[0].definition, group)
            names.name_all(actions)
            one = Class(self._name(records[0].definition), names, actions, names.ordered())
            self.all.append(one)
            for i, form in enumerate(group):
                self._made.update((id(record), one.made(i)) for record in forms[form])

    def _name(self, definition: Definition) -> str:
        wanted = camel(definition.name)
        count, name = 1, wanted
        while name in self._names:
            count += 1
            name = f"{wanted}{count}"
        self._names.add(name)
        return name


def _by_definition(network: Record) -> Iterator[list[Record]]:
    """All records, one list for each block, a block after those that stand in it.

    A block that stands inside itself, by way of a parameter, has a list for each height at which it does.
    """
    heights: dict[int, int] = {}
    records: list[Record] = []

    def visit(record: Record) -> int:
        if id(record) not in heights:
            inner = [visit(step.what) for step in record.steps if isinstance(step.what, Record)]
            heights[id(record)] = 1 + max(inner, default=0)
            records.append(record)
        return heights[id(record)]

    visit(network)
    below = _below(records)
    lists: dict[Any, list[Record]] = {}
    for record in records:
        own = record.definition
        key = (own, heights[id(record)]) if own in below[own] else own
        lists.setdefault(key, []).append(record)
    done: set[int] = set()
    waiting = list(lists.values())
    while waiting:
        ready = next(rs for rs in waiting if all(i in done for r in rs for i in _inner(r)))
        waiting.remove(ready)
        done.update(map(id, ready))
        yield ready


def _inner(record: Record) -> list[int]:
    return [id(step.what) for step in record.steps if isinstance(step.what, Record)]


def _below(records: list[Record]) -> dict[Definition, set[Definition]]:
    """For each block the blocks that stand in it, at any depth."""
    below: dict[Definition, set[Definition]] = {record.definition: set() for record in records}
    for record in records:
        below[record.definition] |= {s.what.definition for s in record.steps if isinstance(s.what, Record)}
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


# --- text --------------------------------------------------------------------------------------------------


def source(network: Record, interface: Interface, sizes: Mapping[str, int]) -> str:
    """The Python text of a network. `sizes` are the numbers that its comments show for the input's symbols."""
    classes = Classes(network)
    starts = _init_function(classes, network)
    parts = [_header(network), *_helpers(network), *starts]
    for one in classes.all:
        is_network = one is classes.all[-1]
        checks = _checks(interface) if is_network else []
        note = note_of_network(one.forms[0], interface, sizes) if is_network else note_of_class(one.names)
        parts.append("\n".join(_class_lines(one, note, checks, is_network, bool(starts))))
    return "\n\n\n".join(parts) + "\n"


def _header(network: Record) -> str:
    doc = _first_line(network.definition) or network.definition.name
    return f'"""{doc}"""\n\nimport torch\nimport torch.nn.functional as F\nfrom torch import nn'


def _first_line(definition: Definition) -> str:
    doc = definition.item.doc.strip().split("\n")[0]
    return doc.replace("\\", "\\\\").replace('"', "'")


def _helpers(network: Record) -> list[str]:
    """Functions that ops call, each once."""
    found: dict[str, None] = {}

    def visit(record: Record) -> None:
        for step in record.steps:
            if isinstance(step.what, Record):
                visit(step.what)
            elif isinstance(step.what, Op) and step.what.helper:
                found[step.what.helper.rstrip()] = None

    visit(network)
    return list(found)


def _init_function(classes: Classes, network: Record) -> list[str]:
    """How weights start, where torch's own way is not meant."""
    convolutions = sorted({t.function for c in classes.all for a in c.actions for t in _modules(a.term)})
    lines = []
    if convolutions:
        test = convolutions[0] if len(convolutions) == 1 else f"({', '.join(convolutions)})"
        lines += [f"    if isinstance(module, {test}):", f"        {render(HE.fill(Text('module.weight')), {})}"]
    for one in classes.all:
        starts = [_start_line(one, start) for start in one.forms[0].starts]
        if starts:
            lines += [f"    {'el' * bool(lines)}if isinstance(module, {one.name}):", *(f"        {s}" for s in starts)]
    if not lines:
        return []
    doc = '    """Starts the weights of one module; what a block says of its parts comes after the parts themselves."""'
    return ["\n".join(["def init_weights(module):", doc, *lines])]


def _modules(value: Any) -> Iterator[Term]:
    """Every convolution that is made below a value."""
    match value:
        case Term(function):
            if function.startswith("nn.Conv"):
                yield value
            yield from _modules(value.args)
            yield from _modules(tuple(v for _, v in value.kwargs))
        case Column():
            yield from _modules(value.values)
        case tuple():
            for item in value:
                yield from _modules(item)


def _start_line(one: Class, start: Start) -> str:
    owner = access(one.actions, start.path, "module")
    if start.init is None:
        return f"{owner}.reset_parameters()"
    return render(start.init.fill(Text(f"{owner}.{start.weight}")), {})


def _checks(interface: Interface) -> list[str]:
    """What the network requires of its input, as checks that stay in a traced or exported graph."""
    places: dict[str, list[str]] = {name: [] for name in interface.symbols}
    for name, shape in interface.inputs.items():
        for axis, dim in enumerate(shape):
            if str(dim) in places:
                places[str(dim)].append(f"{name}.shape[{axis}]")
    lines = []
    for symbol, (first, *others) in places.items():
        for other in others:
            message = f"`{symbol}` must be one size"
            lines.append(f"torch._assert({first} == {other}, {render(message, {})})")
    return lines + [_check(assumption, places[assumption.symbol][0]) for assumption in interface.assumptions]


def _check(assumption: Assumption, place: str) -> str:
    left = place if assumption.modulus is None else f"{place} % {assumption.modulus}"
    message = assumption.message or f"the input does not meet: {assumption.text}"
    return f"torch._assert({left} {assumption.operator} {assumption.number}, {render(message, {})})"


def _class_lines(one: Class, note: Any, checks: list[str], is_network: bool, starts: bool) -> list[str]:
    def spell(value: Any) -> Any:
        return substituted(value, lambda leaf: one.names.texts.get(leaf, leaf) if isinstance(leaf, Column) else leaf)

    sequential = len(one.actions) == 1 and one.actions[0].path == () and one.actions[0].kind == "module"
    doc = _first_line(one.names.definition)
    head = [f"class {one.name}(nn.{'Sequential' if sequential else 'Module'}):"]
    head += [f'    """{doc}"""', ""] if doc else []
    signature = _signature(one.arguments)
    local = [f"{name} = {text}" for name, text in one.names.local.items()]
    modules = [f"{a.name} = {a.name} or nn.Identity()" for a in one.arguments if a.default == (IDENTITY,)]
    if sequential:
        made = spell(one.actions[0].term)
        return head + _indented(1, [f"def __init__({signature}):"], _indented(1, local + modules + _call("super().__init__", made)))
    registers = list(_registrations(one, spell)) + ["self.apply(init_weights)"] * (is_network and starts)
    scalars, forward_spell = _kept(one, spell)
    forward = Forward(
        one.forms[0],
        one.actions,
        lambda path: access(one.actions, path, "self"),
        forward_spell,
        lambda ref: str(note(ref)),
        every_part=is_network,
    )
    body = forward.write()
    inputs = ", ".join(filter(None, (str(note(ref)) for ref in range(len(one.forms[0].record.input_names)))))
    constructor = ["super().__init__()", *local, *modules, *scalars, *registers]
    lines = head
    if len(constructor) > 1:
        lines += _indented(1, [f"def __init__({signature}):"], _indented(1, constructor), [""])
    lines += _indented(1, [f"def forward(self, {', '.join(forward.parameters)}):  # {inputs}"], _indented(1, checks + body))
    return [line.rstrip() for line in lines]


def _signature(arguments: Sequence[Argument]) -> str:
    def one(a: Argument) -> str:
        if not a.default:
            return a.name
        return f"{a.name}=None" if a.default == (IDENTITY,) else f"{a.name}={render(a.default[0], {})}"

    return ", ".join(["self", *map(one, arguments)])


def _indented(depth: int, *groups: list[str]) -> list[str]:
    return [" " * 4 * depth + line if line else "" for group in groups for line in group]


def _kept(one: Class, spell: Any) -> tuple[list[str], Any]:
    """Numbers that `forward` needs are kept on the module."""
    kept: dict[str, str] = {}

    def keep(leaf: Any) -> Any:
        if not isinstance(leaf, Column):
            return leaf
        text = one.names.texts[leaf].text
        name = text if text.isidentifier() else python_name(leaf.hint)
        kept[name] = text
        return Text(f"self.{name}")

    for action in one.actions:
        if action.kind != "module" and any(True for _ in columns_of(action.term)):
            substituted(action.term, keep)
    return [f"self.{name} = {text}" for name, text in kept.items()], lambda value: substituted(value, keep)


# --- what is registered ------------------------------------------------------------------------------------


def _registrations(one: Class, spell: Any) -> Iterator[str]:
    """The lines that register modules and tensors, scopes that are no chain as plain containers."""
    opened: set[Path] = set()
    for action in one.actions:
        if action.again or action.kind == "call":
            continue
        for length in range(1, len(action.path)):
            scope = action.path[:length]
            if scope not in opened:
                opened.add(scope)
                yield _registered(access(one.actions, scope[:-1], "self"), scope[-1], "nn.Module()")
        yield from _registration(one, action, spell)


def _registration(one: Class, action: Action, spell: Any) -> Iterator[str]:
    if action.kind == "raw":
        owner = access(one.actions, action.path, "self")
        for weight in action.weights:
            yield _registered(owner, weight.name, f"nn.Parameter(torch.empty({', '.join(map(str, weight.shape))}))")
        return
    owner, name = access(one.actions, action.path[:-1], "self"), action.path[-1]
    if action.kind == "module":
        yield from _call(f"{owner}.{name} = ", spell(action.term)) if name.isidentifier() else [
            f'{owner}.add_module("{name}", {render(spell(action.term), {})})'
        ]
        return
    (weight,) = action.weights
    tensor = render(spell(action.term), {})
    if weight.trainable:
        yield _registered(owner, name, f"nn.Parameter({tensor})")
    else:
        yield f'{owner}.register_buffer("{name}", {tensor}{"" if weight.persistent else ", persistent=False"})'


def _registered(owner: str, name: str, value: str) -> str:
    return f"{owner}.{name} = {value}" if name.isidentifier() else f'{owner}.add_module("{name}", {value})'


def _call(prefix: str, made: Any) -> list[str]:
    """A constructor call, its arguments on lines of their own where one line is too short; runs are loops."""
    if isinstance(made, Term) and made.function == "nn.Sequential":
        args = [_run(arg) for arg in made.args]
        name = "" if prefix.endswith("__init__") else "nn.Sequential"
    else:
        text = render(expanded(made), {})
        if len(prefix) + len(text) <= LINE or not isinstance(made, Term):
            return [prefix + text]
        name = made.function
        args = [render(expanded(a), {}) for a in made.args]
        args += [f"{n}={render(expanded(v), {})}" for n, v in made.kwargs]
    line = f"{prefix}{name}({', '.join(args)})"
    return [line] if len(line) <= LINE - 8 else [f"{prefix}{name}(", *(f"    {arg}," for arg in args), ")"]


def expanded(value: Any) -> Any:
    """A term with the runs of its chains spelt out as Python has them."""
    match value:
        case Term("nn.Sequential", runs):
            return Term("nn.Sequential", tuple(Text(_run(run)) for run in runs))
        case Term():
            kwargs = tuple((n, expanded(v)) for n, v in value.kwargs)
            return Term(value.function, tuple(map(expanded, value.args)), kwargs, value.defaults)
    return value


def _run(run: Any) -> str:
    if not isinstance(run, Term) or run.function != REPEAT:
        return render(expanded(run), {})
    module, count = run.args
    text = render(expanded(module), {})
    if count == 1:
        return text
    return f"*({text} for _ in range({render(count, {})}))"


def access(actions: Sequence[Action], path: Path, root: str) -> str:
    """How Python reaches what is registered at a path."""
    chains = {a.path for a in actions if isinstance(a.term, Term) and a.term.function == "nn.Sequential"}
    text = root
    for i, name in enumerate(path):
        inside = any(path[:j] in chains for j in range(i + 1))
        text = f"{text}.{name}" if name.isidentifier() else f"{text}[{name}]" if inside else f'getattr({text}, "{name}")'
    return text


def class_name(network: Record) -> str:
    """The class of the network in its source, which is the last one."""
    return Classes(network).all[-1].name
