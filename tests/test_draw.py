"""Pictures: what they show, where it stands, and that what is in a spec stays text."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from itertools import combinations, pairwise
from pathlib import Path
from shutil import which
from xml.etree import ElementTree

import pytest

import archdsl
from archdsl.draw.figure import Body, Figure, Part
from archdsl.draw.layout import laid_out, title_of
from archdsl.draw.levels import figure, has_towers
from archdsl.draw.measure import NOTE, TITLE, lines
from archdsl.draw.metrics import width
from archdsl.draw.theme import THEMES
from archdsl.draw.tile import Box, Tile, Wire
from archdsl.draw.wrap import is_readable, on_paper
from archdsl.load import library, load, loads

ROOT = Path(__file__).parent.parent
FIGURES = ROOT / "docs" / "figures"
GOLDEN = ROOT / "tests" / "figures"
SPECS = sorted([*(ROOT / "specs").glob("*.arch"), *(ROOT / "examples").glob("*.arch")])
LIBRARY = """
resnet18 resnet50 resnet50_gn resnet14t resnet26t resnext50_32x4d seresnet50 senet154 skresnet18 skresnet50d resnest14d
resnest50d_4s2x40d ecaresnet50t gcresnet50t resnetblur50 cbam_resnet50
""".split()
LEVELS = ("network", "stage", "block", "op")

DENSE = """
block unit(channels) { out = in -> conv(channels, 3) -> batch_norm -> relu }
network dense { input x: [N, 8, 32, 32]
  a = x -> a: unit(8)
  b = (x, a) -> concat -> b: unit(8)
  c = (x, a, b) -> concat -> c: unit(8)
  out = (x, a, b, c) -> concat -> d: unit(8)
}
"""
UNET = """
block double(channels) { out = in -> [conv(channels, 3), batch_norm, relu, conv(channels, 3), batch_norm, relu] }
network unet { input x: [N, 3, 64, 64]
  a = x -> a: double(16)
  b = a -> max_pool(2) -> b: double(32)
  c = b -> max_pool(2) -> c: double(64)
  d = (b, c -> interpolate(scale = 2)) -> concat -> d: double(32)
  e = (a, d -> interpolate(scale = 2)) -> concat -> e: double(16)
  out = e -> conv(1, 1)
}
"""
CROSSED = """
network crossed { input x: [N, 8, 16, 16]
  a = x -> a: conv(8, 3)
  b = x -> b: conv(8, 3)
  c = a + b -> c: conv(8, 1)
  d = a * b -> d: conv(8, 1)
  e = a - c -> e: conv(8, 1)
  f = b + d + c -> f: conv(8, 1)
  out = (e, f, x) -> concat -> g: conv(4, 1)
}
"""
PREACTIVATION = """
block first(channels) {
  pre = in -> norm1: batch_norm -> relu
  shortcut = pre -> downsample: conv(channels, 1)
  out = shortcut + (pre -> conv1: conv(8, 1) -> norm2: batch_norm -> relu -> conv2: conv(channels, 3))
}
block further(channels) {
  body = in -> norm1: batch_norm -> relu -> conv1: conv(8, 1) -> norm2: batch_norm -> relu -> conv2: conv(channels, 3)
  out = body + in
}
network preactivation { input x: [N, 3, 16, 16]
  out = x -> conv(16, 3) -> a: first(32) -> b: further(32) -> norm: batch_norm -> relu -> global_avg_pool
}
"""
OWN = {"dense": DENSE, "unet": UNET, "crossed": CROSSED}


def content(net: archdsl.Network, level: str, at: str | None = None) -> Figure:
    return figure(net._concrete({}), net.name, level, at, None)  # type: ignore[arg-type]


# --- geometry ------------------------------------------------------------------------------------------------


def faults(shown: Figure, horizontal: bool, placed: Callable[[Body, bool, bool], Tile] = laid_out) -> list[str]:
    """All that a reader would stumble over: overlaps, lines through boxes, text that does not fit."""
    tile = placed(shown.body, horizontal, horizontal and has_towers(shown))
    frames = [box for box in tile.boxes if box.shape == "frame"]
    boxes = [box for box in tile.boxes if box.shape != "frame"]
    found = [f"{a.part.id} overlaps {b.part.id}" for a, b in combinations(boxes, 2) if overlap(a, b)]
    found += [f"{a.part.id} cuts {b.part.id}" for a in frames for b in tile.boxes if a is not b and cuts(a, b)]
    for wire in tile.wires:
        for a, b in pairwise(wire.line):
            if a[0] != b[0] and a[1] != b[1] and abs(a[0] - b[0]) > 0.01 and abs(a[1] - b[1]) > 0.01:
                found.append(f"{wire.source} → {wire.target} is not straight")
            for box in boxes:
                if box.part.id not in (wire.source, wire.target) and passes(a, b, box):
                    found.append(f"{wire.source} → {wire.target} runs through {box.part.id}")
    return found + unfit(tile, boxes, horizontal) + outside(tile) + unreadable(tile, boxes, horizontal)


def overlap(a: Box, b: Box) -> bool:
    across = a.across < b.across + b.breadth - 0.1 and b.across < a.across + a.breadth - 0.1
    return across and a.along < b.along + b.length - 0.1 and b.along < a.along + a.length - 0.1


def holds(a: Box, b: Box) -> bool:
    across = a.across <= b.across and b.across + b.breadth <= a.across + a.breadth
    return across and a.along <= b.along and b.along + b.length <= a.along + a.length


def cuts(a: Box, b: Box) -> bool:
    return overlap(a, b) and not holds(a, b) and not (b.shape == "frame" and holds(b, a))


def passes(a: tuple[float, float], b: tuple[float, float], box: Box) -> bool:
    across = min(a[0], b[0]) < box.across + box.breadth - 0.5 and box.across + 0.5 < max(a[0], b[0])
    along = min(a[1], b[1]) < box.along + box.length - 0.5 and box.along + 0.5 < max(a[1], b[1])
    inside = box.across + 0.5 < a[0] < box.across + box.breadth - 0.5
    beside = box.along + 0.5 < a[1] < box.along + box.length - 0.5
    return (across and beside) or (along and inside)


def unfit(tile: Tile, boxes: list[Box], horizontal: bool) -> list[str]:
    found = []
    for box in boxes:
        if box.shape in ("box", "more"):
            wide = box.length if horizontal else box.breadth
            high = box.breadth if horizontal else box.length
            texts = lines(box.part)
            if max(text.width for text in texts) > wide - 4 or sum(text.height for text in texts) > high:
                found.append(f"{box.part.title} does not fit its box")
    for box in tile.boxes:
        if box.shape == "frame" and width(title_of(box.part), TITLE) > (box.length if horizontal else box.breadth):
            found.append(f"{box.part.title} does not fit its frame")
    return found


def unreadable(tile: Tile, boxes: list[Box], horizontal: bool) -> list[str]:
    """Labels that stand on boxes, on lines or on each other."""

    def area(text: str, at: tuple[float, float]) -> Box:
        x, y = at[::-1] if horizontal else at
        wide, high = width(text, NOTE), NOTE * 0.8
        place = (y - high, x, high, wide) if horizontal else (x, y - high, wide, high)
        return Box(Part(text, "", "more", text), *place)

    labels = [area(label.text, label.at) for label in tile.labels]
    found = [f"{a.part.id} lies on {b.part.id}" for a in labels for b in boxes if overlap(a, b)]
    found += [f"{a.part.id} lies on {b.part.id}" for a, b in combinations(labels, 2) if overlap(a, b)]
    lines = [(wire, a, b) for wire in tile.wires for a, b in pairwise(wire.line)]
    found += [f"{wire.target} goes through {a.part.id}" for wire, b, c in lines for a in labels if passes(b, c, a)]
    return found


def outside(tile: Tile) -> list[str]:
    reach = [(box.across, box.across + box.breadth) for box in tile.boxes]
    reach += [(x, x) for wire in tile.wires for x, _ in wire.line]
    return [f"{low}–{high} is outside" for low, high in reach if low < -tile.left - 0.1 or high > tile.right + 0.1]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("spec", [str(path) for path in SPECS] + LIBRARY, ids=lambda spec: Path(spec).stem)
def test_nothing_overlaps_or_is_crossed(spec: str, level: str) -> None:
    shown = content(load(spec), level)
    assert faults(shown, level == "network", on_paper) == []
    assert faults(shown, False) == []


@pytest.mark.slow
@pytest.mark.parametrize("level", LEVELS)
def test_nothing_overlaps_in_the_whole_library(level: str) -> None:
    for net in library():
        shown = content(net, level)
        assert faults(shown, level == "network", on_paper) == [], net.name


@pytest.mark.parametrize("level", ["network", "op"])
@pytest.mark.parametrize("name", OWN)
def test_bodies_that_are_not_series_parallel(name: str, level: str) -> None:
    shown = content(loads(OWN[name]), level)
    assert faults(shown, False) == []
    assert faults(shown, True) == []


def test_faults_are_seen() -> None:
    """A line that is moved onto boxes and labels is found."""
    tile = laid_out(content(load("resnet18"), "block").body, False)
    boxes = [box for box in tile.boxes if box.shape != "frame"]
    through = Tile(wires=(Wire("", "", ((10.0, 0.0), (10.0, tile.length))),), labels=tile.labels, boxes=tile.boxes)
    assert any("goes through" in fault for fault in unreadable(through, boxes, False)) == bool(tile.labels)
    assert any(passes((0.0, 0.0), (0.0, tile.length), box) for box in boxes)
    assert overlap(boxes[0], boxes[0].moved(1, 1)) and not overlap(boxes[0], boxes[1])


def test_every_tensor_that_flows_is_a_line() -> None:
    """Each line of a picture of ops is an edge of the graph, and each edge a line."""
    net = loads(CROSSED)
    tile = laid_out(content(net, "op").body, False)
    assert {(wire.source, wire.target) for wire in tile.wires} == set(net.graph.edges)


# --- paper ---------------------------------------------------------------------------------------------------


def scale(tile: Tile, horizontal: bool) -> float:
    """How large a page shows a figure, of its own size."""
    across, along = (900, 640) if horizontal else (640, 900)
    return min(1.0, across / (tile.left + tile.right), along / tile.length)


@pytest.mark.parametrize("spec", [str(path) for path in SPECS] + LIBRARY, ids=lambda spec: Path(spec).stem)
def test_networks_can_be_read_on_paper(spec: str) -> None:
    shown = content(load(spec), "network")
    tile = on_paper(shown.body, True, has_towers(shown))
    assert scale(tile, True) >= 0.79


@pytest.mark.parametrize("spec", ["resnet18", "resnest50", str(ROOT / "examples" / "densenet121.arch")])
@pytest.mark.parametrize("horizontal", [False, True])
def test_columns_show_what_one_column_does_in_the_same_order(spec: str, horizontal: bool) -> None:
    """Boxes and wires are those of the strip; each part stands behind the one before it, or in a later column."""
    shown = content(load(spec), "op")
    strip, paper = laid_out(shown.body, horizontal), on_paper(shown.body, horizontal)
    assert scale(paper, horizontal) > 1.5 * scale(strip, horizontal)
    assert [box.part for box in paper.boxes] == [box.part for box in strip.boxes]
    ways = [Counter((wire.source, wire.target) for wire in tile.wires) for tile in (strip, paper)]
    assert ways[0] == ways[1]
    places = {box.part.id: box for box in paper.boxes}
    for one, two in pairwise(places[part.id] for part in shown.body.parts if part.inputs):
        assert two.along >= one.along + one.length or two.across > one.across + one.breadth


def test_what_fits_stays_in_one_column() -> None:
    for level, horizontal in (("network", True), ("block", False)):
        shown = content(load("resnet50"), level)
        assert on_paper(shown.body, horizontal, horizontal) == laid_out(shown.body, horizontal, horizontal)


# --- content -------------------------------------------------------------------------------------------------


def titles(body: Body) -> list[str]:
    return [part.title for part in body.parts]


def inside(net: archdsl.Network, at: str, title: str) -> Body:
    block = next(part for part in content(net, "block", at).body.parts if part.title == title)
    assert block.body is not None
    return block.body


def test_a_network_is_stem_stages_and_head() -> None:
    body = content(load("resnest50"), "network").body
    assert titles(body) == ["image", "stem", "layer1", "layer2", "layer3", "layer4", "head", "out"]
    assert [part.units for part in body.parts] == [1, 1, 3, 4, 6, 3, 1, 1]


def test_a_stage_is_its_first_block_and_the_others() -> None:
    body = content(load("resnet50"), "stage", "layer3").body
    assert [(part.title, part.times) for part in body.inner] == [("bottleneck", 1), ("bottleneck", 5)]


def test_a_long_row_of_blocks_is_its_first_two_and_its_last() -> None:
    body = content(load(ROOT / "examples" / "densenet121.arch"), "stage", "features.denseblock3").body
    assert [part.name.rpartition(".")[2] for part in body.inner] == [f"denselayer{i}" for i in (1, 2, 3, 24)]
    assert lines(body.inner[2])[1].text == "×24"


def test_names_play_no_part() -> None:
    """With other names for blocks, labels and network a picture has the same form."""
    text = (ROOT / "specs" / "resnet50.arch").read_text()
    other = re.sub(r"\bbottleneck\b", "thing", text.replace("layer", "part").replace("resnet50(", "net("))
    one, two = content(loads(text), "network").body, content(loads(other), "network").body
    assert [(p.kind, p.units) for p in one.parts] == [(p.kind, p.units) for p in two.parts]


@pytest.mark.parametrize("radix", [2, 4])
def test_radix_is_lanes(radix: int) -> None:
    body = inside(load(ROOT / "specs" / "resnest50.arch")(radix=radix), "layer1.1", "split attention")
    assert titles(body).count("×") == radix
    assert titles(body).count("+") == 2
    assert [part.notes[-1] for part in body.parts if "3×3" in part.title] == [
        f"split {i + 1} of {radix}" for i in range(radix)
    ]


def test_cardinality_is_first_second_and_last() -> None:
    body = content(load("resnext50_32x4d"), "block", "layer1.1").body
    assert [part.notes[-1] for part in body.parts if part.id.endswith("]")] == [
        "group 1 of 32",
        "group 2 of 32",
        "×32",
        "group 32 of 32",
    ]


def test_branches_of_a_kernel_set_stand_side_by_side() -> None:
    shown = content(load(ROOT / "specs" / "sknet50.arch"), "block", "layer1.1")
    tile = laid_out(shown.body, False)
    one, two = [box for box in tile.boxes if box.part.title == "3×3 conv, 128"]
    gate = next(box for box in tile.boxes if box.part.title == "softmax")
    assert one.across < gate.across < two.across
    assert one.along + one.length / 2 == two.along + two.length / 2


def test_convolutions_take_their_norms_and_activations_along() -> None:
    body = content(load("resnet50"), "block", "layer1.1").body
    first = next(part for part in body.parts if part.title == "1×1 conv, 64")
    assert [text.text for text in lines(first)] == ["1×1 conv, 64", "BN · ReLU"]
    assert first.name == "layer1.1.conv1"


def texts(body: Body) -> list[list[str]]:
    return [[text.text for text in lines(part)] for part in body.inner]


def test_convolutions_take_along_what_comes_before_them_where_it_always_does() -> None:
    """In pre-activation a norm and an activation belong to the convolution behind them; those shared stand alone."""
    net = loads(PREACTIVATION)
    further = content(net, "block", "b").body
    assert texts(further) == [["BN · ReLU", "1×1 conv, 8"], ["BN · ReLU", "3×3 conv, 32"], ["+"]]
    assert [part.name for part in further.inner[:2]] == ["b.conv1", "b.conv2"]
    assert [part.counts.params for part in further.inner[:2]] == [2 * 32 + 8 * 32, 2 * 8 + 9 * 8 * 32]
    first = texts(content(net, "block", "a").body)
    assert [first[0], *first[2:4]] == [["batch norm", "ReLU"], ["1×1 conv, 8"], ["BN · ReLU", "3×3 conv, 32"]]


def test_a_norm_before_a_layer_without_activation_stands_alone() -> None:
    found = texts(content(load(ROOT / "examples" / "vit_tiny.arch"), "block").body)
    assert ["layer norm"] in found and ["linear, 768", "GELU"] in found


def test_shapes_stay_open_where_asked() -> None:
    assert b"64\xc3\x97\xe2\x8c\x88H/4\xe2\x8c\x89" in load("resnet18").picture("svg", symbols=True)


def test_a_part_that_is_not_there() -> None:
    with pytest.raises(archdsl.ArchError, match=r"layer3\.1\.conv"):
        load("resnet50").picture(at="layer3.1.conv9")


def test_costs_add_up() -> None:
    net = load("resnest50")
    parts: list[Part] = list(content(net, "network").body.parts)
    assert sum(part.counts.params for part in parts) == net.stats().params


# --- files ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["paper", "screen", "dark"])
@pytest.mark.parametrize("color_by", ["kind", "params", "macs"])
def test_svg_is_well_formed_and_the_same_each_time(theme: str, color_by: str) -> None:
    options = {"level": "block", "theme": theme, "color_by": color_by}
    text = load("seresnet50").picture("svg", **options)  # type: ignore[arg-type]
    assert text == load("seresnet50").picture("svg", **options)  # type: ignore[arg-type]
    root = ElementTree.fromstring(text)
    ids = [group.get("id") for group in root.iter("{http://www.w3.org/2000/svg}g")]
    assert "layer3.1.conv1" in ids and len(ids) == len(set(ids))


@pytest.mark.parametrize("spec", [str(path) for path in SPECS], ids=lambda spec: Path(spec).stem)
def test_ids_are_one_of_a_kind(spec: str) -> None:
    root = ElementTree.fromstring(load(spec).picture("svg", level="op"))
    ids = [group.get("id") for group in root.iter("{http://www.w3.org/2000/svg}g")]
    assert len(ids) == len(set(ids))


def test_text_of_a_spec_stays_text() -> None:
    text = 'network n { input x: [N, 4, 8, 8]\n out = x -> rearrange("n c h w -> n (c h) w") }'
    net = loads(text)
    for format in ("svg", "dot", "mmd"):
        assert b"<script" not in net.picture(format, level="op")
    assert b"n c h w \xe2\x86\x92 n (c h) w" in net.picture("svg", level="op")


@pytest.mark.parametrize("name", ["resnet50-block.svg", "resnest50-block.dot", "resnet50.mmd"])
def test_golden_files(name: str, request: pytest.FixtureRequest) -> None:
    stem, _, suffix = name.partition(".")
    spec, _, level = stem.partition("-")
    text = load(spec).picture(suffix, level=level or None)  # type: ignore[arg-type]
    if request.config.getoption("--update"):
        (GOLDEN / name).write_bytes(text)
    assert text == (GOLDEN / name).read_bytes()


def test_committed_figures_are_up_to_date(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / "examples" / "figures.py", tmp_path], check=True, cwd=ROOT)
    made = {path.name: path.read_bytes() for path in tmp_path.glob("*.svg")}
    assert made == {path.name: path.read_bytes() for path in FIGURES.glob("*.svg")}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("format", ["png", "pdf"])
def test_pixels_and_paper(format: str) -> None:
    pytest.importorskip("matplotlib")
    data = load("resnet18").picture(format, level="block")
    assert data.startswith(b"%PDF" if format == "pdf" else b"\x89PNG")
    assert format == "png" or b"/FontFile2" in data


def test_formats_that_there_are_not(tmp_path: Path) -> None:
    with pytest.raises(archdsl.ArchError, match="there is no such format") as caught:
        load("resnet18").draw(tmp_path / "x.gif")
    assert caught.value.diagnostics[0].code == "unknown-format"


def drawn_by_dot(start: str, path: str) -> subprocess.CompletedProcess[str]:
    """A picture by Graphviz in a process of its own, which starts with some lines of Python."""
    program = f"{start}; from archdsl.cli import main; main()"
    command = [sys.executable, "-c", program, "draw", "resnet18", "--engine", "dot", "-o", "-"]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PATH": path})


def test_without_the_package_of_graphviz() -> None:
    done = drawn_by_dot('import sys; sys.modules["graphviz"] = None', os.environ["PATH"])
    assert done.returncode == 1 and done.stdout == ""
    assert "error[not-installed]: this needs the Python package graphviz" in done.stderr
    assert "pip install 'archdsl[draw]'" in done.stderr


def test_without_the_program_of_graphviz() -> None:
    done = drawn_by_dot("pass", "")
    assert done.returncode == 1 and done.stdout == ""
    assert "error[not-installed]: this needs the program `dot` of Graphviz" in done.stderr
    assert "apt-get install graphviz" in done.stderr


@pytest.mark.skipif(which("dot") is None, reason="Graphviz is not installed")
@pytest.mark.parametrize("format", ["svg", "png", "pdf"])
def test_graphviz_draws(format: str) -> None:
    """A picture by Graphviz has the parts of the network and the width that is asked for."""
    data = load("resnet18").picture(format, engine="dot", width=480, direction="right", theme="dark")
    if format != "svg":
        assert data.startswith(b"%PDF" if format == "pdf" else b"\x89PNG")
        return
    root = ElementTree.fromstring(data)
    assert root.get("width") == "360pt"
    said = {text.text for text in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"layer1", "layer4", "head"} <= said


def test_no_line_is_drawn_twice() -> None:
    """Lines that leave a part together are one line as far as they run together."""
    root = ElementTree.fromstring(load("seresnet50").picture("svg", level="block"))
    seen: set[tuple[str, str]] = set()
    for path in root.iter("{http://www.w3.org/2000/svg}path"):
        pairs = set(pairwise(re.findall(r"[ML]([\d.]+ [\d.]+)", path.get("d", ""))))
        assert pairs and not pairs & seen and all(a != b for a, b in pairs)
        seen |= pairs


def test_towers_that_cannot_be_read_on_paper_are_boxes() -> None:
    """The ways past a U-Net keep its figure from going on in a further row."""
    shown = content(loads(UNET), "network")
    assert has_towers(shown) and not is_readable(on_paper(shown.body, True, True), True)
    root = ElementTree.fromstring(loads(UNET).picture("svg"))
    wide, high = (float(root.get(name, "0")) for name in ("width", "height"))
    assert high > wide and min(640 / wide, 900 / high) >= 0.75


def test_figures_of_a_difference_are_read_on_paper() -> None:
    """Those of ResNet-50 and ResNeSt-50 stand in two columns, as three would be too wide."""
    root = ElementTree.fromstring(load("resnet50").diff(load("resnest50d")).picture())
    wide, high = (float(root.get(name, "0")) for name in ("width", "height"))
    assert min(640 / wide, 900 / high) > 0.6


def test_a_picture_says_what_was_set() -> None:
    assert b">resnet18(classes = 10)<" in load("resnet18")(classes=10).picture("svg")


def test_the_default_engine_needs_no_graphviz() -> None:
    program = (
        'import os, sys; os.environ["PATH"] = ""; sys.modules["graphviz"] = None; import archdsl;'
        'sys.stdout.buffer.write(archdsl.load("resnet18").picture("svg"))'
    )
    drawn = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout
    assert drawn == load("resnet18").picture("svg")


def test_text_for_graphviz_has_shares_and_themes() -> None:
    net = load("resnet18")
    text = net.picture("dot", level="block", color_by="params", theme="dark").decode()
    assert "of parameters" in text and THEMES["dark"].background in text and THEMES["dark"].heat(1) in text


def test_a_notebook_shows_the_picture() -> None:
    bundle = load("resnet18")._repr_mimebundle_()
    assert bundle["image/svg+xml"].startswith("<svg")


def test_the_command_finds_the_spec(tmp_path: Path) -> None:
    (tmp_path / "mine.arch").write_text(UNET)
    program = "from archdsl.cli import main; main()"

    def run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run([sys.executable, "-c", program, "draw", *arguments], capture_output=True, cwd=tmp_path)

    assert run("mine.svg").returncode == 0
    assert (tmp_path / "mine.svg").read_bytes() == loads(UNET).picture("svg")
    assert run("resnet18", "-o", "-", "--level", "block").stdout == load("resnet18").picture("svg", level="block")
    assert run("resnet18", "-o", "x.gif").returncode == 1


@pytest.mark.parametrize("option", ["level", "color_by", "theme", "direction", "engine"])
def test_an_unknown_way_to_draw_is_refused(option: str) -> None:
    with pytest.raises(archdsl.ArchError, match="unknown-choice"):
        archdsl.load("resnet18").picture("svg", **{option: "z"})
