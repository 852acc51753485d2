"""`archdsl ablate`: the variants of a network that an ablation makes."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from time import monotonic

import click

from archdsl.ablate.family import Family, Variant
from archdsl.ablate.plot import USUAL, Axes, Point, axes, plot
from archdsl.ablate.table import FORMS, LOOKED_AT, Beside, table
from archdsl.cli.spec import reporting, writing
from archdsl.load import ablation
from archdsl.network import Network

Variants = Iterable[Variant[Network]]


@click.command("ablate")
@click.argument("spec", metavar="SPEC[:ABLATION]")
@click.option("--format", "form", type=click.Choice(list(FORMS)), default="markdown", show_default=True)
@click.option("--beside", metavar="FILE", help="A CSV file with columns for the table; its first holds the variants.")
@click.option("--write", "folder", metavar="DIR", help="Write each variant that is a network as a short spec.")
@click.option("--plot", "picture", metavar="FILE", help="Plot figures against each other: .svg, .pdf, .png.")
@click.option("--axes", "chosen", metavar="X,Y", default=USUAL, show_default=True, help="What to plot.")
@click.option("--most", type=int, help="How many rows there may be; 100,000 if not given.")
@reporting
def command(
    spec: str, form: str, beside: str | None, folder: str | None, picture: str | None, chosen: str, most: int | None
) -> None:
    """Show the variants of a network: what each changes, what it costs, and which are none."""
    family, columns = ablation(spec, most), _beside(beside)
    plane = axes(chosen, columns)
    points: list[Point] = []
    unseen = set(columns)
    variants = _progress(family)
    if folder is not None:
        variants = _written(variants, Path(folder), family.plan.unit.source.name)
    for line in table(_noted(variants, plane, columns, points, unseen), family.varied, columns, form):
        click.echo(line)
    if picture is not None:
        with writing(Path(picture)):
            plot(plane, points, Path(picture))
    if unseen:
        raise click.BadParameter(f"no variant is called {', '.join(sorted(unseen))}", param_hint="--beside")


def _beside(path: str | None) -> Beside:
    """The columns of a CSV file, by the names in its first."""
    if path is None:
        return {}
    try:
        with click.open_file(path, encoding="utf-8-sig") as file:
            head, *rows = [row for row in csv.reader(file) if row] or [[]]
    except OSError as error:
        raise click.FileError(path, error.strerror) from None
    except (UnicodeDecodeError, csv.Error):
        raise click.BadParameter(f"`{path}` is no table in CSV", param_hint="--beside") from None
    return {name: dict(zip(head[1:], cells, strict=False)) for name, *cells in rows}


def _noted(
    variants: Variants, plane: Axes, columns: Beside, points: list[Point], unseen: set[str]
) -> Iterator[Variant[Network]]:
    """Keeps what the plot needs on the way, and strikes out which variants were seen."""
    for variant in variants:
        unseen.discard(variant.name)
        if (point := plane.point(variant, columns)) is not None:
            points.append(point)
        yield variant


def _written(variants: Variants, folder: Path, source: str) -> Iterator[Variant[Network]]:
    """Writes a spec for each variant that is a network."""
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    for variant in variants:
        if variant.status != "invalid":
            path = folder / f"{variant.name}.arch"
            with writing(path, source, variant.definition.unit.source.name):
                path.write_text(variant.spec(folder), encoding="utf-8")
        yield variant


def _progress(family: Family[Network]) -> Iterator[Variant[Network]]:
    """Tells on a terminal how far it is, if it takes longer than a second; not in the middle of the table."""
    started = shown = monotonic()
    for count, variant in enumerate(family, 1):
        now = monotonic()
        quiet = not sys.stderr.isatty() or (sys.stdout.isatty() and count > LOOKED_AT)
        if now > started + 1 and now > shown + 0.1 and not quiet:
            shown = now
            click.echo(f"\r{bar(count, family.most)}", nl=False, err=True)
        yield variant
    if shown > started:
        click.echo("\r\x1b[K", nl=False, err=True)


def bar(count: int, most: int, width: int = 30) -> str:
    filled = count * width // most
    return f"{'█' * filled}{'·' * (width - filled)} {count:,} of at most {most:,}"
