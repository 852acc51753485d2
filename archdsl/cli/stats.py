"""`archdsl stats`: what a network gives and costs, layer by layer."""

from __future__ import annotations

import json

import click

from archdsl.cli.spec import read_network, read_shape, reporting, with_outputs, with_settings, with_shapes
from archdsl.network import Network
from archdsl.stats import Stats


@click.command("stats")
@click.argument("spec")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_shapes
@with_settings
@with_outputs
@reporting
def command(
    spec: str, as_json: bool, shapes: tuple[str, ...], settings: tuple[str, ...], outputs: list[str] | None
) -> None:
    """Show what every layer of a network gives and costs, and the totals."""
    network = read_network(spec, settings)
    found = network.stats(outputs, **dict(map(read_shape, shapes)))
    click.echo(_stats_json(network, found) if as_json else _stats_text(network, found))


def _stats_json(network: Network, found: Stats) -> str:
    table = [
        {
            "name": row.name,
            "op": row.op,
            "shape": list(row.shape),
            "field": list(row.field.sizes),
            "sees_all": list(row.field.whole),
            "params": row.params,
            "macs": row.macs,
        }
        for row in found.table
    ]
    totals = {
        "params": found.params,
        "macs": found.macs,
        "activations": found.activations,
        "layers": found.layers,
    }
    return json.dumps({"network": network.name, **totals, "table": table}, indent=2)


def _stats_text(network: Network, found: Stats) -> str:
    rows: list[tuple[str, ...]] = [("name", "op", "shape", "field", "params", "MACs")]
    rows += [(r.name, r.op, str(r.shape), str(r.field), f"{r.params:,}", f"{r.macs:,}") for r in found.table]
    totals = (
        f"{network.name}: {found.params:,} parameters, {found.macs:,} MACs, "
        f"{found.activations:,} activations, {found.layers} convolutions and linear layers"
    )
    return f"{table(rows)}\n\n{totals}"


def table(rows: list[tuple[str, ...]]) -> str:
    """Columns in line, the last two to the right, a rule below the head."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    numbers = len(widths) - 2

    def line(row: tuple[str, ...]) -> str:
        cells = zip(row, widths, strict=True)
        return "  ".join(c.rjust(w) if i >= numbers else c.ljust(w) for i, (c, w) in enumerate(cells)).rstrip()

    head, *body = map(line, rows)
    return "\n".join([head, "-" * len(head), *body])
