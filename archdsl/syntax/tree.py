"""The tree of a spec: what was written, and where; nothing is looked up or computed yet.

Two trees are equal if they say the same, wherever they stand: spans do not take part in equality.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any

from archdsl.report import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    span: Span = field(compare=False, repr=False)


# --- expressions and flows ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A number, a string, `true`, `false` or `none`."""

    value: int | float | str | bool | None


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A name, `in` among them."""

    id: str


@dataclass(frozen=True, slots=True)
class Attribute(Node):
    """`x.channels`"""

    value: Expr
    name: str
    name_span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Index(Node):
    """`depths[0]`"""

    value: Expr
    index: Expr


@dataclass(frozen=True, slots=True)
class Slice(Node):
    """`depths[1:]`"""

    value: Expr
    start: Expr | None
    stop: Expr | None
    step: Expr | None


@dataclass(frozen=True, slots=True)
class Argument(Node):
    """One argument of a call; `name` is None for a positional one."""

    name: str | None
    value: Expr


@dataclass(frozen=True, slots=True)
class Call(Node):
    """`conv(64, 3)`: an op, block or layer with parameters bound, or a function of numbers."""

    function: Expr
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class Sequence(Node):
    """`[a, b]` or `(a, b)`: one kind. `(a)` is only `a`; `(a,)` has one element."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class For(Node):
    """`for a, b in pairs if a > b`"""

    targets: tuple[str, ...]
    iterable: Expr
    conditions: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Comprehension(Node):
    """`[conv(c, k) for k in kernels if k > 1]`"""

    element: Expr
    clauses: tuple[For, ...]


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """`-x`, `+x`, `not x`"""

    operator: str
    operand: Expr


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """Arithmetic, `and`, `or`; the operator is as written."""

    operator: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """`a < b <= c`: a chain of comparisons."""

    first: Expr
    rest: tuple[tuple[str, Expr], ...]


@dataclass(frozen=True, slots=True)
class Conditional(Node):
    """`then if condition else otherwise`"""

    then: Expr
    condition: Expr
    otherwise: Expr


@dataclass(frozen=True, slots=True)
class Template(Node):
    """The text of a label: plain strings and the expressions between braces, `"layer{i + 1}"`."""

    parts: tuple[str | Expr, ...]


@dataclass(frozen=True, slots=True)
class Labelled(Node):
    """`conv1: conv(64, 3)`; the label `_` opens no scope."""

    label: Template
    value: Expr


@dataclass(frozen=True, slots=True)
class Pipe(Node):
    """`source -> layer`"""

    source: Expr
    layer: Expr


@dataclass(frozen=True, slots=True)
class FanOut(Node):
    """`source => layers`"""

    source: Expr
    layers: Expr


Expr = (
    Literal
    | Name
    | Attribute
    | Index
    | Slice
    | Call
    | Sequence
    | Comprehension
    | Unary
    | Binary
    | Compare
    | Conditional
    | Labelled
    | Pipe
    | FanOut
)


# --- statements --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Target(Node):
    """A name being bound."""

    id: str


@dataclass(frozen=True, slots=True)
class Bind(Node):
    """`name = flow`, or `a, b = flow`, which takes a list apart."""

    targets: tuple[Target, ...]
    value: Expr


@dataclass(frozen=True, slots=True)
class Require(Node):
    """`require condition, "message"`"""

    condition: Expr
    message: str | None


@dataclass(frozen=True, slots=True)
class Axis(Node):
    """One axis of an input: a size (`3`, `channels`), a symbol (`N`: a bare name that is no parameter),
    or a symbol with a default (`H = 224`: `symbol` set)."""

    symbol: str | None
    size: Expr


@dataclass(frozen=True, slots=True)
class InputDecl(Node):
    """`input image: [N, 3, H = 224, W = 224]`"""

    name: Target
    axes: tuple[Axis, ...]


@dataclass(frozen=True, slots=True)
class SharedDecl(Node):
    """`shared name = layer`"""

    name: Target
    layer: Expr


@dataclass(frozen=True, slots=True)
class ParameterDecl(Node):
    """`parameter pos: [1, 197, width] = normal(std = 0.02)`; without a value it starts from zeros."""

    name: Target
    sizes: tuple[Expr, ...]
    init: Expr | None


