"""Whatever the strings, labels and comments of a spec say, they stay text in all that is written of it."""

from __future__ import annotations

import ast
import csv
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archdsl import ArchError, loads
from archdsl.ablate.table import table
from archdsl.draw.figure import Body, Figure, Part
from archdsl.draw.levels import figure
from archdsl.draw.picture import Style, written
from archdsl.syntax.spelling import string

PIECES = (
    *("<script>alert(1)</script>", "</title>", "]]>", "-->", "<!--", "&lt;", "&#60;", "'", '"', "\\", "\\\\", "`"),
    *("|", "\\|", "$", "^", "~", "#", "%", "_", "{{", "}}", "[", "]", "; }", '"];', "=1+1", "@sum", "+1", "-1"),
    *("\n", "\t", '"""', "'''", "os.abort()", "\n  os.abort()", "end", "×", "é", "\u0301", "字", "😀", "\ufeff", "&"),
)
SAID = st.lists(st.sampled_from(PIECES), max_size=4).map("".join)
NASTY = ["".join(PIECES[i : i + 3]) for i in range(len(PIECES) - 2)]
NET = """
block part { out = in -> a: conv(4, 3) -> b: relu }
network net {
  input x: [N, 4, H = 8, W = 8]
  y = x -> first: part -> second: part
  out = y + x -> last: conv(2, 1)
}
"""


def saying(said: str) -> Figure:
    """A picture in which every word is this one."""
    content = figure(loads(NET)._record, "net", "op", None, None)
    return replace(content, title=said, subtitle=said, body=_saying(content.body, said))


def _saying(body: Body, said: str) -> Body:
    return Body(tuple(_told(part, said) for part in body.parts))


def _told(part: Part, said: str) -> Part:
    body = None if part.body is None else _saying(part.body, said)
    return replace(part, name=said, title=said, notes=(said,), body=body)


def picture(said: str, suffix: str) -> str:
    return written(saying(said), Style("kind", "paper", None, None, "own"), suffix).decode()


@given(SAID.filter(str.strip))
@settings(max_examples=60, deadline=None)
def test_svg_has_only_its_own_elements(said: str) -> None:
    root = ElementTree.fromstring(picture(said, "svg"))
    usual = ElementTree.fromstring(picture("plain", "svg"))
    assert [element.tag for element in root.iter()] == [element.tag for element in usual.iter()]
    assert [set(element.attrib) for element in root.iter()] == [set(element.attrib) for element in usual.iter()]


@pytest.mark.skipif(shutil.which("dot") is None, reason="wants Graphviz")
def test_dot_has_only_its_own_nodes() -> None:
    for said in NASTY[::4]:
        assert parsed_by_dot(said) == parsed_by_dot("plain"), said


def parsed_by_dot(said: str) -> list[tuple[str, ...]]:
    """The nodes and the edges that Graphviz finds."""
    plain = subprocess.run(["dot", "-Tplain"], input=picture(said, "dot").encode(), capture_output=True, check=True)
    words = (line.split() for line in plain.stdout.decode().splitlines())
    return [tuple(w[:2] if w[0] == "node" else w[:3]) for w in words if w and w[0] in ("node", "edge")]


@given(SAID)
@settings(max_examples=60, deadline=None)
def test_mermaid_says_one_thing_a_line(said: str) -> None:
    quoted = r"\"(?:[^\"<>`]|<br/>)*\""
    one = rf"n\d+\[{quoted}\]|n\d+\(\({quoted}\)\)|subgraph n\d+\[{quoted}\]|end|n\d+ --> n\d+|flowchart (TD|LR)"
    shown = picture(said, "mmd").split("\n")
    assert len(shown) == len(picture("plain", "mmd").split("\n"))
    for line in shown[:-1]:
        assert re.fullmatch(rf"\s*(?:{one})", line), line


@given(SAID)
@settings(max_examples=60, deadline=None)
def test_python_has_only_its_own_names(said: str) -> None:
    """Documentation, comments, messages and parameters of a spec say what they like."""
    doc = "".join(f"## {line}\n" for line in said.split("\n"))
    text = f"""
{doc}block part(mode = {string(said)}) {{
  #{doc.partition(chr(10))[0]}
  require in.channels > 0, {string(said)}
  out = in -> conv(4, 3) -> relu
}}

{doc}network net(mode = {string(said)}) {{
  input x: [N, 4, H = 8, W = 8]
  require H >= 4, {string(said)}
  out = x -> part(mode = mode)
}}
"""
    try:
        source = loads(text).source()
    except ArchError as error:
        assert [problem.code for problem in error.diagnostics] == ["hidden-character"]
        return
    found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name | ast.Attribute)]
    assert not {"os", "abort", "alert"} & {node.id if isinstance(node, ast.Name) else node.attr for node in found}
    for statement in ast.parse(source).body:
        assert isinstance(statement, ast.Expr | ast.ClassDef | ast.FunctionDef | ast.Import | ast.ImportFrom)


# --- tables ------------------------------------------------------------------------------------------------


def rows(said: str, form: str) -> list[str]:
    text = """
network net(mode = "", width = 4) {
  input x: [N, 4, H = 8, W = 8]
  require mode == "" or width > 4, mode_is_wrong
  out = x -> conv(width, 3)
}
ablation modes of net { vary mode in ["", SAID] vary width in [4, 8] }
""".replace("mode_is_wrong", string(said)).replace("SAID", string(said))
    return list(table(_family(text), ["mode", "width"], {}, form))


def _family(text: str) -> Iterator[object]:
    net = loads(text)
    (item,) = [d.item for d in net._definition.unit.own.values() if d.name == "modes"]
    return iter(net.family(item, net._definition.unit))  # type: ignore[arg-type]


@given(SAID.filter(bool))
@settings(max_examples=40, deadline=None)
def test_tables_keep_their_cells(said: str) -> None:
    try:
        markdown = rows(said, "markdown")
    except ArchError:
        return
    cells = {len(re.sub(r"\\.", "", line).split("|")) for line in markdown}
    assert len(cells) == 1, markdown
    assert not re.search(r"[<>\n\r]", "".join(markdown))
    latex = rows(said, "latex")[2:-1]
    plain = [re.sub(r"\\[&%$#_{}^]", "", line) for line in latex]
    assert len({line.count("&") for line in plain if "&" in line}) == 1, latex
    assert not re.search(r"[%#~^\n]", "".join(plain))
    exact = json.loads("".join(rows(said, "json")))
    comma = list(csv.DictReader(line + "\n" for line in rows(said, "csv")))
    assert len(comma) == len(exact)
    for row, known in zip(comma, exact, strict=True):
        assert row["mode"].lstrip("'") == str(known["mode"]).lstrip("'")
        assert not row["mode"].startswith(("=", "+", "-", "@", "\t"))
        assert not row["reason"].startswith(("=", "+", "-", "@", "\t"))
