"""Mistakes in what a network is to have replaced, and in families of variants."""

from __future__ import annotations

from collections.abc import Iterable

from archdsl.report.diagnostic import Label
from archdsl.report.errors.catalogue import Words, listed, mistake, nearest
from archdsl.report.source import Span


@mistake
def nothing_replaced(span: Span, pattern: str, parts: Iterable[str]) -> Words:
    """A pattern of `replace` names no part of the network.

    Parts are called as in the module, `layer3.0.se`; in a pattern `*` is one component of a name and `**` any
    number. `archdsl stats` lists the names of a network. Nothing replaced would be a variant that is the baseline.

    For example:

        network base {
          input x: [N, 8]
          out = x -> stem: linear(8) -> act: relu
        }

        network net = base() {
          replace head with identity
        }
    """
    parts = list(parts)
    help = nearest(pattern, parts) or f"the network's parts are {listed(p for p in parts if '.' not in p)}"
    return Words("no part has this name", Label(span, f"`{pattern}` names no part"), help=help)


@mistake
def varied_twice(span: Span, name: str, first: Span) -> Words:
    """An ablation varies one parameter in two places, or varies it and solves it by `match`.

    For example:

        network net(classes = 10) {
          input x: [N, 8]
          out = x -> fc: linear(classes)
        }

        ablation some of net {
          vary classes in [1, 2]
          vary classes in [5, 6]
        }
    """
    title = "a parameter is varied twice"
    return Words(title, Label(span, f"`{name}` is varied here again"), (Label(first, "it is varied here first"),))


@mistake
def empty_vary(span: Span) -> Words:
    """A `vary` has no values, so the family has no row that it could change.

    For example:

        network net(classes = 10) {
          input x: [N, 8]
          out = x -> fc: linear(classes)
        }

        ablation some of net {
          vary classes in []
        }
    """
    return Words("there is nothing to vary over", Label(span, "this list is empty"))


@mistake
def wrong_row(span: Span, names: list[str], found: str) -> Words:
    """Several parameters vary together, row by row, and a row does not have one value for each of them.

    For example:

        network net(width = 8, classes = 10) {
          input x: [N, 8]
          out = x -> linear(width) -> linear(classes)
        }

        ablation some of net {
          vary (width, classes) in [(4, 5), 6]
        }
    """
    row = f"({', '.join(names)})"
    return Words("a row has not one value for each parameter", Label(span, f"{found}, where `{row}` is needed"))


@mistake
def nothing_varied(span: Span, name: str) -> Words:
    """An ablation has neither `vary` nor `replace`, so all it could show is its baseline.

    For example:

        network net(classes = 10) {
          input x: [N, 8]
          out = x -> fc: linear(classes)
        }

        ablation some of net {
          where params < 1000
        }
    """
    help = "add a line such as `vary classes in [10, 100]` or `replace layer3.*.se with identity`"
    return Words("an ablation changes nothing", Label(span, f"`{name}` has no `vary` and no `replace`"), help=help)


@mistake
def unknown_mode(span: Span, name: str, known: list[str]) -> Words:
    """`by` names no way to combine changes.

    `grid`, the default, is every combination; `one_at_a_time` each change alone; `cumulative` keeps what the rows
    before changed; `sample(n, seed = 0)` draws rows from the grid.

    For example:

        network net(classes = 10) {
          input x: [N, 8]
          out = x -> fc: linear(classes)
        }

        ablation some of net by one_at_time {
          vary classes in [1, 2]
        }
    """
    help = nearest(name, known) or f"the modes are {listed(known)}"
    return Words("there is no such mode", Label(span, f"`{name}` is not known here"), help=help)


@mistake
def sample_size(span: Span) -> Words:
    """`sample` needs to be told how many rows of the grid to draw.

    For example:

        network net(classes = 10) {
          input x: [N, 8]
          out = x -> fc: linear(classes)
        }

        ablation some of net by sample {
          vary classes in [1, 2]
        }
    """
    return Words("`sample` needs a number of rows", Label(span, "how many?"), help="write `sample(20)`")


@mistake
def wrong_count_of_rows(span: Span, found: str, least: int) -> Words:
    """The number of rows of `sample`, or its seed, is no whole number that it can take.

    For example:

        network net(classes = 10) {
          input x: [N, 8]
          out = x -> fc: linear(classes)
        }

        ablation some of net by sample(0) {
          vary classes in [1, 2]
        }
    """
    return Words("this cannot be drawn", Label(span, f"{found}, where a whole number of {least} or more is needed"))


