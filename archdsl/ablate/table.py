"""The variants of a family as a table: Markdown, LaTeX, CSV or JSON, written row by row."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from archdsl.ablate.family import Variant, percent
from archdsl.lower.record import Counts
from archdsl.lower.values import Value, spell

FIGURES = {"params": "params", "macs": "MACs", "activations": "activations"}
UNITS = ((1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""))
LOOKED_AT = 1000
"""How many rows decide how wide columns are, and whether there is a column for notes."""
LONGEST = 80
"""How many characters of a value are shown."""

Beside = Mapping[str, Mapping[str, str]]
"""What stands beside the computed figures: for the name of a variant, texts by column."""
Rows = Iterator[list[str]]


@dataclass(frozen=True, slots=True)
class Columns:
    """What a table tells of a variant: parameters, figures with their differences to the baseline, and what is beside.

    `units` are those in which the figures of the baseline have few digits.
    """

    varied: Sequence[str]
    baseline: Counts
    units: Mapping[str, tuple[float, str]]
    beside: Beside
    further: Sequence[str]

    @property
    def head(self) -> list[str]:
        figures = (f"{title} ({self.units[name][1]})".replace(" ()", "") for name, title in FIGURES.items())
        return ["variant", *self.varied, *chain.from_iterable((figure, "Δ") for figure in figures), *self.further, ""]

    def row(self, variant: Variant[Any]) -> list[str]:
        """For a person to read; the last cell says why a variant is none, or is not as asked for."""
        figures = (self._figure(variant.stats, name) for name in FIGURES)
        known = self.beside.get(variant.name, {})
        further = (known.get(column, "") for column in self.further)
        values = (_short(spell(variant.values[name])) for name in self.varied)
        note = f"{variant.status}: {variant.reason}" if variant.reason else ""
        return [variant.name, *values, *chain.from_iterable(figures), *further, note]

    def _figure(self, found: Counts | None, name: str) -> tuple[str, str]:
        if found is None:
            return "", ""
        number, before = getattr(found, name), getattr(self.baseline, name)
        factor, unit = self.units[name]
        delta = percent(number / before - 1) if before and number != before else ""
        return f"{number / factor:.3f}" if unit else str(number), delta

    def data(self, variant: Variant[Any]) -> dict[str, Any]:
        """For a program: exact numbers."""
        figures = {name: None if variant.stats is None else getattr(variant.stats, name) for name in FIGURES}
        known = self.beside.get(variant.name, {})
        return {
            "variant": variant.name,
            "status": variant.status,
            **{name: _data(variant.values[name]) for name in self.varied},
            **figures,
            **{f"{name}_delta": None if n is None else n - getattr(self.baseline, name) for name, n in figures.items()},
            **{column: known.get(column) for column in self.further},
            "reason": variant.reason or None,
            "digest": variant.digest or None,
        }


def _short(text: str) -> str:
    """A value as it fits a column; programs are given all of it."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _data(value: Value) -> Any:
    return value if value is None or isinstance(value, bool | int | float | str) else spell(value)


def table(variants: Iterable[Variant[Any]], varied: Sequence[str], beside: Beside, form: str) -> Iterator[str]:
    """The lines of a table in one of `FORMS`; the first variant is the baseline, no more are kept than need be."""
    every = iter(variants)
    baseline = next(every)
    assert baseline.stats is not None
    units = {name: next(u for u in UNITS if getattr(baseline.stats, name) >= u[0] or u[0] == 1) for name in FIGURES}
    further = list(dict.fromkeys(chain.from_iterable(beside.values())))
    columns = Columns(varied, baseline.stats, units, beside, further)
    yield from FORMS[form](columns, chain([baseline], every))


# --- for people --------------------------------------------------------------------------------------------


def _markdown(columns: Columns, variants: Iterator[Variant[Any]]) -> Iterator[str]:
    rows = ([_told(cell) for cell in columns.row(variant)] for variant in variants)
    first = list(islice(rows, LOOKED_AT))
    head, rule = columns.head, [":--", *["--:"] * (len(columns.head) - 2), ":--"]
    last = None if any(row[-1] for row in first) else -1
    widths = [max(3, *map(len, column)) for column in zip(head, *first, strict=True)]

    def line(row: Sequence[str]) -> str:
        ends = (0, len(row) - 1)
        cells = [c.ljust(widths[i]) if i in ends else c.rjust(widths[i]) for i, c in enumerate(row)]
        return f"| {' | '.join(cells[:last])} |"

    yield line(head)
    yield line([mark.replace("--", "-" * (width - 1)) for mark, width in zip(rule, widths, strict=True)])
    yield from map(line, chain(first, rows))


_TOLD = {"\\": "\\\\", "|": "\\|", "<": "&lt;", ">": "&gt;", "&": "&amp;", "\n": " ", "\r": " "}


def _told(cell: str) -> str:
    """A cell of Markdown that is only text, in one cell and on one line."""
    return "".join(_TOLD.get(char, char) for char in cell)


def _latex(columns: Columns, variants: Iterator[Variant[Any]]) -> Iterator[str]:
    first = [columns.row(variant) for variant in islice(variants, LOOKED_AT)]
    last = None if any(row[-1] for row in first) else -1
    kinds = ["l", *"r" * (len(columns.head) - 2), "l"][:last]
    yield from (f"\\begin{{tabular}}{{{''.join(kinds)}}}", "\\toprule", _latex_row(columns.head[:last]), "\\midrule")
    yield from (_latex_row(row[:last]) for row in chain(first, map(columns.row, variants)))
    yield from ("\\bottomrule", "\\end{tabular}")


_LATEX = {
    **{char: f"\\{char}" for char in "&%$#_{}"},
    "Δ": "$\\Delta$",
    "−": "$-$",
    "→": "$\\to$",
    "×": "$\\times$",
    "\\": "\\textbackslash{}",
    "~": "$\\sim$",
    "^": "\\^{}",
    "\n": " ",
    "\r": " ",
}


def _latex_row(row: Sequence[str]) -> str:
    return " & ".join("".join(_LATEX.get(char, char) for char in cell) for cell in row) + " \\\\"


# --- for programs ------------------------------------------------------------------------------------------


def _csv(columns: Columns, variants: Iterator[Variant[Any]]) -> Iterator[str]:
    rows = map(columns.data, variants)
    first = next(rows)
    yield _csv_line(list(first))
    yield from (_csv_line(list(row.values())) for row in chain([first], rows))


def _csv_line(row: Sequence[Any]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(map(_inert, row))
    return text.getvalue().removesuffix("\r\n")


_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _inert(cell: Any) -> Any:
    """A text that a spreadsheet would work out as a formula begins with an apostrophe."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _json(columns: Columns, variants: Iterator[Variant[Any]]) -> Iterator[str]:
    start = "["
    for variant in variants:
        yield f"{start}{json.dumps(columns.data(variant), ensure_ascii=False)}"
        start = ","
    yield "]"


FORMS: dict[str, Callable[[Columns, Iterator[Variant[Any]]], Iterator[str]]] = {
    "markdown": _markdown,
    "latex": _latex,
    "csv": _csv,
    "json": _json,
}
