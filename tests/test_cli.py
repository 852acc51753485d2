"""The command line through its entry point: standard output, standard error, exit code."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import archdsl

ROOT = Path(__file__).parent.parent
COMMAND = str(Path(sys.executable).parent / "archdsl")
WRONG = """
network mine(classes = 10) {
  input image: [N, 3, H = 32, W = 32]
  out = image -> conv(8, 3, strid = 2) -> rleu -> global_avg_pool -> flatten -> linear(classes)
}
"""


def run(*arguments: str, text: str = "", cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, *arguments], input=text, capture_output=True, text=True, cwd=cwd, check=False)


def test_check_of_good_specs_says_nothing() -> None:
    found = run("check", *map(str, sorted((ROOT / "specs").glob("*.arch"))))
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


def test_check_reports_every_mistake(tmp_path: Path) -> None:
    (tmp_path / "mine.arch").write_text(WRONG)
    found = run("check", "mine.arch", cwd=tmp_path)
    assert found.returncode == 1
    assert "mine.arch:4:29" in found.stderr
    assert "did you mean `stride`?" in found.stderr
    assert "did you mean `relu`?" in found.stderr
    assert found.stderr.endswith("2 errors\n")


def test_check_as_json(tmp_path: Path) -> None:
    (tmp_path / "mine.arch").write_text(WRONG)
    found = run("check", "--json", "mine.arch", cwd=tmp_path)
    problems = json.loads(found.stdout)
    assert found.returncode == 1
    assert [(p["code"], p["line"], p["column"]) for p in problems] == [
        ("unknown-parameter", 4, 29),
        ("unknown-name", 4, 43),
    ]


def test_warnings_fail_only_a_strict_check(tmp_path: Path) -> None:
    (tmp_path / "wrong.arch").write_text(WRONG)
    (tmp_path / "mine.arch").write_text("block gate(rate = 1) {\n  y = in -> relu\n  out = in\n}\n")
    found = run("check", "mine.arch", cwd=tmp_path)
    assert (found.returncode, found.stderr.count("warning[")) == (0, 2)
    assert found.stderr.endswith("\n\n2 warnings\n")
    assert run("check", "--strict", "mine.arch", cwd=tmp_path).returncode == 1
    both = run("check", "--json", "mine.arch", "wrong.arch", cwd=tmp_path)
    assert [p["severity"] for p in json.loads(both.stdout)] == ["error", "error", "warning", "warning"]
    assert run("check", ".", cwd=tmp_path).stderr.endswith("\n\n2 errors, 2 warnings\n")


def test_what_the_repository_holds_gives_no_warnings() -> None:
    found = run("check", "--strict", "specs", "examples", "archdsl/library")
    assert (found.returncode, found.stderr) == (0, "")


def test_networks_know_their_warnings() -> None:
    network = archdsl.loads("network net(rate = 1) { input x: [N, 3] out = x -> relu }")
    assert [warning.code for warning in network.warnings] == ["unused-parameter"]
    assert archdsl.load("resnet50").warnings == ()


def test_wrong_usage_exits_with_2() -> None:
    assert run("check").returncode == 2
    assert run("compile", "resnet18", "--to", "tensorflow").returncode == 2
    assert run("stats", "resnet18", "--input", "image=big").returncode == 2
    assert run("compile", "resnet18", "--set", "classes").returncode == 2


def test_compile_writes_the_source(tmp_path: Path) -> None:
    found = run("compile", "resnet18", "--set", "classes=10", cwd=tmp_path)
    assert found.returncode == 0
    text = (tmp_path / "resnet18.py").read_text()
    assert text == archdsl.load("resnet18")(classes=10).source()
    assert run("compile", "resnet18", "--set", "classes=10", "-o", "-").stdout == text


def test_compile_reads_standard_input() -> None:
    text = (ROOT / "specs" / "resnet50.arch").read_text()
    assert run("compile", "-", "-o", "-", text=text).stdout == archdsl.loads(text).source()


def test_a_file_that_cannot_be_written_is_said() -> None:
    for command, file in [("compile", "gone/resnet18.py"), ("draw", "gone/resnet18.svg")]:
        found = run(command, "resnet18", "-o", file)
        said = f"Error: Could not open file '{file}': No such file or directory\n"
        assert (found.returncode, found.stderr) == (1, said)
    found = run("ablate", "specs/ablations/senet_stages.arch", "--write", "README.md")
    assert (found.returncode, found.stderr) == (1, "Error: Could not open file 'README.md': File exists\n")


def test_a_spec_that_cannot_be_laid_out_in_place_is_said(tmp_path: Path) -> None:
    text = "block gate { out = in -> sigmoid }"
    (tmp_path / "n.arch").write_text(text)
    no_space = ["sh", "-c", 'ulimit -f 0 && exec "$0" fmt n.arch', COMMAND]
    found = subprocess.run(no_space, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (found.returncode, found.stderr) == (1, "Error: Could not open file 'n.arch': File too large\n")
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {"n.arch": text}


def test_a_spec_laid_out_keeps_its_mode_and_its_links(tmp_path: Path) -> None:
    file, link = tmp_path / "n.arch", tmp_path / "link.arch"
    file.write_text("block gate { out = in -> sigmoid }")
    file.chmod(0o640)
    link.symlink_to("n.arch")
    assert run("fmt", "link.arch", cwd=tmp_path).returncode == 0
    assert (link.is_symlink(), file.read_text()) == (True, "block gate {\n  out = in -> sigmoid\n}\n")
    assert (file.stat().st_mode & 0o777, len(list(tmp_path.iterdir()))) == (0o640, 2)


def test_a_text_may_begin_with_the_mark_of_its_encoding(tmp_path: Path) -> None:
    text = "\ufeffnetwork net { input x: [N, 3] out = x -> relu }\n"
    (tmp_path / "net.arch").write_text(text, encoding="utf-8")
    for found in (run("check", "-", text=text), run("check", "net.arch", cwd=tmp_path)):
        assert (found.returncode, found.stderr) == (0, "")
    assert archdsl.loads(text).source() == archdsl.load(tmp_path / "net.arch").source()
    assert run("fmt", "-", text=text).stdout == run("fmt", "-", text=text[1:]).stdout


def test_standard_input_that_is_no_text_or_has_no_end_is_refused() -> None:
    for text, code in ((b"\xff\xfe", "not-text"), (b"\0" * 5_000_000, "text-too-long")):
        found = subprocess.run([COMMAND, "check", "-"], input=text, capture_output=True, check=False)
        assert (found.returncode, f"error[{code}]" in found.stderr.decode()) == (1, True)


def test_settings_are_checked() -> None:
    found = run("compile", "resnet18", "--set", "clases=10")
    assert found.returncode == 1
    assert "did you mean `classes`?" in found.stderr


def test_stats() -> None:
    found = run("stats", "specs/resnet50.arch", "--json")
    totals = json.loads(found.stdout)
    assert (totals["params"], totals["macs"]) == (25_557_032, 4_089_184_256)
    assert sum(row["params"] for row in totals["table"]) == totals["params"]
    table = run("stats", "specs/resnet50.arch", "--input", "image=1x3x97x97").stdout
    assert "layer4.2.conv3  " in table
    assert "1×2048×4×4" in table


def test_list_shows_costs() -> None:
    rows = {row["name"]: row for row in json.loads(run("list", "--json").stdout)}
    assert (rows["resnest50"]["params"], rows["resnest50"]["input"]) == (27_483_240, "3×224×224")
    assert "resnest50 " in run("list").stdout


def test_ops_document_themselves() -> None:
    assert "softmax " in run("ops").stdout
    assert "groups: int = 1  (1 or more)" in run("ops", "conv").stdout
    found = run("ops", "convv")
    assert found.returncode == 1
    assert "did you mean `conv`?" in found.stderr


def test_codes_explain_themselves() -> None:
    assert "unknown-name" in run("explain").stdout.splitlines()
    assert run("explain", "unknown-name").stdout.startswith("unknown-name\n\n")
    assert run("explain", "unknown-nam").returncode == 2


def test_fmt_lays_out_and_checks(tmp_path: Path) -> None:
    text = "network n{input x:[N,3,8,8] # comes in\nout=x->relu}"
    (tmp_path / "n.arch").write_text(text)
    assert run("fmt", "--check", ".", cwd=tmp_path).returncode == 1
    assert (tmp_path / "n.arch").read_text() == text
    laid_out = run("fmt", "-", text=text).stdout
    assert laid_out == "network n {\n  input x: [N, 3, 8, 8]  # comes in\n  out = x -> relu\n}\n"
    assert run("fmt", "n.arch", cwd=tmp_path).returncode == 0
    assert (tmp_path / "n.arch").read_text() == laid_out
    assert run("fmt", "--check", "n.arch", cwd=tmp_path).returncode == 0


def test_both_forms_of_a_spec_are_one_network(tmp_path: Path) -> None:
    assert run("compile", "specs/resnet50.arch", "--to", "yaml", "-o", str(tmp_path / "r.yaml")).returncode == 0
    (tmp_path / "wrong.yaml").write_text("networks:\n  n:\n    body:\n      - out: [x, rleu]\n")
    source = run("compile", "r.yaml", "-o", "-", cwd=tmp_path).stdout
    assert source == archdsl.load(ROOT / "specs" / "resnet50.arch").source()
    found = run("check", "wrong.yaml", cwd=tmp_path)
    assert (found.returncode, "wrong.yaml:4:" in found.stderr) == (1, True)


def test_compile_writes_a_spec_of_one_library_network(tmp_path: Path) -> None:
    """It checks by itself and costs the same, as does what `--set` makes of it, in either form."""
    for target, *settings in [("arch",), ("yaml",), ("arch", "--set", "radix=4"), ("yaml", "--set", "radix=4")]:
        path = tmp_path / f"n.{target}"
        assert run("compile", "resnest50", "--to", target, *settings, "-o", str(path)).returncode == 0
        checked = run("check", "--strict", path.name, cwd=tmp_path)
        assert (checked.returncode, checked.stderr) == (0, "")
        assert len(path.read_text().splitlines()) < 10
        assert run("stats", str(path)).stdout == run("stats", "resnest50", *settings).stdout


def test_compile_with_settings_derives_from_the_file(tmp_path: Path) -> None:
    (tmp_path / "mine.arch").write_text("network n(k = 3) { input x: [N, 3, 8, 8] out = x -> conv(2, k) }")
    assert run("compile", "mine.arch", "--to", "arch", "--set", "k=5", "-o", "five.arch", cwd=tmp_path).returncode == 0
    assert (tmp_path / "five.arch").read_text() == 'from "mine.arch" use n as base\n\nnetwork n = base(k = 5)\n'
    assert run("check", "five.arch", cwd=tmp_path).returncode == 0
    set_there = run("stats", "mine.arch", "--set", "k=5", cwd=tmp_path)
    assert run("stats", "five.arch", cwd=tmp_path).stdout == set_there.stdout


def test_specs_are_written_where_they_check(tmp_path: Path) -> None:
    """Below the working folder, and not over what they are made of; anything else is said before any is written."""
    here, away = tmp_path / "here", tmp_path / "away"
    here.mkdir()
    text = "network n(k = 3) { input x: [N, 3, 8, 8] out = x -> conv(2, k) } ablation a of n { vary k in [1, 3, 5] }"
    (here / "n.arch").write_text(text)
    assert run("ablate", "n.arch", "--write", "out/deep", cwd=here).returncode == 0
    assert run("check", *sorted(str(path) for path in (here / "out").rglob("*.arch")), cwd=here).stderr == ""
    found = run("ablate", "n.arch", "--write", ".", cwd=here)
    assert (found.returncode, "error[over-itself]" in found.stderr) == (1, True)
    assert run("compile", "n.arch", "--to", "arch", "--set", "k=5", cwd=here).returncode == 1
    assert (here / "n.arch").read_text() == text
    found = run("ablate", "n.arch", "--write", str(away), cwd=here)
    assert (found.returncode, found.stdout, list(away.glob("*"))) == (1, "", [])
    assert "error[out-of-reach]" in found.stderr
    assert (
        run("compile", "n.arch", "--to", "arch", "--set", "k=5", "-o", str(away / "n.arch"), cwd=here).returncode == 1
    )


def test_the_graph_as_json() -> None:
    found = json.loads(run("compile", "resnet18", "--to", "json", "-o", "-").stdout)
    graph = archdsl.load("resnet18").graph
    assert found["network"] == "resnet18"
    assert [node["name"] for node in found["nodes"]] == list(graph)
    edges = {(source, node["name"]) for node in found["nodes"] for source, _ in node["inputs"]}
    assert edges == set(graph.edges)
    nodes = {node["name"]: node for node in found["nodes"]}
    assert nodes["conv1"]["attributes"]["kernel"] == 7
    assert nodes["conv1"]["shapes"] == [["N", 64, "ceil(H / 2)", "ceil(W / 2)"]]
    assert sum(node["params"] for node in found["nodes"]) == 11_689_512


def test_outputs_take_no_more_than_they_need(tmp_path: Path) -> None:
    total = run("stats", "resnet18", "--outputs", "layer1, layer3").stdout.splitlines()[-1]
    assert total.startswith("resnet18: 2,782,784 parameters")
    run("compile", "resnet18", "--outputs", "layer1,layer3", cwd=tmp_path)
    assert (tmp_path / "resnet18.py").read_text() == archdsl.load("resnet18").source(["layer1", "layer3"])
    assert "did you mean `layer4`?" in run("stats", "resnet18", "--outputs", "layer7").stderr


FAMILY = """
network n(width = 8, classes = 10) {
  input x: [N, 3, 32, 32]
  out = x -> conv(width, 3) -> global_avg_pool -> flatten -> linear(classes)
}
ablation sizes of n { vary width in range(1, 301) vary classes in range(1, 301) }
"""


def words_of_a_long_family(folder: Path, errors: int, read: int) -> bytes:
    """What the command says on standard error in its first seconds, or until a bar is drawn."""
    (folder / "n.arch").write_text(FAMILY)
    words, start = b"", 0.0
    with subprocess.Popen([COMMAND, "ablate", "n.arch"], cwd=folder, stdout=subprocess.PIPE, stderr=errors) as command:
        os.close(errors)
        assert command.stdout is not None
        rows = command.stdout.fileno()
        while b"90,001" not in words and (not start or time.monotonic() < start + 3):
            for file in select.select([rows, read], [], [], 60)[0]:
                data = os.read(file, 65536)
                words += data if file == read else b""
                start = start or time.monotonic()
        command.kill()
    os.close(read)
    return words


def test_a_terminal_is_told_how_far_it_is(tmp_path: Path) -> None:
    read, terminal = pty.openpty()
    words = words_of_a_long_family(tmp_path, terminal, read).decode()
    assert re.fullmatch(r"\r[█·]{30} [\d,]+ of at most 90,001", words)


def test_what_is_no_terminal_is_told_nothing(tmp_path: Path) -> None:
    read, pipe = os.pipe()
    assert words_of_a_long_family(tmp_path, pipe, read) == b""


def test_compile_for_inference() -> None:
    found = run("compile", "resnet18", "--inference", "-o", "-")
    assert (found.returncode, found.stdout) == (0, archdsl.load("resnet18").source(inference=True))
    refused = run("compile", "resnet18", "--to", "yaml", "--inference", "-o", "-")
    assert refused.returncode == 2
    assert "--inference has no meaning for --to yaml" in refused.stderr


def test_compile_for_a_target() -> None:
    found = run("compile", "resnest50", "--target", "eager", "-o", "-")
    assert (found.returncode, found.stdout) == (0, archdsl.load("resnest50").source(target="eager"))
    assert "autograd.Function" in found.stdout
    refused = run("compile", "resnest50", "--to", "json", "--target", "eager", "-o", "-")
    assert "--target has no meaning for --to json" in refused.stderr
