"""Pages of text: a heading with an `arch` block is a test, and each block after it what must come out, exactly.

`arch name=FILE` is a further file beside the main one. `graph`, `state`, `stats` and `python` are readings of the
last network of the main file, `error` is what is wrong with it, `warning` what is said of it where nothing is wrong,
`console` what the command line answers.
`pytest tests/test_pages.py --update` writes what comes out into the pages.
"""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from archdsl.cli import main
from archdsl.graph.verify import dump, verify
from archdsl.load import check_text, networks, problems
from archdsl.lower.labels import is_taken
from archdsl.network import Network
from archdsl.report import ArchError, errors
from tests.interpret import interpreted
from tests.reference import randomise

PAGES = Path(__file__).parent / "pages"
HEADING = re.compile(r"^```.*?^```$|^(?P<title>#+ [^\n]*)$", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```(?P<kind>\w+)(?: name=(?P<name>\S+))?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def sections(page: Path) -> list[tuple[str, str]]:
    """The title and the text of every case of a page; a `#` inside a block is no heading."""
    text = page.read_text()
    found = [match for match in HEADING.finditer(text) if match["title"]]
    ends = [match.start() for match in found[1:]] + [len(text)]
    cases = [(m["title"].strip("# "), text[m.start() : end]) for m, end in zip(found, ends, strict=True)]
    return [(title, case) for title, case in cases if BLOCK.search(case)]


ALL = [
    pytest.param(page, case, id=f"{page.relative_to(PAGES).with_suffix('')}: {title}")
    for page in sorted(PAGES.rglob("*.md"))
    for title, case in sections(page)
]


def graph(network: Network) -> str:
    return dump(network.graph)


def owned(network: Network) -> dict[str, tuple[int, ...]]:
    """What a checkpoint holds, by name, as the record says."""
    return {name: weight.shape for name, weight in network._record.weights() if weight.persistent}


def state(network: Network) -> str:
    return "\n".join(f"{name}: {list(shape)}" for name, shape in owned(network).items())


def stats(network: Network) -> str:
    found = network.stats()
    return f"{found.params} params, {found.macs} macs, {found.activations} activations, {found.layers} layers"


READINGS: dict[str, Callable[[Network], str]] = {
    "graph": graph,
    "state": state,
    "stats": stats,
    "python": lambda network: network.source().rstrip(),
}


def mistakes() -> str:
    with pytest.raises(ArchError) as caught:
        networks("net.arch")
    return str(caught.value)


def console(text: str) -> str:
    """The commands of a block, each with its answer."""
    answers = []
    for line in text.splitlines():
        if line.startswith("$ archdsl "):
            result = CliRunner().invoke(main, line.split()[2:], catch_exceptions=False)
            answers.append(f"{line}\n{result.output}".rstrip())
    return "\n\n".join(answers)


def answer(kind: str, text: str) -> str:
    if kind == "error":
        return mistakes()
    if kind == "warning":
        return "\n\n".join(map(str, problems("net.arch")))
    return console(text) if kind == "console" else READINGS[kind](networks("net.arch")[-1])


def rerun(block: re.Match[str]) -> str:
    """The block with what comes out now."""
    if block["kind"] == "arch":
        return block[0]
    return f"```{block['kind']}\n{answer(block['kind'], block['text'])}\n```"


@pytest.mark.parametrize(("page", "case"), ALL)
def test_page(
    page: Path, case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.chdir(tmp_path)
    kinds = set()
    for block in BLOCK.finditer(case):
        kinds.add(block["kind"])
        if block["kind"] == "arch":
            file = tmp_path / (block["name"] or "net.arch")
            file.parent.mkdir(exist_ok=True)
            file.write_text(block["text"])
    again = BLOCK.sub(rerun, case)
    if request.config.getoption("update"):
        page.write_text(page.read_text().replace(case, again, 1))
    else:
        assert again == case
    if kinds & READINGS.keys():
        for network in networks("net.arch"):
            agrees_with_torch(network)


def agrees_with_torch(network: Network) -> None:
    """The module owns what the record says, and gives what the graph says at two sizes of input, one of them odd."""
    verify(network.graph)
    module = network.to_torch().eval()
    randomise(module)
    held = {name: tuple(value.shape) for name, value in module.state_dict().items()}
    assert list(held.items()) == list(owned(network).items())
    assert sum(p.numel() for p in module.parameters()) == network.stats(**example(network, 0)).params
    network.to_torch().load_state_dict(module.state_dict())
    for first in (0, 3):
        shapes = example(network, first)
        given = network.graph_at(**shapes)
        verify(given)
        (out,) = (data for _, data in given.nodes(data=True) if data["kind"] == "output")
        inputs = {name: tensor(network, name, shape) for name, shape in shapes.items()}
        with torch.no_grad():
            results = module(*inputs.values())
            expected = interpreted(given, {**dict(module.named_buffers()), **module.state_dict()}, inputs)
        results = results if isinstance(results, list | tuple) else [results]
        for result, right in zip(results, expected, strict=True):
            torch.testing.assert_close(result, right, equal_nan=True)
        assert [tuple(result.shape) for result in results] == [tuple(shape) for shape in out["shapes"]]


def example(network: Network, first: int) -> dict[str, tuple[int, ...]]:
    """Shapes of the inputs: every symbol at its own of the sizes that it allows, from the `first` on."""
    symbols = {str(dim): dim for shape in network.inputs.values() for dim in shape if not isinstance(dim, int)}
    sizes = {}
    for i, (name, size) in enumerate(symbols.items()):
        (symbol,) = size.symbols
        allowed = list(islice(symbol.allowed(symbol.minimum), first + i + 1))
        sizes[name] = allowed[-1]
    return {
        name: tuple(dim if isinstance(dim, int) else dim.at(sizes) for dim in shape)
        for name, shape in network.inputs.items()
    }


def tensor(network: Network, name: str, shape: tuple[int, ...]) -> torch.Tensor:
    """Numbers for an input: whole ones where it is looked up."""
    kinds = {network.graph.nodes[node]["kind"] for node in network.graph.successors(name)}
    return torch.zeros(shape, dtype=torch.long) if "embedding" in kinds else torch.randn(shape)


def test_every_code_has_a_page() -> None:
    pages = "\n".join(page.read_text() for page in PAGES.rglob("*.md"))
    shown = {*re.findall(r"^(?:error|warning)\[([\w-]+)\]", pages, re.MULTILINE)}
    tests = "\n".join(file.read_text() for file in Path(__file__).parent.glob("test_*.py"))
    shown |= {*re.findall(r"^error\[([\w-]+)\]", tests, re.MULTILINE)}
    assert [code for code in errors.EXPLANATIONS if code not in shown and f'"{code}"' not in tests] == []


def codes(file: str) -> list[str]:
    with pytest.raises(ArchError) as caught:
        networks(file)
    return [diagnostic.code for diagnostic in caught.value.diagnostics]


def test_imports_of_what_is_no_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes, folders, links in a circle and out of the root, names too long: each is said of the import's words."""
    monkeypatch.chdir(tmp_path)
    Path("bytes.arch").write_bytes(b"\xff\xfe")
    Path("folder.arch").mkdir()
    Path("loop.arch").symlink_to("loop.arch")
    Path("passwd.arch").symlink_to("/etc/passwd")
    os.mkfifo("pipe.arch")
    for name, code in [
        ("bytes.arch", "not-text"),
        ("folder.arch", "missing-file"),
        ("loop.arch", "missing-file"),
        ("passwd.arch", "outside-root"),
        ("pipe.arch", "missing-file"),
        ("a" * 5000 + ".arch", "missing-file"),
    ]:
        Path("net.arch").write_text(f'from "{name}" use a\nnetwork net {{ input x: [N, 4] out = x }}')
        assert codes("net.arch") == [code], name


def test_a_text_without_a_folder_imports_no_file() -> None:
    with pytest.raises(ArchError) as caught:
        check_text('from "a.arch" use a', "text")
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == ["no-folder"]


def test_labels_hide_no_member_of_a_module() -> None:
    assert [name for name in dir(torch.nn.Module()) if not is_taken(name)] == []


OUTSIDE = {
    *("unknown-input", "input-rank", "input-size", "size-unknown", "no-network", "which-network", "unknown-spec"),
    *("unknown-op", "unknown-part", "no-folder", "not-text", "not-available", "unreadable-weights", "weights-differ"),
    *("unknown-renaming", "no-device", "parameter-not-set", "no-ablation", "which-ablation", "unknown-ablation"),
    *(
        "unknown-axes",
        "unknown-format",
        "unknown-choice",
        "format-of-one",
        "out-of-reach",
        "over-itself",
        "not-installed",
    ),
    *("not-a-function-name", "missing-train-module", "broken-train-module", "unknown-target"),
    *("missing-train-function", "hidden-train-function", "wrong-train-function", "not-a-store", "store-in-use"),
    *("too-few-gpus",),
}
"""Mistakes of requests and of files that no text can show."""
LARGE = {
    *("text-too-long", "too-many-words", "string-too-long", "label-too-long", "too-much-work"),
    *("too-deep", "too-many-ops", "nested-too-deep", "hidden-character"),
}
"""Mistakes that a short text cannot show."""
YAML = {
    *("not-yaml", "alias-in-spec", "tag-in-spec", "several-documents", "doubled-key", "unknown-key", "missing-key"),
    *("wrong-form", "several-labels", "flow-without-source", "label-in-label", "not-a-plain-name"),
}
"""Mistakes of the YAML form: see `test_yaml_mistakes.py`."""


def first_example(code: str) -> str | None:
    """The first indented lines of an explanation."""
    found = re.search(r"^    .*\n(?:    .*\n|\n)*", errors.EXPLANATIONS[code] + "\n", re.MULTILINE)
    return textwrap.dedent(found[0].strip("\n")) + "\n" if found else None


def test_every_explanation_is_prose_and_an_example() -> None:
    lacking = [code for code, text in errors.EXPLANATIONS.items() if text.startswith(" ") or not first_example(code)]
    assert lacking == []


@pytest.mark.parametrize(
    "code",
    ["input-rank", "input-size", "no-ablation", "unknown-format", "unknown-input", "unknown-op", "unknown-part"],
)
def test_commands_provoke_what_they_explain(code: str) -> None:
    """The first example of an explanation, where it asks the library."""
    assert console(f"$ {first_example(code)}").splitlines()[1].startswith(f"error[{code}]: ")


@pytest.mark.parametrize("code", sorted(errors.EXPLANATIONS.keys() - OUTSIDE - LARGE))
def test_examples_provoke_what_they_explain(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first example of an explanation, and nothing else comes of it."""
    monkeypatch.chdir(tmp_path)
    file = Path("net.yaml" if code in YAML else "net.arch")
    file.write_text(first_example(code) or "")
    assert [problem.code for problem in problems(str(file))] == [code]
