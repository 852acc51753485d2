"""What is done with a text from anyone, and what must hold of the answer."""

from __future__ import annotations

import ast
from collections.abc import Callable

from archdsl.load import check_text
from archdsl.network import Network
from archdsl.report import ArchError, Source
from archdsl.syntax.format import format_text
from archdsl.syntax.parse import parse
from archdsl.syntax.yaml_form import read_yaml
from archdsl.syntax.yaml_write import yaml_of

CALLED = {"super", "range", "len", "enumerate", "zip", "float", "tuple", "list", "reversed", "getattr", "setattr"}
"""What emitted source may call besides torch and its own classes."""


def parsed(text: str) -> None:
    """A text that can be read is laid out in a way that stays, and means the same in YAML."""
    try:
        tree = parse(Source("net.arch", text))
    except ArchError as error:
        said(error)
        return
    laid_out = format_text(Source("net.arch", text))
    assert format_text(Source("net.arch", laid_out)) == laid_out
    assert parse(Source("net.arch", laid_out)) == tree
    assert read_yaml(Source("net.yaml", yaml_of(tree))) == tree


def read(text: str) -> None:
    try:
        tree = read_yaml(Source("net.yaml", text))
    except ArchError as error:
        said(error)
        return
    assert read_yaml(Source("net.yaml", yaml_of(tree))) == tree


def checked(text: str, name: str = "net.arch") -> None:
    """A text is a list of networks whose source is Python, or has mistakes."""
    try:
        networks = check_text(text, name)
    except ArchError as error:
        said(error)
        return
    for network in networks:
        emitted(network)


def said(error: ArchError) -> None:
    """Every mistake can be shown, on lines of its own."""
    assert error.diagnostics
    for diagnostic in error.diagnostics:
        assert str(diagnostic)
        diagnostic.to_json()


def emitted(network: Network) -> None:
    """The source is classes and imports of torch, and nothing that a spec says runs."""
    source = network.source()
    compile(source, "net.py", "exec")
    harmless(source)


def harmless(source: str) -> None:
    for statement in ast.parse(source).body:
        assert isinstance(statement, ast.Expr | ast.ClassDef | ast.FunctionDef | ast.Import | ast.ImportFrom), statement


TARGETS: dict[str, Callable[[str], None]] = {
    "parse": parsed,
    "yaml": read,
    "check": checked,
    "check_yaml": lambda text: checked(text, "net.yaml"),
}
