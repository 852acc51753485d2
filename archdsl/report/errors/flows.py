"""Mistakes in bodies: what flows, what is applied, what comes in and goes out."""

from __future__ import annotations

from archdsl.report.diagnostic import Label
from archdsl.report.errors.catalogue import Words, mistake
from archdsl.report.source import Span


@mistake
def source_not_tensor(span: Span, found: str) -> Words:
    """An arrow starts at something that is no tensor. A flow starts at `in`, an input, or a name bound to a tensor.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          out = 3 -> relu
        }
    """
    return Words(
        "an arrow starts at what is no tensor",
        Label(span, found),
        help="start the flow with a tensor, as `in -> …`",
    )


@mistake
def not_a_layer(span: Span, found: str) -> Words:
    """An arrow leads to something that is not a layer, or `shared` names something that is not.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          out = x -> 3
        }
    """
    return Words("this is not a layer", Label(span, f"{found}, where a layer is needed"))


@mistake
def label_without_layer(span: Span, found: str) -> Words:
    """A label names something that is not a layer; labels are names of parts.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          y = a: x
          out = y
        }
    """
    return Words("a label names what is no layer", Label(span, found))


@mistake
def flow_outside_body(span: Span) -> Words:
    """A flow of tensors stands where there are none: in a default, or in an argument of a derived network.

    For example:

        network net(f = relu -> gelu) {
          input x: [N, 8]
          out = x -> f
        }
    """
    return Words("there are no tensors here", Label(span, "a flow belongs into a body"))


@mistake
def fan_needs_list(span: Span, found: str, single: bool) -> Words:
    """`=>` applies each layer of a list to its source; it needs a list of layers.

        network net { input x: [N, 9, H = 32, W = 32] out = x => sigmoid }

    One layer is applied by `->`:

        block gate { out = in -> sigmoid }
    """
    help = "for one layer write `->`" if single else "write a list of layers, as `x => [f, g]`"
    return Words("`=>` needs a list of layers", Label(span, found), help=help)


@mistake
def fan_count(span: Span, tensors: int, layers: int) -> Words:
    """Several tensors are fanned out over a list with another number of layers; they go pairwise.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          out = (x, x) => [relu, gelu, silu]
        }
    """
    return Words("tensors and layers do not pair", Label(span, f"{tensors} tensors and {layers} layers"))


@mistake
def missing_out(span: Span, name: str, bound: list[str], source: str) -> Words:
    """A body never binds `out`, which is what a block or network gives.

        block gate { gates = in -> sigmoid }

    Bind it:

        block gate { out = in -> sigmoid }
    """
    help = f"bind it, as in `out = {bound[-1] if bound else f'{source} -> relu'}`"
    return Words("a body has no `out`", Label(span, f"`{name}` gives nothing"), help=help)


@mistake
def out_not_tensor(span: Span, found: str) -> Words:
    """`out` is bound to something else than a tensor or a list of tensors.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          out = relu
        }
    """
    return Words("`out` is not a tensor", Label(span, found))


@mistake
def no_input(span: Span, name: str) -> Words:
    """A network declares no `input`.

    For example:

        network net {
          out = 3
        }
    """
    help = "declare one, as in `input image: [N, 3, H = 224, W = 224]`"
    return Words("a network has no input", Label(span, f"nothing comes into `{name}`"), help=help)


@mistake
def nothing_allowed(span: Span, symbol: str) -> Words:
    """The requirements on an input symbol contradict each other.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          require H > 9 and H < 5
          out = x
        }
    """
    return Words("no size meets the requirements", Label(span, f"there is no `{symbol}` for which all hold"))


@mistake
def default_differs(span: Span, symbol: str, default: int, first: int, place: Span) -> Words:
    """A symbol that stands in two places stands for one size, and is given two.

        network net { input x: [N, 3, S = 32, S = 64] out = x }

    Give it once, or two symbols:

        network net { input x: [N, 3, H = 32, W = 64] out = x }
    """
    related = (Label(place, f"it is {first} here"),)
    help = f"write `{symbol}` where the size is the same, or another symbol"
    return Words("a symbol has two sizes", Label(span, f"`{symbol}` is {default} here"), related, help)


@mistake
def default_not_allowed(span: Span, symbol: str, default: int) -> Words:
    """The default of an input symbol does not meet the network's own requirements.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          require H >= 64
          out = x
        }
    """
    return Words("a default does not meet the requirements", Label(span, f"`{symbol}` is {default} by default"))


@mistake
def shared_elsewhere(span: Span, name: str, declared: Span) -> Words:
    """A shared part is applied in another body than the one that declares it, and so owns it.

    For example:

        block apply(f: layer) {
          out = in -> f
        }

        network net {
          input x: [N, 8, H = 32, W = 32]
          shared f = conv(8, 3)
          out = x -> apply(f)
        }
    """
    related = (Label(declared, "it is owned here"),)
    help = "apply it in the body that declares it"
    return Words(
        "a shared part is used in another body", Label(span, f"`{name}` belongs to its own body"), related, help
    )


@mistake
def shared_differs(span: Span, name: str, declared: Span) -> Words:
    """A shared part is applied to tensors for which it would need different weights.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          shared f = conv(16, 3)
          out = x -> f -> f
        }
    """
    related = (Label(declared, "shared here"),)
    return Words("a shared part cannot serve both", Label(span, f"`{name}` would need other weights here"), related)


@mistake
def shared_relabelled(span: Span, name: str, declared: Span) -> Words:
    """A label is given where a shared part is applied; a shared part bears the name that it is declared with.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          shared f = conv(8, 3)
          out = x -> a: f
        }
    """
    related = (Label(declared, f"its name is `{name}`"),)
    help = "leave the label off, or declare it under that name"
    return Words("a shared part is named again", Label(span, f"`{name}` has its name already"), related, help)


@mistake
def too_deep_blocks(span: Span, name: str, most: int) -> Words:
    """Blocks stand inside each other more than a hundred deep; a block is probably passed to itself without end.

    For example:

        block again(f: layer) {
          out = in -> f(f)
        }

        network net {
          input x: [N, 8, H = 32, W = 32]
          out = x -> again(again)
        }
    """
    return Words("blocks are nested too deeply", Label(span, f"`{name}` would be more than {most} blocks deep"))


@mistake
def too_many_ops(span: Span, most: int) -> Words:
    """A network has more ops than can be meant.

    For example:

        network net {
          input x: [N, 8]
          out = x -> [[relu for i in range(1000)] for j in range(1000)]
        }
    """
    return Words("a network is too large", Label(span, f"more than {most:,} ops"))


@mistake
def not_a_network(span: Span, name: str, definition: Span) -> Words:
    """A network is asked for, and the name is of something else.

    For example:

        block gate {
          out = in -> sigmoid
        }

        network net = gate()
    """
    return Words("this is not a network", Label(span, f"`{name}` is no network"), (Label(definition, "defined here"),))


@mistake
def no_network(span: Span) -> Words:
    """A file is to be compiled, counted or drawn that defines no network.

    Where blocks.arch has blocks alone:

        archdsl compile blocks.arch
    """
    return Words("there is no network here", Label(span, "only networks can be compiled, counted or drawn"))


@mistake
def which_network(span: Span, names: list[str]) -> Words:
    """A file defines several networks, and none was named.

    Where nets.arch has the networks `small` and `large`:

        archdsl compile nets.arch

    Name one:

        archdsl compile nets.arch:small
    """
    help = f"name one, as `file.arch:{names[0]}`"
    return Words("there are several networks here", Label(span, ", ".join(names)), help=help)
