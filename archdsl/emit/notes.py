"""Shapes as comments: over the input's axes inside a class, in numbers in a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from archdsl.emit.classes import Class
from archdsl.emit.forms import Form
from archdsl.lower.interface import Interface
from archdsl.shapes import Shape
from archdsl.sizes import Dim, Size, at, ceil_div

Note = Callable[[int], str]
"""A few words on the value of a number, or none."""

AXES = {3: "NCL", 4: "NCHW", 5: "NCDHW"}


def note_of_network(network: Form, interface: Interface, sizes: Mapping[str, int]) -> Note:
    """Shapes in numbers, at `sizes`; the batch, and what depends on a size that has no number, stays as it is."""
    batch = {shape[0] for shape in interface.inputs.values() if shape and isinstance(shape[0], Size)}

    def text(dim: Dim) -> str:
        known = isinstance(dim, int) or all(symbol.name in sizes for symbol in dim.symbols)
        return str(at(dim, sizes) if known and dim not in batch else dim).replace(" ", "")

    return lambda value: "×".join(map(text, network.shape(value)))


def note_of_class(one: Class) -> Note:
    """Shapes over the letters of the input's axes, and over the constructor's arguments where channels differ."""
    return lambda value: _class_note(one, value)


def _class_note(one: Class, value: int) -> str:
    shapes = [form.shape(value) for _, form in one.instances]
    if len({shape.rank for shape in shapes}) > 1:
        return ""
    inputs = [form.shape(0) for _, form in one.instances]
    columns = enumerate(zip(*shapes, strict=True))
    return "×".join(_axis(one, column, inputs, "C" if i == 1 else "·") for i, column in columns)


def _axis(one: Class, column: tuple[Dim, ...], inputs: list[Shape], unknown: str) -> str:
    forms = [form for form, _ in one.instances]
    if all(isinstance(dim, int) for dim in column):
        return (one.names.known(column, forms) or unknown).replace(" ", "")
    found = [_relation(dim, x) for dim, x in zip(column, inputs, strict=True)]
    if None in found:
        return "·"
    letters, ratios = {f[0] for f in found if f}, tuple(f[1] for f in found if f)
    if len(letters) > 1:
        return "·"
    letter = letters.pop()
    if set(ratios) == {1}:
        return letter
    ratio = one.names.known(ratios, forms)
    return f"{letter}/{ratio}" if ratio else "·"


def _relation(dim: Dim, x: Shape) -> tuple[str, int] | None:
    """The axis of the input that a size comes from, and how many times smaller it is, rounded up."""
    letters = AXES.get(x.rank)
    for letter, size in zip(letters or (), x, strict=bool(letters)):
        if isinstance(size, Size):
            ratio = next((r for r in (1, 2, 4, 8, 16, 32) if ceil_div(size, r) == dim), None)
            if ratio is not None:
                return letter, ratio
    return None
