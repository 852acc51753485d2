"""Specs from strangers: what exceeds a limit is refused at once and in little memory, and what they say never runs."""

from __future__ import annotations

import ast
import os
import resource
import subprocess
import sys
from dataclasses import fields
from math import inf
from pathlib import Path

import pytest
import torch

import archdsl
from archdsl.limits import Limits, in_force
from archdsl.load import check_text
from archdsl.report import ArchError
from tests.strangers import TARGETS, checked

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*"))
CHECK = "from archdsl.cli import main; main()"
PEAK = "import atexit, sys; atexit.register(lambda: print(open('/proc/self/status').read(), file=sys.stderr))"
SECONDS, MEGABYTES = 1.0, 200


def network(statements: str) -> str:
    return f"network net {{ input x: [N, 4, H = 32, W = 32] {statements} out = x }}"


def blocks(first: str, second: str) -> str:
    """Fifty blocks of which each applies the one before twice, each time with another number."""
    rest = [
        f"block b{i}(n) {{ a = in -> b{i - 1}(2 * n) out = {second} -> b{i - 1}(2 * n + 1) }}" for i in range(1, 50)
    ]
    return "\n".join([f"block b0(n) {{ {first} }}", *rest, "network net { input x: [N, 4, 8, 8] out = x -> b49(1) }"])


def doubled(first: str, how: str, count: int) -> str:
    return f"s0 = {first} " + "".join(f"s{i} = {how.format(f's{i - 1}')} " for i in range(1, count))


