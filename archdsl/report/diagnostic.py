"""A diagnostic is a value: what is wrong, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal
from unicodedata import category, east_asian_width

from archdsl.report.source import Span

LONGEST_LINE = 160
"""How much of a source line is shown."""
LONGEST_TEXT = 1_000
"""How much of a message is shown."""
LONGEST_PATH = 12
"""How many parts of a path are shown."""
TAB = "    "
"""What is shown of a tab, which is of another width in every terminal."""
UNSEEN = "�"
"""What is shown of a character that cannot be seen, or that turns the direction of writing."""

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Label:
    """A place and what is to be said of it."""

    span: Span
    text: str = ""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake: a stable code, a general title, the exact words at fault, and how to mend it.

    `path` names the parts from the network down to the block in which it showed.
    """

    code: str
    title: str
    primary: Label
    related: tuple[Label, ...] = ()
    help: str | None = None
    path: tuple[str, ...] = field(default=(), compare=False)
    severity: Severity = "error"

    def __str__(self) -> str:
        return render(self)

    def to_json(self) -> dict[str, Any]:
        """The same in plain data, with lines and columns counted from 1."""
        return {
            "severity": self.severity,
            "code": self.code,
            "title": self.title,
            **_place(self.primary),
            "related": [_place(label) for label in self.related],
            "help": self.help,
            "path": list(self.path),
        }


class ArchError(Exception):
    """What is wrong with a spec or a request; `diagnostics` holds every mistake found."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__(self.diagnostics)

    def __str__(self) -> str:
        return "\n\n".join(map(str, self.diagnostics))


class Mistake(Exception):
    """Leaves off one statement of a spec; carries why, or None where that is reported already."""

    def __init__(self, diagnostic: Diagnostic | None) -> None:
        self.diagnostic = diagnostic
        super().__init__(diagnostic)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        return () if self.diagnostic is None else (self.diagnostic,)


def _place(label: Label) -> dict[str, Any]:
    source = label.span.source
    line, column = source.position(label.span.start)
    end_line, end_column = source.position(label.span.end)
    return {
        "file": source.name,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
        "message": label.text,
    }


def render(diagnostic: Diagnostic) -> str:
    """Plain text with a caret run below the words at fault."""
    labels = [diagnostic.primary, *diagnostic.related]
    gutter = max(len(str(label.span.source.position(label.span.start)[0])) for label in labels)
    lines = [f"{diagnostic.severity}[{diagnostic.code}]: {_on_a_line(diagnostic.title)}"]
    lines += [_heading(diagnostic.primary, gutter, "-->"), *_excerpt(diagnostic.primary, gutter, "^")]
    for before, label in pairwise(labels):
        if label.span.source is not before.span.source:
            lines += [_heading(label, gutter, ":::")]
        lines += _excerpt(label, gutter, "-")
    notes = []
    if diagnostic.path:
        notes.append(f"in: {' → '.join(_shortened(diagnostic.path))}")
    if diagnostic.help:
        notes.append(f"help: {_on_a_line(diagnostic.help)}")
    if notes:
        lines.append(f"{'':{gutter}} |")
    lines += [f"{'':{gutter}} = {note}" for note in notes]
    return "\n".join(lines)


def _on_a_line(text: str) -> str:
    """Words of a message, without the line breaks and the middle of what they quote, where it is very long."""
    shown = text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT // 2]} … {text[-LONGEST_TEXT // 2 :]}"
    return shown.replace("\n", "\\n")


def _shortened(path: tuple[str, ...]) -> tuple[str, ...]:
    """The ends of a path that is too long to be read."""
    return path if len(path) <= LONGEST_PATH else (*path[:4], f"… {len(path) - 8} more …", *path[-4:])


def _heading(label: Label, gutter: int, arrow: str) -> str:
    line, column = label.span.source.position(label.span.start)
    return f"{'':{gutter}}{arrow} {label.span.source.name}:{line}:{column}"


def _excerpt(label: Label, gutter: int, mark: str) -> list[str]:
    """The source line, and below it a run of `mark` under the span (to the line's end where it goes on)."""
    source, start, end = label.span.source, label.span.start, label.span.end
    number, column = source.position(start)
    text = source.line(number)
    width = max(1, min(end - start, len(text) - column + 1))
    if len(text) > LONGEST_LINE:
        text, column, width = _window(text, column, width)
    before, at = text[: column - 1], text[column - 1 : column - 1 + width]
    run = " " * _cells(before) + mark * max(1, _cells(at))
    return [
        f"{'':{gutter}} |",
        f"{number:{gutter}} | {_visible(text)}".rstrip(),
        f"{'':{gutter}} | {run} {_on_a_line(label.text)}".rstrip(),
    ]


def _visible(text: str) -> str:
    """A line as it is shown: nothing in it moves what stands behind it, or hides."""
    unseen = ("Cc", "Cf", "Cs", "Zl", "Zp")
    return "".join(TAB if c == "\t" else UNSEEN if category(c) in unseen else c for c in text)


def _cells(text: str) -> int:
    """How many columns the text takes where it is shown: letters of East Asia take two, accents set above none."""
    marks = ("Mn", "Me")
    return sum(0 if category(c) in marks else 1 + (east_asian_width(c) in ("W", "F")) for c in _visible(text))


def _window(text: str, column: int, width: int) -> tuple[str, int, int]:
    """What can be shown of a long line: from some words before the place on."""
    start = max(0, column - 1 - LONGEST_LINE // 3)
    shown = text[start : start + LONGEST_LINE]
    before, after = "…" * (start > 0), "…" * (start + len(shown) < len(text))
    column = column - start + len(before)
    return f"{before}{shown}{after}", column, min(width, len(before) + len(shown) - column + 1)
