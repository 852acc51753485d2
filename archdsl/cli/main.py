"""The commands by name, each imported when it is asked for, so that none waits for what another needs."""

from __future__ import annotations

import gc
from dataclasses import fields, replace
from importlib import import_module

import click

from archdsl.limits import Limits, at_most, in_force

MADE = 100_000
"""How many objects are made between searches for garbage: a command makes few that it does not keep."""
COMMANDS = {
    "ablate": "Show the variants of a network: what each changes, and what it costs.",
    "check": "Report all problems of specs.",
    "compile": "Write a network as one file of plain PyTorch or ONNX, or its spec in the other form.",
    "diff": "Show what differs between two networks, and what it costs.",
    "draw": "Draw a network, or a part of it.",
    "explain": "Explain the code of an error.",
    "fmt": "Lay out .arch files in the one way.",
    "list": "Show the networks of the library.",
    "ops": "List the core ops, or document one.",
    "study": "Train the variants of an ablation, and keep what comes out.",
    "stats": "Show what every layer of a network gives and costs, and the totals.",
}
"""What `archdsl --help` says of each command."""


class Commands(click.Group):
    """The commands of `COMMANDS`: `check` is `command` of `archdsl.cli.check`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"archdsl.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))


_NAMES = [field.name for field in fields(Limits)]
_LIMITS_HELP = f"What a spec may ask for, where it is to be trusted with more: {', '.join(_NAMES)}."


def _limits(_ctx: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> Limits:
    raised: dict[str, int] = {}
    for text in given:
        name, _, number = text.partition("=")
        if name not in _NAMES or not number.isdecimal():
            raise click.BadParameter(f"`{text}` is not one of {', '.join(f'{name}=NUMBER' for name in _NAMES)}")
        raised[name] = int(number)
    return replace(at_most(), **raised)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="archdsl")
@click.option("--limit", "raised", multiple=True, metavar="NAME=NUMBER", callback=_limits, help=_LIMITS_HELP)
@click.pass_context
def main(ctx: click.Context, raised: Limits) -> None:
    """archdsl: what a network is, in twenty lines; everything else is derived.

    SPEC is a file, file.arch:network, a name of the library (archdsl list), or - for standard input.
    """
    ctx.with_resource(in_force(raised))
    gc.set_threshold(MADE)
