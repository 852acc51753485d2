"""The op table as text: what `docs/ops.md` and `archdsl ops` show, read off the declarations."""

from __future__ import annotations

import json
from collections.abc import Iterator
from inspect import getdoc
from typing import Any

from archdsl.ops.init import Init
from archdsl.ops.op import TABLE, Op
from archdsl.ops.parameter import Parameter, parameters_of

FAMILIES = {
    "conv": "Convolutions",
    "dense": "Matrix products and look-ups",
    "norm": "Normalisation",
    "activation": "Activations",
    "pool": "Pools",
    "merge": "Several tensors into one",
    "attention": "Attention",
    "shape": "Axes, sizes and elements",
    "regularisation": "Regularisation",
}

HEAD = """\
# Core ops

This page is written by `archdsl.ops.document` from the declarations of the ops; `pytest tests/test_docs.py --update`
writes it anew. [language.md](language.md) says how ops are applied.

*in* is the number of tensors that an op takes, and *list* behind it marks an op that gives a list of tensors.
A parameter without a default is required; `T?` also takes `none`; `T or [T]` is one value for every axis, or one for
each. A `size` is a whole number or a size that depends on the input. `archdsl ops NAME` shows all of an op's
documentation, and the numbers that its parameters take.
"""

STARTS = """\
## How weights start

What an `init` or `bias_init` takes, and a `parameter` of a body: a rule of `torch.nn.init` by its name there, as
`"zeros"`, `zeros` or `normal(std = 0.02)`. `none` is torch's own way.

| rule | parameters | what it does |
| --- | --- | --- |
"""


def op_table() -> str:
    """`docs/ops.md`: every op, by family, and every rule that starts weights."""
    families = "\n".join(f"## {title}\n\n{_family(family)}" for family, title in FAMILIES.items())
    rules = "".join(
        f"| `{name}` | {_signature(rule)} | {_first_line(rule)} |\n" for name, rule in sorted(Init.table.items())
    )
    return f"{HEAD}\n{families}\n{STARTS}{rules}"


def op_list() -> str:
    """One line for every op."""
    return "\n".join(f"{name:22} {_first_line(op)}" for name, op in sorted(TABLE.items()))


def op_page(op: type[Op]) -> str:
    """All that a declaration says: the documentation, and a line for each parameter."""
    parameters = "".join(f"\n  {_written(p)}{_within(p)}" for p in parameters_of(op))
    return f"{op.name}\n\n{getdoc(op)}\n{parameters}".rstrip()


def _family(family: str) -> str:
    rows = (_row(op) for _, op in sorted(TABLE.items()) if op.family == family)
    return "| op | in | parameters | what it does |\n| --- | --- | --- | --- |\n" + "".join(rows)


def _row(op: type[Op]) -> str:
    return f"| `{op.name}` | {_arity(op)} | {_signature(op, op.extra is not None)} | {_first_line(op)} |\n"


def _arity(op: type[Op]) -> str:
    fewest, most = op.arity
    count = f"{fewest} or more" if most is None else str(fewest) if most == fewest else f"{fewest} to {most}"
    return f"{count}, list" if op.gives_list else count


def _signature(declaration: type, open_ended: bool = False) -> str:
    """The parameters for a cell of a table, where `|` would end it."""
    return ", ".join(f"`{text.replace(' | ', ' or ')}`" for text in _parameters(declaration, open_ended))


def _parameters(declaration: type, open_ended: bool) -> Iterator[str]:
    yield from map(_written, parameters_of(declaration))
    if open_ended:
        yield "AXIS: size"


def _written(parameter: Parameter) -> str:
    default = "" if parameter.required else f" = {_spelt(parameter.default)}"
    return f"{parameter.name}: {parameter.kind}{default}"


def _within(parameter: Parameter) -> str:
    return f"  ({parameter.kind.within})" if parameter.kind.within else ""


def _spelt(value: Any) -> str:
    return str(value) if isinstance(value, Init) else json.dumps(value).replace("null", "none")


def _first_line(declaration: type) -> str:
    return (getdoc(declaration) or "").partition("\n")[0]
