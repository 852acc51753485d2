"""Lays text out in lines: what fits on a line stays on it, what does not is broken where it may be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby

WIDTH = 120

_STEP = 2


@dataclass(frozen=True, slots=True)
class Line:
    """Where a line may end; where it does not, `flat` stands there. Without `flat` it always ends."""

    flat: str | None


@dataclass(frozen=True, slots=True)
class Note:
    """A comment, which goes to the end of the line on which it comes to stand."""

    text: str


@dataclass(frozen=True, slots=True)
class Join:
    """One part behind the other."""

    parts: tuple[Layout, ...]
    breaks: bool


@dataclass(frozen=True, slots=True)
class Indent:
    """The lines that begin inside of `part` begin further to the right."""

    part: Layout
    breaks: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Ends a line at every `Line` of its own, or at none where the whole of it fits."""

    part: Layout
    breaks: bool


Layout = str | Line | Note | Join | Indent | Group

BREAK = Line(None)
SPACE = Line(" ")
SOFT = Line("")


def join(*parts: Layout) -> Layout:
    return Join(parts, any(map(_breaks, parts)))


def indent(*parts: Layout) -> Layout:
    part = join(*parts)
    return Indent(part, _breaks(part))


def group(*parts: Layout, broken: bool = False) -> Layout:
    """`broken` ends the lines though all might fit."""
    part = join(*parts)
    return Group(part, broken or _breaks(part))


def spread(parts: Iterable[Layout], between: Layout) -> Layout:
    """The parts with `between` between them."""
    return join(*[piece for part in parts for piece in (between, part)][1:])


def _breaks(part: Layout) -> bool:
    match part:
        case str():
            return False
        case Line(flat):
            return flat is None
        case Note():
            return True
    return part.breaks


@dataclass(slots=True)
class _Written:
    """A line as far as it is written; the margin of one that stays empty is left out."""

    margin: int = 0
    pieces: list[str] = field(default_factory=list)
    length: int = 0
    notes: list[str] = field(default_factory=list)

    def write(self, piece: str) -> None:
        if piece:
            self.length += len(piece) if self.pieces else self.margin + len(piece)
            self.pieces.append(piece)

    @property
    def code(self) -> str:
        code = "".join(self.pieces)
        return code and " " * self.margin + code


# What is still to be laid out: its margin, whether it is known to fit, and itself.
_Pending = list[tuple[int, bool, Layout]]


def render(layout: Layout, flat: bool = False) -> str:
    """The text of a layout, on one line if `flat`; without recursion, for a flow may have thousands of steps."""
    lines = [_Written()]
    pending: _Pending = [(0, flat, layout)]
    while pending:
        margin, flat, part = pending.pop()
        match part:
            case str():
                lines[-1].write(part)
            case Note(text):
                lines[-1].notes.append(text)
            case Line(str() as between) if flat:
                lines[-1].write(between)
            case Line():
                lines.append(_Written(margin))
            case Join(parts):
                pending += [(margin, flat, inner) for inner in reversed(parts)]
            case Indent(inner):
                pending.append((margin + _STEP, flat, inner))
            case Group(inner, breaks):
                room = WIDTH - max(lines[-1].length, lines[-1].margin)
                pending.append((margin, flat or (not breaks and _fits(inner, pending, room)), inner))
    return "\n".join(code for run in _runs(lines) for code in _with_notes(run))


def _fits(part: Layout, behind: _Pending, room: int) -> bool:
    """Whether a part fits on the rest of the line, with what follows up to where the line can end."""
    within = [(True, part)]
    waiting = len(behind)
    while room >= 0:
        if not within:
            if not waiting:
                return True
            waiting -= 1
            within.append(behind[waiting][1:])
            continue
        flat, part = within.pop()
        match part:
            case str():
                room -= len(part)
            case Line(between):
                if not flat or between is None:
                    return True
                room -= len(between)
            case Join(parts):
                within += [(flat, inner) for inner in reversed(parts)]
            case Indent(inner) | Group(inner):
                within.append((flat, inner))
    return False


def _runs(lines: list[_Written]) -> Iterable[list[_Written]]:
    """The lines in runs of one margin, with a comment at the end of every line or of none."""
    return (list(run) for _, run in groupby(lines, key=lambda line: (line.margin, bool(line.notes))))


def _with_notes(run: list[_Written]) -> list[str]:
    """Comments at the ends of neighbouring lines stand in a column where that leaves every line short enough."""
    column = max(len(line.code) for line in run)
    notes = ["  ".join(line.notes) for line in run]
    if column + 2 + max(map(len, notes)) > WIDTH:
        column = 0
    return [f"{line.code:{column}}  {note}" if note else line.code for line, note in zip(run, notes, strict=True)]
