"""`archdsl check`: all problems of specs."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click

from archdsl.cli.spec import STDIN, specs_in, standard_input
from archdsl.load import problems, text_problems
from archdsl.report import ArchError, Diagnostic


@click.command("check")
@click.argument("specs", nargs=-1, required=True, metavar="SPEC...")
@click.option("--json", "as_json", is_flag=True, help="Print the problems as JSON.")
@click.option("--strict", is_flag=True, help="Exit with 1 for warnings, too.")
def command(specs: tuple[str, ...], as_json: bool, strict: bool) -> None:
    """Report all problems of specs; exit with 1 where there are errors.

    A folder stands for all .arch files in it.
    """
    each = {str(problem): problem for spec in specs for problem in _problems(spec)}
    found = sorted(each.values(), key=lambda problem: problem.severity)
    counts = Counter(problem.severity for problem in found)
    if as_json:
        click.echo(json.dumps([problem.to_json() for problem in found], indent=2, ensure_ascii=False))
    elif found:
        click.echo("\n\n".join(map(str, found)), err=True)
        click.echo("\n" + ", ".join(f"{n} {what}{'s' * (n > 1)}" for what, n in counts.items()), err=True)
    sys.exit(1 if counts["error"] or (strict and found) else 0)


def _problems(spec: str) -> Iterator[Diagnostic]:
    if spec == "-":
        try:
            yield from text_problems(standard_input(), STDIN)
        except ArchError as error:
            yield from error.diagnostics
    elif Path(spec).is_dir():
        files = specs_in(Path(spec))
        if not files:
            raise click.BadParameter(f"there is no .arch file in `{spec}`", param_hint="SPEC")
        yield from (problem for file in files for problem in problems(str(file)))
    else:
        yield from problems(spec)
