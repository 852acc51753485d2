"""`archdsl compile`: a network in another form."""

from __future__ import annotations

from pathlib import Path

import click

from archdsl.cli.spec import read_network, reporting, with_outputs, with_settings, writing
from archdsl.network import Network
from archdsl.weights import RENAMINGS

SUFFIXES = {"torch": ".py", "arch": ".arch", "yaml": ".yaml", "json": ".json", "onnx": ".onnx"}
"""What the file of each target ends in."""


MEANT = {"outputs": ("torch", "onnx"), "inference": ("torch",), "weights": ("onnx",), "renaming": ("onnx",)}
"""The targets for which an option has a meaning."""


@click.command("compile")
@click.argument("spec")
@click.option("--to", "target", type=click.Choice(list(SUFFIXES)), default="torch", show_default=True)
@click.option("-o", "--output", metavar="FILE", help="Where to; - for standard output. NAME.py if not given.")
@click.option("--weights", metavar="CHECKPOINT", help="What an ONNX file holds: a safetensors file or a torch file.")
@click.option(
    "--renaming", type=click.Choice(list(RENAMINGS)), help="The code base that the checkpoint's names are of."
)
@click.option("--inference", is_flag=True, help="Fold norms into layers, and leave out what only training needs.")
@with_settings
@with_outputs
@reporting
def command(
    spec: str,
    target: str,
    output: str | None,
    settings: tuple[str, ...],
    outputs: list[str] | None,
    inference: bool,
    weights: str | None,
    renaming: str | None,
) -> None:
    """Write a network as one file of plain PyTorch or ONNX, its graph as JSON, or as a spec in text or YAML.

    The spec of a file is that file; of a network of the library it is this network, and with --set one that is derived.
    """
    given = {"outputs": outputs, "inference": inference, "weights": weights, "renaming": renaming}
    for option, targets in MEANT.items():
        if given[option] and target not in targets:
            raise click.UsageError(f"--{option} has no meaning for --to {target}")
    network = read_network(spec, settings)
    path = Path(output or f"{network.name}{SUFFIXES[target]}")
    if target == "onnx":
        _onnx(network, path, weights, renaming, outputs)
        return
    text = network.source(outputs, inference=True) if inference else _text(network, target, outputs, path.parent)
    if output == "-":
        click.echo(text, nl=False)
        return
    with writing(path, network.source_file):
        path.write_text(text, encoding="utf-8")
    click.echo(f"{path}: {len(text.splitlines())} lines", err=True)


def _onnx(network: Network, path: Path, weights: str | None, renaming: str | None, outputs: list[str] | None) -> None:
    if str(path) == "-":
        raise click.UsageError("--to onnx writes a file, not to standard output")
    with writing(path, network.source_file):
        network.to_onnx(path, weights, renaming=renaming, outputs=outputs)
    click.echo(f"{path}: {path.stat().st_size:,} bytes", err=True)


def _text(network: Network, target: str, outputs: list[str] | None, folder: Path) -> str:
    match target:
        case "torch":
            return network.source(outputs)
        case "json":
            return network.json()
        case "yaml":
            return network.yaml(folder)
    return network.arch(folder)
