"""Every op of the table against torch, for random parameters and inputs.

What an op accepts runs in torch as its own terms say, as module and as call, and torch agrees about shapes,
weights, multiply-accumulates and values. What it rejects torch refuses too, apart from a table of exceptions.
A shape over symbols says at every size what the shape there would be.
"""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable
from importlib.machinery import PathFinder, SourceFileLoader
from itertools import product
from math import prod
from types import ModuleType
from typing import Any

import einops
import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, event, given
from hypothesis import strategies as st
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from archdsl.emit.text import render
from archdsl.ops import TABLE, Kind, Op, Reject, parameters_of
from archdsl.ops.init import Normal
from archdsl.ops.pattern import Patterned
from archdsl.ops.term import Arg, Own, Term, Training, X, term
from archdsl.shapes import Shape
from archdsl.sizes import Dim, Symbol, TooComplex, at

Draw = Callable[[st.SearchStrategy[Any]], Any]
Fields = dict[str, Any]

REFUSALS = (RuntimeError, ValueError, TypeError, IndexError, AssertionError, ZeroDivisionError)
"""What torch raises where it cannot do what it is asked."""

UNSAYABLE = (Reject, AttributeError, SyntaxError)
"""What comes where torch has no words for what is asked, as for `nn.Conv0d`."""

STRICTER = {
    ("batch_norm", "momentum"): "torch does not look",
    ("attention", "dropout"): "torch does not look where it drops nothing",
    ("drop_block", "block_size"): "torch does not look where it drops nothing",
    ("drop_block", "p"): "torch does not look where it drops nothing",
    ("linear", "features"): "torch makes empty tensors",
    ("embedding", "features"): "torch makes empty tensors",
    ("adaptive_avg_pool", "size"): "torch makes empty tensors",
    ("adaptive_max_pool", "size"): "torch makes empty tensors",
    ("interpolate", "size"): "torch makes empty tensors",
    ("interpolate", "scale"): "torch makes empty tensors",
    ("split", "sizes"): "torch makes empty tensors",
    ("drop_block", "gamma_scale"): "on a small map the rate is less than what the parameters say",
    ("attention", 0): "a query without a batch axis has no batch in the language",
    ("attention", 1): "torch broadcasts batches on some devices only, and repeats heads in silence",
    ("attention", 2): "torch broadcasts batches on some devices only, and repeats heads in silence",
    ("chunk", "chunks"): "torch gives fewer chunks in silence",
    **dict.fromkeys([("subtract", None), ("divide", None)], "an operator of the language has two sides"),
    ("clamp", "min"): "a `min` above `max` gives `max` everywhere",
    ("slice", "start"): "Python cuts a slice short in silence",
    ("slice", "stop"): "Python cuts a slice short in silence",
    ("pad", "padding"): "`slice` cuts positions off",
    ("unfold", 0): "a tensor has a batch axis",
    ("linear", 0): "a tensor has a batch axis",
    ("matmul", 0): "a tensor has a batch axis",
    ("matmul", 1): "a tensor has a batch axis",
}
"""Where an op rejects what torch would do, by the place it blames, and why."""


# --- what to try --------------------------------------------------------------------------------------------


def now_and_then(draw: Draw, usual: st.SearchStrategy[Any], rare: st.SearchStrategy[Any]) -> Any:
    return draw(rare if draw(st.integers(0, 11)) == 7 else usual)


def tensor(draw: Draw, least: int = 1, most: int = 5, smallest: int = 1) -> Shape:
    """A shape, of more axes than `least` to `most` now and then."""
    rank = now_and_then(draw, st.integers(least, most), st.integers(1, 5))
    largest = 5 if rank == 5 else 9
    channels = st.sampled_from([1, 2, 3, 4, 6, 8])
    spatial = st.integers(smallest, largest)
    return Shape((draw(st.integers(1, 3)), draw(channels), *(draw(spatial) for _ in range(rank - 2)))[:rank])