MANY = "range(199999)"
LINES = "networks:\n  n:\n    input: {{image: [N, 3]}}\n    body:\n{}"
REFUSED: dict[str, tuple[str, str]] = {
    "brackets": ("too-deep", network(f"a = {'(' * 5000}1{')' * 5000}")),
    "a million brackets": ("too-many-words", "[" * 900_000),
    "minus signs": ("too-many-words", network(f"a = {'-' * 800_000}1")),
    "chain": ("too-many-words", network("y = x " + "-> relu " * 120_000)),
    "statements": ("too-many-words", network("a = 1 " * 150_000)),
    "items": ("too-many-words", "".join(f"block b{i} {{ out = in }}\n" for i in range(38_000))),
    "text": ("text-too-long", " " * 1_000_001),
    "nul": ("hidden-character", network("\0" * 30_000)),
    "digits": ("number-out-of-range", network(f"a = {'9' * 900_000}")),
    "string": ("string-too-long", network(f"a = '{'9' * 900_000}'")),
    "escapes": ("unknown-escape", network("a = '" + "\\q" * 450_000 + "'")),
    "label": ("label-too-long", network(f"y = x -> '{'a.' * 200_000}b': relu")),
    "power": ("number-too-large", network("a = 10**10**10")),
    "round": ("wrong-function-use", network("a = round(5, -10**18)")),
    "range": ("too-many", network("a = range(10**10)")),
    "repeated list": ("too-many", network("a = [1] * 10**10")),
    "repeats of repeats": ("too-many", network("a = [[[[1] * 1000] * 1000] * 1000] * 1000")),
    "doubled lists": ("too-many", network(doubled("[1]", "[{0}, {0}]", 60))),
    "doubled strings": ("string-too-long", network(doubled("'ab'", "{0} + {0}", 60))),
    "doubled layers": ("too-many", network(doubled("relu", "[{0}, {0}]", 60))),
    "loops in loops": ("too-much-work", network("a = [1 for a in range(10**5) for b in range(10**5) if false]")),
    "lists in loops": ("too-much-work", network(f"a = [sum(range(200000)) for i in {MANY}]")),
    "searches": ("too-much-work", network(f"l = {MANY} a = [1 for i in {MANY} if -1 in l]")),
    "slices": ("too-much-work", network(f"l = {MANY} a = [len(l[1:]) for i in {MANY}]")),
    "zip": ("too-much-work", network(f"a = zip({f'{MANY},' * 500})")),
    "compared lists": (
        "too-much-work",
        network(doubled("[1]", "[{0}, {0}]", 16) + f"a = [1 for i in {MANY} if s15 == s15]"),
    ),
    "many ops": ("too-much-work", network(f"y = x -> l: [conv(4 + i, 3) for i in {MANY}]")),
    "many branches": ("too-much-work", network(f"y = x => l: [relu for i in {MANY}]")),
    "a sum of very many": ("too-much-work", network("y = [x] * 200000 -> concat")),
    "blocks without ops": ("too-much-work", blocks("out = in", "a")),
    "blocks with ops": ("too-much-work", blocks("out = in -> relu", "a")),
    "blocks that are wrong": ("too-much-work", blocks("out = in -> conv(3, 3, groups = 7)", "in")),
    "defaults": (
        "too-much-work",
        f"block b(n, m = len({MANY})) {{ out = in }}\nnetwork net {{ input x: [N] out = x -> [b(i) for i in {MANY}] }}",
    ),
    "derivations": (
        "too-much-work",
        f"network a({','.join(f'p{i} = 1' for i in range(2000))}) {{ input x: [N] out = x }}\n"
        + "".join(f"network b{i} = a(p0 = 2)\n" for i in range(2000)),
    ),
    "residues": ("too-much-work", network("".join(f"require H % 99991 != {i} " for i in range(1000)))),
    "misspelt names": (
        "unknown-name",
        "".join(f"block {'a' * 24}{i} {{ out = in }}\n" for i in range(2500))
        + network("".join(f"y{i} = {'a' * 23}b{i} " for i in range(3000))),
    ),
    "a giant weight": ("rejected", network("y = x -> conv(10**18, 10**18, padding = 10**18)")),
    "a giant tensor": ("rejected", network("y = x -> repeat('n c h w -> n (k c) h w', k = 10**17)")),
    "pieces": ("rejected", network("y = x -> chunk(10**9)")),
    "axes": ("too-many-words", f"network net {{ input x: [{'N,' * 400_000}] out = x }}"),
}
SIXTY = "x -> l: [conv(w + i, 3) for i in range(60)]"
NARROW = f"network a(w = 4, v = 1) {{ input x: [N, 4, 8, 8] out = {SIXTY} }}\n"
SPREAD: dict[str, tuple[str, str]] = {
    "cheap networks": ("too-much-work", "".join(f"network n{i} {{ input x: [N, 4] out = x }} " for i in range(2_500))),
    "cheap derivations": (
        "too-much-work",
        "network a { input x: [N, 4] out = x }\n" + "".join(f"network b{i} = a\n" for i in range(9_900)),
    ),
    "networks of different ops": (
        "too-much-work",
        "".join(
            f"network n{n} {{ input x: [N, 4, 8, 8] out = x -> l: [conv({n * 100 + 4} + i, 3) for i in range(100)] }}\n"
            for n in range(400)
        ),
    ),
    "networks with a loop each": (
        "too-much-work",
        "".join(f"network n{n} {{ input x: [N] a = [1 for i in {MANY} if i != {n}] out = x }}\n" for n in range(20)),
    ),
    "defaults of many parameters": (
        "too-much-work",
        "".join(
            f"network n{n}({', '.join(f'p{i} = sum(range(3000))' for i in range(60))}) {{ input x: [N] out = x }}\n"
            for n in range(40)
        ),
    ),
    "derivations of derivations": (
        "too-much-work",
        f"network a0({', '.join(f'p{i} = 1' for i in range(300))}) {{ input x: [N] out = x }}\n"
        + "".join(f"network a{i} = a{i - 1}(p0 = {i})\n" for i in range(1, 99))
        + "".join(f"network c{i} = a98(p0 = {i})\n" for i in range(3_500)),
    ),
    "sizes of long periods": (
        "too-much-work",
        "".join(
            f"network n{n} {{ input x: [N, 4, H] "
            + "".join(f"y{i} = x -> pad((0, H * {n} // {99_991 - 2 * i})) " for i in range(9))
            + "out = x }\n"
            for n in range(1, 60)
        ),
    ),
    "a text and its work": (
        "too-much-work",
        network("y = x -> l: [conv(4 + i, 3) for i in range(9999)] " + "".join(f"s{i} = 1 " for i in range(12_000))),
    ),
    "warnings": (
        "too-much-work",
        "".join(f"block b{i} {{ out = in }} " for i in range(4_900))
        + network("y = x -> l: [conv(4 + i, 3) for i in range(9999)]"),
    ),
    "equal labels": ("duplicate-label", network("y = x" + " -> l: relu" * 4_000)),
    "replaced parts": (
        "too-much-work",
        NARROW + "".join(f"network r{i} = a {{ replace l.* with conv(in.channels + {i}, 3) }}\n" for i in range(900)),
    ),
    "patterns that fit nothing": (
        "too-much-work",
        "network a { input x: [N] out = x -> l: [relu for i in range(800)] }\nnetwork b = a {"
        + "".join(f"replace l.q*{i}.** with relu\n" for i in range(4_000))
        + "}",
    ),
    "stars": (
        "nothing-replaced",
        f"network a {{ input x: [N] out = x -> {'a' * 199}: relu }}\n"
        f"network b = a {{ replace {'*a' * 95}b with relu }}",
    ),
    "short rows": (
        "too-much-work",
        NARROW + "".join(f"ablation m{i} of a {{ vary v in range(199) }}\n" for i in range(2_000)),
    ),
    "rows": (
        "too-much-work",
        NARROW + "".join(f"ablation m{i} of a {{ vary v in range(99999) }}\n" for i in range(300)),
    ),
    "rows of ablations": (
        "too-much-work",
        NARROW + "".join(f"ablation m{i} of a {{ vary v in range(300) where params < {i} }}\n" for i in range(2_000)),
    ),
    "ablations of what is replaced": (
        "too-much-work",
        NARROW + "".join(f"ablation m{i} of a {{ replace l.* with conv({i + 5}, 3) }}\n" for i in range(1_500)),
    ),
    "a cumulative ablation": (
        "too-much-work",
        NARROW
        + "ablation m of a by cumulative {"
        + "".join(f"replace l.{i % 60} with conv(in.channels + {i}, 3)\n" for i in range(2_000))
        + "}",
    ),
    "a mistake at the end": ("unexpected-word", network("y = x" + " -> relu" * 19_900 + " z = = x")),
    "mistakes in every item": ("unexpected-word", "".join(f"block b{i} {{ out = = in }}\n" for i in range(4_900))),
    "a mistake at the end of comments": ("unexpected-word", network("#\n" * 490_000 + "=")),
    "a mistake before unknown names": (
        "unknown-name",
        "block x = {}\n" + "".join(f"block b{i} {{ out = in -> relux{i} }}\n" for i in range(4_400)),
    ),
    "imports of nothing": ("missing-file", "".join(f"from 'gone{i}.arch' use a{i}\n" for i in range(6_000))),
    "unknown imports": ("unknown-import", f"from std.resnet use {','.join(f'stge as s{i}' for i in range(9_900))}"),
}
REFUSED_YAML: dict[str, tuple[str, str]] = {
    "a mistake at the end": ("not-yaml", LINES.format("      - out: image\n" * 3_700 + "      - : }\n")),
    "mistakes in every line": ("text-ends-early", LINES.format("      - out: [image, 1 +]\n" * 1_600)),
    "aliases": ("alias-in-spec", "a: &a [x, x]\n" + "".join(f"b{i}: &b{i} [*a, *a]\n" for i in range(20))),
    "deep lists": ("too-deep", "[" * 5000),
    "deep maps": ("too-many-words", "{a: " * 90_000),
    "deep lines": ("too-deep", "".join(" " * i + "a:\n" for i in range(1300))),
    "tags": ("tag-in-spec", "!!python/object/apply:os.system ['echo hi']"),
    "documents": ("too-many-words", "---\n" * 240_000),
    "lines": ("too-many-words", "a: |\n" + " x\n" * 300_000),
    "one word": ("string-too-long", "a" * 900_000),
    "nul": ("hidden-character", "\0"),
}
ALL = [pytest.param(f"{i}.arch", *case, id=name) for i, (name, case) in enumerate((REFUSED | SPREAD).items())]
ALL += [pytest.param(f"{i}.yaml", *case, id=f"yaml: {name}") for i, (name, case) in enumerate(REFUSED_YAML.items())]


