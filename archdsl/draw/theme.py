"""Colours: one for each kind of part, on paper, on a screen and in the dark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Heat = Mapping[str, float] | None
"""The share of each part, by its id, of the largest; None where colours tell kinds."""

KINDS: dict[str, tuple[str, str, str]] = {
    "conv": ("convolution", "#cfe0f3", "#2b6cb0"),
    "dense": ("linear", "#f8d5d5", "#b84a4a"),
    "norm": ("norm", "#e4e4e4", "#6b6b6b"),
    "activation": ("activation", "#fde3c8", "#b8621b"),
    "pool": ("pool", "#d5ead0", "#3b803e"),
    "merge": ("merge", "#fff3bf", "#8f7500"),
    "attention": ("attention", "#e9d6f0", "#864a9c"),
    "shape": ("axes", "#efece6", "#85796a"),
    "regularisation": ("regularisation", "#e3efec", "#4f857b"),
    "block": ("block", "#dfe2f4", "#5059a5"),
    "stage": ("stage", "#e9d6f0", "#864a9c"),
    "stem": ("stem", "#cfe0f3", "#2b6cb0"),
    "head": ("head", "#f8d5d5", "#b84a4a"),
    "parameter": ("parameter", "#f5f0d0", "#80752a"),
    "buffer": ("parameter", "#f5f0d0", "#80752a"),
    "input": ("", "#f7f7f7", "#666666"),
    "output": ("", "#f7f7f7", "#666666"),
    "more": ("", "#ffffff", "#666666"),
    "same": ("as before", "#f1f1f1", "#8a8a8a"),
    "changed": ("~ changed", "#ffe9b3", "#9a6a00"),
    "added": ("+ added", "#d3efd6", "#25803a"),
    "removed": ("− removed", "#fbdcda", "#b8332b"),
}
"""What a kind or a mark is called in the legend, and what fills and bounds its boxes on paper."""

ORDER = list(KINDS)


@dataclass(frozen=True, slots=True)
class Theme:
    """Background, text, what is said in passing, lines; `dark` where boxes have to be dark."""

    background: str
    ink: str
    muted: str
    line: str
    frame: str
    dark: bool = False

    def fill(self, kind: str) -> str:
        _, fill, stroke = KINDS[kind]
        return mixed(stroke, self.background, 0.45) if self.dark else fill

    def stroke(self, kind: str) -> str:
        _, _, stroke = KINDS[kind]
        return mixed(stroke, "#ffffff", 0.55) if self.dark else stroke

    def heat(self, share: float) -> str:
        """The colour of a share, from none to the largest."""
        return mixed("#2b6cb0" if self.dark else "#6ba3dc", self.background, share)


THEMES = {
    "paper": Theme("#ffffff", "#111111", "#555555", "#333333", "#8a8a8a"),
    "screen": Theme("#f6f7f9", "#1b1f24", "#57606a", "#39424c", "#8c959f"),
    "dark": Theme("#14171c", "#eceff3", "#a5aeb9", "#b7c0cb", "#6e7884", dark=True),
}


def mixed(a: str, b: str, share: float) -> str:
    """A colour between two: `share` of the first."""
    pairs = zip(_channels(a), _channels(b), strict=True)
    return "#" + "".join(f"{round(x * share + y * (1 - share)):02x}" for x, y in pairs)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
