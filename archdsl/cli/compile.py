"""`archdsl compile`: a network in another form."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from archdsl.cli.spec import read_network, reporting, with_settings
from archdsl.network import Network

WRITERS: dict[str, tuple[str, Callable[[Network], str]]] = {
    "torch": (".py", Network.source),
    "arch": (".arch", Network.arch),
    "yaml": (".yaml", Network.yaml),
}


@click.command("compile")
@click.argument("spec")
@click.option("--to", "target", type=click.Choice(list(WRITERS)), default="torch", show_default=True)
@click.option("-o", "--output", metavar="FILE", help="Where to; - for standard output. NAME.py if not given.")
@with_settings
@reporting
def command(spec: str, target: str, output: str | None, settings: tuple[str, ...]) -> None:
    """Write a network as one file of plain PyTorch, or its spec in the other form."""
    if settings and target != "torch":
        raise click.UsageError(f"--set has no meaning for --to {target}, which writes the spec as it is")
    network = read_network(spec, settings)
    suffix, write = WRITERS[target]
    text = write(network)
    if output == "-":
        click.echo(text, nl=False)
        return
    path = Path(output or f"{network.name}{suffix}")
    path.write_text(text, encoding="utf-8")
    click.echo(f"{path}: {len(text.splitlines())} lines", err=True)
