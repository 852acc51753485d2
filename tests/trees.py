"""Trees as any text may give them, for properties that hold of all specs."""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st

from archdsl.report import Source, Span
from archdsl.syntax import tree
from archdsl.syntax.grammar import RESERVED

NOWHERE = Span(Source("tree", ""), 0, 0)

# Words of the grammar, of YAML and of Python are names like others.
WORDS = "a b conv x1 _ W use as of by vary match within to where replace with require input shared parameter buffer"
MORE = "persistent on yes null y n doc params body label type default base std value sizes of blocks item"
ITEM_WORDS = ("from", "block", "network", "ablation")


@cache
def names(*, item_words: bool = True) -> st.SearchStrategy[str]:
    words = [*WORDS.split(), *MORE.split(), *ITEM_WORDS * item_words]
    return st.sampled_from(words) | st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,5}", fullmatch=True).filter(
        lambda name: name not in RESERVED and name not in ITEM_WORDS
    )


@cache
def texts() -> st.SearchStrategy[str]:
    """What a string may say: everything that can be seen, and line breaks."""
    unseen = [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x2028, 0x2029, 0xFFFE, 0xFFFF]
    seen = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters=map(chr, unseen))
    return st.text(seen | st.sampled_from("\n\t\"'\\{}#:-,[] |>&*!%@`?"), max_size=8)


@cache
def numbers() -> st.SearchStrategy[int | float]:
    return st.integers(0, 3000) | st.integers(0) | st.floats(0, allow_infinity=False).map(abs)


@cache
def literals(*, strings: bool) -> st.SearchStrategy[tree.Literal]:
    values = numbers() | st.sampled_from([True, False, None])
    return st.builds(tree.Literal, values | texts() if strings else values, span=st.just(NOWHERE))


def of(kind: type[tree.Node], *fields: st.SearchStrategy, **more: st.SearchStrategy) -> st.SearchStrategy:
    return st.builds(kind, *fields, **more, span=st.just(NOWHERE))


def lists(part: st.SearchStrategy, least: int = 0, most: int = 3) -> st.SearchStrategy[tuple]:
    return st.lists(part, min_size=least, max_size=most).map(tuple)


def name_nodes() -> st.SearchStrategy[tree.Name]:
    return of(tree.Name, names())


@cache
def targets() -> st.SearchStrategy[tree.Target]:
    return of(tree.Target, names())


@cache
def templates(depth: int) -> st.SearchStrategy[tree.Template]:
    """A label; its braces hold expressions, in which no third kind of quotes is left for strings."""
    plain = of(tree.Template, names().map(lambda name: (name,)))
    if depth == 0:
        return plain
    text = texts().filter(bool)
    parts = lists(text | expressions(depth - 1), most=3).map(merged)
    return plain | of(tree.Template, parts)


def merged(parts: tuple[str | tree.Expr, ...]) -> tuple[str | tree.Expr, ...]:
    found: list[str | tree.Expr] = []
    for part in parts:
        if isinstance(part, str) and found and isinstance(found[-1], str):
            found[-1] += part
        else:
            found.append(part)
    return tuple(found)


def compares(part: st.SearchStrategy) -> st.SearchStrategy[tree.Compare]:
    operators = st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "in", "not in"])
    return of(tree.Compare, part, lists(st.tuples(operators, part), 1, 2))


def arguments(part: st.SearchStrategy) -> st.SearchStrategy[tuple[tree.Argument, ...]]:
    return lists(of(tree.Argument, st.none() | names(), part))


def operations(part: st.SearchStrategy, depth: int) -> st.SearchStrategy[tree.Expr]:
    clauses = lists(of(tree.For, lists(names(), 1, 2), part, lists(part, most=2)), 1, 2)
    return st.one_of(
        of(tree.Pipe, part, part),
        of(tree.FanOut, part, part),
        of(tree.Labelled, templates(depth), part),
        of(tree.Sequence, lists(part)),
        of(tree.Call, part, arguments(part)),
        of(tree.Attribute, part, names(), name_span=st.just(NOWHERE)),
        of(tree.Index, part, part),
        of(tree.Slice, part, st.none() | part, st.none() | part, st.none() | part),
        of(tree.Comprehension, part, clauses),
        of(tree.Unary, st.sampled_from(["-", "+", "not"]), part),
        of(tree.Binary, st.sampled_from("+ - * / // % ** and or".split()), part, part),
        compares(part),
        of(tree.Conditional, part, part, part),
    )


