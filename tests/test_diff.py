"""What differs between two networks: it is all of it, it adds up, and it is the same from either side."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Hashable
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import assume, given
from hypothesis import strategies as st

import archdsl
from archdsl.cli import main
from archdsl.diff import Edit
from archdsl.graph.verify import inputs_of
from archdsl.network import Network
from tests.test_emission import specs

SIZES = {"x": (2, 6, 7, 9)}
FAMILY = ["resnet18", "resnet50", "resnet50d", "resnext50_32x4d", "seresnet50", "legacy_seresnet50", "skresnet50"]
FAMILY += ["resnest50d", "resnest50d_4s2x40d", "resnetblur50", "resnet50_gn"]
EXAMPLES = ["densenet121", "mobilenetv3_large", "convnext_tiny", "inception", "efficientnet_b0", "vit_tiny"]
SPECS = [*FAMILY, *(f"examples/{name}.arch" for name in EXAMPLES)]
CHANGES = [
    ("relu", "sigmoid"),
    ("relu", "identity"),
    ("identity", "relu"),
    ("conv(6, 3)", "conv(6, 1)"),
    ("conv(6, 3)", "conv(6, 3, padding = 1)"),
    ("groups = 3", "groups = 2"),
    ("k = 3", "k = 1"),
    ("v0", "in"),
    ("v1", "v0"),
    (" + ", " * "),
    ("-> add", "-> concat -> conv(6, 1)"),
    ("batch_norm", "batch_norm -> relu"),
    ("l1:", "l9:"),
    ("s0:", "s9:"),
    ("out = v0", "spare = v0 -> conv(6, 1)\n  out = v0"),
]
"""What is changed in a random spec, at one place of it."""


# --- an independent reading: every op, by what it does to what ----------------------------------------------


def meaning(net: Network, shapes: dict[str, tuple[int, ...]]) -> Counter[Hashable]:
    """Every op of a network, each as a term down to the inputs; one with weights has their names."""
    graph = net.graph_at(**shapes)
    terms: dict[str, Any] = {}
    numbers: dict[Hashable, int] = {}
    for node, data in graph.nodes(data=True):
        sources = tuple((terms[source], i) for source, i in data["inputs"])
        if data["kind"] == "identity":
            (terms[node],) = (source for source, _ in sources)
            continue
        op, xs = data["op"], inputs_of(graph, node)
        named = node if op is None or op.weights(*xs) else ""
        does = data["kind"] if op is None else str((op.module(*xs), op.call(*xs), op.weights(*xs)))
        term = (named, does, data["shapes"], sources)
        terms[node] = numbers.setdefault(term, len(numbers))
    return Counter(terms_in_full(graph, terms, numbers))


def terms_in_full(graph: Any, terms: dict[str, Any], numbers: dict[Hashable, int]) -> list[Hashable]:
    """The terms without their numbers, which hang on the order of the ops."""
    written: dict[int, int] = {}
    for term, number in numbers.items():
        name, does, shapes, sources = term  # type: ignore[misc]
        written[number] = hash((name, does, shapes, tuple((written[source], i) for source, i in sources)))
    return [written[terms[node]] for node, data in graph.nodes(data=True) if data["kind"] != "identity"]


def loaded(text: str) -> Network:
    try:
        return archdsl.loads(text)
    except archdsl.ArchError:
        assume(False)
        raise


@st.composite
def changed(draw: st.DrawFn) -> tuple[str, str]:
    """A random spec, and the same with something else at one or two places."""
    text = changed = draw(specs())
    for _ in range(draw(st.integers(1, 2))):
        old, new = draw(st.sampled_from([change for change in CHANGES if change[0] in changed]))
        at = draw(st.sampled_from([found.start() for found in re.finditer(re.escape(old), changed)]))
        changed = changed[:at] + new + changed[at + len(old) :]
    return text, changed


RICH = """
block b0(k = 1, attention = relu) {
  v0 = in -> conv(6, 3)
  v1 = v0 => l1: [relu, conv(6, 3, groups = 3)] -> add
  v2 = v1 -> batch_norm -> conv(6, k) -> attention
  v3 = v0 + v1
  out = (v0 -> conv(6, 1) -> identity -> relu) + v3 * v2
}
network net {
  input x: [N, 6, H, W]
  out = x -> s0: b0(k = 3) -> conv(6, 3) -> stage: [b0(k = 3), b0(attention = identity)]
}
"""
PLACES = [(old, new, found.start()) for old, new in CHANGES for found in re.finditer(re.escape(old), RICH)]


@pytest.mark.parametrize(("old", "new", "at"), PLACES)
def test_every_change_is_seen(old: str, new: str, at: int) -> None:
    one, text = archdsl.loads(RICH), RICH[:at] + new + RICH[at + len(old) :]
    try:
        other = archdsl.loads(text)
    except archdsl.ArchError:
        pytest.skip("no network")
    differs = meaning(one, SIZES) != meaning(other, SIZES)
    assert bool(one.diff(other, **SIZES)) == bool(other.diff(one, **SIZES)) == differs


@given(changed())
def test_networks_differ_where_their_graphs_do(texts: tuple[str, str]) -> None:
    one, other = map(loaded, texts)
    found = one.diff(other, **SIZES)
    assert bool(found) == (meaning(one, SIZES) != meaning(other, SIZES))


@given(changed(), specs())
def test_differences_of_random_networks_add_up(texts: tuple[str, str], text: str) -> None:
    one, other, another = (*map(loaded, texts), loaded(text))
    check(one, other, SIZES)
    check(one, another, SIZES)


@pytest.mark.parametrize("other", SPECS[1:])
def test_differences_add_up(other: str) -> None:
    check(archdsl.load("resnet50"), archdsl.load(other), {})


def check(one: Network, other: Network, shapes: dict[str, tuple[int, ...]]) -> None:
    """The edits add up to the difference of totals, and turn around to the edits the other way."""
    found = one.diff(other, **shapes)
    before, after = one.stats(**shapes), other.stats(**shapes)
    for name in ("params", "macs", "activations", "layers"):
        each = sum(getattr(edit.costs[1], name) - getattr(edit.costs[0], name) for edit in found.root.leaves())
        assert each == getattr(after, name) - getattr(before, name), name
    assert normal(turned(found.to_json()["edits"])) == normal(other.diff(one, **shapes).to_json()["edits"])
    params, macs = shown_changes(str(found))
    assert (params, macs) == ((after.params - before.params, after.macs - before.macs) if found else (0, 0))


def turned(edits: list[dict[str, Any]]) -> list[dict[str, Any]]:
    other = {"added": "removed", "removed": "added"}
    return [
        {
            "changes": [other.get(change, change) for change in edit["changes"]],
            "before": edit["after"],
            "after": edit["before"],
            "edits": turned(edit["edits"]),
        }
        for edit in edits
    ]


def normal(edits: list[dict[str, Any]]) -> list[str]:
    """The edits in an order that does not hang on the side from which they are seen."""
    return sorted(json.dumps(edit | {"edits": normal(edit["edits"])}, sort_keys=True) for edit in edits)


def shown_changes(page: str) -> tuple[int, int]:
    """The sums of the two columns of a page, each at its place below its head."""
    _, _, body = page.partition("Δ params")
    if not body:
        return 0, 0
    head = next(line for line in page.splitlines() if "Δ params" in line)
    ends = head.index("Δ params") + len("Δ params"), len(head)
    totals = dict.fromkeys(ends, 0)
    for line in body.splitlines():
        for number in re.finditer(r"(?<=  )[+-][\d,]+(?=  |$)", line):
            totals[number.end()] += int(number[0].replace(",", ""))
    return totals[ends[0]], totals[ends[1]]


@pytest.mark.parametrize("spec", SPECS)
def test_a_network_does_not_differ_from_itself(spec: str) -> None:
    one, again = archdsl.load(spec), archdsl.load(spec)
    assert not one.diff(again)
    assert str(one.diff(again)) == f"{one.name} and {one.name} do not differ"


# --- edits --------------------------------------------------------------------------------------------------


def all_edits(edit: Edit) -> list[Edit]:
    return [edit, *(below for inner in edit.edits for below in all_edits(inner))]


def test_edits_have_the_facts_of_both_sides() -> None:
    found = archdsl.load("resnet50").diff(archdsl.load("resnest50d"))
    edits = {(e.before and e.before.name, e.after and e.after.name): e for e in all_edits(found.root)}
    middle = edits["layer2.0.conv2", "layer2.0.conv2"]
    assert middle.before and middle.after
    assert middle.changes == {"replaced", "shapes"}
    assert (middle.before.kind, middle.after.kind) == ("conv", "split_attention")
    assert (middle.before.outputs, middle.after.outputs) == (((1, 128, 28, 28),), ((1, 128, 56, 56),))
    assert [part.label for part in middle.after.parts][:2] == ["conv", "bn0"]
    pool = edits[None, "layer2.0.avd_last"]
    assert pool.after and pool.after.sources == (("layer2.0.conv2.reduce_2", 0),)
    assert edits["layer2.0.downsample.0", "layer2.0.downsample.1"].changes == {"renamed", "arguments", "shapes"}
    assert ("layer2.0.bn2", None) in edits


def test_repeats_fold_by_structure_whatever_they_are_called() -> None:
    """Blocks of other names than the library's, in other scopes, are told once as well."""
    page = """
    block thing(c, act) {{ out = in -> one: conv(c, 3) -> two: act }}
    network net {{
      input x: [N, 4, 8, 8]
      out = x -> ["part{{i}}": [thing(4 * n, {act}) for j in range(3)] for i, n in enumerate([1, 2, 3])]
    }}
    """
    one, other = (archdsl.loads(page.format(act=act)) for act in ("relu", "silu"))
    assert str(one.diff(other)).splitlines()[-2:] == ["part{0..2}.*: thing, 9×", "  ~ two: relu → silu"]


