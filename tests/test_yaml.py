"""The YAML form says what the text form says, and its mistakes are shown where they stand in the YAML."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given

from archdsl.report import Source
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