def measured(file: Path) -> tuple[str, int, float, float]:
    """What a fresh process says of a file, its exit code, and the seconds and megabytes that it took."""
    command = [sys.executable, "-c", f"{PEAK}; {CHECK}", "check", file.name]
    with (file.parent / "said").open("w+") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, cwd=file.parent, preexec_fn=bounded)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        answer, _, memory = said.read().partition("Name:\t")
        peak = int(memory.partition("VmHWM:")[2].split()[0]) / 1024 if memory else inf
        return answer, process.returncode, used.ru_utime + used.ru_stime, peak


def bounded() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))
    resource.setrlimit(resource.RLIMIT_CPU, (10, 10))


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> float:
    """The seconds that a process needs for a spec of one line."""
    file = tmp_path_factory.mktemp("start") / "small.arch"
    file.write_text(network(""))
    return min(measured(file)[2] for _ in range(3))


@pytest.mark.parametrize(("name", "code", "text"), ALL)
def test_what_exceeds_a_limit_is_refused_at_once(name: str, code: str, text: str, tmp_path: Path, start: float) -> None:
    file = tmp_path / name
    file.write_text(text)
    said, status, seconds, megabytes = measured(file)
    assert (status, f"error[{code}]" in said, "Traceback" in said) == (1, True, False), said[:2000]
    if seconds - start >= SECONDS:  # others compute on the same machine
        seconds = min(measured(file)[2] for _ in range(4))
    assert seconds - start < SECONDS
    assert megabytes < MEGABYTES
    assert len(said) < 100_000


