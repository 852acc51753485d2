"""YAML that is no spec, and what is said of it."""

from __future__ import annotations

import pytest

from archdsl.report import ArchError, Source
from archdsl.syntax.yaml_form import read_yaml

NETWORK = "networks:\n  n:\n    input: {x: [N, 3, 8, 8]}\n    body:\n"
MISTAKES = {
    "not-yaml": "networks: [",
    "alias-in-spec": "networks: &a {}\nblocks: *a\n",
    "tag-in-spec": "networks: !!python/object:os.system {}\n",
    "several-documents": "networks: {}\n---\nblocks: {}\n",
    "doubled-key": "networks: {}\nnetworks: {}\n",
    "unknown-key": "network: {}\n",
    "missing-key": "ablations:\n  a: {vary: {c: [1]}}\n",
    "wrong-form": "networks: [1, 2]\n",
    "several-labels": NETWORK + "      - out: [x, {a: relu, b: relu}]\n",
    "flow-without-source": NETWORK + "      - out: []\n",
    "label-in-label": NETWORK + '      - out: [x, {"a{[b: relu]}": relu}]\n',
    "not-a-plain-name": "networks:\n  1n: {}\n",
}


@pytest.mark.parametrize("code", MISTAKES)
def test_mistakes_are_named(code: str) -> None:
    with pytest.raises(ArchError) as caught:
        read_yaml(Source("x.yaml", MISTAKES[code]))
    assert [problem.code for problem in caught.value.diagnostics] == [code]


def test_words_that_yaml_takes_for_booleans_stay_names() -> None:
    file = read_yaml(Source("x.yaml", NETWORK + "      - on: [x, relu]\n      - out: [on, {yes: relu}]\n"))
    assert "on" in str(file)
    assert "True" not in str(file)


def test_more_words_than_can_be_read_within_a_second_are_refused() -> None:
    with pytest.raises(ArchError) as caught:
        read_yaml(Source("x.yaml", "blocks: [" + "a, " * 30_000 + "]"))
    assert [problem.code for problem in caught.value.diagnostics] == ["too-many-words"]
