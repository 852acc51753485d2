"""Whole networks, mutations of those that the repository holds: what is accepted runs in torch and gives the shapes
that were said, at odd sizes too; the op at which a network is rejected is refused by torch at a size that is allowed.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain, islice, product
from pathlib import Path
from typing import Any

import torch
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from archdsl.load import check_text, loads
from archdsl.lower.assemble import Result
from archdsl.lower.expand import Walk
from archdsl.lower.resolve import Loader
from archdsl.network import Network
from archdsl.ops import Op, Reject
from archdsl.ops.pattern import Patterned
from archdsl.report import ArchError, Source
from archdsl.shapes import Shape
from archdsl.sizes import Symbol, at
from tests.test_ops import REFUSALS, STRICTER, UNSAYABLE, by_einops, tried

ROOT = Path(__file__).parent.parent
PIECE = re.compile(r"[A-Za-z_]\w*|\d+(?:\.\d+)?|\s+|->|=>|\*\*|//|[<>=!]=|#[^\n]*|\"[^\"\n]*\"|.", re.DOTALL)
LARGEST = 2_000_000
"""The most elements of a tensor, and parameters of a network, that are tried in torch."""


def bodies() -> list[str]:
    """Specs that stand by themselves: those of the pages, of the repository and of the documentation."""
    pages = sorted([*ROOT.glob("tests/pages/**/*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "README.md"])
    found = [m[1] for page in pages for m in re.finditer(r"^```arch\n(.*?)^```", page.read_text(), re.M | re.S)]
    found += [file.read_text() for file in sorted(ROOT.glob("specs/*.arch"))]
    return [small(text) for text in found if "network" in text and len(text) < 6_000]


def small(text: str) -> str:
    """The same network with few channels: its shapes are as telling, and it runs at once."""
    return re.sub(r"\b(64|128|256|512|1024|2048|1000)\b", lambda m: str(max(4, int(m[1]) // 16 // 4 * 4)), text)


def library() -> str:
    """The library as one text."""
    parts = [(ROOT / f"archdsl/library/{name}.arch").read_text() for name in ("resnet", "attention", "networks")]
    return small(re.sub(r"^from std\..*\n", "", "\n".join(parts), flags=re.M))


POOL: list[tuple[str, str | None]] = [(text, None) for text in bodies()]
NAMES = ["resnet18", "resnet26t", "resnext26ts", "seresnet18", "skresnet18", "resnest14d", "ecaresnet26t", "resnet10t"]
LIBRARY = [(library(), name) for name in NAMES if f"network {name}" in library()]
"""What may be changed, with the network that is looked at where it is not all of them."""

OPS = [
    "relu",
    "conv(4, 3)",
    "conv(8, 1, stride = 2)",
    "max_pool(3, stride = 2, padding = 1)",
    "avg_pool(2)",
    "identity",
]
OPS += ["batch_norm", "flatten", "linear(5)", "global_avg_pool", "softmax(axis = 1)", "layer_norm(axis = 1)"]
OPS += [
    "conv(6, 3, groups = 2)",
    "conv_transpose(4, 2, stride = 2)",
    "interpolate(scale = 2)",
    "pad(1)",
    "group_norm(2)",
]


@st.composite
def mutants(draw: st.DrawFn) -> tuple[str, str | None]:
    """A spec in which one to three numbers or ops are others, and the network of it that is looked at."""
    text, name = draw(st.sampled_from(LIBRARY if draw(st.integers(0, 3)) == 3 else POOL))
    words = PIECE.findall(text)
    places = [i for i, word in enumerate(words) if word[0].isdigit() or word == "->"]
    assume(places)
    for place in draw(st.lists(st.sampled_from(places), min_size=1, max_size=3, unique=True)):
        if words[place] == "->":
            words[place] = draw(st.sampled_from([f"-> {op} ->" for op in OPS]))
        else:
            words[place] = str(draw(st.sampled_from([0, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 12])))
    return "".join(words), name


class Watched(Walk):
    """A walk that keeps what it rejects."""

    def __init__(self) -> None:
        super().__init__()
        self.rejected: list[tuple[Op, tuple[Shape, ...], Reject]] = []

    def op(self, op: Op, inputs: tuple[Shape, ...]) -> Result:
        try:
            return super().op(op, inputs)
        except Reject as reject:
            self.rejected.append((op, inputs, reject))
            raise


@settings(max_examples=settings.default.max_examples * 4)  # type: ignore[union-attr]
@given(data=st.data())
def test_what_is_accepted_runs_and_what_is_rejected_does_not(data: st.DataObject) -> None:
    text, name = data.draw(mutants())
    try:
        networks = check_text(text, "net.arch") if name is None else [loads(text, network=name)]
    except ArchError as error:
        event(f"refused: {error.diagnostics[0].code}")
        if {problem.code for problem in error.diagnostics} == {"rejected"}:
            torch_refuses(text, name)
        return
    for network in networks:
        event("accepted")
        torch_runs(network, data)


def torch_runs(network: Network, data: st.DataObject) -> None:
    """The module gives the shapes of the graph at sizes drawn from those that are allowed."""
    if network.stats(**sized(network, 0)).params > LARGEST:
        return
    module = network.to_torch().eval()
    for _ in range(2):
        shapes = sized(network, data.draw(st.integers(0, 40)))
        graph = network.graph_at(**shapes)
        said = [shape for _, node in graph.nodes(data=True) for shape in node["shapes"]]
        if max(Shape(shape).elements for shape in said) > LARGEST:
            continue
        inputs = [given_tensor(network, name, shape) for name, shape in shapes.items()]
        with torch.no_grad():
            found = module(*inputs)
        found = found if isinstance(found, list | tuple) else [found]
        (out,) = (node for _, node in graph.nodes(data=True) if node["kind"] == "output")
        assert [tuple(tensor.shape) for tensor in found] == [tuple(shape) for shape in out["shapes"]]


def sized(network: Network, step: int) -> dict[str, tuple[int, ...]]:
    """Shapes of the inputs: each symbol at another of the sizes that it allows, the batch small."""
    sizes: dict[str, int] = {}
    for i, symbol in enumerate(symbols_of(network.inputs.values())):
        reach = step * (i + 1) % 41 if i else step % 3
        sizes[symbol.name] = list(islice(symbol.allowed(symbol.minimum), reach + 1))[-1]
    return {name: Shape(at(dim, sizes) for dim in shape) for name, shape in network.inputs.items()}


def symbols_of(shapes: Any) -> list[Symbol]:
    found: dict[Symbol, None] = {}
    for shape in shapes:
        for dim in shape:
            if not isinstance(dim, int):
                found.update(dict.fromkeys(sorted(dim.symbols, key=str)))
    return list(found)


def given_tensor(network: Network, name: str, shape: tuple[int, ...]) -> torch.Tensor:
    """Numbers for an input: whole ones where it is looked up."""
    kinds = {network.graph.nodes[node]["kind"] for node in network.graph.successors(name)}
    return torch.zeros(shape, dtype=torch.long) if "embedding" in kinds else torch.randn(shape)


def torch_refuses(text: str, name: str | None) -> None:
    """Torch refuses the ops that were rejected, each at some size that is allowed."""
    watched = Watched()
    for definition in Loader().load(Source("net.arch", text), None).networks():
        if name in (None, definition.name):
            with suppress(ArchError):
                Network(definition, {}, watched)
    for op, inputs, reject in watched.rejected:
        if (op.name, reject.at) in STRICTER or "spatial axes" in reject.message or "depend" in reject.message:
            continue
        if "larger than" in reject.message:
            continue
        assert any(refused(op, shapes) for shapes in concrete(inputs)), (op, inputs, reject.message)


def concrete(inputs: tuple[Shape, ...]) -> Iterator[tuple[Shape, ...]]:
    """The same shapes at sizes that are allowed: all small ones, then larger ones along the diagonals."""
    symbols = symbols_of(inputs)
    columns = [list(islice(symbol.allowed(symbol.minimum), 240)) for symbol in symbols]
    small = product(*(column[:5] for column in columns))
    large = (
        [column[place * (1 + (shift + i) % len(columns)) % len(column)] for i, column in enumerate(columns)]
        for place in range(70)
        for shift in range(len(columns))
    )
    for values in chain(small, large):
        named = {symbol.name: value for symbol, value in zip(symbols, values, strict=True)}
        yield tuple(Shape(at(dim, named) for dim in shape) for shape in inputs)


def refused(op: Op, shapes: tuple[Shape, ...]) -> bool:
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        try:
            if isinstance(op, Patterned):
                by_einops(op, torch.zeros(tuple(shapes[0])))
            else:
                tried(op, shapes)
        except (*UNSAYABLE, *REFUSALS):
            return True
        except Exception as error:  # einops has a class of its own
            return type(error).__name__ == "EinopsError"
    return False
