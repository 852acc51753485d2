"""Pictures of what differs between two networks: what is marked, and where it stands."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

import archdsl
from archdsl.cli import main
from archdsl.compare import figures
from archdsl.draw.figure import Figure
from archdsl.draw.metrics import width
from archdsl.draw.theme import THEMES
from archdsl.load import load, loads
from tests.test_draw import DENSE, ROOT, UNET, faults

PAIRS = """
resnet50:resnest50d resnest50d:resnet50 resnet50:seresnet50 resnet50:resnext50_32x4d resnet50:resnet101
resnet50:resnet50d resnet50:skresnet50 skresnet18:seresnet50 resnet18:resnet50 resnetblur50:resnet50
""".split()
RELU = """
network n {{ input x: [N, 4, 8, 8]
  out = x -> first: conv(8, 3) -> {0} -> last: conv(4, 1)
}}
"""


def shown(before: archdsl.Network, after: archdsl.Network) -> list[Figure]:
    return figures(before.diff(after))


def marks(content: Figure, mark: str) -> list[str]:
    """The titles of parts with a mark."""
    return [part.title for part in content.body.parts if part.mark == mark]


def words_of(content: Figure, title: str) -> tuple[str, ...]:
    return next(part.notes for part in content.body.parts if part.title == title)


@pytest.mark.parametrize("pair", PAIRS)
def test_nothing_overlaps_or_is_crossed(pair: str) -> None:
    before, after = map(load, pair.split(":"))
    for content in shown(before, after):
        assert faults(content, False) == [], content.title


@pytest.mark.parametrize("pair", [(DENSE, DENSE.replace("relu", "silu")), (UNET, DENSE), (DENSE, UNET)])
def test_networks_without_stages(pair: tuple[str, str]) -> None:
    for content in shown(*map(loads, pair)):
        assert faults(content, False) == []


def test_a_convolution_makes_way_for_split_attention() -> None:
    network, stem, block = shown(load("resnet50"), load("resnest50d"))
    assert marks(network, "changed") == ["~ stem", "~ layer1", "~ layer2", "~ layer3", "~ layer4"]
    assert marks(stem, "removed") == ["− 7×7 conv, 64 /2"]
    assert marks(stem, "added") == ["+ 3×3 conv, 32 /2", "+ 3×3 conv, 32", "+ 3×3 conv, 64"]
    assert marks(block, "removed") == ["− 3×3 conv, 128 /2"]
    assert sorted(marks(block, "added")) == ["+ avg pool 2×2 /2", "+ avg pool 3×3 /2", "+ split attention"]
    assert words_of(block, "~ 1×1 conv, 512") == ("name 0 → 1", "stride 2 → 1")


def test_a_removed_part_hangs_where_it_hung() -> None:
    """Without the parts that are new, the picture has the wires of the network before; without the old, those after."""
    (content,) = shown(loads(RELU.format("relu -> batch_norm")), loads(RELU.format("max_pool(3, stride = 1)")))
    wires = {(source, part.id) for part in content.body.parts for source, _ in part.inputs}
    old = {("x", "first"), ("first", "before:relu"), ("before:relu", "before:batch_norm"), ("last", "out")}
    new = {("first", "max_pool"), ("max_pool", "last")}
    assert wires == old | new | {("x", "first"), ("before:batch_norm", "last")}


def test_old_and_new_values() -> None:
    network, block = shown(load("resnet50"), load("resnext50_32x4d"))
    assert words_of(block, "~ 3×3 conv, 128") == ("channels 64 → 128", "groups 1 → 32")
    assert "216 k → 206 k parameters" in words_of(network, "~ layer1")
    assert words_of(shown(load("resnet50"), load("resnet101"))[0], "~ layer3")[-2] == "×6 → ×23"


def test_one_op_in_place_of_another() -> None:
    (content,) = shown(loads(RELU.format("relu")), loads(RELU.format("silu")))
    assert [part.notes for part in content.body.parts if part.mark == "changed"] == [("relu → silu",)]


def test_every_change_is_seen() -> None:
    """What the page tells of a block is told in the picture: each leaf of the difference, or one like it."""
    found = load("resnet50").diff(load("seresnet50"))
    (_, block) = figures(found)
    assert marks(block, "added") == ["+ squeeze excite"]
    assert block.subtitle == "bottleneck · the same in 16 blocks"


def test_marks_are_never_colour_alone() -> None:
    signs = {"added": "+", "removed": "−", "changed": "~"}
    for content in shown(load("resnet50"), load("resnest50d")):
        for part in content.body.parts:
            assert part.title.startswith(signs.get(part.mark, "")), part.title


def test_equal_networks_are_one_column() -> None:
    (content,) = shown(load("resnet50"), load("resnet50"))
    assert {part.mark for part in content.body.parts} == {"same"}


def test_the_file_is_the_same_each_time(tmp_path: Path) -> None:
    program = "from archdsl.cli import main; main()"
    command = [sys.executable, "-c", program, "diff", "resnet50", "resnest50d", "--draw", str(tmp_path / "x.svg")]
    assert subprocess.run(command, cwd=ROOT, capture_output=True).returncode == 1
    text = load("resnet50").diff(load("resnest50d")).picture()
    assert (tmp_path / "x.svg").read_bytes() == text
    root = ElementTree.fromstring(text)
    ids = [group.get("id") for group in root.iter("{http://www.w3.org/2000/svg}g")]
    assert "before:layer2.0.conv2" in ids and len(ids) == len(set(ids))


def test_figures_stand_apart() -> None:
    """No text or box of a page reaches out of it."""
    root = ElementTree.fromstring(load("resnet50").diff(load("resnest50d")).picture())
    wide = float(root.get("width", "0"))
    for rect in root.iter("{http://www.w3.org/2000/svg}rect"):
        start, length = float(rect.get("x", "0")), float(rect.get("width", "0"))
        assert start >= 0 and start + length <= wide
    for text in root.iter("{http://www.w3.org/2000/svg}text"):
        half = width(text.text or "", float(text.get("font-size", "0")), text.get("font-weight") == "bold")
        start = float(text.get("x", "0")) - (half / 2 if text.get("text-anchor") == "middle" else 0)
        assert start >= 0 and start + half <= wide, text.text


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("format", ["png", "pdf"])
def test_pixels_and_paper(format: str) -> None:
    pytest.importorskip("matplotlib")
    data = load("resnet50").diff(load("seresnet50")).picture(format)
    assert data.startswith(b"%PDF" if format == "pdf" else b"\x89PNG")


@pytest.mark.parametrize(
    ("suffix", "code"), [("html", "format-of-one"), ("dot", "format-of-one"), ("gif", "unknown-format")]
)
def test_formats_that_there_are_not(tmp_path: Path, suffix: str, code: str) -> None:
    with pytest.raises(archdsl.ArchError, match="`svg`, `png`, `pdf`") as caught:
        load("resnet18").diff(load("resnet34")).draw(tmp_path / f"x.{suffix}")
    assert caught.value.diagnostics[0].code == code


def test_theme_and_width(tmp_path: Path) -> None:
    path = tmp_path / "x.svg"
    command = ["diff", "resnet18", "resnet34", "--draw", str(path), "--theme", "dark", "--width", "640"]
    assert CliRunner().invoke(main, command).exit_code == 1
    assert path.read_bytes() == load("resnet18").diff(load("resnet34")).picture(theme="dark", width=640)
    root = ElementTree.fromstring(path.read_bytes())
    assert root.get("width") == "640" and THEMES["dark"].background in path.read_text()
    alone = CliRunner().invoke(main, ["diff", "resnet18", "resnet34", "--theme", "dark"])
    assert alone.exit_code == 2 and "--theme and --width say how to --draw" in alone.output


def test_a_name_around_what_was_there_is_no_new_block() -> None:
    """A convolution that a block is put around is one that changed its name."""
    plain = "network n { input x: [N, 3, 8, 8]\n out = x -> a: conv(4, 3) -> batch_norm -> relu -> b: conv(2, 1) }"
    unit = "block unit { out = in -> [conv(4, 3), batch_norm, relu] }\n"
    around = unit + "network n { input x: [N, 3, 8, 8]\n out = x -> a: unit -> b: conv(2, 1) }"
    for before, after in ((plain, around), (around, plain)):
        (content,) = shown(loads(before), loads(after))
        assert marks(content, "added") == marks(content, "removed") == []
        assert marks(content, "changed") == ["~ 3×3 conv, 4", "~ batch norm"]


def test_a_file_that_cannot_be_written() -> None:
    result = CliRunner().invoke(main, ["diff", "resnet18", "resnet34", "--draw", "no/such/folder/x.svg"])
    assert result.exit_code == 2
    assert "no/such/folder/x.svg: No such file or directory" in result.output
