"""Emitted source: it gives what the graph gives, node by node, over random networks, and is clean Python."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import torch
from hypothesis import given
from hypothesis import strategies as st

import archdsl
from archdsl.graph.verify import verify
from archdsl.load import library
from tests.interpret import interpreted
from tests.reference import randomise

EXAMPLES = Path(__file__).parent.parent / "examples"
OPS = [
    "relu",
    "sigmoid",
    "identity",
    "batch_norm",
    "conv(6, 1)",
    "conv(6, 3)",
    "conv(6, 3, groups = 3)",
    "conv(6, 3, stride = 2) -> interpolate(size = (in.height, in.width))",
    "max_pool(3, stride = 1, padding = 1)",
    "layer_norm(axis = 1)",
    "scale",
    'rearrange("n (g c) h w -> n (c g) h w", g = 2)',
    "drop_path(0.5)",
    "conv(6, k)",
]
"""Each takes 6 channels of any size and gives as many, of the same size."""


class Writer:
    """Writes the statements of bodies; every choice is one of Hypothesis."""

    def __init__(self, draw: st.DrawFn, blocks: list[str]) -> None:
        self.draw, self.blocks, self.lists = draw, blocks, 0

    def choose(self, *options: str) -> str:
        return self.draw(st.sampled_from(options))

    def layer(self) -> str:
        block = [self.call(name) for name in self.blocks]
        return self.choose(*(op for op in OPS if "->" not in op), *block)

    def call(self, name: str) -> str:
        return f"{name}(k = {self.choose('1', '3', 'k')}, attention = {self.choose('relu', 'identity', 'conv(6, 3)')})"

    def several(self) -> str:
        self.lists += 1
        return f"l{self.lists}: [{', '.join(self.layer() for _ in range(self.draw(st.integers(1, 3))))}]"

    def flow(self, values: list[str]) -> str:
        x, y = self.choose(*values), self.choose(*values)
        self.lists += 1
        forms = [f"{x} -> {self.layer()}", f"{x} -> {self.several()} -> {self.layer()}"]
        forms += [f"{x} + {y}", f"{x} * {y} - 0.5"]
        forms += [f"{x} => {self.several()} -> add", f"{x} => {self.several()} -> concat -> conv(6, 1)"]
        forms += [f"{x} -> chunk(2) -> concat -> {self.layer()}", f"({x} -> {self.layer()}) + {y} -> relu"]
        forms += [f"{x} -> {op}" for op in OPS if "->" in op]
        return self.choose(*forms)

    def body(self) -> str:
        values, lines = ["in"], []
        for i in range(self.draw(st.integers(1, 5))):
            lines.append(f"  v{i} = {self.flow(values)}")
            values.append(f"v{i}")
        return "\n".join([*lines, f"  out = {values[-1]} -> identity"])


@st.composite
def specs(draw: st.DrawFn) -> str:
    """A few blocks, of which later ones use earlier ones, and a network that repeats them."""
    parts, blocks = [], []
    for i in range(draw(st.integers(1, 3))):
        parts.append(f"block b{i}(k = 1, attention = relu) {{\n{Writer(draw, blocks).body()}\n}}")
        blocks.append(f"b{i}")
    calls = draw(st.lists(st.sampled_from([1, 3]), min_size=1, max_size=4))
    steps = " ".join(f"-> s{i}: b{draw(st.integers(0, len(blocks) - 1))}(k = {k})" for i, k in enumerate(calls))
    count = draw(st.integers(1, 3))
    return "\n".join(
        [
            *parts,
            "network net {\n  input x: [N, 6, H, W]",
            f"  out = x {steps} -> stage: [{blocks[-1]}(k = 3)] + [{blocks[-1]} for i in range({count})]\n}}",
        ]
    )


@given(specs())
def test_the_module_gives_what_the_graph_gives(text: str) -> None:
    net = archdsl.loads(text)
    verify(net.graph)
    module = net.to_torch().eval()
    randomise(module)
    shape = (2, 6, 7, 9)
    x = torch.randn(shape)
    weights = {**dict(module.named_buffers()), **module.state_dict()}
    with torch.no_grad():
        found, (right,) = module(x), interpreted(net.graph_at(x=shape), weights, {"x": x})
    torch.testing.assert_close(found, right, equal_nan=True)
    assert sum(p.numel() for p in module.parameters()) == net.stats(x=shape).params
    assert net.source() == archdsl.loads(text).source()


def test_a_list_of_one_tensor_is_that_tensor() -> None:
    net = archdsl.loads("network n { input x: [N, 4, H, W] out = x -> chunk(1) => paths: [conv(4, 3)] -> add }")
    assert net.to_torch()(torch.randn(1, 4, 5, 7)).shape == (1, 4, 5, 7)


def test_source_has_nothing_that_a_linter_would_strike_out(tmp_path: Path) -> None:
    """No import, name or argument of the library's and the examples' sources is unused or undefined."""
    for network in (*library(), *map(archdsl.load, EXAMPLES.glob("*.arch"))):
        (tmp_path / f"{network.name}.py").write_text(network.source())
    ruff = [str(Path(sys.executable).parent / "ruff"), "check", "--isolated", "--select", "F,E,B", "--ignore", "E501"]
    found = subprocess.run([*ruff, str(tmp_path)], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout
