"""What a constructor registers, and how it is reached."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from keyword import iskeyword
from typing import Any

from archdsl.emit.forms import Action, Path
from archdsl.emit.layout import lines_of
from archdsl.emit.text import render
from archdsl.ops.term import Term

Spell = Callable[[Any], Any]


@dataclass(frozen=True)
class Constructor:
    """What a class registers.

    A scope that is no chain is an `nn.ModuleList` where its parts are numbered, else a plain `nn.Module`.
    """

    actions: Sequence[Action]

    @cached_property
    def _chains(self) -> set[Path]:
        terms = ((a.path, a.term) for a in self.actions if a.kind == "module")
        return {path for path, made in terms if isinstance(made, Term) and made.function == "nn.Sequential"}

    @cached_property
    def _lists(self) -> set[Path]:
        """Scopes whose parts are `0`, `1`, … in order."""
        parts: dict[Path, dict[str, None]] = {}
        for action in self._registered:
            for length in range(1, len(action.path)):
                parts.setdefault(action.path[:length], {})[action.path[length]] = None
        return {scope for scope, names in parts.items() if list(names) == [str(i) for i in range(len(names))]}

    @property
    def _registered(self) -> list[Action]:
        return [action for action in self.actions if action.kind != "call" and not action.again]

    def lines(self, spell: Spell) -> Iterator[str]:
        """The lines that register modules and tensors, in the order of the text."""
        opened: set[Path] = set()
        for action in self._registered:
            for length in range(1, len(action.path) + (action.kind == "raw")):
                scope = action.path[:length]
                if scope not in opened:
                    opened.add(scope)
                    yield from self._attached(scope, Term("nn.ModuleList" if scope in self._lists else "nn.Module"))
            yield from self._registration(action, spell)

    def _registration(self, action: Action, spell: Spell) -> Iterator[str]:
        if action.kind == "raw":
            for weight in action.weights:
                made = Term("nn.Parameter", (Term("torch.empty", spell(weight.shape)),))
                yield from self._attached((*action.path, weight.name), made)
            return
        made = spell(action.term)
        if action.kind == "module":
            yield from self._attached(action.path, made)
        elif action.weights[0].trainable:
            yield from self._attached(action.path, Term("nn.Parameter", (made,)))
        else:
            owner, name = self.access(action.path[:-1], "self"), action.path[-1]
            persistent = () if action.weights[0].persistent else (("persistent", False),)
            yield from lines_of(Term(f"{owner}.register_buffer", (name, made), persistent))

    def _attached(self, path: Path, made: Any) -> list[str]:
        """An attribute; what Python does not take for one is added by its name."""
        owner, name = self.access(path[:-1], "self"), path[-1]
        if path[:-1] in self._lists:
            return lines_of(made, f"{owner}.append(", ")")
        if is_attribute(name):
            return lines_of(made, f"{owner}.{name} = ")
        return lines_of(made, f"{owner}.add_module({render(name, {})}, ", ")")

    def access(self, path: Path, root: str) -> str:
        """How Python reaches what is registered at a path below `root`."""
        text = root
        for i, name in enumerate(path):
            scopes = [path[:j] for j in range(i + 1)]
            if is_attribute(name):
                text = f"{text}.{name}"
            elif scopes[-1] in self._lists or any(scope in self._chains for scope in scopes):
                text = f"{text}[{name}]"
            else:
                text = f"getattr({text}, {render(name, {})})"
        return text


def is_attribute(name: str) -> bool:
    return name.isidentifier() and not iskeyword(name)
