"""Draws the figures of the documentation: ResNeSt-50, a block of each system of its family, and what ResNeSt changed.

`python examples/figures.py [FOLDER]` writes them to `docs/figures`, or to another folder.
"""

from __future__ import annotations

import sys
from pathlib import Path

import archdsl

SPECS = Path(__file__).parent.parent / "specs"
BLOCKS = {
    "resnet": "resnet50",
    "resnext": "resnext50",
    "se": "seresnet50",
    "scse": "scse_resnet50",
    "sk": "sknet50",
    "resnest-radix2": "resnest50",
}


def main(folder: Path) -> None:
    resnest50 = archdsl.load(SPECS / "resnest50.arch")
    resnest50.draw(folder / "resnest50.svg")
    for name, spec in BLOCKS.items():
        archdsl.load(SPECS / f"{spec}.arch").draw(folder / f"{name}.svg", at="layer1.1")
    resnest50(radix=4).draw(folder / "resnest-radix4.svg", at="layer1.1")
    archdsl.load("resnet50").diff(archdsl.load("resnest50d")).draw(folder / "resnet50-resnest50d.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "docs" / "figures")