def similar(draw: Draw, x: Shape, *, stretch: bool = False) -> Shape:
    """The same shape, or one that broadcasts with it, or now and then nearly so."""
    sizes = [1 if stretch and draw(st.booleans()) else size for size in x]
    if stretch:
        sizes = sizes[draw(st.integers(0, x.rank - 1)) :]
    if draw(st.integers(0, 7)) == 3:
        sizes[draw(st.integers(0, len(sizes) - 1))] = draw(st.integers(1, 4))
    return Shape(sizes)


def series(draw: Draw, **how: bool) -> tuple[Shape, ...]:
    x = tensor(draw)
    return (x, *(similar(draw, x, **how) for _ in range(draw(st.integers(0, 2)))))


def joinable(draw: Draw) -> tuple[Shape, ...]:
    x = tensor(draw, 2)
    return (
        x,
        *(similar(draw, x.with_axis(1, draw(st.integers(1, 4)))) for _ in range(draw(st.integers(0, 2)))),
    )


def kernel_and_input(draw: Draw) -> tuple[Shape, ...]:
    x = tensor(draw, 3, smallest=2)
    inputs = draw(st.sampled_from([d for d in range(1, 9) if x.rank > 1 and x[1] % d == 0] or [1]))
    outputs = draw(st.sampled_from([1, 2, 3, 4, 6, 8]))
    return x, similar(draw, Shape((outputs, inputs, *(draw(st.integers(1, 4)) for _ in x.spatial))))


def matrices(draw: Draw) -> tuple[Shape, ...]:
    a = tensor(draw, 2, 4)
    b = Shape((*a[:-2], a[-1], draw(st.integers(1, 5)))[-max(2, a.rank) :])
    return a, similar(draw, b)


def attended(draw: Draw) -> tuple[Shape, ...]:
    q = tensor(draw, 3, 5)
    k = similar(draw, Shape((*q[:-2], draw(st.integers(1, 5)), q[-1])[-q.rank :]))
    return q, k, similar(draw, Shape((*k[:-1], draw(st.integers(1, 5)))))


ARITHMETIC = ("add", "multiply", "subtract", "divide", "maximum", "minimum")
SPATIAL = (
    *("conv", "conv_transpose", "max_pool", "avg_pool", "adaptive_avg_pool", "adaptive_max_pool"),
    *("global_avg_pool", "global_max_pool", "instance_norm", "interpolate"),
)

INPUTS: dict[str, Callable[[Draw], tuple[Shape, ...]]] = {
    **dict.fromkeys(ARITHMETIC, lambda d: series(d, stretch=True)),
    **dict.fromkeys(SPATIAL, lambda d: (tensor(d, 3),)),
    **dict.fromkeys(["unfold", "drop_block"], lambda d: (tensor(d, 4, 4, smallest=2),)),
    **dict.fromkeys(["batch_norm", "group_norm", "linear"], lambda d: (tensor(d, 2),)),
    "concat": joinable,
    "stack": series,
    "convolve": kernel_and_input,
    "matmul": matrices,
    "attention": attended,
}
"""Inputs of ops that take more than any one tensor."""


def number(least: float, most: float) -> st.SearchStrategy[float]:
    return st.sampled_from([v for v in (-0.1, 0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0) if least <= v <= most])


def whole(draw: Draw, kind: Kind, largest: int = 4) -> int:
    least = int(kind.within.least) if kind.within else -3
    return now_and_then(draw, st.integers(least, largest), st.integers(least - 1, largest + 2))


