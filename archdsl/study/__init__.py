"""Studies: the variants of a network trained by the user's function, on one machine or on many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from archdsl.ablate.family import Variant
from archdsl.network import Network
from archdsl.study.cluster import Cluster
from archdsl.study.driver import Driver, Engine, Tell, planned
from archdsl.study.function import Train, described, find
from archdsl.study.local import Local
from archdsl.study.store import Row, Store
from archdsl.study.trial import BROKEN, State, Trial

__all__ = ["BROKEN", "Cluster", "Engine", "Local", "Row", "State", "Store", "Trial", "run"]


def run(
    variants: Iterable[Variant[Network]],
    train: str | Train,
    store: str | Path,
    *,
    title: str = "study",
    seeds: int = 3,
    engine: Engine | None = None,
    retries: int = 1,
    again: bool = False,
    same_code: bool = False,
    tell: Tell = lambda _: None,
) -> tuple[Row, ...]:
    """Trains every variant with the seeds 0, 1, … and keeps what comes out in a store; gives all trials.

    `train(model, seed, trial)` is a function of a module, or its name as `module:function`; it gives a dict of numbers.
    What is in the store already is not run again: not what is done, and what has failed only with `again`. Trials
    whose process dies, or is stopped for its time, are tried again `retries` times.
    """
    function = find(train) if isinstance(train, str) else described(train)
    engine = engine or Local()
    kept = Store(store, create=True)
    with kept.claimed():
        if same_code:
            kept.same_code(function)
        elif outdated := kept.outdated(function):
            tell(f"{function.name} has changed; trials done with its former code are kept, and not used: {outdated}")
        code = kept.code_of(function)
        trials = [one for variant in _sound(variants, tell) for one in planned(variant, seeds, function, code)]
        kept.plan(title, function, (one.trial for one in trials), again)
        Driver(kept, function, engine, retries, tell).run(trials)
    return kept.rows()


def _sound(variants: Iterable[Variant[Network]], tell: Tell) -> Iterator[Variant[Network]]:
    """The variants that can be trained; the others are told of."""
    for variant in variants:
        if variant.status in ("baseline", "ok"):
            yield variant
        else:
            tell(f"{variant.name} is left out: {variant.status}, {variant.reason}")
