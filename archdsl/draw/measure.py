"""How large the box of a part is, and the lines of text in it."""

from __future__ import annotations

from dataclasses import dataclass
from math import log2, sqrt

from archdsl.draw import words
from archdsl.draw.figure import Part
from archdsl.draw.metrics import width
from archdsl.sizes import Dim

TITLE = 12.0
NOTE = 10.0
PAD = 10.0
LEADING = 1.25

SIGNS = {"+", "×", "−", "÷"}
CIRCLE = 22.0
PILL = 20.0


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text in a box."""

    text: str
    size: float
    bold: bool = False

    @property
    def width(self) -> float:
        return width(self.text, self.size, self.bold)

    @property
    def height(self) -> float:
        return self.size * LEADING


def lines(part: Part) -> list[Text]:
    """What is written in the box of a part."""
    title = Text(f"{part.title}  ×{part.times}" if part.times > 1 else part.title, TITLE)
    before = " · ".join(words.brief(op) for op in part.first)
    behind = " · ".join(words.brief(op) for op in part.then)
    notes = [*part.notes, *([behind] if behind else [])]
    if part.kind in ("parameter", "buffer"):
        notes += [str(part.gives[0])]
    if part.kind in ("input", "output") or (part.kind == "block" and part.body is None):
        notes += [words.shape_text(shape) for shape in part.gives[:1]]
    return [*([Text(before, NOTE)] if before else []), title, *(Text(note, NOTE) for note in notes)]


def is_merge(part: Part) -> bool:
    return part.kind == "merge" and len(part.inputs) > 1


def size(part: Part) -> tuple[float, float]:
    """Width and height of the box of a part."""
    if is_merge(part):
        return (CIRCLE, CIRCLE) if part.title in SIGNS else (max(lines(part)[0].width + 16, 2 * PILL), PILL)
    texts = lines(part)
    wide = max(text.width for text in texts) + 2 * PAD
    high = sum(text.height for text in texts) + 10
    return max(wide, 46.0), high


BAR = 76.0
"""How long the bars of shares below a tower are."""


def tower(part: Part) -> tuple[float, float]:
    """Width and height of a part of a network: by its channels, and by its resolution."""
    channels, *spatial = [_number(axis) for axis in part.gives[0][1:]] or [1]
    if len(spatial) == 1:
        channels, spatial = spatial[0], [channels]
    resolution = max(spatial, default=1)
    least = 28.0 if part.units > 1 else 0.0
    return max(least, 6 + 3.4 * log2(max(2, channels))), min(150.0, 22 + 7.5 * sqrt(resolution))


def _number(axis: Dim) -> int:
    """A size that depends on the input counts as a large one."""
    return axis if isinstance(axis, int) else 128


def words_of(part: Part) -> tuple[str, tuple[str, ...]]:
    """The title of a part of a network, and what else is said of it: a block goes by its name in the module."""
    named = part.kind == "block" and part.name
    return (part.name.rpartition(".")[2], (part.title, *part.notes)) if named else (part.title, part.notes)


def caption(part: Part) -> list[Text]:
    """What stands below a tower."""
    title, notes = words_of(part)
    found = [Text(title, TITLE, bold=True), *(Text(note, NOTE) for note in notes[:3])]
    counts = part.counts
    if counts.params and isinstance(counts.macs, int):
        found.append(Text(f"{words.amount(counts.params)} · {words.amount(counts.macs)}", NOTE))
    return found