def test_limits_are_raised_by_an_option(tmp_path: Path) -> None:
    file = tmp_path / "large.arch"
    file.write_text(network("a = [1 for i in range(1000) for j in range(190)]"))
    run = [sys.executable, "-c", CHECK]
    refused = subprocess.run([*run, "check", str(file)], capture_output=True, text=True, check=False)
    assert "error[too-much-work]" in refused.stderr
    allowed = subprocess.run([*run, "--limit", "work=5000000", "check", str(file)], check=False)
    assert allowed.returncode == 0
    wrong = subprocess.run([*run, "--limit", "wrok=1", "check", str(file)], capture_output=True, text=True, check=False)
    assert (wrong.returncode, "work=NUMBER" in wrong.stderr) == (2, True)


def test_limits_are_documented() -> None:
    text = (Path(__file__).parent.parent / "docs" / "language.md").read_text()
    for field in fields(Limits):
        row = next(line for line in text.splitlines() if line.startswith(f"| `{field.name}` |"))
        assert row.endswith(f"| {field.default:,} |")


def test_a_network_keeps_the_limits_that_it_was_read_under() -> None:
    text = "network net(n = 3) { input x: [N, 4] out = x -> l: [relu for i in range(n)] }"
    with in_force(Limits(work=1_000)):
        small = archdsl.loads(text)
    with pytest.raises(ArchError) as caught:
        small(n=500)
    assert [problem.code for problem in caught.value.diagnostics] == ["too-much-work"]
    assert len(archdsl.loads(text)(n=500).stats().table) == 500


def test_levels_may_be_raised() -> None:
    text = network("a = " + "[" * 400 + "1" + "]" * 400)
    with in_force(Limits(levels=1_000)):
        assert check_text(text, "net.arch")


def test_what_is_too_large_only_at_its_default_sizes_is_said() -> None:
    net = archdsl.loads("network net { input x: [N, 4, H = 8, W = 8] out = x -> pad((10**17, 10**17)) }")
    for use in (net.picture, lambda: net.diff(net)):
        with pytest.raises(ArchError) as caught:
            use()
        assert [problem.code for problem in caught.value.diagnostics] == ["rejected"]


