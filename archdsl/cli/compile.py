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
    """Write a network as one file of plain PyTorch, its graph as JSON, or as a spec in the text or the YAML form.

    The spec of a file is that file; of a network of the library it is this network, and with --set one that is derived.
    """
    if outputs and target != "torch":
        raise click.UsageError(f"--outputs has no meaning for --to {target}")
    if inference and target != "torch":
        raise click.UsageError(f"--inference has no meaning for --to {target}")
    network = read_network(spec, settings)
    path = Path(output or f"{network.name}{SUFFIXES[target]}")
    text = network.source(outputs, inference=True) if inference else _text(network, target, outputs, path.parent)
    if output == "-":
        click.echo(text, nl=False)
        return
    with writing(path, network.source_file):
        path.write_text(text, encoding="utf-8")
    click.echo(f"{path}: {len(text.splitlines())} lines", err=True)


def _text(network: Network, target: str, outputs: list[str] | None, folder: Path) -> str:
    match target:
        case "torch":
            return network.source(outputs)
        case "json":
            return network.json()
        case "yaml":
            return network.yaml(folder)
    return network.arch(folder)
