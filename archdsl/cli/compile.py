"""`archdsl compile`: a network in another form."""

from __future__ import annotations

from pathlib import Path

import click

from archdsl.cli.spec import read_network, reporting, with_outputs, with_settings, writing
from archdsl.network import Network

SUFFIXES = {"torch": ".py", "arch": ".arch", "yaml": ".yaml", "json": ".json"}
"""What the file of each target ends in."""


@click.command("compile")
@click.argument("spec")
@click.option("--to", "target", type=click.Choice(list(SUFFIXES)), default="torch", show_default=True)
@click.option("-o", "--output", metavar="FILE", help="Where to; - for standard output. NAME.py if not given.")
@with_settings
@with_outputs
@click.option("--inference", is_flag=True, help="Fold norms into layers, and leave out what only training needs.")
@reporting
def command(
    spec: str,
    target: str,
    output: str | None,
    settings: tuple[str, ...],
    outputs: list[str] | None,
    inference: bool,
) -> None:
    """Write a network as one file of plain PyTorch, its graph as JSON, or its spec in the other form."""
    if settings and target in ("arch", "yaml"):
        raise click.UsageError(f"--set has no meaning for --to {target}, which writes the spec as it is")
    if outputs and target != "torch":
        raise click.UsageError(f"--outputs has no meaning for --to {target}")
    if inference and target != "torch":
        raise click.UsageError(f"--inference has no meaning for --to {target}")
    network = read_network(spec, settings)
    text = network.source(outputs, inference=True) if inference else _text(network, target, outputs)
    if output == "-":
        click.echo(text, nl=False)
        return
    path = Path(output or f"{network.name}{SUFFIXES[target]}")
    with writing(path):
        path.write_text(text, encoding="utf-8")
    click.echo(f"{path}: {len(text.splitlines())} lines", err=True)


def _text(network: Network, target: str, outputs: list[str] | None) -> str:
    match target:
        case "torch":
            return network.source(outputs)
        case "json":
            return network.json()
        case "yaml":
            return network.yaml()
    return network.arch()
