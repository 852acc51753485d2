"""The parser: follows an LALR(1) table through a text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

END = "$END"
NAME = "NAME"
PATTERN = "PATTERN"
LIST = "_"
"""The node of a rule that makes a list, for the parts of another rule."""
STUCK = 1 << 30
"""Where the table has nothing; no state has this number."""

Build = Callable[[str, int, int, list[Any]], Any]
"""Makes the node of a rule: its name, where it starts and ends, and its parts, which are tokens and nodes."""


class Token(NamedTuple):
    """A word, mark, number or string: the terminal that it is, its text, and where it stands."""

    kind: str
    text: str
    start: int
    end: int


class Rule(NamedTuple):
    """What is made of the last `size` symbols: see tables.py."""

    symbol: str
    size: int
    node: str | None
    parts: list[int | None]


class Stuck(Exception):
    """The grammar cannot go on at `start`.

    What it `accepts` there are terminals; `known` says that what stands there is one, if only in other places.
    `first` is what was made of the beginning of the text: of a list, its elements so far.
    """

    def __init__(self, start: int, accepts: frozenset[str], known: bool) -> None:
        super().__init__(start)
        self.start, self.accepts, self.known = start, accepts, known
        self.first: list[Any] = []


class Parser:
    """Parses by the tables of a grammar.

    Words are whole wherever they stand: `office` is never `of`, and a reserved word is never a name. A word that is
    not reserved is a name where the grammar has no other use for it.
    """

    def __init__(self, tables: Mapping[str, Any], reserved: Iterable[str]) -> None:
        self.marks: dict[str, str] = tables["marks"]
        self._words: dict[str, str] = tables["words"]
        self._always = {NAME, *(self._words[word] for word in reserved)}
        self._rules = [Rule(*rule) for rule in tables["rules"]]
        self._goals: dict[str, int] = tables["goals"]
        self._states: list[dict[str, int]] = tables["states"]
        self._terminals = {kind: re.compile(regex) for kind, regex in tables["terminals"].items()}
        usual = "|".join(f"(?P<{kind}>{regex})" for kind, regex in tables["terminals"].items() if kind != PATTERN)
        self._lexeme = re.compile(f"(?:{tables['ignored']})*+(?:{usual}|)")
        self._renamed: dict[tuple[int, int, str], int] = {}

    def parse(self, text: str, start: int, end: int, goal: str, build: Build) -> Any:
        """What `build` makes of the text from `start` to `end`, which is one `goal`; raises `Stuck`."""
        values = list[Any]()
        try:
            return self._parse(text, start, end, goal, build, values)
        except Stuck as stuck:
            stuck.first = values[0] if values and isinstance(values[0], list) else values[:1]
            raise

    def _parse(self, text: str, start: int, end: int, goal: str, build: Build, values: list[Any]) -> Any:
        table, rules, renamed = self._states, self._rules, self._renamed
        state = self._goals[goal]
        states, starts = [state], list[int]()
        reached = start
        while True:
            token = self._token(text, reached, end, states)
            kind = token.kind
            while (action := table[state].get(kind, STUCK)) < 0:
                symbol, size, node, parts = rules[~action]
                if node is None and size == 1:
                    key = states[-2], state, kind
                    state = states[-1] = renamed[key] if key in renamed else self._rename(*key)
                    continue
                if size:
                    begin = starts[-size]
                    taken = _taken(values[-size:], parts)
                    del states[-size:], values[-size:], starts[-size:]
                else:
                    begin, taken = token.start, _taken([], parts)
                values.append(
                    taken[0] if node is None else taken if node == LIST else build(node, begin, reached, taken)
                )
                state = table[states[-1]][symbol]
                states.append(state)
                starts.append(begin)
            if action == STUCK:
                raise Stuck(token.start, self._accepted(states), known=True)
            if kind == END:
                return values[0]
            state = action
            states.append(state)
            values.append(token)
            starts.append(token.start)
            reached = token.end

    def _rename(self, below: int, state: int, kind: str) -> int:
        """The state after all rules that only give the last symbol another name: a name alone has a dozen of them."""
        key = below, state, kind
        while (action := self._states[state].get(kind, STUCK)) < 0:
            rule = self._rules[~action]
            if rule.node is not None or rule.size != 1:
                break
            state = self._states[below][rule.symbol]
        self._renamed[key] = state
        return state

    def _token(self, text: str, start: int, end: int, states: list[int]) -> Token:
        """The next token; at the end one without text."""
        found = self._lexeme.match(text, start, end)
        assert found is not None
        usable, kind = self._states[states[-1]], found.lastgroup
        if kind is None or PATTERN in usable:
            at = found.start(kind) if kind else found.end()
            return self._rare(text, at, end, states) if at < end else Token(END, "", end, end)
        if kind == NAME:
            word = self._words.get(found[NAME], NAME)
            kind = word if word in usable or word in self._always else NAME
            return Token(kind, found[NAME], *found.span(NAME))
        if kind in usable:
            return Token(kind, found[kind], *found.span(kind))
        return self._rare(text, found.start(kind), end, states)

    def _rare(self, text: str, start: int, end: int, states: list[int]) -> Token:
        """A token that would be another one elsewhere, such as the `.` of `x.5`."""
        usable = self._states[states[-1]].keys() | self._always
        matches = {kind: regex.match(text, start, end) for kind, regex in self._terminals.items()}
        found = {kind: match for kind, match in matches.items() if match}
        for kind, match in found.items():
            if kind in usable:
                return Token(kind, match[0], *match.span())
        raise Stuck(start, self._accepted(states), known=bool(found))

    def _accepted(self, states: list[int]) -> frozenset[str]:
        return frozenset(kind for kind in self._states[states[-1]] if kind.isupper() and self._accepts(states, kind))

    def _accepts(self, states: list[int], kind: str) -> bool:
        """Whether a terminal could stand next; the table may reduce before it finds that it cannot."""
        states = states[:]
        while (action := self._states[states[-1]].get(kind, STUCK)) < 0:
            symbol, size, *_ = self._rules[~action]
            del states[len(states) - size :]
            states.append(self._states[states[-1]][symbol])
        return action != STUCK


def _taken(values: list[Any], parts: list[int | None]) -> list[Any]:
    """The parts of a rule; a list that comes first takes in the others, so that a long one is not copied each time."""
    taken: list[Any] = []
    for part in parts:
        if part is None:
            taken.append(None)
        elif part >= 0:
            taken.append(values[part])
        elif taken:
            taken += values[~part]
        else:
            taken = values[~part]
    return taken
