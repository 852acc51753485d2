"""The YAML form says what the text form says, and its mistakes are shown where they stand in the YAML."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given

from archdsl.report import ArchError, Source
from archdsl.syntax import tree
from archdsl.syntax.format import text_of
from archdsl.syntax.parse import parse
from archdsl.syntax.yaml_form import read_yaml
from archdsl.syntax.yaml_write import yaml_of
from tests.trees import files

HOUSE = Path(__file__).parent.parent
SPECS = [p for folder in ("specs", "archdsl/library", "examples") for p in sorted((HOUSE / folder).glob("*.arch"))]


def read(text: str) -> tree.File:
    return read_yaml(Source("x.yaml", text))


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_specs_have_a_yaml_form(path: Path) -> None:
    file = parse(Source(path.name, path.read_text()))
    again = read(yaml_of(file))
    assert again == file
    assert parse(Source("x.arch", text_of(again))) == file


@given(files())
def test_every_tree_has_a_yaml_form(file: tree.File) -> None:
    again = read(yaml_of(file))
    assert again == file
    assert parse(Source("x.arch", text_of(again))) == file


# --- what the document says --------------------------------------------------------------------------------

DOCUMENT = (HOUSE / "docs" / "yaml.md").read_text()
PAIR = re.compile(r"^```yaml\n(?P<yaml>.*?)^```$\n\n^```arch same\n(?P<arch>.*?)^```$", re.MULTILINE | re.DOTALL)
WRONG = re.compile(r"^```yaml wrong\n(?P<yaml>.*?)^```$\n\n^```text\n(?P<error>.*?)^```$", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| `(?P<text>.*)` \| `(?P<yaml>.*)` \|$", re.MULTILINE)


def rows(heading: str) -> list[tuple[str, str]]:
    section = DOCUMENT.split(f"## {heading}\n")[1].split("\n## ")[0]
    return [(row["text"], row["yaml"]) for row in ROW.finditer(section)]


@pytest.mark.parametrize("pair", [*PAIR.finditer(DOCUMENT)], ids=lambda pair: pair["arch"].split("\n")[0])
def test_blocks_of_the_document(pair: re.Match[str]) -> None:
    assert read(pair["yaml"]) == parse(Source("x.arch", pair["arch"]))


@pytest.mark.parametrize(("text", "yaml"), rows("Expressions and flows"))
def test_flows_of_the_document(text: str, yaml: str) -> None:
    assert read(f"networks:\n  n:\n    body:\n      - x: {yaml}\n") == parse(Source("x", f"network n {{ x = {text} }}"))


@pytest.mark.parametrize(("text", "yaml"), rows("Statements"))
def test_statements_of_the_document(text: str, yaml: str) -> None:
    assert read(f"networks:\n  n:\n    body:\n      {yaml}\n") == parse(Source("x", f"network n {{ {text} }}"))


@pytest.mark.parametrize("block", [*WRONG.finditer(DOCUMENT)], ids=["wrong"])
def test_errors_of_the_document(block: re.Match[str]) -> None:
    with pytest.raises(ArchError) as caught:
        read(block["yaml"])
    assert str(caught.value) == block["error"].rstrip()


# --- places ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        "in -> wrong wrong",
        '"in -> wrong wrong"',
        "'in -> wrong wrong'",
        "'in -> \"it''s\": wrong wrong'",
        '"in -> \\"a\\": wrong wrong"',
        '"in -> \\u0061: wrong wrong"',
        "|\n          in\n          -> wrong wrong",
        ">\n          in\n\n          -> wrong wrong",
        "in\n          -> wrong wrong",
        '"in\n\n          -> wrong \\\n          wrong"',
    ],
)
def test_a_mistake_is_where_its_words_are(value: str) -> None:
    text = f"blocks:\n  a:\n    body:\n      - out: {value}\n"
    with pytest.raises(ArchError) as caught:
        read(text)
    (problem,) = caught.value.diagnostics
    span = problem.primary.span
    line, column = span.source.position(span.start)
    assert text.split("\n")[line - 1][column - 1 :].startswith("wrong")
    assert text.rindex("wrong") == sum(len(row) + 1 for row in text.split("\n")[: line - 1]) + column - 1


@pytest.mark.parametrize("start", ["[", "{a: ", "- ", "'", '"', "? ", "a: {b: [", "\t", "%", "@", "&a ", "*a ", "|\n "])
def test_whatever_is_long_or_deep_is_refused(start: str) -> None:
    with pytest.raises(ArchError):
        read(start * (300_000 // len(start)))


@pytest.mark.parametrize("name", ["on", "yes", "null", "y", "~x", "1e3", "0x10", "2001-01-01"])
def test_texts_are_never_something_else(name: str) -> None:
    """A name that YAML takes for a boolean or for nothing is a name, whatever is written in its place."""
    body = f'out = in -> "{name}": relu on = yes -> null null = ["{name}"] require on, "{name}"'
    file = parse(Source("x.arch", f"block on(yes = null, null) {{ {body} }}"))
    assert read(yaml_of(file)) == file
