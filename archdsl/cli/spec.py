"""What commands share: how the network of a spec is read, what is wrong with it, and files that cannot be written."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import click

from archdsl.limits import at_most
from archdsl.load import load_set, loads_set
from archdsl.network import Network
from archdsl.report import ArchError, errors

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


STDIN = "<stdin>"
"""What messages call the text that comes by standard input."""


def standard_input() -> str:
    """The text that comes by standard input, read as a file is, and no more of it than is looked at."""
    stream = TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig", newline="")
    try:
        return stream.read(at_most().characters + 1)
    except UnicodeDecodeError:
        raise ArchError([errors.not_text(errors.outside("-"), STDIN)]) from None
    finally:
        stream.detach()


def specs_in(folder: Path) -> list[Path]:
    """The .arch files of a folder and of those in it, all that can be looked into."""
    found = (Path(root, name) for root, _, names in os.walk(folder) for name in names)
    return sorted(path for path in found if path.suffix == ".arch")


@contextmanager
def writing(path: Path, *sources: str) -> Iterator[None]:
    """A file that cannot be written is said, and the exit code is 1; so is one of those that it is made of."""
    if path.resolve() in {Path(source).resolve() for source in sources}:
        raise ArchError([errors.over_itself(errors.outside(str(path)))])
    try:
        yield
    except OSError as error:
        raise click.FileError(str(path), error.strerror) from None


def with_settings(command: Command) -> Command:
    help = "Set a parameter of the network, as --set radix=4."
    return click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help=help)(command)


def with_outputs(command: Command) -> Command:
    help = "Give the results of these parts, as --outputs layer2,layer4, and no more than they need."
    return click.option("--outputs", metavar="NAME,…", callback=_parted, help=help)(command)


def _parted(_: click.Context, __: click.Parameter, names: str | None) -> list[str] | None:
    return None if names is None else [name.strip() for name in names.split(",")]


def read_network(spec: str, settings: tuple[str, ...] = ()) -> Network:
    """The network of a spec with the parameters that `--set` gives; `-` reads the text from standard input."""
    changes: dict[str, str] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise click.BadParameter(f"`{setting}` is not NAME=VALUE", param_hint="--set")
        changes[name.strip()] = value.strip()
    return loads_set(standard_input(), STDIN, changes) if spec == "-" else load_set(spec, changes)


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
