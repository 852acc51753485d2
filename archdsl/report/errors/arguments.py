"""Mistakes where arguments meet parameters."""

from __future__ import annotations

from archdsl.report.diagnostic import Label
from archdsl.report.errors.catalogue import Words, listed, mistake, nearest
from archdsl.report.source import Span


@mistake
def unknown_parameter(span: Span, owner: str, name: str, known: list[str]) -> Words:
    """An argument names a parameter that the op, block or network does not have.

    For example:

        block stem {
          out = in -> conv(64, 3, strid = 2)
        }
    """
    help = nearest(name, known) or (f"`{owner}` has {listed(known)}" if known else f"`{owner}` has no parameters")
    return Words("there is no such parameter", Label(span, f"`{owner}` has no `{name}`"), help=help)


@mistake
def parameter_not_set(span: Span, network: str, name: str) -> Words:
    """A network leaves a parameter to its user, who has not set it.

        network tiny(classes: int) { … }

    It is set with `--set classes=10`, `archdsl.load("tiny.arch", classes=10)` or by a network derived from it.
    """
    return Words(
        "a parameter of the network is not set",
        Label(span, f"`{network}` needs `{name}`"),
        help=f"set it, as with `--set {name}=…`, or give it a default",
    )


@mistake
def surplus_argument(span: Span, owner: str, known: list[str]) -> Words:
    """More arguments are given by position than there are parameters still open.

    For example:

        block gate {
          out = in -> relu(3)
        }
    """
    help = f"`{owner}` has {listed(known)}" if known else f"`{owner}` has no parameters"
    return Words("there is an argument too many", Label(span, f"`{owner}` has no parameter left for this"), help=help)


@mistake
def doubled_argument(span: Span, owner: str, name: str) -> Words:
    """A parameter is given twice in one call, by position and by name or by name twice.

    For example:

        block stem {
          out = in -> conv(64, 3, kernel = 5)
        }
    """
    return Words("a parameter is given twice", Label(span, f"`{name}` of `{owner}` has a value already"))


@mistake
def positional_after_named(span: Span, named: Span) -> Words:
    """An argument without a name stands behind one that has a name.

        block stem { out = in -> conv(kernel = 7, 64) }

    Arguments without a name come first:

        block stem { out = in -> conv(64, kernel = 7) }
    """
    related = (Label(named, "this one has a name"),)
    help = "put it in front of those with names, or give it its name"
    return Words("an argument stands too late", Label(span, "this one has no name"), related, help)


@mistake
def missing_argument(span: Span, owner: str, missing: list[str], made: Span) -> Words:
    """A layer is applied, but a parameter that has no default was never given.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          out = x -> conv(64)
        }
    """
    related = () if made == span else (Label(made, f"`{owner}` is from here"),)
    return Words("a parameter is not given", Label(span, f"`{owner}` needs {listed(missing)}"), related)


@mistake
def wrong_kind(span: Span, owner: str, name: str, found: str, needed: str, help: str | None) -> Words:
    """An argument is of another kind than its parameter takes: a fraction for a whole number, a string for a layer.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          out = x -> conv(64 / 3, 3)
        }
    """
    return Words(f"`{name}` of `{owner}` cannot be this", Label(span, f"{found}: {needed}"), help=help)


@mistake
def init_numbers(span: Span, name: str, wrong: str) -> Words:
    """An initialisation cannot start the weight: its numbers are none that torch draws by, or the weight has too few
    axes for what goes in and out of it to be counted.

        network net {
          input x: [N, 8, H = 32, W = 32]
          out = x -> conv(64, 3, init = normal(std = -0.02))
        }
    """
    return Words(f"`{name}` cannot start so", Label(span, wrong))


@mistake
def tensor_as_argument(span: Span, flow: str) -> Words:
    """A tensor stands in parentheses. Parameters go in parentheses, tensors through arrows.

        network net { input x: [N, 9, H = 32, W = 32] out = conv(x, 64, 3) }

    Let it flow:

        block gate { out = in -> conv(64, 3) }
    """
    return Words("a tensor is given in parentheses", Label(span, "this is a tensor"), help=f"write `{flow}`")


