"""The lines of a `forward`: chains read as nested calls, values keep the names of the spec."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from archdsl.emit.forms import Action, Form
from archdsl.emit.measure import Extent, Extra, leaves
from archdsl.emit.naming import python_name
from archdsl.emit.text import render
from archdsl.lower.values import Tensor
from archdsl.ops.term import Arg, Expression, Own, Term, Text, Training, substituted

WIDTH = 64
"""Longer expressions are cut where a value can get a name."""

NOTED = 110
"""A shape is noted behind a line where both are no longer than this."""


class Forward:
    """Writes the body of one `forward`.

    `access` says how the module or tensor at a path is reached, `spell` puts names for columns into a term,
    `note` describes the shape of a value.
    """

    def __init__(
        self,
        form: Form,
        actions: Sequence[Action],
        access: Callable[[tuple[str, ...]], str],
        spell: Callable[[Any], Any],
        note: Callable[[int], str],
    ) -> None:
        self._form, self._actions = form, actions
        self._access, self._spell, self._note = access, spell, note
        self._every_part = False
        used = [ref for action in actions for ref in (*action.inputs, *_read(action))]
        self._left = Counter([*used, *form.outputs])
        self._called = _spec_names(form)
        self._consumer = {ref: action for action in actions for ref in action.inputs}
        self._maker = {ref: action for action in actions for ref in action.outputs}
        self._variables: dict[int, str] = {}
        self._pending: dict[int, Expression | Text] = {}
        self.lines: list[str] = []
        for ref, name in enumerate(form.record.input_names):
            self._variables[ref] = python_name(name)
        self._extras = [_extra_name(form, i) for i in range(len(form.extras))]
        self.parameters = [*self._variables.values(), *self._extras]

    def write(self, *, every_part: bool) -> list[str]:
        """The lines; `every_part` gives each block inside one of its own."""
        self._every_part = every_part
        for action in self._actions:
            self._act(action)
        outputs = self._form.outputs
        values = [self._take(ref) for ref in outputs]
        value = tuple(values) if self._form.record.listed else values[0]
        text = render(value, {})
        self._line(f"return {text[1:-1] if self._form.record.listed and len(outputs) > 1 else text}", outputs)
        return self.lines

    def _act(self, action: Action) -> None:
        for ref in _read(action):
            self._settle(ref)
        expression = self._expression(action, [self._look(ref) for ref in action.inputs])
        if len(render(expression, {})) > WIDTH:
            for ref in dict.fromkeys(action.inputs):
                self._settle(ref)
            expression = self._expression(action, [self._look(ref) for ref in action.inputs])
        for ref in (*action.inputs, *_read(action)):
            self._take(ref)
        if len(action.outputs) > 1:
            self._unpack(action, expression)
            return
        (ref,) = action.outputs
        self._pending[ref] = expression
        if not isinstance(expression, Text) and self._wants_name(action, ref):
            self._settle(ref, action.binding)

    def _wants_name(self, action: Action, ref: int) -> bool:
        consumer = self._consumer.get(ref)
        if self._left[ref] != 1:
            return True
        if consumer is None and len(self._form.outputs) == 1:
            return False
        if ref in self._called:
            return True
        if self._every_part and action.inner and consumer is not None:
            return True
        return consumer is not None and consumer.binding != action.binding

    def _unpack(self, action: Action, expression: Any) -> None:
        names = []
        for ref in action.outputs:
            names.append(self._name(ref, action.binding))
            self._variables[ref] = names[-1]
        self._line(f"{', '.join(names)} = {render(expression, {})}", action.outputs[:1])

    # --- values ---

    def _look(self, ref: int) -> Any:
        return self._pending[ref] if ref in self._pending else Text(self._variables[ref])

    def _take(self, ref: int) -> Any:
        value = self._look(ref)
        self._left[ref] -= 1
        if not self._left[ref]:
            self._pending.pop(ref, None)
        return value

    def _settle(self, ref: int, binding: str | None = None) -> None:
        """Gives a pending expression a line and a name."""
        if ref not in self._pending:
            return
        expression = self._pending.pop(ref)
        if binding is None:
            binding = next((a.binding for a in self._actions if ref in a.outputs), "out")
        name = self._name(ref, binding)
        self._variables[ref] = name
        self._line(f"{name} = {render(expression, {})}", (ref,))

    def _name(self, ref: int, binding: str) -> str:
        """The spec's name for the value, else that of its statement; never one that is still needed for another."""
        wanted = self._called.get(ref) or (self._branch(ref) or "x" if binding == "out" else python_name(binding))
        held = {name for other, name in self._variables.items() if other != ref and self._left[other] > 0}
        promised = {name for other, name in self._called.items() if other not in (ref, *self._variables)}
        held |= promised - {python_name(binding)}
        held.update(*(_texts(value) for other, value in self._pending.items() if other != ref))
        count, name = 1, wanted
        while name in held:
            count += 1
            name = f"{wanted}{count}"
        return name

    def _branch(self, ref: int) -> str | None:
        """The label of the part that gives a value, where the value is one of several that come together."""
        consumer, maker = self._consumer.get(ref), self._maker.get(ref)
        if consumer is None or maker is None or len(set(consumer.inputs)) == 1:
            return None
        label = maker.path[0] if maker.inner and len(maker.path) == 1 else ""
        return python_name(label) if label.isidentifier() else None

    def _expression(self, action: Action, inputs: list[Any]) -> Any:
        if action.kind == "module":
            sizes = substituted(action.sizes, lambda leaf: self._leaf(leaf, [], ""))
            return Term(self._access(action.path), (*inputs, *sizes))
        if action.kind == "tensor":
            return Text(self._access(action.path))
        scope = self._access(action.path)
        return substituted(self._spell(action.term), lambda leaf: self._leaf(leaf, inputs, scope))

    def _leaf(self, leaf: Any, inputs: list[Any], scope: str) -> Any:
        match leaf:
            case Arg(index):
                return inputs[index]
            case Own(name):
                return Text(f"{scope}.{name}")
            case Training():
                return Text("self.training")
            case Extent(value, axis):
                return Text(f"{self._variables[value]}.shape[{axis}]")
            case Extra(index):
                return Text(self._extras[index])
        return leaf

    def _line(self, text: str, refs: Iterable[int]) -> None:
        note = ", ".join(dict.fromkeys(filter(None, map(self._note, refs))))
        noted = f"{text}  # {note}"
        self.lines.append(noted if note and len(noted) <= NOTED else text)