def test_what_a_variant_is_called_is_no_longer_than_a_name() -> None:
    text = "network net(a = []) { input x: [N] out = x }\n"
    text += f"ablation values of net {{ vary a in [[1], ['{'y' * 9_999}'] * 1900] }}"
    assert check_text(text, "net.arch")


# --- what runs ---------------------------------------------------------------------------------------------

QUOTES = [
    '"""',
    "'''",
    "\\",
    '\\"',
    '"',
    "{",
    "}",
    "%s",
    "\\N{DIGIT ONE}",
    "\\x22\\x22\\x22",
    "\x85",
    "\ufeff",
    "\u00a0",
    "é",
]
CODE = "import os; os.abort()"


@pytest.mark.parametrize("mark", QUOTES, ids=ascii)
def test_docs_stay_docs(mark: str) -> None:
    """Whatever a comment says, the emitted source holds it in one string."""
    text = f"## {mark}{CODE}{mark}\n## {mark}\nblock b {{ out = in -> conv(4, 3) -> relu }}\n## {CODE} {mark}\n"
    text += "network net {\n  # {mark} {CODE}\n  input x: [N, 4, H, W]\n  out = x -> b -> b\n}"
    try:
        net = archdsl.loads(text)
    except ArchError as error:
        assert {problem.code for problem in error.diagnostics} == {"hidden-character"}
        return
    found = [node for node in ast.walk(ast.parse(net.source())) if isinstance(node, ast.Name | ast.Attribute)]
    assert not {"os", "abort"} & {node.id if isinstance(node, ast.Name) else node.attr for node in found}


@pytest.mark.parametrize("mark", QUOTES, ids=ascii)
def test_strings_stay_strings(mark: str) -> None:
    """Messages, labels and patterns are quoted, or refused."""
    said = f"{mark}{CODE}{mark}".replace("\\", "\\\\").replace('"', '\\"')
    for statement in (f'require H >= 3, "{said}"', f'y = x -> "{said}": relu', f'y = x -> rearrange("{said}")'):
        checked(f"network net {{ input x: [N, 4, H, W] {statement} out = x }}")


def test_names_of_python_and_torch_are_only_names() -> None:
    """Names that mean something where they are written do not change what the source does."""
    for name in (
        "self",
        "x",
        "torch",
        "nn",
        "F",
        "super",
        "lambda",
        "class",
        "None",
        "range",
        "print",
        "forward",
        "Net",
    ):
        text = f"block {name}(torch = 2) {{ {name} = in -> conv(in.channels, 3) out = {name} -> relu }}\n"
        text += f"network net(nn = 3) {{ input {name}1: [N, 4, H, W] out = {name}1 -> {name} -> conv(nn, 1) }}"
        checked(text)


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_corpus(path: Path) -> None:
    """Texts that once were answered with a traceback, and texts like them."""
    text = path.read_text(encoding="utf-8")
    for name in ("yaml", "check_yaml") if path.suffix == ".yaml" else ("parse", "check"):
        TARGETS[name](text)


def test_as_many_axes_as_torch_has_are_written_at_once_and_more_are_refused() -> None:
    spec = 'network n {{ input x: [N, 3, 8, 8] out = x -> repeat("n c h w -> n c h w {}") }}'.format
    network = archdsl.loads(spec("1 " * 60))
    assert network.to_torch()(torch.zeros(2, 3, 8, 8)).dim() == 64
    with pytest.raises(ArchError, match="65 axes"):
        archdsl.loads(spec("1 " * 61))


def test_a_list_of_long_strings_counts_as_what_it_holds() -> None:
    text = "a" * 9_999
    spec = f'network n(names = ["{text}"] * 3000) {{ input x: [N, 3, 8, 8] out = x -> relu }}'
    with pytest.raises(ArchError, match="more than 200,000 elements"):
        archdsl.loads(spec)
