"""A record as a class body: what is registered under which name, and what is computed from what.

Steps that a list numbers and that follow each other become one `nn.Sequential`; equal ones in a row become a loop.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from archdsl.emit.measure import Extra, Measured, at_hand, expressed, leaves
from archdsl.lower.record import Given, Record, Step
from archdsl.ops import Init, Op, Weight
from archdsl.ops.init import HE
from archdsl.ops.term import Arg, Expression, Term, substituted, term
from archdsl.passes.folded import Folded
from archdsl.report import Span
from archdsl.shapes import Shape
from archdsl.sizes import Size

Path = tuple[str, ...]
Made = tuple[Term, tuple[Size, ...]]
"""How an instance of a block is made, and the sizes that it is told beside its tensors."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that `forward` does, and what `__init__` registers for it.

    `module`: registers `term` at `path` and applies it. `call`: registers nothing, `term` is the expression over
    what comes in. `tensor`: registers the tensor `term`. `raw`: an op whose weights are registered at `path` itself.
    `instead` is the module that does the same as a call; `sizes` are what a block inside is told beside its tensors.
    """

    kind: Literal["module", "call", "tensor", "raw"]
    path: Path
    term: Expression
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    again: bool
    sizes: tuple[Size | Measured, ...] = ()
    weights: tuple[Weight, ...] = ()
    instead: Term | None = field(default=None, compare=False)
    binding: str = field(default="out", compare=False)
    span: Span | None = field(default=None, compare=False)
    inner: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Start:
    """A weight that the spec starts in its own way; `init` of None asks for torch's own where the file has another."""

    path: Path
    weight: str
    init: Init | None


@dataclass(frozen=True, slots=True)
class Fold:
    """A layer that does the work of a norm, by their names in the body."""

    layer: str
    norm: str
    eps: float


@dataclass(frozen=True, slots=True)
class Form:
    """A class body. Records with equal forms are one class without any argument.

    Its values are numbered anew: what comes in, then what each action gives; `refs` are their numbers in the record.
    """

    actions: tuple[Action, ...]
    outputs: tuple[int, ...]
    starts: tuple[Start, ...]
    folds: tuple[Fold, ...]
    record: Record = field(compare=False)
    refs: tuple[int, ...] = field(compare=False)
    extras: tuple[Size, ...] = field(compare=False)
    """Sizes that no tensor of the body tells, so that whoever calls it passes them."""

    def shape(self, value: int) -> Shape:
        return self.record.shapes[self.refs[value]]


def form_of(record: Record, made: Callable[[Record], Made], *, whole: bool) -> Form:
    """The class body of a record; `made` says how a block inside is made.

    `whole` lets the body itself be one `nn.Sequential`.
    """
    pairs = list(zip(record.paths, record.steps, strict=True))
    actions = _collapsed([_action(record, path, step, made) for path, step in pairs], record, whole)
    starts = tuple(start for path, step in pairs if not step.again for start in _starts(record, path, step))
    folds = tuple(
        Fold(step.what.layer, ".".join(path), step.what.eps) for path, step in pairs if isinstance(step.what, Folded)
    )
    refs = (*range(len(record.input_names)), *(ref for action in actions for ref in action.outputs))
    numbers = {ref: number for number, ref in enumerate(refs)}
    actions = [_renumbered(action, numbers) for action in actions]
    shapes = [record.shapes[ref] for ref in refs]
    extras: dict[Size, Extra] = {}
    measured = tuple(_measured(action, shapes, extras) for action in actions)
    outputs = tuple(numbers[ref] for ref in record.outputs)
    return Form(measured, outputs, starts, folds, record, refs, tuple(extras))


def _renumbered(action: Action, numbers: dict[int, int]) -> Action:
    inputs, outputs = (tuple(numbers[ref] for ref in refs) for refs in (action.inputs, action.outputs))
    return replace(action, inputs=inputs, outputs=outputs)


def _measured(action: Action, shapes: list[Shape], extras: dict[Size, Extra]) -> Action:
    """The action with every size that depends on the input read off what was there before it."""
    if not (action.sizes or any(leaves(action.term, Size))):
        return action
    known = at_hand(enumerate(shapes[: action.outputs[0]]))

    def measure(leaf: Any) -> Any:
        if not isinstance(leaf, Size):
            return leaf
        found = expressed(leaf, known)
        return extras.setdefault(leaf, Extra(len(extras))) if found is None else found

    return replace(action, term=substituted(action.term, measure), sizes=tuple(map(measure, action.sizes)))


