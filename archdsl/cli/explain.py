"""`archdsl explain`: a mistake in prose."""

from __future__ import annotations

import click

from archdsl.report import errors


@click.command("explain")
@click.argument("code", required=False)
def command(code: str | None) -> None:
    """Explain the code of an error, as the brackets of its first line show it; all codes without one."""
    if code is None:
        for known in sorted(errors.EXPLANATIONS):
            click.echo(known)
        return
    if code not in errors.EXPLANATIONS:
        help = errors.nearest(code, errors.EXPLANATIONS)
        raise click.BadParameter(f"there is no code `{code}`" + (f": {help}" if help else ""))
    click.echo(f"{code}\n\n{errors.EXPLANATIONS[code]}")
