"""What a constructor registers, and how it is reached."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from keyword import iskeyword
from typing import Any

from archdsl.emit.forms import Action, Path
from archdsl.emit.layout import lines_of
from archdsl.emit.text import render
from archdsl.ops.term import Term

Spell = Callable[[Any], Any]


def registrations(actions: Sequence[Action], spell: Spell) -> Iterator[str]:
    """The lines that register modules and tensors; a scope that is no chain is a plain `nn.Module`."""
    opened: set[Path] = set()
    for action in actions:
        if action.again or action.kind == "call":
            continue
        for length in range(1, len(action.path)):
            scope = action.path[:length]
            if scope not in opened:
                opened.add(scope)
                yield from _attached(access(actions, scope[:-1], "self"), scope[-1], Term("nn.Module"))
        yield from _registration(actions, action, spell)


def _registration(actions: Sequence[Action], action: Action, spell: Spell) -> Iterator[str]:
    if action.kind == "raw":
        owner = access(actions, action.path, "self")
        for weight in action.weights:
            yield from _attached(
                owner, weight.name, Term("nn.Parameter", (Term("torch.empty", weight.shape),))
            )
        return
    owner, name, made = access(actions, action.path[:-1], "self"), action.path[-1], spell(action.term)
    if action.kind == "module":
        yield from _attached(owner, name, made)
    elif action.weights[0].trainable:
        yield from _attached(owner, name, Term("nn.Parameter", (made,)))
    else:
        persistent = () if action.weights[0].persistent else (("persistent", False),)
        yield from lines_of(Term(f"{owner}.register_buffer", (name, made), persistent))


def _attached(owner: str, name: str, made: Any) -> list[str]:
    """An attribute; a number, which Python does not take for one, is added by its name."""
    return (
        lines_of(made, f"{owner}.{name} = ")
        if is_attribute(name)
        else lines_of(made, f'{owner}.add_module("{name}", ', ")")
    )


def access(actions: Sequence[Action], path: Path, root: str) -> str:
    """How Python reaches what is registered at a path below `root`."""
    chains = {a.path for a in actions if isinstance(a.term, Term) and a.term.function == "nn.Sequential"}
    text = root
    for i, name in enumerate(path):
        if is_attribute(name):
            text = f"{text}.{name}"
        elif any(path[:j] in chains for j in range(i + 1)):
            text = f"{text}[{name}]"
        else:
            text = f"getattr({text}, {render(name, {})})"
    return text


def is_attribute(name: str) -> bool:
    return name.isidentifier() and not iskeyword(name)
