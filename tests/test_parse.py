"""Texts, the trees they are, and what is said of those that are none."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archdsl.report import ArchError, Source, errors
from archdsl.syntax import tree
from archdsl.syntax.grammar import RESERVED
from archdsl.syntax.parse import parse, parse_expression

SPEC = """
from std.resnet use deep_stem, stage, projection
from std.attention use radix_softmax

## Split-attention convolution: `cardinality` groups, each in `radix` splits that compete for every channel.
block split_attention(channels, kernel = 3, stride = 1, cardinality = 1, radix = 2, reduction = 4) {
  require channels % cardinality == 0, "every cardinal group needs the same number of channels"
  inner = max(in.channels * radix // reduction, 32)

  splits = in
    -> conv: conv(channels * radix, kernel, stride = stride, groups = cardinality * radix)
    -> bn0: batch_norm -> relu
    -> rearrange("n (r c) h w -> n r c h w", r = radix)

  gates = splits
    -> reduce("n r c h w -> n c h w", "sum") -> global_avg_pool
    -> fc1: conv(inner, 1, groups = cardinality, bias = true) -> bn1: batch_norm -> relu
    -> fc2: conv(channels * radix, 1, groups = cardinality, bias = true)
    -> radix_softmax(radix, cardinality)

  out = splits * gates -> reduce("n r c h w -> n c h w", "sum")
}

block bottleneck(planes, stride = 1, cardinality = 1, base_width = 64, radix = 2) {
  width = planes * base_width // 64 * cardinality
  body = in
    -> conv1: conv(width, 1) -> bn1: batch_norm -> relu
    -> conv2: split_attention(width, cardinality = cardinality, radix = radix)
    -> (avg_pool(3, stride = stride, padding = 1) if stride > 1 else identity)
    -> conv3: conv(planes * 4, 1) -> bn3: batch_norm(init = "zeros")
  out = body + (in -> downsample: projection(planes * 4, stride)) -> relu
}

network resnest50(classes = 1000, depths = [3, 4, 6, 3], cardinality = 1, radix = 2, base_width = 64) {
  input image: [N, 3, H = 224, W = 224]
  unit = bottleneck(cardinality = cardinality, radix = radix, base_width = base_width)
  out = image
    -> _: deep_stem(32)
    -> layer1: stage(unit, 64, depths[0])
    -> layer2: stage(unit, 128, depths[1], stride = 2)
    -> layer3: stage(unit, 256, depths[2], stride = 2)
    -> layer4: stage(unit, 512, depths[3], stride = 2)
    -> global_avg_pool -> flatten
    -> fc: linear(classes)
}

ablation radix_and_cardinality of resnest50 {
  vary (radix, cardinality, base_width) in [(1, 1, 64), (2, 1, 64), (4, 1, 64), (2, 2, 40)]
}
"""


def show(node: Any) -> str:
    """A node without its spans: names and literals as they are, the rest by its type."""
    match node:
        case tree.Literal(value):
            return repr(value)
        case tree.Name(id) | tree.Target(id):
            return id
        case tree.Argument(None, value):
            return show(value)
        case tree.Argument(name, value):
            return f"{name}={show(value)}"
        case tuple():
            return f"({' '.join(map(show, node))})"
        case tree.Template(parts):
            return "".join(part if isinstance(part, str) else f"{{{show(part)}}}" for part in parts)
        case tree.Node():
            fields = [name for kind in type(node).__mro__[:-2] for name in getattr(kind, "__slots__", ())]
            values = [show(getattr(node, name)) for name in fields if name != "name_span" and name != "module_span"]
            return f"{type(node).__name__}({', '.join(values)})"
    return repr(node)


def expression(text: str) -> str:
    return show(parse_expression(Source("x", text)))


def item(text: str) -> Any:
    (found,) = parse(Source("x", text)).items
    return found


def docs(text: str) -> list[str]:
    return [found.doc for found in parse(Source("x", text)).items if not isinstance(found, tree.Import)]


def statement(text: str) -> Any:
    (found,) = item(f"network a {{ {text} }}").body
    return found


def message(text: str) -> str:
    with pytest.raises(ArchError) as caught:
        parse(Source("x.arch", text))
    return str(caught.value)


def codes(text: str) -> list[str]:
    with pytest.raises(ArchError) as caught:
        parse(Source("x.arch", text))
    return [diagnostic.code for diagnostic in caught.value.diagnostics]


# --- the whole example -------------------------------------------------------------------------------------


def test_whole_spec() -> None:
    imports, attention, split, bottleneck, network, ablation = parse(Source("x", SPEC)).items
    assert show(imports).startswith("Import('std.resnet', False, (ImportedName('deep_stem', 'deep_stem')")
    assert isinstance(attention, tree.Import) and attention.module == "std.attention"
    assert isinstance(split, tree.Block) and split.doc.startswith("Split-attention convolution: `card")
    assert [type(part).__name__ for part in split.body] == ["Require", "Bind", "Bind", "Bind", "Bind"]
    assert isinstance(bottleneck, tree.Block) and bottleneck.doc == ""
    assert isinstance(network, tree.Network) and show(network.parameters[1]) == (
        "Parameter('depths', None, Sequence((3 4 6 3)))"
    )
    assert isinstance(ablation, tree.Ablation) and show(ablation.body[0]).startswith(
        "Vary((radix cardinality base_width), Sequence((Sequence((1 1 64))"
    )


def test_spans_read_as_their_nodes() -> None:
    """The text of every expression's span is that expression again."""
    source = Source("x", SPEC)
    nodes = [node for node in tree.walk(parse(source)) if isinstance(node, tree.Expr)]
    assert len(nodes) > 200
    for node in nodes:
        assert parse_expression(Source("part", node.span.text)) == node
        assert parse_expression(source, node.span.start, node.span.end).span == node.span


def test_spans_of_other_nodes() -> None:
    for node in tree.walk(parse(Source("x", SPEC))):
        match node:
            case tree.Target(id):
                assert node.span.text == id
            case tree.Block() | tree.Network():
                assert re.fullmatch(r"(block|network) .*\}", node.span.text, re.DOTALL)
            case tree.Bind():
                assert node.span.text.startswith(f"{node.targets[0].id} =")
                assert node.span.end == max(part.span.end for part in tree.walk(node.value)) or (
                    node.span.text[-1] in ")]"
                )
            case tree.Parameter(name) | tree.Argument(str(name)):
                assert node.span.text.startswith(name)
            case tree.Attribute(_, name, name_span):
                assert name_span.text == name


@pytest.mark.parametrize(
    ("text", "part", "span"),
    [
        ("(a + b) * c", "", "(a + b) * c"),
        ("(a + b) * c", "left", "a + b"),
        ("x -> (f) ", "layer", "f"),
        ("x -> f(1, ) # end", "layer", "f(1, )"),
        ("x[ 1 : ]", "", "x[ 1 : ]"),
        ("- (a)", "", "- (a)"),
        ("(a, b)", "", "(a, b)"),
        ("a.b", "", "a.b"),
        ('"a{ i + 1 }": f', "label", '"a{ i + 1 }"'),
    ],
)
def test_span(text: str, part: str, span: str) -> None:
    node: Any = parse_expression(Source("x", text))
    assert (getattr(node, part) if part else node).span.text == span


def test_span_in_label() -> None:
    text = 'network a { x = in -> "p{ f(i) + 1 }.{j}": f }'
    label = statement(text[12:-1]).value.layer.label
    assert [part if isinstance(part, str) else part.span.text for part in label.parts] == [
        "p",
        "f(i) + 1",
        ".",
        "j",
    ]


# --- flows and expressions ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x -> f", "Pipe(x, f)"),
        ("x -> f -> g", "Pipe(Pipe(x, f), g)"),
        ("x => [f, g] -> add", "Pipe(FanOut(x, Sequence((f g))), add)"),
        ("x -> [f, g, h]", "Pipe(x, Sequence((f g h)))"),
        ("(a, b) => [f, g,]", "FanOut(Sequence((a b)), Sequence((f g)))"),
        ("(a, b) -> concat(axis = 1)", "Pipe(Sequence((a b)), Call(concat, (axis=1)))"),
        ("a + b -> relu", "Pipe(Binary('+', a, b), relu)"),
        (
            "x -> conv1: conv(64,3) if c else identity -> relu",
            "Pipe(Pipe(x, Labelled(conv1, Conditional(Call(conv, (64 3)), c, identity))), relu)",
        ),
        ("x => paths: [f, g]", "FanOut(x, Labelled(paths, Sequence((f g))))"),
        ('x -> "layer{i + 1}": f', "Pipe(x, Labelled(layer{Binary('+', i, 1)}, f))"),
        ('x -> "inner_blocks.{i}": f', "Pipe(x, Labelled(inner_blocks.{i}, f))"),
        (r""""a{{b}}\{\"{'c'}": f""", "Labelled(a{b}{\"{'c'}, f)"),
        ('["p{i}": f for i in xs]', "Comprehension(Labelled(p{i}, f), (For(('i'), xs, ())))"),
        ("_: f", "Labelled(_, f)"),
        ("f if a else g if b else h", "Conditional(f, a, Conditional(g, b, h))"),
        (
            "[conv(c, k) for k in kernels if k > 1 if k < 9]",
            "Comprehension(Call(conv, (c k)), (For(('k'), kernels, (Compare(k, (('>' 1))) Compare(k, (('<' 9)))))))",
        ),
        ("[p -> head for p in levels]", "Comprehension(Pipe(p, head), (For(('p'), levels, ())))"),
        (
            "[a * b for a, b in xs for c in b]",
            "Comprehension(Binary('*', a, b), (For(('a' 'b'), xs, ()) For(('c'), b, ())))",
        ),
        ("[a for (a, b) in xs]", "Comprehension(a, (For(('a' 'b'), xs, ())))"),
        ("unit(64, stride = 2,)", "Call(unit, (64 stride=2))"),
        ("f(x -> g)", "Call(f, (Pipe(x, g)))"),
        ("f()()", "Call(Call(f, ()), ())"),
        ("()", "Sequence(())"),
        ("[]", "Sequence(())"),
        ("(a)", "a"),
        ("(a,)", "Sequence((a))"),
        ("a or b and not c == d", "Binary('or', a, Binary('and', b, Unary('not', Compare(c, (('==' d))))))"),
        ("1 < a <= b != c", "Compare(1, (('<' a) ('<=' b) ('!=' c)))"),
        ("a in xs", "Compare(a, (('in' xs)))"),
        ("in not in xs", "Compare(in, (('not in' xs)))"),
        ("a - b - c * d", "Binary('-', Binary('-', a, b), Binary('*', c, d))"),
        ("a // b / c % d", "Binary('%', Binary('/', Binary('//', a, b), c), d)"),
        ("-a ** -b ** c", "Unary('-', Binary('**', a, Unary('-', Binary('**', b, c))))"),
        ("a**2*b", "Binary('*', Binary('**', a, 2), b)"),
        ("a-1->f", "Pipe(Binary('-', a, 1), f)"),
        ("x.shape[0].y", "Attribute(Index(Attribute(x, 'shape'), 0), 'y')"),
        ("x[1:]", "Slice(x, 1, None, None)"),
        ("x[:a:-1]", "Slice(x, None, a, Unary('-', 1))"),
        ("x[a:b]", "Slice(x, a, b, None)"),
        ("in.channels", "Attribute(in, 'channels')"),
        ("[true, false, none]", "Sequence((True False None))"),
        ("truest + nonesuch + info", "Binary('+', Binary('+', truest, nonesuch), info)"),
        (r'"a\n\t\"\\{b}" ', repr('a\n\t"\\{b}')),
        ("'it \"is\" \\'so\\''", repr("it \"is\" 'so'")),
        ("# a comment\nx # and -> another\n", "x"),
    ],
)
def test_expression(text: str, shown: str) -> None:
    assert expression(text) == shown


