"""How wide text is: the widths of Helvetica, which Arial and Liberation Sans share."""

from __future__ import annotations

from functools import lru_cache

FAMILY = "Helvetica, Arial, 'Liberation Sans', sans-serif"

_ASCII = """
278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 556 556 278 278 584 584
584 556 1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778 667 778 722 667 611 722 667 944 667 667 611 278
278 278 469 556 333 556 556 500 556 556 278 556 556 222 222 500 222 833 556 556 556 556 333 500 278 556 500 722 500 500
500 334 260 334 584
""".split()

WIDTHS = {chr(32 + i): int(width) for i, width in enumerate(_ASCII)} | {
    "×": 584,
    "−": 584,
    "÷": 584,
    "·": 278,
    "–": 556,
    "…": 1000,
    "→": 1000,
    "⌈": 444,
    "⌉": 444,
}
"""In thousandths of the font's size."""

UNKNOWN = 1000
BOLD = 1.08


@lru_cache(4096)
def width(text: str, size: float, bold: bool = False) -> float:
    """How wide a line of text is."""
    thousandths = sum(WIDTHS.get(char, UNKNOWN) for char in text)
    return thousandths * size / 1000 * (BOLD if bold else 1)
