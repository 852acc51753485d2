"""What commands over a spec share: the network that its name and `--set` say, and what is wrong with it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from archdsl.load import check_text, load
from archdsl.network import Network
from archdsl.report import ArchError

Command = Callable[..., Any]


def reporting(command: Command) -> Command:
    """What is wrong with a spec goes to standard error, and the exit code is 1."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except ArchError as error:
            click.echo(error, err=True)
            sys.exit(1)

    return run


def with_settings(command: Command) -> Command:
    help = "Set a parameter of the network, as --set radix=4."
    return click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help=help)(command)


def set_network(spec: str, settings: tuple[str, ...]) -> Network:
    """The network of a spec with the parameters that `--set` gives."""
    network = read_network(spec)
    changes: dict[str, str] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise click.BadParameter(f"`{setting}` is not NAME=VALUE", param_hint="--set")
        changes[name.strip()] = value.strip()
    return network.set_text(changes) if changes else network


def with_shapes(command: Command) -> Command:
    help = "The shape of an input."
    return click.option("--input", "shapes", multiple=True, metavar="NAME=1x3x224x224", help=help)(command)


def read_shape(text: str) -> tuple[str, tuple[int, ...]]:
    """An input and its shape, as `--input` gives them."""
    name, _, sizes = text.partition("=")
    try:
        return name, tuple(int(size) for size in sizes.split("x"))
    except ValueError:
        raise click.BadParameter(f"`{text}` is not NAME=1x3x224x224", param_hint="--input") from None


def read_network(spec: str) -> Network:
    """The network of a spec; `-` reads the text from standard input."""
    if spec != "-":
        return load(spec)
    found = check_text(sys.stdin.read(), "<stdin>")
    if len(found) != 1:
        raise click.UsageError("standard input must define one network")
    return found[0]