def _read(action: Action) -> list[int]:
    """The values whose sizes an action reads, each as often as it does."""
    return [extent.value for extent in leaves((action.term, action.sizes), Extent)]


def _extra_name(form: Form, index: int) -> str:
    """What a block calls a size that it is given: the parameter that has it, else a number."""
    named = (name for name, value in form.record.arguments.items() if value == form.extras[index])
    return python_name(next(named, f"size{index + 1}"))


def _spec_names(form: Form) -> dict[int, str]:
    """What the spec calls the values of a body, `out` aside; elements of a list are numbered."""
    names: dict[int, str] = {}
    for name, value in form.record.names.items():
        if name == "out":
            continue
        if isinstance(value, Tensor):
            names.setdefault(value.ref, python_name(name))
        elif isinstance(value, tuple):
            for i, item in enumerate(value):
                if isinstance(item, Tensor):
                    names.setdefault(item.ref, f"{name}{i}")
    inputs = len(form.record.input_names)
    return {value: names[ref] for value, ref in enumerate(form.refs) if value >= inputs and ref in names}


def _texts(value: Any) -> Iterable[str]:
    match value:
        case Text(text):
            yield from re.findall(r"[A-Za-z_]\w*", text)
        case Term():
            for item in (*value.args, *(v for _, v in value.kwargs)):
                yield from _texts(item)
        case tuple():
            for item in value:
                yield from _texts(item)
