"""How the parts of a body stand to each other: one after the other, side by side, or in no such order.

A body is taken apart as a series-parallel graph. Branches that a gate weights, whose chain starts where they meet, are
not series-parallel and have a form of their own; what is left over is a mesh, which is laid out in layers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from archdsl.draw.figure import Body, Part


@dataclass(frozen=True, slots=True)
class Leaf:
    """One part."""

    part: Part


@dataclass(frozen=True, slots=True)
class Fork:
    """Branches side by side; one without items is a line."""

    branches: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class Gate:
    """Branches with a chain between them that starts at `join`, where they meet, and weights each in its product.

    Without a `join` the chain starts where the branches do.
    """

    branches: tuple[Series, ...]
    join: Part | None
    chain: Series
    products: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A way from one node of a mesh to another; None is where the mesh is entered and left."""

    source: str | None
    target: str | None
    way: Series


@dataclass(frozen=True, slots=True)
class Mesh:
    """Parts in an order in which they can run, and the ways between them."""

    parts: tuple[Part, ...]
    links: tuple[Link, ...]


Item = Leaf | Fork | Gate | Mesh
"""What stands in a series."""


@dataclass(frozen=True, slots=True)
class Series:
    """One after the other."""

    items: tuple[Item, ...] = ()

    def __len__(self) -> int:
        return len(self.items)

    def leaves(self) -> Iterator[Part]:
        """Every part."""
        for item in self.items:
            match item:
                case Leaf(part):
                    yield part
                case Fork(branches):
                    for branch in branches:
                        yield from branch.leaves()
                case Gate():
                    for branch in (*item.branches, item.chain):
                        yield from branch.leaves()
                    yield from (item.join,) if item.join else ()
                    yield from item.products
                case Mesh():
                    yield from item.parts
                    for link in item.links:
                        yield from link.way.leaves()


START, END = "⊤", "⊥"


def decomposed(body: Body, *, ends: bool) -> Series:
    """The structure of a body, with its inputs and its output among the parts if `ends` says so."""
    inner = body.parts if ends else body.inner
    if body.is_chain():
        return Series(tuple(map(Leaf, inner)))
    graph = _Graph()
    graph.parts = {part.id: part for part in inner}
    outer = {part.id: START for part in body.inputs} | {body.output.id: END}
    used = set()
    for part in body.parts:
        for source, _ in part.inputs:
            used.add(source)
            graph.link(source if ends else outer.get(source, source), part.id if ends else outer.get(part.id, part.id))
    if ends:
        for part in body.inputs:
            graph.link(START, part.id)
        graph.link(body.output.id, END)
    for part in body.inner:
        if not part.inputs:
            graph.link(_hook(body, part, outer if not ends else {}), part.id)
        if part.id not in used:
            graph.link(part.id, END)
    return graph.taken_apart()


def _hook(body: Body, tensor: Part, outer: dict[str, str]) -> str:
    """Where a declared tensor hangs: at what it meets first, so that it stands beside that."""
    users = body.users()
    part, own = tensor, {tensor.id}
    while users[part.id]:
        part = users[part.id][0]
        others = [source for source, _ in part.inputs if source not in own]
        if others:
            return outer.get(others[0], others[0]) if body.by_id[others[0]].inputs or others[0] in outer else START
        own.add(part.id)
    return START


@dataclass(slots=True, eq=False)
class _Edge:
    source: str
    target: str
    way: Series = Series()