@cache
def expressions(depth: int = 2) -> st.SearchStrategy[tree.Expr]:
    """Expressions and flows; `depth` is how many kinds of quotes are left."""
    leaves = name_nodes() | of(tree.Name, st.just("in")) | literals(strings=depth > 0)
    return st.recursive(leaves, lambda part: operations(part, depth), max_leaves=8)


@cache
def statements() -> st.SearchStrategy[tree.Statement]:
    expression = expressions()
    axes = of(tree.Axis, st.none() | names(), expression)
    return st.one_of(
        of(tree.Bind, lists(targets(), 1, 2), expression),
        of(tree.Require, expression, st.none() | texts()),
        of(tree.InputDecl, targets(), lists(axes)),
        of(tree.SharedDecl, targets(), expression),
        of(tree.ParameterDecl, targets(), lists(expression), st.none() | expression),
        of(tree.BufferDecl, targets(), lists(expression), expression, st.booleans()),
    )


def replaces() -> st.SearchStrategy[tree.Replace]:
    patterns = st.from_regex(r"[\w*]{1,4}(\.[\w*]{1,3}){0,2}", fullmatch=True) | texts()
    return of(tree.Replace, patterns, expressions())


@cache
def factors() -> st.SearchStrategy[tree.Vary | tree.Match | tree.Where | tree.Replace]:
    expression = expressions()
    within = numbers().filter(lambda number: number < 1e15).map(lambda number: number / 100)
    return st.one_of(
        of(tree.Vary, lists(targets(), 1, 3), expression),
        of(tree.Match, names(), within, st.none() | expression, targets(), expression, expression),
        of(tree.Where, expression),
        replaces(),
    )


@cache
def types() -> st.SearchStrategy[tree.Type]:
    named = of(tree.Type, names(), st.none(), st.booleans())
    return st.recursive(named, lambda items: of(tree.Type, st.just("list"), items, st.booleans()), max_leaves=2)


@cache
def parameters() -> st.SearchStrategy[tuple[tree.Parameter, ...]]:
    return lists(of(tree.Parameter, names(), st.none() | types(), st.none() | expressions()))


def docs() -> st.SearchStrategy[str]:
    """Documentation keeps no space at the ends of its lines, and no empty lines at its own."""
    lines = texts().map(lambda text: text.replace("\n", " ").rstrip())
    return st.lists(lines, max_size=3).map("\n".join).map(lambda text: text.strip("\n"))


def imports() -> st.SearchStrategy[tree.Import]:
    name = names(item_words=False)
    same = name.map(lambda name: (name, name)) | st.tuples(name, name)
    used = lists(same.map(lambda pair: tree.ImportedName(*pair, span=NOWHERE)), 1, 3)
    paths = st.lists(names(), min_size=1, max_size=3).map(".".join)
    at = {"module_span": st.just(NOWHERE)}
    files = texts() | st.sampled_from(["mine.arch", "../a.yaml", "std.x"])
    return of(tree.Import, paths, st.just(False), used, **at) | of(tree.Import, files, st.just(True), used, **at)


@cache
def items() -> st.SearchStrategy[tree.Item]:
    mode = st.none() | name_nodes() | of(tree.Call, name_nodes(), arguments(expressions()))
    bodies = lists(statements(), most=4)
    return st.one_of(
        imports(),
        of(tree.Block, targets(), parameters(), bodies, docs()),
        of(tree.Network, targets(), parameters(), bodies, docs()),
        of(tree.Derived, targets(), parameters(), name_nodes(), arguments(expressions()), lists(replaces()), docs()),
        of(tree.Ablation, targets(), name_nodes(), mode, lists(factors()), docs()),
    )


def files() -> st.SearchStrategy[tree.File]:
    return of(tree.File, lists(items(), most=4))
