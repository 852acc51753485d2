"""YAML as texts, lists and mappings with their places, read and written; nothing is a number, a date or a boolean."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from archdsl.limits import at_most, spend
from archdsl.report import ArchError, Diagnostic, Source, Span, errors
from archdsl.syntax import scan
from archdsl.syntax.layout import WIDTH


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text; `plain` without quotes."""

    text: str
    plain: bool
    span: Span

    @property
    def is_absent(self) -> bool:
        """Whether YAML has no value here."""
        return self.plain and self.text in ("", "~", "null", "Null", "NULL")


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    parts: tuple[Part, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping; no key stands twice."""

    pairs: tuple[tuple[Scalar, Part], ...]
    span: Span


Part = Scalar | Items | Fields


@dataclass(frozen=True, eq=False)
class Passage(Source):
    """A text that stands in another source, as YAML folds or escapes it; `places` has the place of each character."""

    outer: Source = field(kw_only=True)
    places: tuple[int, ...] = field(kw_only=True)

    def position(self, offset: int) -> tuple[int, int]:
        return self.outer.position(self.places[min(offset, len(self.places) - 1)])

    def line(self, number: int) -> str:
        return self.outer.line(number)


def passage(scalar: Scalar) -> Passage:
    """The text of a scalar by itself."""
    outer, span = scalar.span.source, scalar.span
    return Passage(outer.name, scalar.text, outer.library, outer=outer, places=_places(scalar.text, span))


def verbatim(scalar: Scalar) -> Span | None:
    """Where the text of a scalar stands just so, without escapes and line breaks of YAML."""
    span, quotes = scalar.span, int(not scalar.plain)
    inner = Span(span.source, span.start + quotes, span.end - quotes)
    return inner if inner.text == scalar.text else None


def _places(text: str, span: Span) -> tuple[int, ...]:
    """The places of a text's characters: word by word, for YAML changes the space between."""
    raw, position, places = span.source.text, span.start, []
    for found in re.finditer(r"\w+|\s+|[^\w\s]", text):
        word = found.group()
        at = raw.find(word, position, min(span.end, position + len(word) + _WINDOW))
        if at < 0 or word.isspace():
            places += [position] * len(word)
        else:
            places += range(at, at + len(word))
            position = at + len(word)
    return (*places, position)


_WINDOW = 200


# --- reading -----------------------------------------------------------------------------------------------


_WORD = re.compile(r"\w+|[^\w\s]")
WORD = 20
"""The steps that a word of YAML takes."""


def compose(source: Source) -> Part | None:
    """What a YAML text holds, None if nothing; raises `ArchError` for what specs do not have."""
    import yaml

    whole = Span(source, 0, len(source.text))
    if len(source.text) > at_most().characters:
        raise ArchError([errors.text_too_long(Span(source, 0, 0), at_most().characters)])
    if found := scan.hidden(whole) or _surplus(whole):
        raise ArchError([found])
    composer = _Composer(source)
    try:
        for event in yaml.parse(source.text, Loader=yaml.SafeLoader):
            composer.take(event, type(event).__name__.removesuffix("Event"))
    except yaml.reader.ReaderError as error:
        place = Span(source, error.position, error.position + 1)
        raise ArchError([errors.not_yaml(place, error.reason)]) from None
    except yaml.MarkedYAMLError as error:
        raise ArchError([_not_yaml(source, error)]) from None
    return composer.root


def _surplus(whole: Span) -> Diagnostic | None:
    """The first word or mark that is one too many, comments among them: what is one only YAML knows."""
    most, longest, count = at_most().words * 3 // 8, at_most().string, 0
    for count, found in enumerate(_WORD.finditer(whole.source.text), 1):
        if count > most:
            return errors.too_many_words(Span(whole.source, *found.span()), most)
        if found.end() - found.start() > longest:
            return errors.string_too_long(Span(whole.source, *found.span()), longest)
    spend(WORD * count)
    return None


def _not_yaml(source: Source, error: Any) -> Diagnostic:
    mark = error.problem_mark or error.context_mark
    place = scan.lexeme_at(Span(source, mark.index, len(source.text))) if mark.index < len(source.text) else None
    said = ", ".join(filter(None, (error.context, error.problem)))
    return errors.not_yaml(place or Span(source, mark.index, mark.index), said)


@dataclass(slots=True)
class _Open:
    """A list or mapping that is not yet closed."""

    start: int
    parts: list[Part] = field(default_factory=list)


class _Composer:
    """Puts the events of one document together, without recursion."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.root: Part | None = None
        self.opened: list[_Open] = []

    def take(self, event: Any, kind: str) -> None:
        span = Span(self.source, event.start_mark.index, event.end_mark.index)
        match kind:
            case "DocumentStart" if self.root is not None:
                raise ArchError([errors.several_documents(span)])
            case "Alias":
                raise ArchError([errors.alias_in_spec(span)])
            case "Scalar":
                self._refuse_marks(event, span)
                self._close(_visible(Scalar(event.value, event.style is None, span)))
            case "SequenceStart" | "MappingStart":
                self._refuse_marks(event, span)
                self.opened.append(_Open(span.start))
                if len(self.opened) > at_most().levels:
                    raise ArchError([errors.too_deep(Span(self.source, span.start, span.start + 1), at_most().levels)])
            case "SequenceEnd":
                done = self.opened.pop()
                self._close(Items(tuple(done.parts), Span(self.source, done.start, span.end)))
            case "MappingEnd":
                done = self.opened.pop()
                self._close(_fields(done.parts, Span(self.source, done.start, span.end)))

    def _close(self, part: Part) -> None:
        if self.opened:
            self.opened[-1].parts.append(part)
        else:
            self.root = part

    def _refuse_marks(self, event: Any, span: Span) -> None:
        if event.anchor is not None:
            raise ArchError([errors.alias_in_spec(_word(span))])
        if event.tag is not None:
            raise ArchError([errors.tag_in_spec(_word(span))])


def _word(span: Span) -> Span:
    """The mark at the beginning of a span, up to a space."""
    return Span(span.source, span.start, span.start + len(span.text.split(maxsplit=1)[0]))


def _visible(scalar: Scalar) -> Scalar:
    """A scalar whose escapes hide no character that a text may not have."""
    if scan.hidden(Span(Source("", scalar.text), 0, len(scalar.text))) is None:
        return scalar
    whole = passage(scalar)
    raise ArchError(filter(None, [scan.hidden(Span(whole, 0, len(scalar.text)))]))


def _fields(parts: list[Part], span: Span) -> Fields:
    pairs: dict[str, tuple[Scalar, Part]] = {}
    for key, value in zip(parts[::2], parts[1::2], strict=True):
        if not isinstance(key, Scalar):
            raise ArchError([errors.wrong_form(key.span, "a text", form(key))])
        if key.text in pairs:
            raise ArchError([errors.doubled_key(key.span, key.text, pairs[key.text][0].span)])
        pairs[key.text] = key, value
    return Fields(tuple(pairs.values()), span)


def form(part: Part) -> str:
    return {Scalar: "a text", Items: "a list", Fields: "a mapping"}[type(part)]


# --- writing -----------------------------------------------------------------------------------------------

Written = str | None | list["Written"] | dict[str, "Written"]


class Rows(list[Written]):
    """A list with a line, or more, for each of its parts."""


class Table(dict[str, Written]):
    """A mapping with a line, or more, for each of its keys."""


# Words and characters that YAML takes for something else than text.
_WORDS = frozenset("null yes no on off ...".split())
_PLAIN = re.compile(r"[A-Za-z0-9_(.](?:[^\n\r\t]*\S)?")
_MARKS = re.compile(r": | #|:$")
_FLOW_MARKS = re.compile(r"[,\[\]{}:?]")
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_UNQUOTED = re.compile(rf"[\n\r\t]|{_ESCAPED.pattern}")
_LONGEST_KEY = 1000


def write(written: Written) -> str:
    """A YAML text; what is short is written on one line, a text of several lines below its key."""
    return "".join(f"{line}\n" for line in _lines(written, WIDTH))


def _lines(written: Written, room: int) -> list[str]:
    """A line, or more, for each part of a list or mapping."""
    match written:
        case list() if written:
            return [line for part in written for line in _behind("-", part, room)]
        case dict() if written and max(map(len, written)) <= _LONGEST_KEY:
            return [line for key, value in written.items() for line in _field(key, value, room)]
    return [_line(written)]


def _field(key: str, value: Written, room: int) -> list[str]:
    head = f"{_scalar(key, flow=False)}:"
    return [head] if value is None else _behind(head, value, room)


def _behind(head: str, value: Written, room: int) -> list[str]:
    """A key or dash with its value behind it, or in the lines below; a mapping begins on the line of its dash."""
    match value:
        case str() if _is_block(value):
            return [f"{head} |-", *_indented(value.split("\n"))]
        case str():
            return [f"{head} {_scalar(value, flow=False)}"]
        case _ if not value or (not (head == "-" and isinstance(value, dict)) and _fits(value, room - len(head) - 1)):
            return [f"{head} {_line(value)}"]
    lines = _indented(_lines(value, room - 2))
    return [f"- {lines[0][2:]}", *lines[1:]] if head == "-" else [head, *lines]


def _fits(written: Written, room: int) -> bool:
    return not isinstance(written, Rows | Table) and len(_line(written)) <= room


def _indented(lines: list[str]) -> list[str]:
    return [line and f"  {line}" for line in lines]


def _is_block(text: str) -> bool:
    """Whether a text has lines that YAML gives back as they are when it stands below its key."""
    first, *rest = text.split("\n")
    whole = first and not first[0].isspace() and rest and rest[-1]
    return bool(whole) and "\r" not in text and not _ESCAPED.search(text) and not any(map(str.isspace, rest))


def _line(written: Written) -> str:
    """A value between brackets, or a text in quotes where it needs them there."""
    match written:
        case None:
            return "null"
        case str():
            return _scalar(written, flow=True)
        case list():
            return f"[{', '.join(map(_line, written))}]"
        case dict():
            return f"{{{', '.join(f'{_key(key, flow=True)}: {_line(value)}' for key, value in written.items())}}}"


def _key(key: str, flow: bool) -> str:
    """YAML takes a long text for a key only where it is marked as one."""
    return "? " * (len(key) > _LONGEST_KEY) + _scalar(key, flow)


def _scalar(text: str, flow: bool) -> str:
    plain = _PLAIN.fullmatch(text) and not _MARKS.search(text) and text.lower() not in _WORDS
    plain = plain and not _ESCAPED.search(text)
    if plain and not (flow and _FLOW_MARKS.search(text)):
        return text
    if '"' in text and "'" not in text and not _UNQUOTED.search(text):
        return f"'{text}'"
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))
