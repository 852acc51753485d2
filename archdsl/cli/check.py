"""`archdsl check`: all problems of specs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import click

from archdsl.cli.spec import read_network
from archdsl.load import check_text, networks
from archdsl.lower.resolve import SUFFIXES
from archdsl.report import ArchError


@click.command("check")
@click.argument("specs", nargs=-1, required=True, metavar="SPEC...")
@click.option("--json", "as_json", is_flag=True, help="Print the problems as JSON.")
def command(specs: tuple[str, ...], as_json: bool) -> None:
    """Report all problems of specs; exit with 1 where there are any."""
    problems = [problem for spec in specs for problem in _problems(spec)]
    if as_json:
        click.echo(json.dumps([problem.to_json() for problem in problems], indent=2, ensure_ascii=False))
    elif problems:
        click.echo("\n\n".join(map(str, problems)), err=True)
        click.echo(f"\n{len(problems)} {'problem' if len(problems) == 1 else 'problems'}", err=True)
    sys.exit(1 if problems else 0)


def _problems(spec: str) -> Iterator[Any]:
    try:
        if spec == "-":
            check_text(sys.stdin.read(), "<stdin>")
        elif spec.endswith(SUFFIXES):
            networks(spec)
        else:
            read_network(spec)
    except ArchError as error:
        yield from error.diagnostics