def _action(record: Record, path: Path, step: Step, made: Callable[[Record], Made]) -> Action:
    action = Action("module", path, Arg(), step.inputs, step.outputs, step.again, binding=step.binding, span=step.span)
    match step.what:
        case Record() as inner:
            term, sizes = made(inner)
            return replace(action, term=term, sizes=sizes, inner=True)
        case Given() as given:
            return replace(action, kind="tensor", term=_tensor(given), weights=(given.weight,))
        case op:
            return _op_action(action, op, record, step.bare)


def _op_action(action: Action, op: Op, record: Record, bare: bool) -> Action:
    """An op with weights, or that knows whether it trains, is a module; any other a call where it has one."""
    shapes = [record.shapes[ref] for ref in action.inputs]
    module, call, weights = op.module(*shapes), op.call(*shapes), op.weights(*shapes)
    if op.gives_list and len(action.outputs) == 1:
        call = Term("[]", (call, 0))
    if bare:
        assert call is not None
        return replace(action, kind="raw", term=call, weights=weights)
    if module is not None and (weights or call is None or op.family == "regularisation"):
        return replace(action, term=module)
    assert call is not None
    if weights:
        return replace(action, kind="raw", term=call, weights=weights)
    return replace(action, kind="call", term=call, instead=module)


def _tensor(given: Given) -> Term:
    if given.weight.trainable:
        return term("torch.zeros", *given.weight.shape or ((),))
    return term("torch.tensor", given.weight.values)


def _starts(record: Record, path: Path, step: Step) -> list[Start]:
    """The weights of an op that do not start as its module, or the file's rule for convolutions, has them."""
    match step.what:
        case Record():
            return []
        case Given(weight):
            return [Start(path[:-1], weight.name, weight.init)] if weight.init else []
        case op:
            shapes = [record.shapes[ref] for ref in step.inputs]
            module, weights = op.module(*shapes), op.weights(*shapes)
            if step.bare or module is None:
                return [Start(path, w.name, w.init or w.default) for w in weights]
            usual = {"weight": (HE,)} if module.function.startswith("nn.Conv") else {}
            return [Start(path, w.name, w.init) for w in weights if w.init not in usual.get(w.name, (None, w.default))]


def _collapsed(actions: list[Action], record: Record, whole: bool) -> list[Action]:
    """Scopes whose parts are numbered and chained become one `nn.Sequential` each, innermost first."""
    scopes = {action.path[:i] for action in actions for i in range(0 if whole else 1, len(action.path))}
    for scope in sorted(scopes, key=len, reverse=True):
        members = [a for a in actions if a.path[: len(scope)] == scope and len(a.path) > len(scope)]
        if scope == () and len(members) != len(actions):
            continue
        if _is_chain(members, scope, _uses(actions, record)):
            first, last = members[0], members[-1]
            sequential = Action(
                "module",
                scope,
                term("nn.Sequential", *_runs(members)),
                first.inputs,
                last.outputs,
                again=False,
                binding=last.binding,
                span=first.span,
                inner=True,
            )
            i = actions.index(first)
            actions = [a for a in actions if a not in members]
            actions.insert(i, sequential)
    return actions


def _uses(actions: list[Action], record: Record) -> Counter[int]:
    return Counter([ref for action in actions for ref in action.inputs] + list(record.outputs))


def _is_chain(members: list[Action], scope: Path, uses: Counter[int]) -> bool:
    """Whether the parts are `0`, `1`, … of the scope, each a module over just what the one before gives."""
    for i, action in enumerate(members):
        if action.path != (*scope, str(i)) or action.again or len(action.inputs) != 1 or len(action.outputs) != 1:
            return False
        if action.kind != "module" and action.instead is None:
            return False
        if action.sizes or any(leaves(action.term, Size)):
            return False
        if i and action.inputs != members[i - 1].outputs:
            return False
        if i < len(members) - 1 and uses[action.outputs[0]] != 1:
            return False
    return bool(members)


def module_of(action: Action) -> Term:
    """The module that does what an action does."""
    if action.kind == "module":
        assert isinstance(action.term, Term)
        return action.term
    assert action.instead is not None
    return action.instead


REPEAT = "*"


def _runs(members: list[Action]) -> list[Term]:
    """The modules of a chain, equal ones from one place of the spec in a row as one `*` of module and count."""
    runs: list[tuple[Span | None, Term, int]] = []
    for action in members:
        module = module_of(action)
        if runs and runs[-1][:2] == (action.span, module):
            runs[-1] = (action.span, module, runs[-1][2] + 1)
        else:
            runs.append((action.span, module, 1))
    return [Term(REPEAT, (module, count)) for _, module, count in runs]