@pytest.mark.parametrize(
    "text",
    ["0", "1_000", "0.5", "1e-5", ".5", "5.", "2.5E+3", "1_0.2_5e10", "9" * 4000],
)
def test_number(text: str) -> None:
    """Python reads the same number."""
    node = parse_expression(Source("x", text))
    assert isinstance(node, tree.Literal)
    expected = int(text) if text.replace("_", "").isdigit() else float(text)
    assert node.value == expected and type(node.value) is type(expected)


SOFT = [
    *(
        "from",
        "use",
        "as",
        "block",
        "network",
        "ablation",
        "of",
        "by",
        "vary",
        "match",
        "within",
        "to",
        "where",
    ),
    *("replace", "with", "require", "input", "shared", "parameter", "buffer", "persistent", "params", "list"),
]


@pytest.mark.parametrize("word", SOFT)
def test_soft_word_is_a_name(word: str) -> None:
    text = """
        block w(w: w = w, a = 1) {
          w = w w, b = w.w out = in -> w: w(w = w + 1) y = [w for w in w] require w w = 1
        }
        network n = w
        ablation w of w by w {
          vary w in w vary (w, w) in w match w within 1% to w by w in w..w where w replace w with w
        }"""
    text = re.sub(r"\bw\b", word, text)
    block, derived, ablation = parse(Source("x", text)).items
    assert isinstance(block, tree.Block) and len(block.body) == 6
    assert isinstance(derived, tree.Derived) and derived.base.id == word
    assert isinstance(ablation, tree.Ablation) and len(ablation.body) == 5