@dataclass(slots=True)
class _Graph:
    """A multigraph whose edges carry what has been found between their ends."""

    parts: dict[str, Part] = field(default_factory=dict)
    into: dict[str, list[_Edge]] = field(default_factory=dict)
    out: dict[str, list[_Edge]] = field(default_factory=dict)

    def link(self, source: str, target: str, way: Series = Series(), at: int | None = None) -> None:
        edge = _Edge(source, target, way)
        for table in (self.into, self.out):
            table.setdefault(source, [])
            table.setdefault(target, [])
        self.into[target].insert(len(self.into[target]) if at is None else at, edge)
        self.out[source].append(edge)

    def unlink(self, edge: _Edge) -> int:
        """Takes an edge away; gives the place that it had among those into its target."""
        self.out[edge.source].remove(edge)
        at = self.into[edge.target].index(edge)
        del self.into[edge.target][at]
        return at

    def taken_apart(self) -> Series:
        while self._series() or self._forks() or self._gates():
            pass
        whole = self.out.get(START, [])
        if len(whole) == 1 and whole[0].target == END:
            return whole[0].way
        return self._meshes()

    def _series(self) -> bool:
        """Joins the edges around each part that has one on either side."""
        changed = False
        for name in list(self.parts):
            into, out = self.into.get(name, []), self.out.get(name, [])
            if len(into) == 1 and len(out) == 1:
                (before,), (after,) = into, out
                way = Series((*before.way.items, Leaf(self.parts[name]), *after.way.items))
                self.unlink(before)
                self.link(before.source, after.target, way, self.unlink(after))
                del self.parts[name], self.into[name], self.out[name]
                changed = True
        return changed

    def _forks(self) -> bool:
        """Joins edges that have both ends in common."""
        changed = False
        for target in list(self.into):
            by_source: dict[str, list[_Edge]] = {}
            for edge in self.into[target]:
                by_source.setdefault(edge.source, []).append(edge)
            for source, edges in by_source.items():
                if len(edges) > 1:
                    places = [self.unlink(edge) for edge in edges]
                    self.link(source, target, Series((Fork(tuple(_branches(edges))),)), places[0])
                    changed = True
        return changed

    def _gates(self) -> bool:
        return any(self._gate(name) for name in list(self.parts) if name in self.parts)

    def _gate(self, name: str) -> bool:
        """Joins what a part weights, if it does so to branches that start and end at the same places."""
        if len(self.into[name]) != 1 or len(self.out[name]) < 2:
            return False
        (chain,) = self.into[name]
        products = [edge.target for edge in self.out[name] if not edge.way.items]
        ends = [self._weighted(product, name) for product in products]
        branches = [end for end in ends if end is not None]
        if len(branches) != len(self.out[name]):
            return False
        starts = {self.into[branch][0].source for branch in branches}
        targets = {self.out[product][0].target for product in products}
        if len(starts) != 1 or len(targets) != 1:
            return False
        (start,), (target,) = starts, targets
        join = chain.source if chain.source != start else None
        if not all(self._is_branch(branch, join) for branch in branches):
            return False
        if join is not None and {edge.source for edge in self.into[join]} != set(branches):
            return False
        if join is not None and len(self.out[join]) != 1:
            return False
        ways = tuple(Series((*self.into[b][0].way.items, Leaf(self.parts[b]))) for b in branches)
        whole = Gate(
            ways,
            self.parts[join] if join else None,
            Series((*chain.way.items, Leaf(self.parts[name]))),
            tuple(self.parts[product] for product in products),
        )
        self._replace({name, *products, *branches, *((join,) if join else ())}, start, target, Series((whole,)))
        return True

    def _weighted(self, product: str, gate: str) -> str | None:
        """The part that a product weights, if that is all that it does and its result goes to one place."""
        if product not in self.parts or len(self.out[product]) != 1 or self.out[product][0].way.items:
            return None
        others = [edge for edge in self.into[product] if edge.source != gate]
        if len(others) != 1 or others[0].way.items or len(self.into[product]) != 2:
            return None
        return others[0].source if others[0].source in self.parts else None

    def _is_branch(self, branch: str, join: str | None) -> bool:
        """Whether a part starts at one place, and goes to its product and to where the branches meet, at most."""
        if len(self.into[branch]) != 1 or any(edge.way.items for edge in self.out[branch]):
            return False
        return len(self.out[branch]) == (1 if join is None else 2)

    def _replace(self, names: set[str], start: str, target: str, way: Series) -> None:
        at = len(self.into[target])
        for name in names:
            for edge in [*self.into[name], *self.out[name]]:
                if edge in self.out[edge.source]:
                    place = self.unlink(edge)
                    at = min(at, place) if edge.target == target else at
        for name in names:
            del self.parts[name], self.into[name], self.out[name]
        self.link(start, target, way, min(at, len(self.into[target])))

    def _meshes(self) -> Series:
        """What is left, cut where every way passes one part."""
        order = [START, *self.parts, END]
        places = {name: i for i, name in enumerate(order)}
        items: list[Item] = []
        reach, begin = 0, 0
        for i, name in enumerate(order):
            if i and reach <= i:
                items += self._between(order[begin : i + 1])
                items += [Leaf(self.parts[name])] if name != END else []
                begin = i
            reach = max([reach, *(places[edge.target] for edge in self.out[name])])
        return Series(tuple(items))

    def _between(self, names: Sequence[str]) -> Sequence[Item]:
        """What stands between the first and the last of some names."""
        first, *inner, last = names
        if not inner:
            (edge,) = (edge for edge in self.out[first] if edge.target == last)
            return edge.way.items
        ends: dict[str, str | None] = {name: name for name in inner} | {first: None, last: None}
        links = tuple(
            Link(ends[edge.source], ends[edge.target], edge.way)
            for name in names[1:]
            for edge in self.into[name]
            if edge.source in ends and (name in inner or name == last)
        )
        return (Mesh(tuple(self.parts[name] for name in inner), links),)


def _branches(edges: Sequence[_Edge]) -> Iterator[Series]:
    """The branches of edges side by side, those of forks among them taken out of the forks."""
    for edge in edges:
        match edge.way.items:
            case (Fork(branches),):
                yield from branches
            case _:
                yield edge.way
