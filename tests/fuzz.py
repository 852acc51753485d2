"""Whatever a stranger may write is answered: with a network, or with mistakes; never with a traceback.

A coverage-guided fuzzer looks for texts that are not: `python -m tests.fuzz check -max_total_time=600`. It wants
`pip install atheris`. What it finds becomes a file of `tests/corpus`, which `tests/test_strangers.py` reads.
"""

from __future__ import annotations

import random
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["archdsl", "yaml"]):
    from tests.strangers import TARGETS

ROOT = Path(__file__).parent.parent
PIECE = re.compile(r"\w+|\s+|->|=>|\*\*|//|[<>=!]=|.", re.DOTALL)
WORDS = (
    "0 1 2 3 7 64 1e9 10**10 -1 1.5 true false none in out if else for and or not x _ H W block network input "
    "require shared parameter buffer from use as ablation vary match replace with -> => + - * / // % ** ( ) [ ] { } "
    ", : = == < >= . .. ... # ## \" ' \\n \\ {{ }} & * ! | > - ? @ % range len zip sum trace fold conv relu"
).split()


def texts(suffix: str) -> Iterator[str]:
    """The specs of the library, of the repository and of the pages."""
    for file in sorted(
        [*ROOT.glob("archdsl/library/*.arch"), *ROOT.glob("specs/*.arch"), *ROOT.glob("tests/corpus/*")]
    ):
        if file.suffix == suffix:
            yield file.read_text(errors="replace")
    for page in sorted([*ROOT.glob("tests/pages/**/*.md"), *ROOT.glob("docs/*.md"), ROOT / "README.md"]):
        kind = "arch" if suffix == ".arch" else "yaml"
        yield from (found[1] for found in re.finditer(rf"^```{kind}[^\n]*\n(.*?)^```", page.read_text(), re.M | re.S))


class Mutator:
    """Cuts, doubles, swaps and replaces runs of words; other texts lend theirs."""

    def __init__(self, seeds: list[str]) -> None:
        self.pieces = [PIECE.findall(seed) for seed in seeds]

    def __call__(self, data: bytes, max_size: int, seed: int) -> bytes:
        chance = random.Random(seed)
        if chance.random() < 0.3:
            return bytes(atheris.Mutate(data, max_size))
        words = PIECE.findall(data.decode("utf-8", "replace"))
        for _ in range(chance.randint(1, 3)):
            words = self.changed(words, chance)
        return "".join(words).encode("utf-8", "replace")[:max_size]

    def changed(self, words: list[str], chance: random.Random) -> list[str]:
        start = chance.randrange(len(words) + 1)
        end = min(len(words), start + chance.choice([0, 1, 1, 2, 4, 16]))
        other = chance.choice(self.pieces)
        place = chance.randrange(len(other))
        run = other[place : place + chance.choice([1, 2, 5, 20, 60])]
        back = chance.randrange(len(words) + 1)
        new = chance.choice(
            [
                [],
                words[start:end] * 2,
                [chance.choice(WORDS)],
                [" ", chance.choice(WORDS), " "],
                run,
                words[back : back + 9],
            ]
        )
        return [*words[:start], *new, *words[end:]]


def main() -> None:
    target, *options = sys.argv[1:]
    seeds = list(texts(".yaml" if target == "yaml" else ".arch"))
    with tempfile.TemporaryDirectory() as folder:
        for i, seed in enumerate(seeds):
            (Path(folder) / str(i)).write_text(seed)
        run = TARGETS[target]
        atheris.Setup(
            [sys.argv[0], *options, "-max_len=4000", "-timeout=10", folder],
            lambda data: run(data.decode("utf-8", "replace")),
            custom_mutator=Mutator(seeds),
        )
        atheris.Fuzz()


if __name__ == "__main__":
    main()