@pytest.mark.parametrize("count", [30, 600])
def test_long_networks_are_laid_side_by_side(count: int) -> None:
    page = "network n {{ input x: [N, 4, 8, 8] out = x -> [{}] }}"
    layers = [f"conv(4, {1 + i % 3 * 2})" for i in range(count)]
    one, other = (archdsl.loads(page.format(", ".join(ls))) for ls in (layers, [*layers[:20], "relu", *layers[20:]]))
    found = one.diff(other)
    assert [e.after.kind for e in found.root.edits if e.before is None and e.after] == ["relu"]
    assert all(e.changes == {"renamed"} for e in found.root.edits if e.before and e.after)


# --- the command line ---------------------------------------------------------------------------------------


def run(*arguments: str, text: str = "") -> tuple[int, str]:
    result = CliRunner().invoke(main, ["diff", *arguments], input=text)
    return result.exit_code, result.output


def test_ops_are_not_tried_on_shapes_that_they_cannot_take() -> None:
    """32 groups of 16 channels are none."""
    text = "network n {{ input x: [N, {0}, 8, 8]\n out = x -> a: conv({0}, 3{1}) }}"
    one, two = archdsl.loads(text.format(16, "")), archdsl.loads(text.format(64, ", groups = 32"))
    assert "groups = 1 → 32" in str(one.diff(two))