# --- items and statements ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "from std.resnet use stage, deep_stem as stem,",
            "Import('std.resnet', False, (ImportedName('stage', 'stage') ImportedName('deep_stem', 'stem')))",
        ),
        (
            'from "../blocks/mine.arch" use gate',
            "Import('../blocks/mine.arch', True, (ImportedName('gate', 'gate')))",
        ),
        ("block gate { }", "Block(gate, (), (), '')"),
        ("block gate() { }", "Block(gate, (), (), '')"),
        (
            "block g(planes: int, kernels: [int], x: int? = none, size: [int]?, y = 1,) { out = in }",
            "Block(g, (Parameter('planes', Type('int', None, False), None)"
            " Parameter('kernels', Type('list', Type('int', None, False), False), None)"
            " Parameter('x', Type('int', None, True), None)"
            " Parameter('size', Type('list', Type('int', None, False), True), None)"
            " Parameter('y', None, 1)), (Bind((out), in)), '')",
        ),
        ("network n { out = x }", "Network(n, (), (Bind((out), x)), '')"),
        (
            "network n(c = 1000) = resnet(cardinality = 32, classes = c)",
            "Derived(n, (Parameter('c', None, 1000)), resnet, (cardinality=32 classes=c), (), '')",
        ),
        (
            'network n = r(1) { replace layer3.*.se with a replace **.0.conv_2 with f replace "a-b" with g }',
            "Derived(n, (), r, (1), (Replace('layer3.*.se', a) Replace('**.0.conv_2', f) Replace('a-b', g)), '')",
        ),
        (
            "ablation a of n by sample(10, seed = 0) { vary x in [1, 2] vary (y, z,) in [(1, 2)] }",
            "Ablation(a, n, Call(sample, (10 seed=0)), (Vary((x), Sequence((1 2)))"
            " Vary((y z), Sequence((Sequence((1 2)))))), '')",
        ),
        (
            "ablation a of n by one_at_a_time {\n  match params within 2.5% to 25e6 by w in 4..128\n"
            "  match macs within 1% by w in a + 1..2*b\n  where c <= 32 and macs < 6e9\n"
            "  replace layer3.*.conv2 with conv(in.channels, 3) }",
            "Ablation(a, n, one_at_a_time, (Match('params', 0.025, 25000000.0, w, 4, 128)"
            " Match('macs', 0.01, None, w, Binary('+', a, 1), Binary('*', 2, b))"
            " Where(Binary('and', Compare(c, (('<=' 32))), Compare(macs, (('<' 6000000000.0)))))"
            " Replace('layer3.*.conv2', Call(conv, (Attribute(in, 'channels') 3)))), '')",
        ),
    ],
)
def test_item(text: str, shown: str) -> None:
    assert show(item(text)) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("name = x -> f", "Bind((name), Pipe(x, f))"),
        ("a, b = x -> chunk(2, axis = 1)", "Bind((a b), Pipe(x, Call(chunk, (2 axis=1))))"),
        ('require a > 1, "too small"', "Require(Compare(a, (('>' 1))), 'too small')"),
        ("require a", "Require(a, None)"),
        ("require = 3", "Bind((require), 3)"),
        ("match, by = x", "Bind((match by), x)"),
        (
            "input image: [N, 3, c * 2, H = 224,]",
            "InputDecl(image, (Axis(None, N) Axis(None, 3) Axis(None, Binary('*', c, 2)) Axis('H', 224)))",
        ),
        ("shared head = [conv(256, 3), relu]", "SharedDecl(head, Sequence((Call(conv, (256 3)) relu)))"),
        (
            "parameter pos: [1, 197, width] = normal(std = 0.02)",
            "ParameterDecl(pos, (1 197 width), Call(normal, (std=0.02)))",
        ),
        ("parameter pos: [1]", "ParameterDecl(pos, (1), None)"),
        ("buffer k: [1, 1] = [[1]]", "BufferDecl(k, (1 1), Sequence((Sequence((1)))), True)"),
        ("buffer k: [1] = [1], persistent = false", "BufferDecl(k, (1), Sequence((1)), False)"),
    ],
)
def test_statement(text: str, shown: str) -> None:
    assert show(statement(text)) == shown


