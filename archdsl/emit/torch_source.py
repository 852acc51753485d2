"""PyTorch source: one class for each block, the network last.

A class serves every instance of its block that differs from the others in numbers, or in a part, only: those are
the arguments of its constructor.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from archdsl.emit.classes import Class, classes_of
from archdsl.emit.constructor import Constructor
from archdsl.emit.folds import folding
from archdsl.emit.forms import Start
from archdsl.emit.forward import Forward
from archdsl.emit.layout import indented, lines_of
from archdsl.emit.merge import Column
from archdsl.emit.naming import IDENTITY, Argument, camel, columns_of, python_name
from archdsl.emit.notes import Note, note_of_class, note_of_network
from archdsl.emit.text import render
from archdsl.lower.interface import Assumption, Interface
from archdsl.lower.labels import is_taken
from archdsl.lower.record import Record
from archdsl.lower.resolve import Definition
from archdsl.ops import Op
from archdsl.ops.init import HE
from archdsl.ops.term import Term, Text, substituted


def source(
    title: Definition, network: Record, interface: Interface, sizes: Mapping[str, int], *, inference: bool = False
) -> str:
    """The Python text of a network, which is called as `title` is.

    `sizes` are the numbers that its comments show for the input's symbols. For `inference` the module stands in
    evaluation mode, with channels last, and its weights are those of a checkpoint of the plain network.
    """
    classes = classes_of(network, title)
    starts, folds = [] if inference else _init_function(classes), folding(classes)
    parts = [*_helpers(network), *starts]
    for one in classes[:-1]:
        parts.append(_text(one, note_of_class(one), [], []))
    note = note_of_network(classes[-1].forms[0], interface, sizes)
    parts.append(
        _text(
            classes[-1],
            note,
            _ready(network, bool(folds)) if inference else ["self.apply(init_weights)"] * bool(starts),
            _checks(interface),
            is_network=True,
        )
    )
    body = "\n\n\n".join([*parts, *folds])
    return f"{_header(title, body)}\n\n\n{body}\n"


LAYOUTS = {4: "torch.channels_last", 5: "torch.channels_last_3d"}
"""What torch calls channels last, for weights of so many axes; a module takes one of them."""


def _ready(network: Record, folds: bool) -> list[str]:
    """The lines that end the constructor of a network for inference."""
    hook = ["self.register_load_state_dict_pre_hook(fold_norms)"] * folds
    layouts = {LAYOUTS[len(w.shape)] for _, w in network.weights() if len(w.shape) in LAYOUTS}
    return [*hook, f"self.eval().to(memory_format={layouts.pop()})" if len(layouts) == 1 else "self.eval()"]


def class_name(title: Definition) -> str:
    """The class of the network in its source."""
    return camel(title.name)


IMPORTS = {"torch": "import torch", "F": "import torch.nn.functional as F", "nn": "from torch import nn"}
"""How each name of torch comes into the source."""


def _header(title: Definition, body: str) -> str:
    """What the file is, and the imports that its body uses."""
    doc = _first_line(title) or title.name
    used = [line for name, line in IMPORTS.items() if re.search(rf"\b{name}\.", body)]
    return "\n".join([f'"""{doc}"""', "", *used])


def _first_line(definition: Definition) -> str:
    """The beginning of an item's documentation, as it can stand between triple quotes."""
    doc = definition.item.doc.strip().split("\n")[0]
    return doc.replace("\\", "\\\\").replace('"', "'")


def _helpers(network: Record) -> list[str]:
    """Functions that ops call, each once."""
    found: dict[str, None] = {}

    def visit(record: Record) -> None:
        for step in record.steps:
            if isinstance(step.what, Record):
                visit(step.what)
            elif isinstance(step.what, Op):
                found[step.what.helper(*(record.shapes[ref] for ref in step.inputs)).rstrip()] = None

    visit(network)
    return [text for text in found if text]


# --- how weights start -------------------------------------------------------------------------------------


def _init_function(classes: Sequence[Class]) -> list[str]:
    """A function that starts the weights of a module, where torch's own way is not meant."""
    tests: list[tuple[str, list[str]]] = []
    convolutions = sorted({t.function for one in classes for a in one.actions for t in _convolutions(a.term)})
    if convolutions:
        kinds = convolutions[0] if len(convolutions) == 1 else f"({', '.join(convolutions)})"
        tests.append((kinds, lines_of(HE.fill(Text("module.weight")))))
    for one in classes:
        if one.forms[0].starts:
            tests.append((one.name, [_start(one, start) for start in one.forms[0].starts]))
    if not tests:
        return []
    lines = ["def init_weights(module):"]
    lines += [
        '    """Starts the weights of a module; what a block says of its parts comes after the parts themselves."""'
    ]
    for i, (kinds, body) in enumerate(tests):
        lines += [f"    {'elif' if i else 'if'} isinstance(module, {kinds}):", *indented(2, body)]
    return ["\n".join(lines)]