@mistake
def too_many_variants(span: Span, count: int, most: int) -> Words:
    """An ablation has more rows than are worked out unless they are asked for, by `--most` or `most=`.

    For example:

        network net(width = 8, classes = 10) {
          input x: [N, 8]
          out = x -> linear(width) -> linear(classes)
        }

        ablation some of net {
          vary width in range(1, 1001)
          vary classes in range(1, 1001)
        }

    With `archdsl ablate --most 2000000` it is worked out all the same.
    """
    help = f"draw some of them, as `by sample({min(1000, most)})`, or raise the limit"
    return Words("an ablation is too large", Label(span, f"it has {count:,} rows, more than {most:,}"), help=help)


@mistake
def unknown_measure(span: Span, name: str, known: list[str]) -> Words:
    """`match` can keep the parameters, the multiply-accumulates or the activations of the baseline.

    For example:

        network net(width = 8, classes = 10) {
          input x: [N, 8]
          out = x -> linear(width) -> linear(classes)
        }

        ablation some of net {
          vary classes in [5, 20]
          match flops within 1% by width in 1..64
        }
    """
    help = nearest(name, known) or f"it can be {listed(known)}"
    return Words("there is no such measure", Label(span, f"`{name}` cannot be matched"), help=help)


@mistake
def matched_twice(span: Span, first: Span) -> Words:
    """An ablation solves one parameter for one budget; a second `match` could not hold the first.

    For example:

        network net(width = 8, classes = 10) {
          input x: [N, 8]
          out = x -> linear(width) -> linear(classes)
        }

        ablation some of net {
          vary classes in [5, 20]
          match params within 1% by width in 1..64
          match macs within 1% by width in 1..64
        }
    """
    return Words("only one `match` can be kept", Label(span, "this is the second"), (Label(first, "the first"),))


@mistake
def match_range(span: Span, low: int, high: int, most: int) -> Words:
    """The values that `match` chooses from are none, or too many to be tried.

    For example:

        network net(width = 8, classes = 10) {
          input x: [N, 8]
          out = x -> linear(width) -> linear(classes)
        }

        ablation some of net {
          vary classes in [5, 20]
          match params within 1% by width in 64..1
        }
    """
    found = "no number" if high < low else f"{high - low + 1:,} numbers, more than {most:,},"
    return Words("`match` cannot choose from this", Label(span, f"{found} from {low} to {high}"))


@mistake
def match_target(span: Span, found: str) -> Words:
    """What `match … to` aims at is no number above 0.

    For example:

        network net(width = 8, classes = 10) {
          input x: [N, 8]
          out = x -> linear(width) -> linear(classes)
        }

        ablation some of net {
          vary classes in [5, 20]
          match params within 1% to -5 by width in 1..64
        }
    """
    return Words("`match` cannot aim at this", Label(span, f"{found}, where a number above 0 is needed"))


@mistake
def no_ablation(span: Span) -> Words:
    """A family of variants is asked for, and there is none: only a file can have ablations.

    The library has networks alone:

        archdsl ablate resnet50
    """
    help = "write one, as `ablation sizes of net { vary classes in [10, 100] }`"
    return Words("there is no ablation here", Label(span, "this has no `ablation`"), help=help)


@mistake
def which_ablation(span: Span, known: list[str]) -> Words:
    """A file has several ablations, and one of them is needed.

    Where net.arch has the ablations `widths` and `gates`:

        archdsl ablate net.arch

    Name one:

        archdsl ablate net.arch:gates
    """
    return Words("one ablation is needed", Label(span, f"there are {listed(known)}"), help="write `file.arch:ablation`")


@mistake
def unknown_axes(span: Span, known: list[str]) -> Words:
    """A plot has two axes, `X,Y`: figures, or columns of the file that stands beside the table.

    For example:

        archdsl ablate net.arch:gates --plot gates.svg --axes params

    Name two:

        archdsl ablate net.arch:gates --plot gates.svg --axes macs,params
    """
    help = f"known are {listed(known)}"
    return Words("these are no axes", Label(span, "two names are needed, as `macs,params`"), help=help)


@mistake
def unknown_ablation(span: Span, name: str, known: list[str]) -> Words:
    """A file is asked for an ablation that it does not define.

    Where net.arch has an ablation `gates`:

        archdsl ablate net.arch:gaets
    """
    help = nearest(name, known) or (f"the file has {listed(known)}" if known else "the file has no ablation")
    return Words("there is no such ablation", Label(span, f"`{name}` is not known"), help=help)
