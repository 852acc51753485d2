"""Text that a spec was read from, and places in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True, eq=False)
class Source:
    """One text with the name that messages call it by.

    `library` marks text of the standard library: a mistake that shows there is the caller's,
    so messages point at the call first.
    """

    name: str
    text: str = field(repr=False)
    library: bool = False

    @cached_property
    def line_starts(self) -> list[int]:
        return [0, *(i + 1 for i, char in enumerate(self.text) if char == "\n")]

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both counted from 1."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def line(self, number: int) -> str:
        """Text of a line counted from 1, without its line break."""
        start = self.line_starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start : end if end >= 0 else None].rstrip("\r")


@dataclass(frozen=True, slots=True)
class Span:
    """The characters `start` up to, not including, `end` of a source."""

    source: Source
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    def head(self, word: str) -> Span:
        """The word that it begins with."""
        return Span(self.source, self.start, min(self.end, self.start + len(word)))

    def word(self, word: str) -> Span:
        """The first place of a word in it; all of it where the word is not there."""
        found = re.search(rf"\b{re.escape(word)}\b", self.text)
        return Span(self.source, self.start + found.start(), self.start + found.end()) if found else self

    def covers(self, other: Span) -> bool:
        """Whether another span stands inside this one."""
        return self.source is other.source and self.start <= other.start and other.end <= self.end

    def to(self, other: Span) -> Span:
        """From the start of this span to the end of another one of the same source."""
        return Span(self.source, self.start, max(self.end, other.end))
