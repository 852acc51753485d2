"""What passes share: all bodies put through rules, and one body read by its values and rewritten."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

from archdsl.lower.record import Given, Record, Step, auto
from archdsl.lower.values import Tensor
from archdsl.ops import Op
from archdsl.shapes import Shape

Rule = Callable[[Record], Record]


def everywhere(network: Record, *rules: Rule) -> Record:
    """The network with every body put through the rules in turn, inner bodies first.

    A body that several places share stays one, and every part keeps its name.
    """
    done: dict[int, Record] = {}

    def visit(record: Record) -> Record:
        if id(record) not in done:
            named = zip(record.paths, record.steps, strict=True)
            body = replace(record, steps=tuple(replace(step, path=path, what=inner(step.what)) for path, step in named))
            for rule in rules:
                body = rule(body)
            done[id(record)] = body
        return done[id(record)]

    def inner(what: Op | Record | Given) -> Op | Record | Given:
        return visit(what) if isinstance(what, Record) else what

    return visit(network)


class Body:
    """A body read by its values, and what is to stand in the place of its steps."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.shapes = list(record.shapes)
        self._makers = {ref: step for step in record.steps for ref in step.outputs}
        self._uses = _uses(record, record.steps)
        self._names = dict(record.names)
        self._instead: dict[int, list[Step]] = {id(step): [step] for step in record.steps}

    def maker(self, ref: int) -> Step | None:
        """The step that makes a value; None for what comes in."""
        return self._makers.get(ref)

    def used_once(self, ref: int) -> bool:
        return self._uses[ref] == 1

    def put(self, step: Step, op: Op, *inputs: int) -> None:
        """Another op in the place of a step, with inputs of its own or those of the step."""
        self._instead[id(step)][-1] = replace(step, what=op, inputs=inputs or step.inputs)

    def put_before(self, step: Step, op: Op, *inputs: int) -> tuple[int, ...]:
        """A further op in front of a step; gives the values that it makes."""
        shape = op.shape(*(self.shapes[ref] for ref in inputs))
        made = [shape] if isinstance(shape, Shape) else shape
        outputs = tuple(range(len(self.shapes), len(self.shapes) + len(made)))
        self.shapes += made
        path = (*step.path[:-1], auto(op.name))
        self._instead[id(step)].insert(-1, replace(step, path=path, what=op, inputs=inputs, outputs=outputs))
        return outputs

    def pass_name(self, ref: int, parts: tuple[int, ...]) -> None:
        """The name of a value goes to the values that stand for it, numbered."""
        tensors = tuple(Tensor(part, self.shapes[part]) for part in parts)
        for name, value in self._names.items():
            if isinstance(value, Tensor) and value.ref == ref:
                self._names[name] = tensors

    def rewritten(self) -> Record:
        """The body with its new steps, and without what they leave unused."""
        steps = [new for step in self.record.steps for new in self._instead[id(step)]]
        left = _uses(self.record, steps)
        kept = []
        for step in reversed(steps):
            if any(left[ref] or not self._uses[ref] for ref in step.outputs):
                kept.append(step)
            else:
                left.subtract(step.inputs)
        return replace(self.record, steps=tuple(reversed(kept)), shapes=tuple(self.shapes), names=self._names)


def _uses(record: Record, steps: Iterable[Step]) -> Counter[int]:
    return Counter([ref for step in steps for ref in step.inputs] + list(record.outputs))