def of_kind(draw: Draw, kind: Kind, xs: tuple[Shape, ...]) -> Any:
    """A value of a kind, and now and then one outside of its bounds."""
    if kind.optional and draw(st.booleans()):
        return None
    match kind.name:
        case "bool":
            return draw(st.booleans())
        case "str" if kind.choices:
            return draw(st.sampled_from(kind.choices))
        case "init":
            return draw(st.sampled_from([None, Normal(std=0.5)]))
        case "float":
            bounds = (kind.within.least, kind.within.most) if kind.within else (-9, 9)
            return now_and_then(draw, number(*bounds), number(-9, 9))
        case "int" | "size":
            return whole(draw, kind)
        case "extent":
            assert kind.items is not None
            item = dataclasses.replace(kind.items, within=kind.within)
            axes = now_and_then(draw, st.just(xs[0].rank - 2), st.integers(1, 4))
            count = draw(st.sampled_from([0, max(axes, 1)]))
            return tuple(of_kind(draw, item, xs) for _ in range(count)) if count else of_kind(draw, item, xs)
    raise NotImplementedError(f"nothing to try for a parameter that takes {kind}")


def an_axis(draw: Draw, xs: tuple[Shape, ...]) -> int:
    rank = xs[0].rank
    return now_and_then(draw, st.integers(-rank, rank - 1), st.integers(-rank - 2, rank + 1))


def some_pads(draw: Draw, xs: tuple[Shape, ...]) -> Any:
    sides = draw(st.sampled_from([0, 1, 2, 2, 4, 4, 6, 8]))
    side = st.integers(0, 3)
    return tuple(now_and_then(draw, side, st.just(-1)) for _ in range(sides)) if sides else draw(side)


def some_pieces(draw: Draw, xs: tuple[Shape, ...]) -> Any:
    size = xs[0][1] if xs[0].rank > 1 else 1
    cut = draw(st.integers(0, size))
    return draw(st.sampled_from([max(cut, 1), tuple(p for p in (cut, size - cut) if p) or (1,), (cut, size)]))


VALUES: dict[str, Callable[[Draw, tuple[Shape, ...]], Any]] = {
    **dict.fromkeys(["axis", "flatten.start", "flatten.end", "roll.axes"], an_axis),
    "conv.groups": lambda d, xs: d(st.sampled_from([1, 1, 2, 3])),
    "drop_block.gamma_scale": lambda d, xs: d(st.sampled_from([0.0, 0.25, 1.0, 20.0])),
    "normalize.p": lambda d, xs: d(st.sampled_from([0.5, 1.0, 2.0, 3.0])),
    "eps": lambda d, xs: d(st.sampled_from([1e-5, 1e-6, 1e-3])),
    "pad.padding": some_pads,
    "split.sizes": some_pieces,
}
"""Values of parameters, by op and name or by name, where the kind says too little."""


def value_of(draw: Draw, op: type[Op], name: str, kind: Kind, xs: tuple[Shape, ...]) -> Any:
    special = VALUES.get(f"{op.name}.{name}") or VALUES.get(name)
    return special(draw, xs) if special else of_kind(draw, kind, xs)


def two_sides(draw: Draw, fields: Fields, xs: tuple[Shape, ...]) -> Fields:
    sides = [{"left": 2.0, "right": None}, {"left": None, "right": 0.5}]
    return draw(st.sampled_from(sides)) if len(xs) == 1 else {"left": None, "right": None}


