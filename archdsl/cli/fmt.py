"""`archdsl fmt`: one layout for all specs."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile

import click

from archdsl.cli.spec import STDIN, reporting, specs_in, standard_input, writing
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
        yield from specs_in(path) if path.is_dir() else [path]


def _laid_out(path: Path, only_check: bool) -> bool:
    """Whether the layout differs from the file's, which is written unless it is only looked at."""
    if str(path) == "-":
        click.echo(format_text(Source(STDIN, standard_input())), nl=False)
        return False
    try:
        text = read_text(path, str(path), errors.outside(str(path)))
    except Mistake as mistake:
        raise ArchError(mistake.diagnostics) from None
    again = format_text(Source(str(path), text))
    if again != text and not only_check:
        with writing(path):
            _replace(path.resolve(), again)
    return again != text


def _replace(path: Path, text: str) -> None:
    """Writes a file whole or not at all: what is on a full disk stays as it was."""
    with NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=".archdsl-", delete=False) as new:
        try:
            new.write(text)
            new.flush()
            os.fsync(new.fileno())
            shutil.copymode(path, new.name)
            os.replace(new.name, path)
        except BaseException:
            os.unlink(new.name)
            raise