@mistake
def arity(span: Span, owner: str, fewest: int, most: int | None, found: int) -> Words:
    """A layer is given more or fewer tensors than it takes: `relu` takes one, `(a, b) -> add` any number.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          out = (x, x) -> relu
        }
    """
    want = str(fewest) if most == fewest else f"{fewest} or more" if most is None else f"{fewest} to {most}"
    help = "apply it to each with `=>`, or join them first" if most == 1 and found > 1 else None
    return Words(
        "a layer takes another number of tensors",
        Label(span, f"`{owner}` takes {want} tensor{'s' * (want != '1')}, not {found}"),
        help=help,
    )


@mistake
def rejected(span: Span, owner: str, message: str, related: list[Label], help: str | None) -> Words:
    """An op cannot do what is asked of it: its parameters and the shapes that come in do not go together.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          out = x -> conv(64, 3, groups = 5)
        }
    """
    return Words(f"`{owner}` cannot be applied like this", Label(span, message), tuple(related), help)


@mistake
def requirement_in_parentheses(span: Span) -> Words:
    """A condition and its message stand in parentheses, and so are a list, which always holds.

        block gate(rate) { require(rate > 0, "positive") out = in }

    `require` is no function:

        block gate(rate) { require rate > 0, "positive" out = in }
    """
    title = "a list stands where a condition belongs"
    return Words(title, Label(span, "this always holds"), help='write `require condition, "message"`')


@mistake
def requirement_failed(span: Span, message: str | None, values: dict[str, str]) -> Words:
    """A `require` of a block or network does not hold for the values at hand.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          require x.channels % 3 == 0, "three groups"
          out = x
        }
    """
    found = ", ".join(f"`{name}` is {value}" for name, value in values.items()) or "this is false"
    return Words(message or "a requirement does not hold", Label(span, found))


@mistake
def requirement_unproved(span: Span, message: str | None, example: str, mend: str | None) -> Words:
    """A `require` of a block over input sizes does not hold for every size that the network allows.

    For example:

        block half {
          require in.height % 2 == 0, "halved"
          out = in -> avg_pool(2)
        }

        network net {
          input x: [N, 8, H = 32, W = 32]
          out = x -> half
        }
    """
    help = f"let the network require it of its input: `{mend}`" if mend else "let the network require it of its input"
    return Words(message or "a requirement does not hold for every input", Label(span, example), help=help)


@mistake
def unknown_input(span: Span, name: str, known: list[str]) -> Words:
    """A size is given for an input that the network does not have.

    For example:

        archdsl stats resnet50 --input picture=1x3x64x64

    The input of `resnet50` is `image`:

        archdsl stats resnet50 --input image=1x3x64x64
    """
    return Words("there is no such input", Label(span, f"the network has {listed(known)}"), help=nearest(name, known))


@mistake
def input_rank(span: Span, name: str, declared: str, found: int) -> Words:
    """The shape given for an input has another number of axes than it declares.

    For example:

        archdsl stats resnet50 --input image=3x64x64

    A batch comes first:

        archdsl stats resnet50 --input image=1x3x64x64
    """
    return Words(
        "a shape has another number of axes",
        Label(span, f"`{name}` is {declared}, and {found} sizes are given"),
    )


@mistake
def input_size(span: Span, name: str, found: str) -> Words:
    """The shape given for an input is not one that the network takes.

    `resnet50` takes three channels:

        archdsl stats resnet50 --input image=1x1x64x64
    """
    return Words(f"`{name}` cannot have this shape", Label(span, found))


@mistake
def size_unknown(span: Span, symbols: list[str], name: str, declared: str) -> Words:
    """A number is asked for, but a symbol of the input has no default and no size was given.

    Where net.arch declares `input image: [N, 3, H, W]`:

        archdsl stats net.arch

    Give it a shape, or the symbols a default, as `H = 224`:

        archdsl stats net.arch --input image=1x3x224x224
    """
    help = f"give a shape for `{name}`, which is {declared}, or a default in the network, as `{symbols[0]} = 224`"
    return Words("an input size is not known", Label(span, f"{listed(symbols)} has no number"), help=help)
