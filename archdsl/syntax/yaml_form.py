"""From the YAML form of a spec to its tree."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

from archdsl.report import ArchError, Diagnostic, Source, Span, errors
from archdsl.syntax import spelling, tree
from archdsl.syntax.build import MOST_MISTAKES
from archdsl.syntax.grammar import ITEM_WORDS
from archdsl.syntax.parse import Reading, parse_label, parse_part
from archdsl.syntax.parse import read as read_text
from archdsl.syntax.yaml_text import Fields, Items, Part, Scalar, compose, form, passage, verbatim

P = TypeVar("P")
T = TypeVar("T")

FAN_OUT = "=>"
"""The key of a step that is a fan-out."""
DECLARATIONS = ("require", "input", "shared", "parameter", "buffer")
"""The keys of statements that bind no value."""
FACTORS = ("vary", "match", "where", "replace")

_GROUPS = ("from", "blocks", "networks", "ablations")
_BLOCK = ("doc", "params", "body")
_NETWORK = ("doc", "params", "input", "body")
_DERIVED = ("doc", "params", "base", "arguments", "replace")
_ABLATION = ("doc", "of", "by", *FACTORS, "body")
_MATCH = ("measure", "within", "to", "by", "in")

_IMPORTED = re.compile(r"(\S+)(?:\s+as\s+(\S+))?")
_SUFFIX = re.compile(r"\.(arch|ya?ml)$")
_WHOLE = re.compile(r"[0-9]{1,15}")
_PERCENTAGE = re.compile(r"([0-9]{1,20}(?:\.[0-9]{1,20})?(?:e-?[0-9]{1,3})?)\s*%")


def read_yaml(source: Source) -> tree.File:
    """The tree of a spec in YAML; an `ArchError` holds the mistakes of all its statements."""
    reading = read(source)
    if reading.mistakes:
        raise ArchError(reading.mistakes)
    return tree.File(reading.items, span=Span(source, 0, len(source.text)))


def read(source: Source) -> Reading:
    """The items of a spec in YAML; raises `ArchError` for a text that is no YAML."""
    reader = _Reader()
    root = compose(source)
    items = tuple(reader.file(root)) if root else ()
    return Reading(items, tuple(reader.mistakes[:MOST_MISTAKES]), frozenset(reader.unread))


def is_file(module: str) -> bool:
    """Whether the key of an import is the path of a file, not a module of the library."""
    return bool(_SUFFIX.search(module)) or not all(map(spelling.is_name, module.split(".")))


# --- texts and flows ---------------------------------------------------------------------------------------


def _text(scalar: Scalar, rule: str = "flow") -> Any:
    """What a text says; its mistakes are looked for in it alone, as if nothing stood behind it."""
    if scalar.is_absent:
        raise _wrong(scalar, "a value")
    place = verbatim(scalar)
    if place and rule == "flow" and _WHOLE.fullmatch(scalar.text):
        return tree.Literal(int(scalar.text), span=place)
    if place and rule == "flow" and spelling.is_name(scalar.text):
        return tree.Name(scalar.text, span=place)
    if place:
        with suppress(ArchError):
            return parse_part(place, rule)
    try:
        return parse_part(_alone(scalar), rule)
    except ArchError as error:
        if _is_cut(scalar):
            raise ArchError(map(_cut, error.diagnostics)) from None
        raise


def _is_cut(scalar: Scalar) -> bool:
    """Whether a text without quotes ends at a comma."""
    return scalar.plain and scalar.span.source.text[scalar.span.end : scalar.span.end + 10].lstrip().startswith(",")


def _cut(mistake: Diagnostic) -> Diagnostic:
    """Most likely the comma is in the arguments of a call, and YAML takes it for its own."""
    if mistake.code != "unclosed-bracket":
        return mistake
    return replace(mistake, help="put the whole text in quotes: in a list of YAML a comma ends it")


def _alone(scalar: Scalar) -> Span:
    return Span(passage(scalar), 0, len(scalar.text))


def _expression(part: Part) -> tree.Expr:
    """A text; a list, or a labelled layer."""
    match part:
        case Scalar():
            expression: tree.Expr = _text(part)
            return expression
        case Items(parts, span):
            return tree.Sequence(tuple(map(_expression, parts)), span=span)
        case Fields(_, span):
            key, value = _only(part)
            return tree.Labelled(_label(key), _expression(value), span=span)


def _label(key: Scalar) -> tree.Template:
    label = parse_label(verbatim(key) or _alone(key))
    parts = [inner for part in label.parts if isinstance(part, tree.Node) for inner in tree.walk(part)]
    if any(isinstance(inner, tree.Template) for inner in parts):
        raise ArchError([errors.label_in_label(key.span)])
    return label


def _flow(part: Part) -> tree.Expr:
    """The value of a statement: a list is a flow, whose first element is its source."""
    if not isinstance(part, Items):
        return _expression(part)
    if not part.parts:
        raise ArchError([errors.flow_without_source(part.span)])
    flow = _expression(part.parts[0])
    for step in part.parts[1:]:
        match step:
            case Fields(((Scalar(text="=>"), layers),)):
                flow = tree.FanOut(flow, _expression(layers), span=part.span)
            case _:
                flow = tree.Pipe(flow, _expression(step), span=part.span)
    return flow


# --- keys and names ----------------------------------------------------------------------------------------


def _wrong(part: Part, expected: str) -> ArchError:
    absent = isinstance(part, Scalar) and part.is_absent
    return ArchError([errors.wrong_form(part.span, expected, "nothing" if absent else form(part))])


def _only(fields: Fields) -> tuple[Scalar, Part]:
    if len(fields.pairs) != 1:
        raise ArchError([errors.several_labels(fields.span, [key.text for key, _ in fields.pairs])])
    return fields.pairs[0]


def _pairs(part: Part) -> tuple[tuple[Scalar, Part], ...]:
    match part:
        case Scalar() if part.is_absent:
            return ()
        case Fields(pairs):
            return pairs
    raise _wrong(part, "a mapping")


def _parts(part: Part) -> tuple[Part, ...]:
    match part:
        case Scalar() if part.is_absent:
            return ()
        case Items(parts):
            return parts
    raise _wrong(part, "a list")


def _said(part: Part) -> Scalar:
    if not isinstance(part, Scalar) or part.is_absent:
        raise _wrong(part, "a text")
    return part


def _name(part: Part) -> str:
    scalar = _said(part)
    if not spelling.is_name(scalar.text):
        raise ArchError([errors.not_a_plain_name(scalar.span, scalar.text)])
    return scalar.text


def _target(part: Part) -> tree.Target:
    return tree.Target(_name(part), span=part.span)


def _targets(key: Scalar) -> tuple[tree.Target, ...]:
    """`a, b` or `(a, b)`"""
    names = [name.strip() for name in key.text.removeprefix("(").removesuffix(")").split(",")]
    for name in names:
        if not spelling.is_name(name):
            raise ArchError([errors.not_a_plain_name(key.span, name)])
    return tuple(tree.Target(name, span=key.span) for name in names)


def _known(part: Part, known: tuple[str, ...]) -> dict[str, Part]:
    """The values of a mapping by their keys, which are all known."""
    pairs = _pairs(part)
    if unknown := [errors.unknown_key(key.span, key.text, known) for key, _ in pairs if key.text not in known]:
        raise ArchError(unknown)
    return {key.text: value for key, value in pairs}


def _needed(fields: dict[str, Part], key: str, owner: str, span: Span) -> Part:
    if key not in fields:
        raise ArchError([errors.missing_key(span, owner, key)])
    return fields[key]


# --- statements --------------------------------------------------------------------------------------------


def _statement(part: Part) -> tuple[tree.Statement, ...]:
    """A text, or a mapping of one key: the names that are bound, or the word of a declaration."""
    if isinstance(part, Scalar):
        return (_text(part, "statement"),)
    if not isinstance(part, Fields):
        raise _wrong(part, "a statement")
    key, value = _only(part)
    if key.text == "require":
        return (_require(value, part.span),)
    if key.text in DECLARATIONS:
        return tuple(_DECLARED[key.text](name, declared) for name, declared in _pairs(value))
    return (tree.Bind(_targets(key), _flow(value), span=part.span),)


def _require(part: Part, span: Span) -> tree.Require:
    if not isinstance(part, Fields):
        return tree.Require(_expression(part), None, span=span)
    fields = _known(part, ("condition", "message"))
    condition = _expression(_needed(fields, "condition", "`require`", part.span))
    return tree.Require(condition, _said(fields["message"]).text if "message" in fields else None, span=span)


def _input(name: Scalar, part: Part) -> tree.InputDecl:
    return tree.InputDecl(_target(name), tuple(map(_axis, _parts(part))), span=name.span)


def _axis(part: Part) -> tree.Axis:
    if isinstance(part, Scalar):
        axis: tree.Axis = _text(part, "axis")
        return axis
    return tree.Axis(None, _expression(part), span=part.span)


def _shared(name: Scalar, part: Part) -> tree.SharedDecl:
    return tree.SharedDecl(_target(name), _expression(part), span=name.span)


def _parameter_of_network(name: Scalar, part: Part) -> tree.ParameterDecl:
    fields: dict[str, Part] = {"sizes": part}
    if isinstance(part, Fields):
        fields = _known(part, ("sizes", "init"))
    init = _expression(fields["init"]) if "init" in fields else None
    return tree.ParameterDecl(_target(name), _sizes(fields, name), init, span=name.span)


def _buffer(name: Scalar, part: Part) -> tree.BufferDecl:
    fields = _known(part, ("sizes", "value", "persistent"))
    value = _expression(_needed(fields, "value", "`buffer`", name.span))
    persistent = "persistent" not in fields or _persistent(_said(fields["persistent"]))
    return tree.BufferDecl(_target(name), _sizes(fields, name), value, persistent, span=name.span)


def _persistent(scalar: Scalar) -> bool:
    if scalar.text not in ("true", "false"):
        raise _wrong(scalar, "`true` or `false`")
    return scalar.text == "true"


def _sizes(fields: dict[str, Part], name: Scalar) -> tuple[tree.Expr, ...]:
    return tuple(map(_expression, _parts(_needed(fields, "sizes", f"`{name.text}`", name.span))))


_DECLARED: dict[str, Callable[[Scalar, Part], tree.Statement]] = {
    "input": _input,
    "shared": _shared,
    "parameter": _parameter_of_network,
    "buffer": _buffer,
}


# --- parameters, factors and other parts of items ----------------------------------------------------------


def _parameters(part: Part) -> Iterator[tree.Parameter]:
    """A mapping, where what has no value has no default; or a list of such, and of names without a default."""
    if isinstance(part, Items):
        for inner in part.parts:
            if isinstance(inner, Scalar):
                yield tree.Parameter(_name(inner), None, None, span=inner.span)
            else:
                yield from _parameters(inner)
    else:
        for key, value in _pairs(part):
            yield _parameter(key, value)


def _parameter(key: Scalar, value: Part) -> tree.Parameter:
    name = _name(key)
    if isinstance(value, Scalar) and value.is_absent:
        return tree.Parameter(name, None, None, span=key.span)
    if isinstance(value, Fields) and any(inner.text == "type" for inner, _ in value.pairs):
        fields = _known(value, ("type", "default"))
        default = _expression(fields["default"]) if "default" in fields else None
        return tree.Parameter(name, _type(fields["type"]), default, span=key.span)
    return tree.Parameter(name, None, _expression(value), span=key.span)


def _type(part: Part) -> tree.Type:
    match part:
        case Scalar():
            type: tree.Type = _text(part, "type")
            return type
        case Items((items,), span):
            return tree.Type("list", _type(items), span=span)
    raise _wrong(part, "a type")


def _documentation(part: Part) -> str:
    """Lines as comments have them: without space at their ends."""
    return "\n".join(line.rstrip() for line in _said(part).text.split("\n")).strip("\n")


def _imported(part: Part) -> tree.ImportedName:
    scalar = _said(part)
    found = _IMPORTED.fullmatch(scalar.text)
    names = [found[1], found[2] or found[1]] if found else [scalar.text]
    for name in names:
        if not spelling.is_name(name) or name in ITEM_WORDS:
            raise ArchError([errors.not_a_plain_name(scalar.span, name)])
    return tree.ImportedName(names[0], names[-1], span=scalar.span)


def _base(part: Part) -> tree.Name | tree.Call:
    """A name, or a call of one."""
    expression = _expression(part)
    named = expression.function if isinstance(expression, tree.Call) else expression
    if not isinstance(named, tree.Name) or not spelling.is_name(named.id):
        raise _wrong(part, "a name, or a call of one")
    assert isinstance(expression, tree.Name | tree.Call)
    return expression


def _argument(key: Scalar, value: Part) -> tree.Argument:
    return tree.Argument(_name(key), _expression(value), span=key.span)


def _factor(part: Part) -> tuple[tree.Vary | tree.Match | tree.Where | tree.Replace, ...]:
    if isinstance(part, Scalar):
        return (_text(part, "factor"),)
    return tuple(factor for key, value in _known(part, FACTORS).items() for factor in _FACTORED[key](value))


def _varied(part: Part) -> Iterator[tree.Vary]:
    for key, values in _pairs(part):
        yield tree.Vary(_targets(key), _expression(values), span=key.span)


def _matched(part: Part) -> Iterator[tree.Match]:
    for one in part.parts if isinstance(part, Items) else [part]:
        fields = _known(one, _MATCH)
        needed = [_needed(fields, key, "`match`", one.span) for key in ("measure", "within", "by", "in")]
        target = _expression(fields["to"]) if "to" in fields else None
        bounds = _parts(needed[3])
        if len(bounds) != 2:
            raise _wrong(needed[3], "a list of the least and the most")
        low, high = map(_expression, bounds)
        yield tree.Match(
            _name(needed[0]), _fraction(_said(needed[1])), target, _target(needed[2]), low, high, span=one.span
        )


def _fraction(scalar: Scalar) -> float:
    found = _PERCENTAGE.fullmatch(scalar.text)
    if not found or math.isinf(float(found[1])):
        raise _wrong(scalar, "a percentage such as `2.5%`")
    return float(found[1]) / 100


def _kept(part: Part) -> Iterator[tree.Where]:
    for condition in part.parts if isinstance(part, Items) else [part]:
        yield tree.Where(_expression(condition), span=condition.span)


def _replaced(part: Part) -> Iterator[tree.Replace]:
    for mapping in part.parts if isinstance(part, Items) else [part]:
        for pattern, layer in _pairs(mapping):
            yield tree.Replace(pattern.text, _expression(layer), span=pattern.span)


_FACTORED: dict[str, Callable[[Part], Iterable[tree.Vary | tree.Match | tree.Where | tree.Replace]]] = {
    "vary": _varied,
    "match": _matched,
    "where": _kept,
    "replace": _replaced,
}


# --- items -------------------------------------------------------------------------------------------------


class _Reader:
    """Reads items one by one and notes the mistakes of each; `unread` are the names of those that have any."""

    def __init__(self) -> None:
        self.mistakes: list[Diagnostic] = []
        self.unread: set[str] = set()

    def each(self, parts: Iterable[P], read: Callable[[P], Iterable[T]]) -> Iterator[T]:
        for part in parts:
            try:
                yield from tuple(read(part))
            except ArchError as error:
                self.mistakes += error.diagnostics

    def sound(self, names: Iterable[str], read: Callable[[], tree.Item]) -> Iterator[tree.Item]:
        """An item that defines these names, if it has no mistake."""
        before = len(self.mistakes)
        try:
            item = read()
        except ArchError as error:
            self.mistakes += error.diagnostics
        if len(self.mistakes) == before:
            yield item
        else:
            self.unread.update(names)

    def text(self, scalar: Scalar) -> tuple[tree.Item, ...]:
        """Items in the text form."""
        reading = read_text(passage(scalar))
        self.mistakes += reading.mistakes
        self.unread |= reading.unread
        return reading.items

    def file(self, root: Part) -> Iterator[tree.Item]:
        """A mapping of groups of items; or a list of such, and of items as text, where their order asks for it."""
        yield from self.each(root.parts if isinstance(root, Items) else [root], self._part)

    def _part(self, part: Part) -> Iterator[tree.Item]:
        if isinstance(part, Scalar) and not part.is_absent:
            yield from self.text(part)
        else:
            yield from self.each(_pairs(part), self._group)

    def _group(self, pair: tuple[Scalar, Part]) -> Iterable[tree.Item]:
        key, part = pair
        if key.text == "from":
            return self.each(part.parts if isinstance(part, Items) else [part], self._imports)
        if key.text not in _GROUPS:
            self.unread.update(inner.text for inner, _ in (part.pairs if isinstance(part, Fields) else ()))
            raise ArchError([errors.unknown_key(key.span, key.text, _GROUPS)])
        read = {"blocks": self._block, "networks": self._network, "ablations": self._ablation}[key.text]
        return self.each(_pairs(part), lambda pair: self.sound([pair[0].text], lambda: read(*pair)))

    def _imports(self, part: Part) -> Iterator[tree.Item]:
        if isinstance(part, Scalar):
            return iter(self.text(part))
        return self.each(
            _pairs(part), lambda pair: self.sound(re.findall(r"\w+", pair[1].span.text), lambda: self._import(*pair))
        )

    def _import(self, module: Scalar, names: Part) -> tree.Import:
        used = self.each([names] if isinstance(names, Scalar) else _parts(names), lambda part: [_imported(part)])
        file = is_file(module.text)
        return tree.Import(module.text, file, tuple(used), module_span=module.span, span=module.span)

    def _block(self, key: Scalar, part: Part) -> tree.Block:
        fields = _known(part, _BLOCK)
        return tree.Block(_target(key), self._parameters(fields), self._body(fields), _doc(fields), span=key.span)

    def _network(self, key: Scalar, part: Part) -> tree.Network | tree.Derived:
        if isinstance(part, Fields) and any(inner.text == "base" for inner, _ in part.pairs):
            return self._derived(key, part)
        fields = _known(part, _NETWORK)
        inputs = self.each(_pairs(fields["input"]) if "input" in fields else (), lambda pair: [_input(*pair)])
        body = *inputs, *self._body(fields)
        return tree.Network(_target(key), self._parameters(fields), body, _doc(fields), span=key.span)

    def _derived(self, key: Scalar, part: Part) -> tree.Derived:
        fields = _known(part, _DERIVED)
        base = _base(fields["base"])
        name, given = (base, ()) if isinstance(base, tree.Name) else (base.function, base.arguments)
        assert isinstance(name, tree.Name)
        pairs = _pairs(fields["arguments"]) if "arguments" in fields else ()
        arguments = *given, *self.each(pairs, lambda pair: [_argument(*pair)])
        replaces = tuple(_replaced(fields["replace"])) if "replace" in fields else ()
        parameters = self._parameters(fields)
        return tree.Derived(_target(key), parameters, name, arguments, replaces, _doc(fields), span=key.span)

    def _ablation(self, key: Scalar, part: Part) -> tree.Ablation:
        fields = _known(part, _ABLATION)
        of = _needed(fields, "of", f"`{key.text}`", key.span)
        mode = _base(fields["by"]) if "by" in fields else None
        factors: list[Any] = []
        for name, value in fields.items():
            if name in FACTORS:
                factors += self.each([value], _FACTORED[name])
            elif name == "body":
                factors += self.each(_parts(value), _factor)
        network = tree.Name(_name(of), span=of.span)
        return tree.Ablation(_target(key), network, mode, tuple(factors), _doc(fields), span=key.span)

    def _parameters(self, fields: dict[str, Part]) -> tuple[tree.Parameter, ...]:
        return tuple(self.each([fields["params"]] if "params" in fields else (), _parameters))

    def _body(self, fields: dict[str, Part]) -> tuple[tree.Statement, ...]:
        return tuple(self.each(_parts(fields["body"]) if "body" in fields else (), _statement))


def _doc(fields: dict[str, Part]) -> str:
    return _documentation(fields["doc"]) if "doc" in fields else ""
