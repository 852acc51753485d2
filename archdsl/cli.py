"""The command line: reads arguments, calls the surface, prints."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any

import click

from archdsl.load import check_text, library, load, networks
from archdsl.lower.resolve import SUFFIXES, read_text
from archdsl.network import Network, Stats
from archdsl.ops import TABLE
from archdsl.ops.document import op_list, op_page
from archdsl.report import ArchError, Mistake, Source, errors
from archdsl.syntax.format import format_text

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


def _network(spec: str, settings: tuple[str, ...]) -> Network:
    network = read_network(spec)
    changes: dict[str, str] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise click.BadParameter(f"`{setting}` is not NAME=VALUE", param_hint="--set")
        changes[name.strip()] = value.strip()
    return network.set_text(changes) if changes else network


def read_network(spec: str) -> Network:
    """The network of a spec; `-` reads the text from standard input."""
    if spec != "-":
        return load(spec)
    found = check_text(sys.stdin.read(), "<stdin>")
    if len(found) != 1:
        raise click.UsageError("standard input must define one network")
    return found[0]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="archdsl")
def main() -> None:
    """archdsl: what a network is, in twenty lines; everything else is derived.

    SPEC is a file, file.arch:network, a name of the library (archdsl list), or - for standard input.
    """


@main.command()
@click.argument("specs", nargs=-1, required=True, metavar="SPEC...")
@click.option("--json", "as_json", is_flag=True, help="Print the problems as JSON.")
def check(specs: tuple[str, ...], as_json: bool) -> None:
    """Report all problems of specs; exit with 1 where there are any."""
    problems = [problem for spec in specs for problem in _problems(spec)]
    if as_json:
        click.echo(json.dumps([problem.to_json() for problem in problems], indent=2, ensure_ascii=False))
    elif problems:
        click.echo("\n\n".join(map(str, problems)), err=True)
        click.echo(f"\n{len(problems)} {'problem' if len(problems) == 1 else 'problems'}", err=True)
    sys.exit(1 if problems else 0)


def _problems(spec: str) -> Iterator[Any]:
    try:
        if spec.endswith(SUFFIXES):
            networks(spec)
        else:
            read_network(spec)
    except ArchError as error:
        yield from error.diagnostics


WRITERS: dict[str, tuple[str, Callable[[Network], str]]] = {
    "torch": (".py", Network.source),
    "arch": (".arch", Network.arch),
    "yaml": (".yaml", Network.yaml),
}


@main.command("compile")
@click.argument("spec")
@click.option("--to", "target", type=click.Choice(list(WRITERS)), default="torch", show_default=True)
@click.option("-o", "--output", metavar="FILE", help="Where to; - for standard output. NAME.py if not given.")
@with_settings
@reporting
def compile_(spec: str, target: str, output: str | None, settings: tuple[str, ...]) -> None:
    """Write a network as one file of plain PyTorch, or its spec in the other form."""
    if settings and target != "torch":
        raise click.UsageError(f"--set has no meaning for --to {target}, which writes the spec as it is")
    network = _network(spec, settings)
    suffix, write = WRITERS[target]
    text = write(network)
    if output == "-":
        click.echo(text, nl=False)
        return
    path = Path(output or f"{network.name}{suffix}")
    path.write_text(text, encoding="utf-8")
    click.echo(f"{path}: {len(text.splitlines())} lines", err=True)


@main.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--check", "only_check", is_flag=True, help="Change nothing; exit with 1 where anything would change.")
@reporting
def fmt(paths: tuple[str, ...], only_check: bool) -> None:
    """Lay out .arch files, or all of a folder, in the one way; - goes from standard input to standard output."""
    changed = [path for path in _spec_files(paths) if _laid_out(path, only_check)]
    if changed and only_check:
        click.echo("\n".join(f"would change {path}" for path in changed), err=True)
        sys.exit(1)


def _spec_files(paths: tuple[str, ...]) -> Iterator[Path]:
    for path in map(Path, paths):
        yield from sorted(path.rglob("*.arch")) if path.is_dir() else [path]


def _laid_out(path: Path, only_check: bool) -> bool:
    """Whether the layout differs from the file's, which is written unless it is only looked at."""
    if str(path) == "-":
        click.echo(format_text(Source("<stdin>", sys.stdin.read())), nl=False)
        return False
    try:
        text = read_text(path, str(path), errors.outside(str(path)))
    except Mistake as mistake:
        raise ArchError([mistake.diagnostic] if mistake.diagnostic else []) from None
    again = format_text(Source(str(path), text))
    if again != text and not only_check:
        path.write_text(again, encoding="utf-8")
    return again != text


@main.command()
@click.argument("spec")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--input", "shapes", multiple=True, metavar="NAME=1x3x224x224", help="The shape of an input.")
@with_settings
@reporting
def stats(spec: str, as_json: bool, shapes: tuple[str, ...], settings: tuple[str, ...]) -> None:
    """Show what every layer of a network gives and costs, and the totals."""
    network = _network(spec, settings)
    found = network.stats(None, **dict(map(_shape, shapes)))
    click.echo(_stats_json(network, found) if as_json else _stats_text(network, found))


def _shape(text: str) -> tuple[str, tuple[int, ...]]:
    name, _, sizes = text.partition("=")
    try:
        return name, tuple(int(size) for size in sizes.split("x"))
    except ValueError:
        raise click.BadParameter(f"`{text}` is not NAME=1x3x224x224", param_hint="--input") from None


def _stats_json(network: Network, found: Stats) -> str:
    table = [
        {"name": row.name, "op": row.op, "shape": list(row.shape), "params": row.params, "macs": row.macs}
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
    rows: list[tuple[str, ...]] = [("name", "op", "shape", "params", "MACs")]
    rows += [(r.name, r.op, str(r.shape), f"{r.params:,}", f"{r.macs:,}") for r in found.table]
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


@main.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(as_json: bool) -> None:
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


@main.command("ops")
@click.argument("name", required=False)
@reporting
def ops_(name: str | None) -> None:
    """List the core ops, or document one."""
    if name is None:
        click.echo(op_list(), nl=False)
    elif name in TABLE:
        click.echo(op_page(TABLE[name]), nl=False)
    else:
        raise ArchError([errors.unknown_op(errors.outside(name), name, list(TABLE))])


@main.command()
@click.argument("code", required=False)
def explain(code: str | None) -> None:
    """Explain the code of an error, as the brackets of its first line show it; all codes without one."""
    if code is None:
        for known in sorted(errors.EXPLANATIONS):
            click.echo(known)
        return
    if code not in errors.EXPLANATIONS:
        help = errors.nearest(code, errors.EXPLANATIONS)
        raise click.BadParameter(f"there is no code `{code}`" + (f": {help}" if help else ""))
    click.echo(f"{code}\n\n{errors.EXPLANATIONS[code]}")