def test_docs() -> None:
    text = "## not this\n\n# nor this\n## one\n##   two\n##\n## three\nblock a { }\n## four\nnetwork n = a # x\n"
    assert docs(text) == ["one\n  two\n\nthree", "four"]
    assert docs("## one\nblock a { } block b { }") == ["one", ""]


def test_newlines_mean_nothing() -> None:
    undocumented = re.sub(r"##.*", "", SPEC)
    assert parse(Source("x", " ".join(undocumented.split()))) == parse(Source("x", undocumented))
    assert parse(Source("x", SPEC.replace("\n", "\r\n"))) == parse(Source("x", SPEC))


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n"])
def test_empty(text: str) -> None:
    assert parse(Source("x", text)).items == ()


# --- large texts -------------------------------------------------------------------------------------------


def test_long_chains() -> None:
    chain = parse_expression(Source("x", "x" + " -> relu" * 5_000))
    assert sum(isinstance(node, tree.Pipe) for node in tree.walk(chain)) == 5_000
    for text in ["1" + "+1" * 10_000, "-" * 10_000 + "1", "1" + "**1" * 10_000, "f" + "()" * 10_000]:
        parse_expression(Source("x", text))


def test_depth() -> None:
    parse_expression(Source("x", "(" * 100 + "1" + ")" * 100))
    assert codes("block a { x = " + "(" * 30_000) == ["too-deep"]
    assert codes("block a { x = " + "[" * 100 + "]" * 100 + "}") == ["too-deep"]