def test_exit_codes() -> None:
    assert run("resnet18", "resnet18") == (0, "resnet18 and resnet18 do not differ\n")
    assert run("resnet18", "resnet34")[0] == 1
    code, output = run("resnet18", "resnet43")
    assert (code, "did you mean" in output) == (2, True)
    assert run("resnet18")[0] == 2
    assert run("-", "-")[0] == 2
    assert run("resnet18", "resnet34", "--set", "classes")[0] == 2
    assert run("resnet18", "resnet34", "--input", "image=big")[0] == 2


def test_one_side_from_standard_input() -> None:
    text = "from std.networks use resnet18\nnetwork mine = resnet18()"
    assert run("resnet18", "-", text=text) == (0, "resnet18 and mine do not differ\n")


def test_json() -> None:
    code, output = run("resnet18", "--set", "classes=10", "--json")
    found = json.loads(output)
    assert code == 1
    assert found["after"]["network"] == "resnet18(classes = 10)"
    edit, out = found["edits"]
    assert (out["changes"], out["after"]["kind"], out["after"]["inputs"]) == (["shapes"], "output", [[1, 10]])
    assert (edit["changes"], edit["edits"]) == (["arguments", "shapes"], [])
    assert (edit["before"]["name"], edit["before"]["kind"], edit["before"]["outputs"]) == ("fc", "linear", [[1, 1000]])
    assert edit["after"]["arguments"]["features"] == "10"
    assert edit["after"]["params"] - edit["before"]["params"] == found["after"]["params"] - found["before"]["params"]
