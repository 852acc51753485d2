"""Writes grammar.json, the tables by which texts are parsed: run `python -m archdsl.syntax.tables` after each change
of grammar.lark.

lark reads the grammar, finds its conflicts and works out the LALR(1) table. What a parser needs of that is written as
plain data, so that reading a spec neither waits for lark nor depends on its version.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from operator import itemgetter
from typing import Any

from lark import Lark
from lark.grammar import Rule, Symbol, Terminal
from lark.lexer import TerminalDef
from lark.parsers.lalr_analysis import IntParseTable, Shift

from archdsl.syntax.grammar import TABLES
from archdsl.syntax.lalr import END

GRAMMAR = TABLES.with_suffix(".lark")
GOALS = ["file", "flow", "statement", "factor", "axis", "type"]


def tables() -> str:
    """The text of grammar.json."""
    lark = read_grammar()
    rules: list[Rule] = lark.parser.parser_conf.rules
    table = lark.parser.parser._parse_table
    numbers = {rule: i for i, rule in enumerate(rules)}
    single, order = _single(rules), _order(table)
    return _text(
        {
            "ignored": "|".join(t.pattern.to_regexp() for t in lark.terminals if t.name in lark.ignore_tokens),
            "words": {t.pattern.value: t.name for t in lark.terminals if _is_word(t)},
            "terminals": {t.name: t.pattern.to_regexp() for t in _in_order(lark) if not _is_word(t)},
            "marks": {t.name: t.pattern.value for t in lark.terminals if t.pattern.type == "str"},
            "rules": [_rule(rule, single) for rule in rules],
            "goals": {goal: order[table.start_states[goal]] for goal in GOALS},
            "states": [_state(table, state, order, numbers) for state in order],
        }
    )


def read_grammar() -> Lark:
    return Lark(GRAMMAR.read_text("utf-8"), parser="lalr", start=GOALS, propagate_positions=True)


def _is_word(terminal: TerminalDef) -> bool:
    return terminal.pattern.type == "str" and terminal.pattern.value.isalpha()


def _in_order(lark: Lark) -> list[TerminalDef]:
    """Terminals in the order in which they are tried, lark's: of two that match, the one that may be longer."""
    terminals = [t for t in lark.terminals if t.name not in lark.ignore_tokens]
    return sorted(terminals, key=lambda t: (-t.priority, -t.pattern.max_width, -len(t.pattern.value), t.name))


def _single(rules: list[Rule]) -> set[str]:
    """The `_names` that always stand for one thing, so that nothing has to be taken out of a list for them."""
    alternatives: dict[str, list[list[Symbol]]] = {}
    for rule in rules:
        alternatives.setdefault(rule.origin.name, []).append([rule.expansion[i] for i in _kept(rule)])
    listed = {name for name in alternatives if name.startswith("_")}
    single: set[str] = set()
    while found := {
        name
        for name in listed - single
        if all(len(each) == 1 and each[0].name not in listed - single for each in alternatives[name])
    }:
        single |= found
    return single


def _kept(rule: Rule) -> list[int]:
    """Which parts of a rule its node is about: all but marks and words that are the same wherever the rule is."""
    return [i for i, s in enumerate(rule.expansion) if not (isinstance(s, Terminal) and s.filter_out)]


def _rule(rule: Rule, single: set[str]) -> list[Any]:
    """What a rule makes: its symbol, its length, the name of its node, and which of its parts are the node's.

    A rule without a name passes its one part on; one named `_` gives a list for the parts of another. Of the parts,
    null stands for one that is left out in this rule, and ~i says that part i is a list to be taken in.
    """
    symbol = rule.origin.name
    parts = list(_parts(rule, single))
    name = rule.alias or symbol
    if symbol in single or (rule.options.expand1 and not rule.alias):
        assert len(parts) == 1 and parts[0] is not None and parts[0] >= 0, rule
        return [symbol, len(rule.expansion), None, parts]
    return [symbol, len(rule.expansion), "_" if name.startswith("_") else name, parts]


def _parts(rule: Rule, single: set[str]) -> Iterator[int | None]:
    kept, next_part = _kept(rule), iter(range(len(rule.expansion)))
    for left_out in rule.options.empty_indices or [False] * len(rule.expansion):
        if left_out:
            yield None
        elif (i := next(next_part)) in kept:
            symbol = rule.expansion[i].name
            yield ~i if symbol.startswith("_") and symbol not in single and not rule.expansion[i].is_term else i


def _order(table: IntParseTable) -> dict[int, int]:
    """Numbers for the states, in the order in which they are reached: lark's differ from one run to the next."""
    reached = list(dict.fromkeys(table.start_states[goal] for goal in GOALS))
    order = {state: i for i, state in enumerate(reached)}
    for state in reached:  # grows
        for _, (action, argument) in sorted(table.states[state].items(), key=itemgetter(0)):
            if action is Shift and argument not in order:
                order[argument] = len(order)
                reached.append(argument)
    return order


def _state(table: IntParseTable, state: int, order: dict[int, int], rules: dict[Rule, int]) -> dict[str, int]:
    """For each symbol the state that it leads to, or ~i for rule i; the end leads from where a goal is reached."""
    row = {
        symbol: order[argument] if action is Shift else ~rules[argument]
        for symbol, (action, argument) in sorted(table.states[state].items(), key=itemgetter(0))
    }
    return row | ({END: order[state]} if state in table.end_states.values() else {})


def _text(tables: dict[str, Any]) -> str:
    """JSON with a line for each rule and state, so that a change of the grammar can be read as one."""
    fields = []
    for name, value in tables.items():
        match value:
            case list():
                lines = ",\n".join(json.dumps(item, separators=(",", ":")) for item in value)
                fields.append(f'"{name}": [\n{lines}\n]')
            case _:
                fields.append(f'"{name}": {json.dumps(value)}')
    return "{\n" + ",\n".join(fields) + "\n}\n"


if __name__ == "__main__":
    TABLES.write_text(tables(), "utf-8")
