"""`archdsl compile`: a network in another form."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import click

from archdsl.cli.spec import read_network, reporting, with_outputs, with_settings, writing
from archdsl.network import Network
from archdsl.passes import Target
from archdsl.weights import RENAMINGS

SUFFIXES = {"torch": ".py", "arch": ".arch", "yaml": ".yaml", "json": ".json", "onnx": ".onnx"}
"""What the file of each form ends in."""


MEANT = {
    "outputs": ("torch", "onnx"),
    "inference": ("torch",),
    "target": ("torch",),
    "weights": ("onnx",),
    "renaming": ("onnx",),
}
"""The forms for which an option has a meaning."""


@click.command("compile")
@click.argument("spec")
@click.option("--to", "form", type=click.Choice(list(SUFFIXES)), default="torch", show_default=True)
@click.option("-o", "--output", metavar="FILE", help="Where to; - for standard output. NAME.py if not given.")
@click.option("--weights", metavar="CHECKPOINT", help="What an ONNX file holds: a safetensors file or a torch file.")
@click.option(
    "--renaming", type=click.Choice(list(RENAMINGS)), help="The code base that the checkpoint's names are of."
)
@click.option("--inference", is_flag=True, help="Fold norms into layers, and leave out what only training needs.")
@click.option(
    "--target", type=click.Choice(get_args(Target)), help="What the PyTorch is to run by, as it is or compiled."
)
@with_settings
@with_outputs
@reporting
def command(
    spec: str,
    form: str,
    output: str | None,
    settings: tuple[str, ...],
    outputs: list[str] | None,
    inference: bool,
    target: Target | None,
    weights: str | None,
    renaming: str | None,
) -> None:
    """Write a network as one file of plain PyTorch or ONNX, its graph as JSON, or as a spec in text or YAML.

    The spec of a file is that file; of a network of the library it is this network, and with --set one that is derived.
    """
    given = {
        "outputs": outputs,
        "inference": inference,
        "target": target,
        "weights": weights,
        "renaming": renaming,
    }
    for option, forms in MEANT.items():
        if given[option] and form not in forms:
            raise click.UsageError(f"--{option} has no meaning for --to {form}")
    network = read_network(spec, settings)
    path = Path(output or f"{network.name}{SUFFIXES[form]}")
    if form == "onnx":
        _onnx(network, path, weights, renaming, outputs)
        return
    if form == "torch":
        text = network.source(outputs, inference=inference, target=target)
    else:
        text = _text(network, form, path.parent)
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


def _text(network: Network, form: str, folder: Path) -> str:
    match form:
        case "json":
            return network.json()
        case "yaml":
            return network.yaml(folder)
    return network.arch(folder)
