"""What the documents show is what happens.

A fenced `arch` block is a whole spec without mistakes; `arch fragment` is part of one and has to parse; `arch wrong`
has mistakes. Blocks behind one speak of the last network of the last spec above: `state` lists the names in its
`state_dict`, `error` is what is wrong. `arch name=FILE` can be read by the commands of the document's `console` blocks,
whose answers are compared where they stand whole: a line `…` leaves something out.
`pytest tests/test_docs.py --update` writes what comes out anew, with `docs/ops.md` and the library's table.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest
from click.testing import CliRunner

from archdsl.cli import main
from archdsl.load import check_text, networks
from archdsl.lower.resolve import library_modules, library_unit
from archdsl.ops.document import op_table
from archdsl.report import ArchError, Source
from archdsl.syntax import tree
from archdsl.syntax.parse import parse, parse_expression

ROOT = Path(__file__).parent.parent
OPS = ROOT / "docs" / "ops.md"
LANGUAGE = ROOT / "docs" / "language.md"
LIBRARY = re.compile(r"(<!-- library -->)(.*)(<!-- end -->)", re.DOTALL)
LEFT_OUT = "…"
NAME = "net.arch"
BLOCK = re.compile(
    r"^```(?P<kind>\w+)(?: (?P<sort>fragment|wrong)| name=(?P<name>\S+))?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


class Reader:
    """Reads a document from top to bottom: what each block should be, given those above it."""

    def __init__(self, folder: Path, document: str) -> None:
        self.folder, self.spec = folder, ""
        for block in BLOCK.finditer(document):
            if block["kind"] == "arch" and block["name"]:
                file = folder / block["name"]
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(block["text"])

    def read(self, block: re.Match[str]) -> str:
        match block["kind"]:
            case "arch":
                self.check(block)
                return block[0]
            case "state":
                names = check_text(self.spec, NAME)[-1].to_torch().state_dict()
                return fenced("state", elided(block["text"], "\n".join(names)))
            case "error":
                return fenced("error", elided(block["text"], mistakes(self.spec)))
            case "console":
                return fenced("console", "\n\n".join(map(self.run, re.split(r"\n+(?=\$ )", block["text"].strip()))))
        return block[0]

    def check(self, block: re.Match[str]) -> None:
        if block["sort"] == "fragment":
            assert parses(block["text"]), block["text"]
        elif block["name"]:
            networks(self.folder / block["name"])
        else:
            self.spec = block["text"]
            assert block["sort"] == "wrong" or mistakes(self.spec) == "", mistakes(self.spec)

    def run(self, case: str) -> str:
        """A command and its answer; it fails where it shows an error, or networks that differ, and only there."""
        command, _, shown = case.partition("\n")
        if not command.startswith("$ archdsl "):
            return case
        result = CliRunner().invoke(main, shlex.split(command)[2:], catch_exceptions=False)
        assert result.exit_code == ("error[" in shown or command.startswith("$ archdsl diff")), result.output
        answer = elided(shown, result.output.rstrip())
        return f"{command}\n{answer}".rstrip()


def fenced(kind: str, text: str) -> str:
    return f"```{kind}\n{text}\n```"


def elided(shown: str, found: str) -> str:
    """What came out, or what is shown of it where that leaves something out."""
    parts = re.split(rf"\n?^{LEFT_OUT}$\n?", shown.rstrip("\n"), flags=re.MULTILINE)
    fits = re.fullmatch(".*".join(map(re.escape, parts)), found, re.DOTALL)
    return shown.rstrip("\n") if fits else found


def mistakes(text: str) -> str:
    try:
        check_text(text, NAME)
    except ArchError as error:
        return str(error)
    return ""


def parses(text: str) -> bool:
    """Whether it is part of a file, of a body, or of a flow."""
    readings: list[Callable[[], object]] = [
        lambda: parse(Source("", text)),
        lambda: parse(Source("", f"block part {{\n{text}}}")),
        lambda: parse_expression(Source("", text)),
    ]
    return any(map(succeeds, readings))


def succeeds(reading: Callable[[], object]) -> bool:
    try:
        reading()
    except ArchError:
        return False
    return True


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_what_a_document_shows(
    document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    copytree(ROOT / "specs", tmp_path / "specs")
    monkeypatch.chdir(tmp_path)
    text = document.read_text()
    again = BLOCK.sub(Reader(tmp_path, text).read, text)
    if request.config.getoption("update"):
        document.write_text(again)
    else:
        assert again == text


def test_library(request: pytest.FixtureRequest) -> None:
    text = LANGUAGE.read_text()
    again = LIBRARY.sub(lambda found: f"{found[1]}\n{library_table()}\n{found[3]}", text)
    if request.config.getoption("update"):
        LANGUAGE.write_text(again)
    else:
        assert again == text


def library_table() -> str:
    """Every block of the library, and every network with parameters of its own, with the first line of what it says."""
    return "\n".join(f"**std.{name}**\n\n| | |\n| --- | --- |\n{rows(name)}" for name in library_modules())


def rows(module: str) -> str:
    items = [definition.item for definition in library_unit(module).own.values()]
    described = [item for item in items if isinstance(item, tree.Block) or item.parameters]
    return "".join(f"| `{signature(item)}` | {first_line(item.doc)} |\n" for item in described)


def first_line(text: str) -> str:
    return text.partition("\n")[0]


def signature(item: tree.Block | tree.Network | tree.Derived) -> str:
    parameters = ", ".join(" ".join(parameter.span.text.split()) for parameter in item.parameters)
    return f"{item.name.id}({parameters})" if parameters else item.name.id


def test_table_of_ops(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("update"):
        OPS.write_text(op_table())
    else:
        assert OPS.read_text() == op_table()
