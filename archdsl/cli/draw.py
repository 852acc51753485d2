"""`archdsl draw`: a picture of a network, or of a part of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from archdsl.cli.spec import read_network, reporting, with_outputs, with_settings, writing
from archdsl.draw import picture
from archdsl.lower.resolve import SUFFIXES

PLACES = ("", "specs/")
"""Where the spec of a picture's name is looked for, below the picture's folder and the working folder."""


@click.command("draw")
@click.argument("spec")
@click.option(
    "-o", "--output", metavar="FILE", help="Where to: .svg, .html, .pdf, .png, .dot, .mmd; - for standard output."
)
@click.option("--level", type=click.Choice(["network", "stage", "block", "op"]), help="How much one box stands for.")
@click.option("--at", metavar="NAME", help="A part to show, by its name in the module: layer3.0.conv2.")
@click.option("--depth", type=click.IntRange(0), help="How deep blocks are open.")
@click.option("--color-by", type=click.Choice(["kind", "params", "macs"]), default="kind", show_default=True)
@click.option("--theme", type=click.Choice(["paper", "screen", "dark"]), default="paper", show_default=True)
@click.option("--direction", type=click.Choice(["down", "right"]), help="Which way the picture reads.")
@click.option("--width", type=click.FloatRange(1, 20_000), metavar="PIXELS", help="How wide the picture is to be.")
@click.option("--engine", type=click.Choice(["own", "dot"]), default="own", help="What lays out; dot is Graphviz'.")
@click.option("--symbols", is_flag=True, help="Shapes over the symbols of the input, not at its default size.")
@with_settings
@with_outputs
@reporting
def command(
    spec: str, output: str | None, outputs: list[str] | None, settings: tuple[str, ...], **options: Any
) -> None:
    """Draw a network, or a part of it.

    In place of a spec, the file to write will do: `archdsl draw resnet50.svg` finds the spec of that name beside it,
    in specs/, or in the library.
    """
    if Path(spec).suffix[1:] in picture.SUFFIXES:
        spec, output = _spec_of(Path(spec)), output or spec
    network = read_network(spec, settings)
    output = output or f"{network.name}.svg"
    if output == "-":
        click.echo(network.picture("svg", outputs=outputs, **options), nl=False)
        return
    path = Path(output)
    drawn = network.picture(path.suffix[1:], outputs=outputs, **options)
    with writing(path):
        path.write_bytes(drawn)
    click.echo(f"{output}: {len(drawn):,} bytes", err=True)


def _spec_of(picture: Path) -> str:
    """The spec that a picture is named after; the library's, where there is no such file."""
    for folder in (picture.parent, Path()):
        for place in PLACES:
            for suffix in SUFFIXES:
                path = folder / place / f"{picture.stem}{suffix}"
                if path.is_file():
                    return str(path)
    return picture.stem