def _convolutions(value: Any) -> Iterator[Term]:
    """Every convolution that is made below a value."""
    match value:
        case Term(function):
            if function.startswith("nn.Conv"):
                yield value
            yield from _convolutions(value.args)
            yield from _convolutions(tuple(option for _, option in value.kwargs))
        case Column():
            yield from _convolutions(value.values)
        case tuple():
            for item in value:
                yield from _convolutions(item)


def _start(one: Class, start: Start) -> str:
    owner = Constructor(one.actions).access(start.path, "module")
    if start.init is None:
        return f"{owner}.reset_parameters()"
    return render(start.init.fill(Text(f"{owner}.{start.weight}")), {})


# --- what the network requires -----------------------------------------------------------------------------


def _checks(interface: Interface) -> list[str]:
    """What the network requires of its input, as checks that stay in a traced or exported graph."""
    places: dict[str, list[str]] = {name: [] for name in interface.symbols}
    for name, shape in interface.inputs.items():
        for axis, dim in enumerate(shape):
            if str(dim) in places:
                places[str(dim)].append(f"{python_name(name)}.shape[{axis}]")
    same = [
        _assert(f"{first} == {other}", f"`{symbol}` is one size wherever it stands")
        for symbol, (first, *others) in places.items()
        for other in others
    ]
    asked = [a for a in interface.assumptions if (a.modulus, a.operator, a.number) != (None, ">=", 1)]
    return [*same, *(_check(assumption, places[assumption.symbol][0]) for assumption in asked)]


def _check(assumption: Assumption, place: str) -> str:
    left = place if assumption.modulus is None else f"{place} % {assumption.modulus}"
    message = assumption.message or f"the network requires {assumption.text}"
    return _assert(f"{left} {assumption.operator} {assumption.number}", message)


def _assert(condition: str, message: str) -> str:
    return f"torch._assert({condition}, {render(message, {})})"


# --- one class ---------------------------------------------------------------------------------------------


def _text(one: Class, note: Note, last: list[str], checks: list[str], *, is_network: bool = False) -> str:
    """A class; `last` ends its constructor, `checks` begin its `forward`."""

    def spell(value: Any) -> Any:
        return substituted(value, lambda leaf: one.names.texts[leaf] if isinstance(leaf, Column) else leaf)

    doc = _first_line(one.definition)
    chain = one.chain
    lines = [f"class {one.name}(nn.{'Sequential' if chain else 'Module'}):"]
    lines += indented(1, [f'"""{doc}"""', ""] if doc else [])
    given = [f"{name} = {text}" for name, text in one.names.local.items()]
    given += [f"{a.name} = {a.name} or nn.Identity()" for a in one.arguments if a.default == (IDENTITY,)]
    if chain:
        made = spell(Term("super().__init__", chain.args))
        return "\n".join(lines + _method("__init__", _signature(one.arguments), given + lines_of(made)))
    numbers, kept = _kept(one)
    built = Constructor(one.actions)
    constructor = [*given, *numbers, *built.lines(spell), *last]
    if constructor:
        lines += [*_method("__init__", _signature(one.arguments), ["super().__init__()", *constructor]), ""]
    forward = Forward(one.forms[0], one.actions, lambda path: built.access(path, "self"), kept, note)
    body = forward.write(every_part=is_network)
    inputs = ", ".join(filter(None, map(note, range(len(one.forms[0].record.input_names)))))
    return "\n".join(lines + _method("forward", ["self", *forward.parameters], checks + body, inputs))


def _method(name: str, parameters: list[str], body: list[str], note: str = "") -> list[str]:
    head = f"def {name}({', '.join(parameters)}):" + f"  # {note}" * bool(note)
    return indented(1, [head]) + indented(2, body)


def _signature(arguments: Sequence[Argument]) -> list[str]:
    return ["self", *(f"{a.name}={_default(a)}" if a.default else a.name for a in arguments)]


def _default(argument: Argument) -> str:
    return "None" if argument.default == (IDENTITY,) else render(argument.default[0], {})


def _kept(one: Class) -> tuple[list[str], Callable[[Any], Any]]:
    """The lines that keep numbers for `forward`, and how they are spelt there."""
    kept: dict[str, str] = {}
    parts = {action.path[0] for action in one.actions if action.path}
    plain = {text.text for text in one.names.texts.values() if text.text.isidentifier()}

    def keep(leaf: Any) -> Any:
        if not isinstance(leaf, Column):
            return leaf
        text = one.names.texts[leaf].text
        if text not in kept:
            wanted, held = (text, parts) if text in plain else (python_name(leaf.hint), parts | plain)
            names = (wanted if count == 1 else f"{wanted}{count}" for count in itertools.count(1))
            kept[text] = next(n for n in names if n not in held and n not in kept.values() and not is_taken(n))
        return Text(f"self.{kept[text]}")

    for action in one.actions:
        if action.kind in ("call", "raw") and any(True for _ in columns_of(action.term)):
            substituted(action.term, keep)
    return [f"self.{name} = {text}" for text, name in kept.items()], lambda value: substituted(value, keep)