def test_too_long() -> None:
    parse(Source("x", "#" * 1_000_000))
    assert codes("#" * 1_000_001) == ["text-too-long"]
    assert codes("block a {\n" * 100_001) == ["text-too-long"]


def test_too_many_words() -> None:
    most = "block a { out = b " + "-> c " * 19_996
    parse(Source("x", most + "}"))
    assert codes(most + "-> c }") == ["too-many-words"]
    assert codes("block a { out = in -> 'x" + "{1}" * 80_000 + "': b }") == ["too-many-words"]


def test_numbers_that_are_too_large() -> None:
    for number in ["9" * 4001, "1e999", "9" * 5000 + ".0"]:
        assert codes(f"block a {{ x = {number} }}") == ["number-out-of-range"]


# --- mistakes ----------------------------------------------------------------------------------------------


def test_every_item_is_read() -> None:
    text = "block a { x = }\nblock b { x = 1 }\nblock c { x = ( }\nblock d { out = in -> }\nblock e {\n"
    assert codes(text) == ["unexpected-word", "mismatched-bracket", "arrow-without-layer", "unclosed-bracket"]


def test_every_label_is_read() -> None:
    assert codes('block a { out = in -> "{+}": f -> "{i": g -> h("\\q") }') == [
        "unexpected-word",
        "unclosed-brace",
        "unknown-escape",
    ]


def test_mistakes_are_counted_out() -> None:
    assert len(codes("block a\n" * 1000)) == 20
    assert len(codes('block a { x = "' + r"\q" * 1000 + '" }')) == 20


def test_text_after_expression() -> None:
    with pytest.raises(ArchError) as caught:
        parse_expression(Source("--set", "se(reduction = 16) 3"))
    assert str(caught.value).splitlines()[0] == "error[text-after-expression]: there is more after the expression"


def examples(code: str) -> list[str]:
    return [line.strip() for line in errors.EXPLANATIONS[code].splitlines() if line.startswith("    ")]


SYNTAX = [
    *("unexpected-character", "unclosed-string", "unknown-escape", "number-out-of-range", "unclosed-bracket"),
    *("unclosed-brace", "mismatched-bracket", "unopened-bracket", "unexpected-word", "text-ends-early"),
    *("text-after-expression", "statement-outside-block", "lone-name", "foreign-word", "reserved-word"),
    *("digit-before-name", "equals-for-colon", "equals-for-comparison", "arrow-without-layer"),
    *("arrow-without-source", "missing-else", "missing-comma", "bare-tuple", "bare-comprehension"),
]


@pytest.mark.parametrize("code", SYNTAX)
def test_explanation(code: str) -> None:
    """Each explanation shows a text with its mistake, and one without any."""
    wrong, mended = examples(code)
    assert codes(wrong) == [code]
    parse(Source("x", mended))


MARKS = "( ) [ ] { } , : = == < + - * / // ** % . .. -> => ? 1 2.5 é ; ! @ # 3x"
TEXTS = ['"a"', "'b{i}'", '"{a}":', "\n", '"', "block a {", "network n = ", "a", "b", "out", "def"]
WORDS = st.sampled_from([*SOFT, *sorted(RESERVED), *MARKS.split(), *TEXTS])


