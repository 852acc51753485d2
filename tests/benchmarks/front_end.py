"""From text to a checked network: the command line cold, texts of all lengths, and the proof for every input size."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial

import archdsl
from archdsl.load import library
from archdsl.lower.expand import Walk
from archdsl.lower.networks import work_out
from archdsl.network import Network
from archdsl.report import Source
from archdsl.syntax.format import format_text
from archdsl.syntax.parse import parse
from archdsl.syntax.yaml_form import read_yaml
from archdsl.syntax.yaml_write import yaml_of
from tests.benchmarks.frame import Case, call, command, prepared, seconds

CLI = "from archdsl.cli import main; main()"
RESIDUES = 32
"""How many remainders of its height a network that halves five times tells apart."""


def cases() -> Iterator[Case]:
    empty = "an empty Python script", command(sys.executable, "-c", "pass")
    check = command(sys.executable, "-c", CLI, "check", "specs/resnest50.arch")
    yield Case("check-cold", "check specs/resnest50.arch, cold", check, *empty, goal=15)
    listed = command(sys.executable, "-c", CLI, "list")
    yield Case("list-cold", "check and count the library, cold", listed, "5 s", seconds(5), goal=1, rounds=3)
    yield Case("library", "check the library", call(lambda: list(library())), "5 s", seconds(5), goal=1, rounds=3)
    yield from _texts()
    yield from _large_network()
    yield from _proof()


def _texts() -> Iterator[Case]:
    for name, read in {"parse": parse, "format": format_text, "check": _checked}.items():
        for count in (100, 500):
            more, fewer = (call(partial(read, Source("x", chain(n)))) for n in (10 * count, count))
            what = f"{name} {10 * count:,} statements"
            yield Case(f"{name}-linear", what, more, f"{count:,} statements", fewer, goal=15, rounds=5)
    dense = Source("x", "block a { out = " + "b + " * 19_996 + "b }")
    longest = Source("x", chain(7_500, comment="# " + "why " * 16))
    yield Case("parse-words", "parse 40,000 words and marks", call(lambda: parse(dense)), "1 s", seconds(1), goal=1)
    yield Case(
        "parse-long", f"parse {len(longest.text):,} characters", call(lambda: parse(longest)), "1 s", seconds(1), 1
    )
    yaml = Source("x.yaml", yaml_of(parse(Source("x", chain(1_500)))))
    yield Case(
        "yaml", f"read {len(yaml.text):,} characters of YAML", call(lambda: read_yaml(yaml)), "1 s", seconds(1), 1
    )


def chain(statements: int, comment: str = "") -> str:
    """A network of that many ops, each in a statement of its own."""
    lines = (f"  x{i + 1} = x{i} -> relu {comment}\n" for i in range(statements))
    return f"network chain() {{\n  input x0: [N, 3, 8, 8]\n{''.join(lines)}  out = x{statements}\n}}\n"


def _checked(source: Source) -> Network:
    return archdsl.loads(source.text)


def _large_network() -> Iterator[Case]:
    expand = call(lambda: archdsl.load("resnest269e").graph)
    yield Case("graph-269", "ResNeSt-269 to its graph", expand, "0.1 s", seconds(0.1), goal=1)
    network = archdsl.load("resnest269e")
    first = prepared(lambda: archdsl.load("resnest269e").stats)
    yield Case("count-269-first", "counts of ResNeSt-269, at a first size", first, "5 ms", seconds(0.005), goal=1)
    yield Case("count-269", "counts of ResNeSt-269, again", call(network.stats), "5 ms", seconds(0.005), goal=1)


def _proof() -> Iterator[Case]:
    """A check for every height and width, against checks for one size each, as many as there are residues."""
    network = archdsl.load("resnest50")
    settings, interface = network._settings, network._interface
    proof = call(lambda: work_out(Walk(), settings, interface, None))
    sizes = dict.fromkeys(interface.symbols, 224)
    check = call(lambda: [work_out(Walk(), settings, interface, sizes) for _ in range(RESIDUES)])
    yield Case("proof", "ResNeSt-50 for every size", proof, f"{RESIDUES} checks for one size", check, goal=3, rounds=5)
