"""`archdsl list`: what the library holds."""

from __future__ import annotations

import json

import click

from archdsl.load import library


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(as_json: bool) -> None:
    """Show the networks of the library with their costs at their own input size."""
    rows = []
    for network in library():
        found = network.stats()
        shape = "×".join(map(str, network.default_shapes()[0][1:]))
        rows.append((network.name, shape, found.params, found.macs, network.doc.split("\n")[0]))
    if as_json:
        keys = ("name", "input", "params", "macs", "doc")
        click.echo(json.dumps([dict(zip(keys, row, strict=True)) for row in rows], indent=2, ensure_ascii=False))
        return
    for name, shape, params, macs, doc in rows:
        click.echo(f"{name:26} {shape:11} {params / 1e6:7.2f} M {macs / 1e9:7.3f} GMACs  {doc}")
