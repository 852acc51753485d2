"""Many names as one: `layer{1..4}.*.conv2`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from archdsl.diff.parts import Path

Siblings = Callable[[Path], Sequence[str]]
"""All that stands in a scope."""
MOST_LISTED = 3
"""How many different values are told one by one."""
_NUMBERED = re.compile(r"(.*?)(\d+)(\D*)")


@dataclass
class _Node:
    """A scope and those names in it that are meant."""

    children: dict[str, _Node] = field(default_factory=dict)


def pattern(paths: Iterable[Path], siblings: Siblings) -> str:
    """The names of parts in as few words as there are: `*` is all of a scope, braces hold some of it."""
    root = _Node()
    for path in paths:
        node = root
        for label in path:
            node = node.children.setdefault(label, _Node())
    return ", ".join(words for words, _ in _patterns(root, (), siblings))


def _patterns(node: _Node, scope: Path, siblings: Siblings) -> list[tuple[str, str]]:
    """What covers the names below a scope, in the words for this scope alone, and in words that fit others as well."""
    groups: dict[tuple[str, ...], list[tuple[str, list[str]]]] = {}
    for label, child in node.children.items():
        below = _patterns(child, (*scope, label), siblings)
        groups.setdefault(tuple(wide for _, wide in below), []).append((label, [words for words, _ in below]))
    found: list[tuple[str, str]] = []
    for wide, members in groups.items():
        own, open_ended = _braced([label for label, _ in members], siblings(scope))
        exact = members[0][1] if all(words == members[0][1] for _, words in members) else list(wide)
        if not wide:
            found.append((own, open_ended))
        found += [(f"{own}.{words}", f"{open_ended}.{more}") for words, more in zip(exact, wide, strict=True)]
    return found


def _braced(labels: list[str], every: Sequence[str]) -> tuple[str, str]:
    """Some names of a scope as one, and the same where the scope may go on: `{1..3}` and `{1..}`."""
    if len(labels) == 1:
        return labels[0], labels[0]
    if len(labels) == len(every):
        return "*", "*"
    parts = [_NUMBERED.fullmatch(label) for label in labels]
    numbers = [int(part[2]) for part in parts if part]
    first = parts[0]
    alike = first and all(part and (part[1], part[3]) == (first[1], first[3]) for part in parts)
    if not first or not alike or numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        return (f"{{{', '.join(labels)}}}",) * 2
    before, after = first[1], first[3]
    last = f"{before}{numbers[-1] + 1}{after}" not in every
    exact = f"{before}{{{numbers[0]}..{numbers[-1]}}}{after}"
    return exact, f"{before}{{{numbers[0]}..}}{after}" if last else exact


def several(words: Iterable[str]) -> str:
    """Values that parts have at one place: one for all, or in braces what differs."""
    different = list(dict.fromkeys(words))
    if len(different) == 1:
        return different[0]
    if len(different) <= MOST_LISTED:
        return f"{{{', '.join(different)}}}"
    if all(word.isdigit() for word in different):
        return f"{{{min(map(int, different))}..{max(map(int, different))}}}"
    return f"{{{', '.join(different[:MOST_LISTED])}, …}}"