@settings(max_examples=400, deadline=None)
@given(st.lists(WORDS, max_size=25).map(" ".join))
def test_any_text_parses_or_is_explained(text: str) -> None:
    for whole in (text, f"block a {{ x = {text}\n}}"):
        try:
            parse(Source("x", whole))
        except ArchError as error:
            for diagnostic in error.diagnostics:
                said = f"{diagnostic.title} {diagnostic.primary.text} {diagnostic.help}"
                assert not re.search(r"[A-Z]{2}|__", said.replace("U+", ""))


WRONG = [
    (
        "block gate { out = in -> conv(64 }",
        """
error[mismatched-bracket]: brackets do not match
 --> x.arch:1:34
  |
1 | block gate { out = in -> conv(64 }
  |                                  ^ expected `)`, found `}`
  |
1 | block gate { out = in -> conv(64 }
  |                              - `(` opens here
""",
    ),
    (
        "block gate {\n  out = in\n\nblock b { out = in -> }\n",
        """
error[unclosed-bracket]: a bracket is never closed
 --> x.arch:4:1
  |
4 | block b { out = in -> }
  | ^^^^^ `block` stands inside `block gate {`, which opens at line 1
  |
1 | block gate {
  |            - opens here
  |
  = help: close it with `}`

error[arrow-without-layer]: an arrow leads to nothing
 --> x.arch:4:20
  |
4 | block b { out = in -> }
  |                    ^^ expected a layer, but `}` follows
""",
    ),
    (
        "block gate {\n  out = in\n",
        """
error[unclosed-bracket]: a bracket is never closed
 --> x.arch:2:11
  |
2 |   out = in
  |           ^ the text ends inside `block gate {`, which opens at line 1
  |
1 | block gate {
  |            - opens here
  |
  = help: close it with `}`
""",
    ),
    (
        "block a(x",
        """
error[unclosed-bracket]: a bracket is never closed
 --> x.arch:1:10
  |
1 | block a(x
  |          ^ the text ends inside `(`, which opens at line 1
  |
1 | block a(x
  |        - opens here
  |
  = help: close it with `)`
""",
    ),
    (
        "block a { out = in }\n}\n",
        """
error[unopened-bracket]: a bracket is closed that is not open
 --> x.arch:2:1
  |
2 | }
  | ^ nothing opens this `}`
""",
    ),
    (
        "block a { out = -> relu }",
        """
error[arrow-without-source]: an arrow comes from nothing
 --> x.arch:1:17
  |
1 | block a { out = -> relu }
  |                 ^^ nothing stands between `=` and it
  |
  = help: begin with what flows, as in `in -> relu`
""",
    ),
    (
        "block a { x = 3 if c }",
        """
error[missing-else]: `if` without `else`
 --> x.arch:1:22
  |
1 | block a { x = 3 if c }
  |                      ^ expected `else`, found `}`
  |
  = help: write `a if condition else b`; `identity` is the layer that changes nothing
""",
    ),
    (
        "block a { out = in -> conv1 = conv(3) }",
        """
error[equals-for-colon]: `=` stands where a label takes `:`
 --> x.arch:1:29
  |
1 | block a { out = in -> conv1 = conv(3) }
  |                             ^ `conv1` labels a layer here
  |
  = help: write `conv1: …`
""",
    ),
    (
        "block a { require a = 3 out = in }",
        """
error[equals-for-comparison]: `=` stands inside an expression
 --> x.arch:1:21
  |
1 | block a { require a = 3 out = in }
  |                     ^ `=` binds a name, at the start of a statement or argument
  |
  = help: write `==` to compare
""",
    ),
    (
        "block a(if = 3) { out = in }",
        """
error[reserved-word]: a reserved word stands where a name belongs
 --> x.arch:1:9
  |
1 | block a(if = 3) { out = in }
  |         ^^ `if` cannot be a name
  |
  = help: choose another name, `if_` for one
""",
    ),
    (
        "block a { in = 3 }",
        """
error[reserved-word]: a reserved word stands where a name belongs
 --> x.arch:1:11
  |
1 | block a { in = 3 }
  |           ^^ `in` cannot be a name
  |
  = help: choose another name, `in_` for one
""",
    ),
    (
        "def f(x):\n  return x",
        """
error[foreign-word]: `def` is not of this language
 --> x.arch:1:1
  |
1 | def f(x):
  | ^^^ means nothing here
  |
  = help: a layer of your own is `block name(parameters) { … }`
""",
    ),
    (
        "block a { return x }",
        """
error[foreign-word]: `return` is not of this language
 --> x.arch:1:11
  |
1 | block a { return x }
  |           ^^^^^^ means nothing here
  |
  = help: a block binds its result to `out`
""",
    ),
    (
        "block a { out = in -> conv(64 kernel = 3) }",
        """
error[missing-comma]: a comma is missing
 --> x.arch:1:31
  |
1 | block a { out = in -> conv(64 kernel = 3) }
  |                               ^^^^^^ expected `,` between `64` and `kernel`
""",
    ),
    (
        "block a { x = [1 2] }",
        """
error[missing-comma]: a comma is missing
 --> x.arch:1:18
  |
1 | block a { x = [1 2] }
  |                  ^ expected `,` between `1` and `2`
""",
    ),
    (
        "x = 3",
        """
error[statement-outside-block]: a statement stands outside of every body
 --> x.arch:1:1
  |
1 | x = 3
  | ^ expected `from`, `block`, `network` or `ablation`, found `x`
  |
  = help: move it into the braces of a block or network
""",
    ),
    (
        "block a { x = 1, 2 }",
        """
error[bare-tuple]: several values without parentheses
 --> x.arch:1:16
  |
1 | block a { x = 1, 2 }
  |                ^ a statement binds one value
  |
  = help: write `(a, b)`
""",
    ),
    (
        "block a { require all(x > 1 for x in xs) }",
        """
error[bare-comprehension]: a comprehension without its brackets
 --> x.arch:1:29
  |
1 | block a { require all(x > 1 for x in xs) }
  |                             ^^^ `for` repeats only inside `[ ]`
  |
  = help: write `[element for name in list]`
""",
    ),
    (
        "block a { x = 3x }",
        """
error[digit-before-name]: a name begins with a digit
 --> x.arch:1:15
  |
1 | block a { x = 3x }
  |               ^^ `3` is a number, and no mark stands between it and `x`
  |
  = help: begin the name with a letter, or put an operator between the two
""",
    ),
    (
        "block a { out = in relu }",
        """
error[lone-name]: a name that is neither bound nor used
 --> x.arch:1:20
  |
1 | block a { out = in relu }
  |                    ^^^^ expected `=` behind it, or `->` before it
  |
  = help: write `-> relu` to apply a layer
""",
    ),
    (
        'block a { out = in -> "l{i + }": relu }',
        """
error[unexpected-word]: `}` cannot stand here
 --> x.arch:1:30
  |
1 | block a { out = in -> "l{i + }": relu }
  |                              ^ expected an expression, found `}`
""",
    ),
    (
        'block a { out = in -> "l{i": relu }',
        """
error[unclosed-brace]: a brace in a label is never closed
 --> x.arch:1:25
  |
1 | block a { out = in -> "l{i": relu }
  |                         ^ opens here
  |
  = help: close it with `}`, or write `{{` for a brace that is text
""",
    ),
    (
        'block a { out = in -> "l}": relu }',
        """
error[unopened-bracket]: a bracket is closed that is not open
 --> x.arch:1:25
  |
1 | block a { out = in -> "l}": relu }
  |                         ^ nothing opens this `}`
""",
    ),
    (
        'block a { out = in -> "l{a b}": relu }',
        """
error[text-after-expression]: there is more after the expression
 --> x.arch:1:28
  |
1 | block a { out = in -> "l{a b}": relu }
  |                            ^ the expression ends before `b`
""",
    ),
    (
        'block a { x = "abc }',
        """
error[unclosed-string]: a string is never closed
 --> x.arch:1:15
  |
1 | block a { x = "abc }
  |               ^ opens here
  |
  = help: close it with `"` on its line
""",
    ),
    (
        'block a { x = "a\\d" }',
        """
error[unknown-escape]: a backslash before a character that needs none
 --> x.arch:1:17
  |
1 | block a { x = "a\\d" }
  |                 ^^ `\\d` has no meaning
  |
  = help: write `\\\\` for a backslash
""",
    ),
    (
        "block a { x = 1e999 }",
        """
error[number-out-of-range]: the number is too large to read
 --> x.arch:1:15
  |
1 | block a { x = 1e999 }
  |               ^^^^^ 5 characters
""",
    ),
    (
        "block a { x = 1; y = 2 }",
        """
error[unexpected-character]: a character that means nothing here
 --> x.arch:1:16
  |
1 | block a { x = 1; y = 2 }
  |                ^ `;` is no word or mark
  |
  = help: leave it out: newlines and semicolons delimit nothing
""",
    ),
    (
        "block a { x = a && b }",
        """
error[unexpected-character]: a character that means nothing here
 --> x.arch:1:17
  |
1 | block a { x = a && b }
  |                 ^ `&` is no word or mark
  |
  = help: write `and`
""",
    ),
    (
        "block",
        """
error[text-ends-early]: the text ends too early
 --> x.arch:1:6
  |
1 | block
  |      ^ expected a name, but the text ends here
""",
    ),
    (
        "block a",
        """
error[text-ends-early]: the text ends too early
 --> x.arch:1:8
  |
1 | block a
  |        ^ expected `(` or `{`, but the text ends here
""",
    ),
    (
        "block a { x = a\x01 }",
        """
error[hidden-character]: a character that cannot be seen
 --> x.arch:1:16
  |
1 | block a { x = a� }
  |                ^ U+0001
  |
  = help: delete it
""",
    ),
    (
        "ablation w of r { vary a [1] }",
        """
error[unexpected-word]: `[` cannot stand here
 --> x.arch:1:26
  |
1 | ablation w of r { vary a [1] }
  |                          ^ expected `in`, found `[`
""",
    ),
    (
        "ablation w of r { match params within 2.5 by b in 1..2 }",
        """
error[unexpected-word]: `by` cannot stand here
 --> x.arch:1:43
  |
1 | ablation w of r { match params within 2.5 by b in 1..2 }
  |                                           ^^ expected `%`, found `by`
""",
    ),
    (
        "ablation w of r { match params within 2.5% by b in 1 }",
        """
error[unexpected-word]: `}` cannot stand here
 --> x.arch:1:54
  |
1 | ablation w of r { match params within 2.5% by b in 1 }
  |                                                      ^ expected `..` or an operator, found `}`
""",
    ),
    (
        "ablation w of r { replace a.* identity }",
        """
error[unexpected-word]: `identity` cannot stand here
 --> x.arch:1:31
  |
1 | ablation w of r { replace a.* identity }
  |                               ^^^^^^^^ expected `with`, found `identity`
""",
    ),
    (
        "network a = ",
        """
error[text-ends-early]: the text ends too early
 --> x.arch:1:12
  |
1 | network a =
  |            ^ expected a name, but the text ends here
""",
    ),
    (
        "network a { input x [1] }",
        """
error[unexpected-word]: `[` cannot stand here
 --> x.arch:1:21
  |
1 | network a { input x [1] }
  |                     ^ expected `:`, found `[`
  |
  = help: sizes stand behind a colon, as `input image: [N, 3, 32, 32]`
""",
    ),
    (
        "from std.x use",
        """
error[text-ends-early]: the text ends too early
 --> x.arch:1:15
  |
1 | from std.x use
  |               ^ expected a name, but the text ends here
""",
    ),
    (
        "block a { x = a else b }",
        """
error[unexpected-word]: `else` cannot stand here
 --> x.arch:1:17
  |
1 | block a { x = a else b }
  |                 ^^^^ expected a statement, `:`, `}` or an operator, found `else`
""",
    ),
    (
        "block a { x = a. }",
        """
error[unexpected-word]: `}` cannot stand here
 --> x.arch:1:18
  |
1 | block a { x = a. }
  |                  ^ expected a name, found `}`
""",
    ),
    (
        "block a { x = a[] }",
        """
error[unexpected-word]: `]` cannot stand here
 --> x.arch:1:17
  |
1 | block a { x = a[] }
  |                 ^ expected an expression or `:`, found `]`
""",
    ),
    (
        "block a { buffer b: [1] }",
        """
error[unexpected-word]: `}` cannot stand here
 --> x.arch:1:25
  |
1 | block a { buffer b: [1] }
  |                         ^ expected `=`, found `}`
""",
    ),
    (
        "block a { out = in -> a: b: relu }",
        """
error[colon-without-label]: a colon stands behind what is no label
 --> x.arch:1:27
  |
1 | block a { out = in -> a: b: relu }
  |                           ^ a label is one name or one string
  |
  = help: write `name: layer`, or `"name": layer`
""",
    ),
    (
        "block a(x, y z) { }",
        """
error[unexpected-word]: `z` cannot stand here
 --> x.arch:1:14
  |
1 | block a(x, y z) { }
  |              ^ expected `)`, `,`, `:` or `=`, found `z`
""",
    ),
    (
        "block a { out = in },\nblock b { out = in }",
        """
error[unexpected-word]: `,` cannot stand here
 --> x.arch:1:21
  |
1 | block a { out = in },
  |                     ^ expected `ablation`, `block`, `from` or `network`, found `,`
""",
    ),
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_message(text: str, said: str) -> None:
    assert message(text) == said.strip("\n")
