"""The lines of a `forward`: chains read as nested calls, values keep the names of the spec."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from archdsl.emit.forms import Action, Form
from archdsl.emit.naming import python_name
from archdsl.emit.text import render
from archdsl.lower.values import Tensor
from archdsl.ops.term import Arg, Expression, Own, Term, Text, Training
from archdsl.sizes import Dim, Size, ceil_div

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
        self._left = Counter([ref for action in actions for ref in action.inputs] + list(form.outputs))
        self._called = _spec_names(form)
        self._consumer = {ref: action for action in actions for ref in action.inputs}
        self._variables: dict[int, str] = {}
        self._pending: dict[int, Expression | Text] = {}
        self.lines: list[str] = []
        for ref, name in enumerate(form.record.input_names):
            self._variables[ref] = python_name(name)

    @property
    def parameters(self) -> list[str]:
        return [self._variables[ref] for ref in range(len(self._form.record.input_names))]

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
        expression = self._expression(action, [self._look(ref) for ref in action.inputs])
        if len(render(expression, {})) > WIDTH:
            for ref in dict.fromkeys(action.inputs):
                self._settle(ref)
            expression = self._expression(action, [self._look(ref) for ref in action.inputs])
        for ref in action.inputs:
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
        if ref in self._called or self._left[ref] != 1:
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
        for other, value in list(self._pending.items()):
            if any(text == name for text in _texts(value)):
                self._settle(other)
        self._variables[ref] = name
        self._line(f"{name} = {render(expression, {})}", (ref,))

    def _name(self, ref: int, binding: str) -> str:
        """The spec's name for the value, else that of its statement; never one that is still needed for another."""
        wanted = self._called.get(ref) or ("x" if binding == "out" else python_name(binding))
        held = {name for other, name in self._variables.items() if other != ref and self._left[other] > 0}
        promised = {name for other, name in self._called.items() if other not in (ref, *self._variables)}
        held |= promised - {python_name(binding)}
        count, name = 1, wanted
        while name in held:
            count += 1
            name = f"{wanted}{count}"
        return name

    def _expression(self, action: Action, inputs: list[Any]) -> Any:
        if action.kind == "module":
            return Term(self._access(action.path), tuple(inputs))
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
            case Size():
                return Text(self._measured(leaf))
        return leaf

    def _measured(self, size: Size) -> str:
        """A size that depends on the input, read off a tensor at hand."""
        at_hand = [
            (dim, f"{name}.shape[{axis}]")
            for ref, name in self._variables.items()
            for axis, dim in enumerate(self._form.shape(ref))
            if isinstance(dim, Size)
        ]
        text = next(filter(None, (_related(size, dim, text) for dim, text in at_hand)), None)
        products = (f"{a} * {b}" for m, a in at_hand for n, b in at_hand if m * n == size)
        found = text or next(products, None)
        if found is None:
            raise Unmeasured(str(size))
        return found

    def _line(self, text: str, refs: Iterable[int]) -> None:
        note = ", ".join(dict.fromkeys(filter(None, map(self._note, refs))))
        noted = f"{text}  # {note}"
        self.lines.append(noted if note and len(noted) <= NOTED else text)


class Unmeasured(Exception):
    """No tensor at hand tells a size that an op needs."""


def _related(size: Size, dim: Size, text: str) -> str | None:
    if size == dim:
        return text
    for k in (2, 3, 4, 5, 6, 7, 8, 16, 32):
        if dim * k == size:
            return f"{text} * {k}"
        if dim // k == size:
            return f"{text} // {k}"
        if ceil_div(dim, k) == size:
            return f"-(-{text} // {k})"
    difference: Dim = size - dim
    return f"{text} + {difference}" if isinstance(difference, int) else None


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


def substituted(value: Any, leaf: Callable[[Any], Any]) -> Any:
    """A term with every argument that is no term put through `leaf`."""
    match value:
        case Term():
            args = tuple(substituted(arg, leaf) for arg in value.args)
            return replace(value, args=args, kwargs=tuple((n, substituted(v, leaf)) for n, v in value.kwargs))
        case tuple():
            return tuple(substituted(item, leaf) for item in value)
    return leaf(value)


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
