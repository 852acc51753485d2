"""`archdsl fmt`: one layout for all specs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from archdsl.cli.spec import reporting, writing
from archdsl.lower.resolve import read_text
from archdsl.report import ArchError, Mistake, Source, errors
from archdsl.syntax.format import format_text


@click.command("fmt")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--check", "only_check", is_flag=True, help="Change nothing; exit with 1 where anything would change.")
@reporting
def command(paths: tuple[str, ...], only_check: bool) -> None:
    """Lay out .arch files, or all of a folder, in the one way; - goes from standard input to standard output."""
    changed = [path for path in _spec_files(paths) if _laid_out(path, only_check)]
    if changed and only_check:
        click.echo("\n".join(f"would change {path}" for path in changed), err=True)
        sys.exit(1)


def _spec_files(paths: tuple[str, ...]) -> Iterator[Path]:
    for path in map(Path, paths):
        yield from sorted(path.rglob("*.arch")) if path.is_dir() else [path]


def _laid_out(path: Path, only_check: bool) -> bool:
    """Whether the layout differs from the file's, which is written unless it is only looked at."""
    if str(path) == "-":
        click.echo(format_text(Source("<stdin>", sys.stdin.read())), nl=False)
        return False
    try:
        text = read_text(path, str(path), errors.outside(str(path)))
    except Mistake as mistake:
        raise ArchError(mistake.diagnostics) from None
    again = format_text(Source(str(path), text))
    if again != text and not only_check:
        with writing(path):
            path.write_text(again, encoding="utf-8")
    return again != text
