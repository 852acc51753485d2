"""`archdsl study`: the variants of an ablation trained, and what came out."""

from __future__ import annotations

import json
import math
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import FrameType

import click

from archdsl import study
from archdsl.cli.spec import reporting
from archdsl.load import ablation
from archdsl.study.results import results, to_json
from archdsl.study.store import Store
from archdsl.study.text import counted, status, tables

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def _finite(_: click.Context, __: click.Parameter, number: float | None) -> float | None:
    if number is not None and not math.isfinite(number):
        raise click.BadParameter(f"{number} is no number to count with")
    return number


@click.group("study")
def command() -> None:
    """Train the variants of an ablation, and keep what comes out."""


@command.command("run")
@click.argument("spec", metavar="SPEC:ABLATION")
@click.option("--train", required=True, metavar="MODULE:FUNCTION", help="train(model, seed, trial) gives numbers.")
@click.option("--seeds", type=click.IntRange(1), default=3, show_default=True, help="How many, from 0 on.")
@click.option("--store", metavar="FILE", help="Where results go. ABLATION.sqlite if not given.")
@click.option("--workers", type=click.IntRange(1), help="How many trials run at a time. 1, or one for each GPU.")
@click.option(
    "--timeout", type=click.FloatRange(0, min_open=True), callback=_finite, metavar="SECONDS", help="For each trial."
)
@click.option("--retries", type=click.IntRange(0), default=1, show_default=True, help="After a death or a time-out.")
@click.option("--engine", type=click.Choice(["local", "ray"]), default="local", show_default=True)
@click.option("--address", help="The Ray cluster's. Without it that of the environment, or one on this machine.")
@click.option("--cpus", type=float, default=1, show_default=True, help="Of each trial, on Ray.")
@click.option(
    "--gpus", type=click.FloatRange(0), callback=_finite, default=0, show_default=True, help="Of each trial, its own."
)
@click.option("--again", is_flag=True, help="Run what has failed again.")
@click.option("--same-code", is_flag=True, help="Count trials done before the function's code was changed.")
@reporting
def run(
    spec: str,
    train: str,
    seeds: int,
    store: str | None,
    workers: int | None,
    timeout: float | None,
    retries: int,
    engine: str,
    address: str | None,
    cpus: float,
    gpus: float,
    again: bool,
    same_code: bool,
) -> None:
    """Train every variant with every seed that is not in the store; exit with 1 where a trial failed."""
    sys.path.insert(0, "")
    family = ablation(spec)
    path = Path(store or f"{family.name}.sqlite")
    if engine == "local":
        if address is not None or cpus != 1:
            raise click.UsageError("--address and --cpus are for --engine ray")
        chosen: study.Engine = study.Local(workers, timeout, gpus=gpus)
    else:
        chosen = study.Cluster(workers, timeout, address=address, cpus=cpus, gpus=gpus)
    with _ended_by_signals(path):
        rows = study.run(
            family,
            train,
            path,
            title=spec,
            seeds=seeds,
            engine=chosen,
            retries=retries,
            again=again,
            same_code=same_code,
            tell=_say,
        )
    _say(f"{path}: {counted(rows)}")
    click.echo(tables(results(rows)))
    sys.exit(int(any(row.state in study.BROKEN for row in rows)))


@command.command("status")
@click.argument("store", metavar="STORE")
@as_json
@reporting
def show_status(store: str, as_json: bool) -> None:
    """Show where the trials of the last run stand; exit with 1 where one failed."""
    kept = Store(store)
    rows = kept.rows()
    if as_json:
        trials = [asdict(row) | {"log": str(kept.log(row.trial))} for row in rows]
        click.echo(_json({"title": kept.title, "function": kept.function, "trials": trials}))
    else:
        click.echo(status(kept))
    sys.exit(int(any(row.state in study.BROKEN for row in rows)))


@command.command("results")
@click.argument("store", metavar="STORE")
@as_json
@reporting
def show_results(store: str, as_json: bool) -> None:
    """Show every number over the seeds: its mean ± standard deviation, and its difference to the baseline.

    The difference is the mean over pairs of equal seeds, with its 95 % interval.
    """
    kept = Store(store)
    found = results(kept.rows())
    if as_json:
        click.echo(_json({"title": kept.title, "function": kept.function, "variants": to_json(found)}))
    else:
        click.echo(tables(found))


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _say(text: str) -> None:
    click.echo(text, err=True)


class _End(BaseException):
    """A signal asks the run to end."""

    def __init__(self, number: int) -> None:
        self.number = number


@contextmanager
def _ended_by_signals(store: Path) -> Iterator[None]:
    """A signal stops the trials that run, keeps what is done, and ends the command; a further one changes nothing."""

    def end(number: int, _: FrameType | None) -> None:
        for one in ENDING:
            signal.signal(one, signal.SIG_IGN)
        raise _End(number)

    for one in ENDING:
        signal.signal(one, end)
    try:
        yield
    except _End as ended:
        _say(f"\nstopped; {store} keeps what is done, and the same command goes on from there")
        sys.exit(128 + ended.number)