def half_at_most(draw: Draw, fields: Fields, xs: tuple[Shape, ...]) -> Fields:
    kernel, axes = fields["kernel"], xs[0].rank - 2
    sizes = kernel if isinstance(kernel, tuple) else (kernel,) * axes
    return {"padding": tuple(draw(st.integers(0, max(size // 2, 0))) for size in sizes) or 0}


def one_target(draw: Draw, fields: Fields, xs: tuple[Shape, ...]) -> Fields:
    smooth = {3: ["linear"], 4: ["bilinear", "bicubic"], 5: ["trilinear"]}.get(xs[0].rank, [])
    mode = draw(st.sampled_from([*smooth, "nearest", "nearest-exact", "area"]))
    scale = draw(st.sampled_from([0.5, 1.5, 2.0, 0.3, 2, None]))
    size = None if scale else tuple(draw(st.integers(1, 9)) for _ in xs[0].spatial) or 1
    corners = mode in smooth and draw(st.booleans())
    return {"mode": mode, "scale": scale, "size": size, "align_corners": corners}


FITTED: dict[str, Callable[[Draw, Fields, tuple[Shape, ...]], Fields]] = {
    **dict.fromkeys(["subtract", "divide"], two_sides),
    **dict.fromkeys(["max_pool", "avg_pool"], half_at_most),
    "interpolate": one_target,
}
"""Parameters that must fit one another: what most of the time replaces values drawn one by one."""


def of_pattern(draw: Draw, op: type[Op]) -> tuple[dict[str, Any], tuple[Shape, ...]]:
    """A pattern with its axis sizes, and an input that fits it, or nearly so now and then."""
    sizes = {name: draw(st.integers(1, 3)) for name in "abcdef"[: draw(st.integers(1, 6))]}
    new = {name: draw(st.integers(1, 3)) for name in "yz"[: draw(st.integers(0, 2))] if op.name == "repeat"}
    kept = [name for name in sizes if op.name != "reduce" or draw(st.booleans())]
    left = grouped(draw, list(sizes))
    right = grouped(draw, draw(st.permutations(kept + list(new))))
    x = [prod(sizes[name] for name in group) for group in left]
    if draw(st.integers(0, 3)) == 0:
        spread = draw(st.integers(0, 2))
        place = draw(st.integers(0, len(left)))
        left.insert(place, ["..."])
        x[place:place] = [draw(st.integers(1, 3)) for _ in range(spread)]
        if op.name != "reduce" or draw(st.booleans()):
            right.insert(draw(st.integers(0, len(right))), ["..."])
    if draw(st.integers(0, 7)) == 0:
        x[draw(st.integers(0, len(x) - 1))] += 1
    pattern = f"{written(draw, left)} -> {written(draw, right)}"
    if draw(st.integers(0, 7)) == 0:
        cut = draw(st.integers(0, len(pattern)))
        pattern = (
            pattern[:cut] + draw(st.sampled_from(["", "(", ")", " a ", " 1 ", " 2 ", "_", "..."])) + pattern[cut + 1 :]
        )
    composed = [group for group in left if len(group) > 1]
    given = {name: sizes[name] for group in composed for name in group[: draw(st.sampled_from([len(group) - 1, 9]))]}
    given |= new
    if draw(st.integers(0, 9)) == 0:
        given[draw(st.sampled_from("abz"))] = draw(st.integers(1, 3))
    fields: dict[str, Any] = {"pattern": pattern, "further": tuple(given.items())}
    if op.name == "reduce":
        fields["reduction"] = draw(st.sampled_from(["sum", "mean", "max", "min", "prod"]))
    return fields, (Shape(x),)


def grouped(draw: Draw, names: list[str]) -> list[list[str]]:
    groups: list[list[str]] = []
    for name in names:
        if groups and draw(st.integers(0, 2)) == 0:
            groups[-1].append(name)
        else:
            groups.append([name])
    return groups


def written(draw: Draw, groups: list[list[str]]) -> str:
    return " ".join(group[0] if len(group) == 1 else f"({' '.join(group)})" for group in groups)


Case = tuple[type[Op], Fields, tuple[Shape, ...]]


@st.composite
def cases(draw: Draw, name: str) -> Case:
    """An op, a value for each of its fields, and the shapes that come in."""
    op = TABLE[name]
    if issubclass(op, Patterned):
        return op, *of_pattern(draw, op)
    assert name in INPUTS or op.arity == (1, 1), f"nothing says what comes into `{name}`"
    xs = INPUTS.get(name, lambda d: (tensor(d),))(draw)
    fields = {p.name: value_of(draw, op, p.name, p.kind, xs) for p in parameters_of(op)}
    if name in FITTED and draw(st.integers(0, 4)):
        fields |= FITTED[name](draw, fields, xs)
    return op, fields, xs


# --- running in torch ---------------------------------------------------------------------------------------


class Run:
    """An op in torch, with one set of inputs and weights for the module and the call."""

    def __init__(self, op: Op, xs: tuple[Shape, ...]) -> None:
        self.op, self.xs = op, xs
        self.inputs = [self._input(x) for x in xs]
        self.state = {}
        self.names: dict[str, Any] = {"torch": torch, "nn": nn, "F": F}
        exec(op.helper(*xs), self.names)

    def _input(self, x: Shape) -> torch.Tensor:
        if self.op.name == "embedding":
            return torch.randint(0, max(1, self.op.count), tuple(x))
        return torch.randn(tuple(x), dtype=torch.float64)

    def randomise(self) -> None:
        """Weights as the op declares them, with random values; variances are positive."""
        for weight in self.op.weights(*self.xs):
            self.state[weight.name] = torch.rand(weight.shape, dtype=torch.float64) + 0.5

    def module(self) -> nn.Module:
        made = self._text(self.op.module(*self.xs))
        assert isinstance(made, nn.Module)
        return made.double()

    def call(self, training: bool) -> Any:
        texts = {Arg(i): f"x{i}" for i in range(len(self.xs))} | {Own(n): f"w_{n}" for n in self.state}
        names = {f"x{i}": x for i, x in enumerate(self.inputs)} | {f"w_{n}": w for n, w in self.state.items()}
        return self._text(self.op.call(*self.xs), texts | {Training(): str(training)}, names)

    def _text(self, what: Any, texts: Any = None, names: Any = None) -> Any:
        return eval(render(what, texts or {}), self.names | (names or {}))


def accepted(case: Case) -> tuple[Op, Any] | Reject:
    op, fields, xs = case
    try:
        made = op(**fields)
        return made, made.shape(*xs)
    except Reject as reject:
        return reject


def unchecked(case: Case) -> Op:
    """The op with these fields, whatever they are."""
    declaration, fields, _ = case
    op = object.__new__(declaration)
    for field in dataclasses.fields(declaration):
        object.__setattr__(op, field.name, fields.get(field.name, field.default))
    return op


def shapes_of(result: Any) -> Any:
    return Shape(result.shape) if isinstance(result, torch.Tensor) else tuple(Shape(y.shape) for y in result)


def same_values(a: Any, b: Any) -> bool:
    pairs = [(a, b)] if isinstance(a, torch.Tensor) else zip(a, b, strict=True)
    return all(torch.allclose(one, two, rtol=1e-10, atol=1e-12, equal_nan=True) for one, two in pairs)


@pytest.mark.parametrize("name", TABLE)
@given(data=st.data())
def test_agrees_with_torch(name: str, data: st.DataObject) -> None:
    case = data.draw(cases(name))
    found = accepted(case)
    event(f"{name}: {'rejected' if isinstance(found, Reject) else 'accepted'}")
    torch.manual_seed(0)
    with warnings.catch_warnings(), torch.no_grad():
        if isinstance(found, Reject):
            warnings.simplefilter("ignore")
            # Torch spreads a tuple of one over all axes, and sometimes leaves surplus numbers unread.
            if (name, found.at) not in STRICTER and "spatial axes" not in found.message:
                torch_refuses(case)
        else:
            warnings.simplefilter("error")
            torch_agrees(*found, case[2])


def torch_refuses(case: Case) -> None:
    op, xs = unchecked(case), case[2]
    if isinstance(op, Patterned):
        with pytest.raises((einops.EinopsError, ValueError)):
            by_einops(op, torch.zeros(tuple(xs[0])))
        return
    with pytest.raises((*UNSAYABLE, *REFUSALS)):
        tried(op, xs)


def tried(op: Op, xs: tuple[Shape, ...]) -> Any:
    run = Run(op, xs)
    if op.module(*xs) is not None:
        return run.module()(*run.inputs)
    run.randomise()
    return run.call(training=True)


def torch_agrees(op: Op, shape: Any, xs: tuple[Shape, ...]) -> None:
    run = Run(op, xs)
    run.randomise()
    for training in (False, True):
        ways = [counted(op, xs, way) for way in ways_to_run(run, training)]
        for result in ways:
            assert op.gives_list == (not isinstance(result, torch.Tensor))
            assert shapes_of(result) == shape
            assert same_values(result, ways[0])
        if isinstance(op, Patterned):
            assert same_values(ways[0], by_einops(op, run.inputs[0]))


def ways_to_run(run: Run, training: bool) -> list[Callable[[], Any]]:
    """The module and the call of an op, those that it has."""
    ways: list[Callable[[], Any]] = []
    op, xs = run.op, run.xs
    lonely = op.name == "batch_norm" and training and prod(xs[0]) == xs[0].channels
    if op.module(*xs) is not None and not lonely:  # a batch of single values has no variance to train with
        module = run.module().train(training)
        owned_as_declared(op, xs, module)
        module.load_state_dict(run.state)
        ways.append(lambda: module(*run.inputs))
    if op.call(*xs) is not None:
        ways.append(lambda: run.call(training))
    assert ways or lonely
    return ways


def owned_as_declared(op: Op, xs: tuple[Shape, ...], module: nn.Module) -> None:
    weights = op.weights(*xs)
    assert [(w.name, w.shape) for w in weights] == [(n, tuple(t.shape)) for n, t in module.state_dict().items()]
    assert [w.name for w in weights if w.trainable] == [n for n, _ in module.named_parameters()]
    trainable = sum(w.elements for w in weights if w.trainable)
    assert trainable == sum(p.numel() for p in module.parameters())


def macs_of(op: Op, xs: tuple[Shape, ...]) -> Any:
    given = op.shape(*xs)
    return op.macs(given if isinstance(given, Shape) else given[0], *xs)


def counted(op: Op, xs: tuple[Shape, ...], run: Callable[[], Any]) -> Any:
    torch.manual_seed(1)
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        result = run()
    assert counter.get_total_flops() == 2 * macs_of(op, xs)
    return result


def by_einops(op: Patterned, x: torch.Tensor) -> torch.Tensor:
    how = [op.reduction] if op.name == "reduce" else []
    return getattr(einops, op.name)(x, op.pattern, *how, **dict(op.further))


# --- symbols ------------------------------------------------------------------------------------------------

MINIMA = (1, 4, 9)


def with_symbols(draw: Draw, xs: tuple[Shape, ...]) -> tuple[tuple[Shape, ...], list[Symbol]]:
    """The same shapes with a symbol for one or two of the sizes, wherever they stand but on axis 1."""
    sizes = sorted({size for x in xs for axis, size in enumerate(x) if axis != 1 and size != 1})
    chosen = draw(st.lists(st.sampled_from(sizes), min_size=1, max_size=2, unique=True)) if sizes else []
    names = {
        size: Symbol(name, minimum=draw(st.sampled_from(MINIMA)), modulus=draw(st.sampled_from([1, 1, 2, 6])))
        for size, name in zip(chosen, "HW", strict=False)
    }

    def symbolic(axis: int, size: int) -> Dim:
        return names[size].size if axis != 1 and size in names else size

    return tuple(Shape(symbolic(i, size) for i, size in enumerate(x)) for x in xs), list(names.values())


def concrete(shape: Any, values: dict[str, int]) -> Any:
    if isinstance(shape, Shape):
        return Shape(at(size, values) for size in shape)
    return tuple(concrete(part, values) for part in shape)


@pytest.mark.parametrize("name", TABLE)
@given(data=st.data())
def test_holds_for_every_size(name: str, data: st.DataObject) -> None:
    declaration, fields, sized = data.draw(cases(name))
    xs, symbols = with_symbols(data.draw, sized)
    assume(symbols)
    try:
        found = accepted((declaration, fields, xs))
    except TooComplex:
        return

    def there(*values: int) -> tuple[Any, dict[str, int]]:
        named = dict(zip((symbol.name for symbol in symbols), values, strict=True))
        return accepted((declaration, fields, tuple(concrete(x, named) for x in xs))), named

    reach = 48 if len(symbols) == 1 else 16
    columns = [[v for v in range(s.minimum, s.minimum + reach) if s.allows(v)] for s in symbols]
    event(f"{name}: {'rejected' if isinstance(found, Reject) else 'accepted'}")
    if isinstance(found, Reject):
        bounded = "depend" in found.message or name == "drop_block"
        assert bounded or any(isinstance(there(*values)[0], Reject) for values in product(*columns)), found.message
        return
    for values in product(*(column[:6] + column[-2:] for column in columns)):
        alone, named = there(*values)
        assert not isinstance(alone, Reject), f"{alone} at {named}"
        assert alone[1] == concrete(found[1], named)
    op = found[0]
    named = {symbol.name: column[-1] for symbol, column in zip(symbols, columns, strict=True)}
    assert at(macs_of(op, xs), named) == macs_of(op, tuple(concrete(x, named) for x in xs))


# --- what no table can say ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def timm_drop() -> ModuleType:
    """timm's file of drops alone: it needs nothing but torch."""
    package = PathFinder.find_spec("timm")
    if package is None or not package.submodule_search_locations:
        pytest.skip("timm is not installed")
    loader = SourceFileLoader("timm_drop", f"{package.submodule_search_locations[0]}/layers/drop.py")
    module = ModuleType(loader.name)
    loader.exec_module(module)
    return module


@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
def test_drop_path_is_that_of_timm(p: float, timm_drop: ModuleType) -> None:
    run = Run(TABLE["drop_path"](p=p), (Shape((64, 3, 5, 4)),))
    torch.manual_seed(0)
    ours = run.call(training=True)
    torch.manual_seed(0)
    assert torch.equal(ours, timm_drop.drop_path(run.inputs[0], p, training=True))


@pytest.mark.parametrize("size", [(9, 11), (5, 4), (1, 1)])
@pytest.mark.parametrize("block", [1, 4, 7])
def test_drop_block_is_that_of_timm(size: tuple[int, int], block: int, timm_drop: ModuleType) -> None:
    run = Run(TABLE["drop_block"](p=0.3, block_size=block, gamma_scale=0.5), (Shape((6, 3, *size)),))
    torch.manual_seed(0)
    ours = run.call(training=True)
    torch.manual_seed(0)
    assert torch.allclose(ours, timm_drop.drop_block_2d(run.inputs[0], 0.3, block, 0.5), rtol=1e-6)


@pytest.mark.parametrize("shape", [(2, 6, 5), (2, 6, 5, 4), (2, 6, 3, 5, 4)])
def test_channels_first_norms_are_the_formulas(shape: tuple[int, ...]) -> None:
    for name in ("layer_norm", "rms_norm"):
        run = Run(TABLE[name](axis=1, eps=1e-6), (Shape(shape),))
        run.randomise()
        x = run.inputs[0]
        weight, *bias = (w.view(-1, *[1] * (len(shape) - 2)) for w in run.state.values())
        centred = x - x.mean(1, keepdim=True) if bias else x
        expected = centred / (centred.square().mean(1, keepdim=True) + 1e-6).sqrt() * weight + (bias[0] if bias else 0)
        assert torch.allclose(run.call(training=False), expected, rtol=1e-12)


@pytest.mark.parametrize("shape", [(2, 3, 7), (2, 3, 7, 5), (2, 3, 4, 5, 6)])
def test_global_average_is_exactly_the_mean(shape: tuple[int, ...]) -> None:
    run = Run(TABLE["global_avg_pool"](), (Shape(shape),))
    assert torch.equal(run.call(training=False), run.inputs[0].mean(tuple(range(2, len(shape))), keepdim=True))


def test_weights_start_as_torch_starts_them() -> None:
    """`Weight.default` against the bounds and constants of torch's own modules."""
    x = Shape((2, 8, 6, 6))
    ops = {"conv": {"channels": 64, "kernel": 3}, "linear": {"features": 64}, "batch_norm": {}, "prelu": {}}
    for name, fields in ops.items():
        run = Run(TABLE[name](**fields), (x,))
        torch.manual_seed(0)
        module = run.module()
        for weight in run.op.weights(x):
            ours = torch.empty(weight.shape, dtype=torch.float64)
            eval(render(weight.default.fill(X), {X: "ours"}), {"nn": nn, "ours": ours})
            theirs = module.state_dict()[weight.name].double()
            assert torch.isclose(ours.abs().max(), theirs.abs().max(), rtol=0.05), (name, weight.name)


PATTERNS = {
    "rearrange": [
        "n (r c) h w -> n r c h w",
        "n c (h p) (w q) -> n (h w) (p q c)",
        "... c h w -> ... (h w) c",
    ],
    "reduce": ["n c (h p) (w q) -> n c h w", "n ... -> n"],
    "repeat": ["n c h w -> n k c h w", "n c h w -> (n k) c (h p) (w q)"],
}


@pytest.mark.parametrize(("name", "pattern"), [(name, p) for name, patterns in PATTERNS.items() for p in patterns])
def test_patterns_trace_and_export_with_any_batch_and_size(name: str, pattern: str) -> None:
    sizes = {"r": 2, "p": 2, "q": 2, "k": 3}
    arguments: dict[str, Any] = {"pattern": pattern} | {n: s for n, s in sizes.items() if n in pattern}
    traces_and_exports(TABLE[name].of(arguments | ({"reduction": "max"} if name == "reduce" else {})))


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("name", ["drop_path", "drop_block"])
def test_drops_trace_and_export_with_any_batch_and_size(name: str, training: bool) -> None:
    fields = {"drop_path": {"p": 0.3}, "drop_block": {"p": 0.3, "block_size": 3}}
    traces_and_exports(TABLE[name](**fields[name]), training)


def traces_and_exports(op: Op, training: bool = False) -> None:
    """A module made for any batch and any even height does in a trace and in an export what the call does."""
    batch, height = Symbol("N", minimum=2), Symbol("H", minimum=4, modulus=2)
    text = render(op.call(Shape((batch.size, 4, height.size, 6))), {X: "x", Training(): "self.training"})
    run = Run(op, (Shape((5, 4, 12, 6)),))

    class Traced(nn.Module):
        forward = eval(f"lambda self, x: {text}", run.names)

    module = Traced().train(training)
    dynamic = {0: torch.export.Dim("n", min=2), 2: 2 * torch.export.Dim("h", min=2)}
    small = torch.randn(2, 4, 8, 6, dtype=torch.float64)
    exported = torch.export.export(module, (small,), dynamic_shapes=(dynamic,)).module()
    for traced in (torch.fx.symbolic_trace(module), exported):
        torch.manual_seed(0)
        expected = run.call(training)
        torch.manual_seed(0)
        assert torch.equal(traced(*run.inputs), expected)


@pytest.mark.parametrize(
    ("what", "text"),
    [
        (term("-", X, term("-", X, 1)), "x - (x - 1)"),
        (term("-", term("-", X, 1), 2), "x - 1 - 2"),
        (term("*", term("+", X, 1), -2), "(x + 1) * -2"),
        (term("**", -2, X), "(-2) ** x"),
        (term("**", term("**", X, 2), term("**", X, -3)), "(x ** 2) ** x ** -3"),
        (term(".flatten", term("/", 2, X), 1), "(2 / x).flatten(1)"),
        (term("[]", X, term(":", None, None, None), term(":", 1, None, 2)), "x[:, 1::2]"),
        (
            term("F.pad", X, (1,), mode="reflect", value=float("-inf")),
            'F.pad(x, (1,), mode="reflect", value=float("-inf"))',
        ),
    ],
)
def test_text_of_terms(what: Term, text: str) -> None:
    assert render(what, {X: "x"}) == text
