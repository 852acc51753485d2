"""Whether parts that meet take in what they took before.

A part that is on one side only is looked through, to what it takes in itself: what stands behind a new part in a chain
takes in something else, but the new part says so already.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter

from archdsl.diff.match import Pair
from archdsl.diff.parts import Part, Port

Origin = frozenset[tuple[int, int]]
"""Pairs of parts, by number, and which of their results."""


class Wires:
    """What comes into the parts of both networks, and where from, in terms of the pairs.

    A part that moved is looked through as well, unless it takes in what it took before: then it did not move.
    """

    def __init__(self, pairs: Pair) -> None:
        assert pairs.before and pairs.after
        self._wholes = pairs.before, pairs.after
        self._met: tuple[dict[str, int], dict[str, int]] = {}, {}
        self._replaced: set[int] = set()
        leaves = list(_leaves(pairs))
        moved = {i: pair for i, pair in enumerate(leaves) if pair.moved and not pair.replaced}
        self._meet({i: pair for i, pair in enumerate(leaves) if i not in moved})
        while still := {i: pair for i, pair in moved.items() if not self.differ(pair)}:
            self._meet(still)
            moved = {i: pair for i, pair in moved.items() if i not in still}

    def _meet(self, pairs: Mapping[int, Pair]) -> None:
        for number, pair in pairs.items():
            if pair.before and pair.after:
                for met, part in zip(self._met, (pair.before, pair.after), strict=True):
                    met.update(dict.fromkeys((leaf.name for leaf in part.leaves()), number))
            if pair.replaced:
                self._replaced.add(number)
        self._origins = [self._traced(*side) for side in zip(self._wholes, self._met, strict=True)]

    def _traced(self, whole: Part, met: Mapping[str, int]) -> dict[Port, Origin]:
        """For every result in a network, the parts that meet another and that it comes from, itself where it does."""
        origins: dict[Port, Origin] = {}
        leaves = {leaf.name: leaf for leaf in whole.leaves()}
        order = TopologicalSorter({name: [source for source, _ in leaf.sources] for name, leaf in leaves.items()})
        for name in order.static_order():
            number = met.get(name)
            through = Origin().union(*(origins[port] for port in leaves[name].sources)) if number is None else Origin()
            for i in range(len(leaves[name].outputs)):
                result = 0 if number in self._replaced else i
                origins[name, i] = through if number is None else Origin({(number, result)})
        return origins

    def differ(self, pair: Pair) -> bool:
        """Whether two ops take in different things, or in another order."""
        if pair.before is None or pair.after is None or pair.replaced or pair.before.parts:
            return False
        before, after = pair.before.sources, pair.after.sources
        return len(before) != len(after) or any(map(self._other, before, after))

    def _other(self, before: Port, after: Port) -> bool:
        here, there = self._origins[0][before], self._origins[1][after]
        straight = before[0] in self._met[0] and after[0] in self._met[1]
        return here != there and (straight or not here & there)


def _leaves(pair: Pair) -> Iterator[Pair]:
    """The pairs that have no pairs inside."""
    if not pair.pairs:
        yield pair
    for inner in pair.pairs:
        yield from _leaves(inner)
