"""`archdsl diff`: what differs between two networks, and what it costs."""

from __future__ import annotations

import json
import sys

import click

from archdsl.cli.spec import read_network, read_shape, with_settings, with_shapes
from archdsl.compare import Comparison
from archdsl.report import ArchError


@click.command("diff")
@click.argument("before", metavar="A")
@click.argument("after", metavar="[B]", required=False)
@click.option("--draw", "picture", metavar="FILE", help="Draw both in one picture as well: .svg, .pdf, .png.")
@click.option("--theme", type=click.Choice(["paper", "screen", "dark"]), help="The colours of the picture.")
@click.option("--width", type=click.FloatRange(1, 20_000), metavar="PIXELS", help="How wide the picture is to be.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_shapes
@with_settings
def command(
    before: str,
    after: str | None,
    picture: str | None,
    theme: str | None,
    width: float | None,
    as_json: bool,
    shapes: tuple[str, ...],
    settings: tuple[str, ...],
) -> None:
    """Show what differs between two networks, part by part, and what it costs.

    --set and --input go for both. Without B, A as it is stands against A with what --set gives.

    Exits with 0 where the networks are equal, with 1 where they differ, with 2 for mistakes in specs and wrong usage.
    """
    if before == after == "-":
        raise click.UsageError("only one of the specs can be standard input")
    if after is None and (before == "-" or not settings):
        raise click.UsageError("without B, give A by its name and what to --set")
    if picture is None and (theme or width):
        raise click.UsageError("--theme and --width say how to --draw")
    try:
        one = read_network(before, settings if after else ())
        found = one.diff(read_network(after or before, settings), **dict(map(read_shape, shapes)))
        if picture is not None:
            _draw(found, picture, theme or "paper", width)
    except ArchError as error:
        click.echo(error, err=True)
        sys.exit(2)
    click.echo(json.dumps(found.to_json(), indent=2, ensure_ascii=False) if as_json else found)
    sys.exit(1 if found else 0)


def _draw(found: Comparison, path: str, theme: str, width: float | None) -> None:
    try:
        found.draw(path, theme=theme, width=width)
    except OSError as error:
        raise click.UsageError(f"{path}: {error.strerror}") from None
