"""`archdsl ops`: the core ops and their documentation."""

from __future__ import annotations

import click

from archdsl.cli.spec import reporting
from archdsl.ops import TABLE
from archdsl.ops.document import op_list, op_page
from archdsl.report import ArchError, errors


@click.command("ops")
@click.argument("name", required=False)
@reporting
def command(name: str | None) -> None:
    """List the core ops, or document one."""
    if name is None:
        click.echo(op_list(), nl=False)
    elif name in TABLE:
        click.echo(op_page(TABLE[name]), nl=False)
    else:
        raise ArchError([errors.unknown_op(errors.outside(name), name, list(TABLE))])