@dataclass(frozen=True, slots=True)
class BufferDecl(Node):
    """`buffer kernel: [1, 1, 3, 3] = [[…]], persistent = false`"""

    name: Target
    sizes: tuple[Expr, ...]
    value: Expr
    persistent: bool


@dataclass(frozen=True, slots=True)
class Replace(Node):
    """`replace layer3.*.se with identity`"""

    pattern: str
    layer: Expr


Statement = Bind | Require | InputDecl | SharedDecl | ParameterDecl | BufferDecl


def targets(statement: Statement) -> tuple[Target, ...]:
    """The names that a statement binds; those of inputs stand apart, for they are bound before the body."""
    match statement:
        case Bind(targets=bound):
            return bound
        case SharedDecl(name=name) | ParameterDecl(name=name) | BufferDecl(name=name):
            return (name,)
    return ()


# --- items -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Type(Node):
    """`int`, `[int]` (`items` set), `int?` (`optional`)."""

    name: str
    items: Type | None = None
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Parameter(Node):
    """`planes: int`, `stride = 1`"""

    name: str
    type: Type | None
    default: Expr | None


@dataclass(frozen=True, slots=True)
class ImportedName(Node):
    """`deep_stem as stem`: `name` there is `alias` here (the same, without `as`)."""

    name: str
    alias: str


@dataclass(frozen=True, slots=True)
class Import(Node):
    """`from std.resnet use stage`, or with a string for `module`'s file: `from "mine.arch" use gate`."""

    module: str
    is_file: bool
    names: tuple[ImportedName, ...]
    module_span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Block(Node):
    """`block name(params) { … }`; `doc` is the `##` comment above, without its marks."""

    name: Target
    parameters: tuple[Parameter, ...]
    body: tuple[Statement, ...]
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Network(Node):
    """`network name(params) { … }`"""

    name: Target
    parameters: tuple[Parameter, ...]
    body: tuple[Statement, ...]
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Derived(Node):
    """`network name(params) = base(arguments) { replace … }`"""

    name: Target
    parameters: tuple[Parameter, ...]
    base: Name
    arguments: tuple[Argument, ...]
    replaces: tuple[Replace, ...]
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Vary(Node):
    """`vary (radix, width) in [(1, 64), (2, 40)]`"""

    names: tuple[Target, ...]
    values: Expr


@dataclass(frozen=True, slots=True)
class Match(Node):
    """`match params within 2.5% to 25e6 by base_width in 4..128`; `within` is a fraction, 0.025."""

    measure: str
    within: float
    target: Expr | None
    by: Target
    low: Expr
    high: Expr


@dataclass(frozen=True, slots=True)
class Where(Node):
    """`where macs < 6e9`"""

    condition: Expr


@dataclass(frozen=True, slots=True)
class Ablation(Node):
    """`ablation name of network by mode { … }`; `mode` is a name or a call, as `sample(10, seed = 0)`."""

    name: Target
    of: Name
    mode: Name | Call | None
    body: tuple[Vary | Match | Where | Replace, ...]
    doc: str = ""


Item = Import | Block | Network | Derived | Ablation


@dataclass(frozen=True, slots=True)
class File(Node):
    """Everything that one text says."""

    items: tuple[Item, ...]


@cache
def _parts(kind: Any) -> tuple[str, ...]:
    """The fields of a kind of node, all but its place."""
    return tuple(f.name for f in fields(kind) if f.name != "span")


def walk(node: object) -> Iterator[Node]:
    """Every node below, itself first, in the order of the text."""
    stack = [node]
    while stack:
        match stack.pop():
            case Node() as part:
                kind: type = type(part)
                yield part
                stack.extend(getattr(part, name) for name in reversed(_parts(kind)))
            case tuple() as parts:
                stack.extend(reversed(parts))


def links(flow: Pipe | FanOut) -> list[Pipe | FanOut]:
    """The arrows of a flow from its source on; the last is the flow itself."""
    found = [flow]
    while isinstance(source := found[-1].source, Pipe | FanOut):
        found.append(source)
    return found[::-1]


def step(link: Pipe | FanOut) -> Expr:
    """What an arrow leads to."""
    return link.layer if isinstance(link, Pipe) else link.layers
