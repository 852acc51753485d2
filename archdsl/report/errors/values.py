"""Mistakes in expressions over numbers, lists and sizes."""

from __future__ import annotations

from archdsl.report.diagnostic import Label
from archdsl.report.errors.catalogue import Words, listed, mistake
from archdsl.report.errors.foreign import mend
from archdsl.report.source import Span


@mistake
def wrong_operands(span: Span, operator: str, *operands: str, help: str | None = None) -> Words:
    """An operator is used on values that it has no meaning for: a list of tensors has no arithmetic, a layer no sum.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          out = x + relu
        }
    """
    return Words(f"`{operator}` has no meaning here", Label(span, " and ".join(operands)), help=help)


@mistake
def nested_too_deep(span: Span, most: int) -> Words:
    """Expressions or values stand in each other more than 100 deep: `- - - … 1`, a list in a list in a list.

    For example:

        block deep(depth = - - - - - - … 1) { out = in }
    """
    help = "give an inner part a name of its own"
    return Words("something is nested too deep", Label(span, f"at most {most} levels are allowed"), help=help)


@mistake
def size_too_complex(span: Span, found: str) -> Words:
    """Sizes repeat only after so many inputs, or have so many terms, that nothing can be decided about them.

    A stride or a modulus of thousands does that, and so do products of many sizes.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          require H % 1000003 == 0 and W % 1000003 == 0
          out = x
        }
    """
    return Words("sizes are too complex to compare", Label(span, found), help="fix some of the input's sizes")


@mistake
def division_by_zero(span: Span) -> Words:
    """A number is divided by zero.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          out = x -> conv(8 // 0, 3)
        }
    """
    return Words("a division by zero", Label(span, "the divisor is 0"))


@mistake
def number_too_large(span: Span) -> Words:
    """A number is larger than 10**18, or no number at all; nothing in a network is that large.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          out = x -> conv(10 ** 20, 3)
        }
    """
    return Words("a number is too large", Label(span, "beyond 10**18"))


@mistake
def too_many(span: Span, most: int) -> Words:
    """A list would have more elements than any network needs.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          out = x -> [relu for i in range(10 ** 9)]
        }
    """
    return Words("a list is too long", Label(span, f"more than {most:,} elements"))


@mistake
def not_a_list(span: Span, found: str, help: str | None = None) -> Words:
    """A list is needed: to loop over, to take apart, to index.

        network net { input x: [N, 9, H = 32, W = 32] out = x -> [relu for i in 3] }

    `range` makes a list of a number:

        network net { input x: [N, 9, H = 32, W = 32] out = x -> [relu for i in range(3)] }
    """
    return Words("this is not a list", Label(span, f"{found}, where a list is needed"), help=help)


@mistake
def wrong_count(span: Span, wanted: int, found: str, help: str | None = None) -> Words:
    """A list is taken apart into another number of names than it has elements.

        network net { input x: [N, 9, H = 32, W = 32] a, b = x -> chunk(3) out = (a, b) }

    Name every element:

        network net { input x: [N, 9, H = 32, W = 32] a, b, c = x -> chunk(3) out = (a, b, c) }
    """
    said = f"{found}, where a list of {wanted} is needed"
    return Words("a list has another number of elements", Label(span, said), help=help)


@mistake
def index_range(span: Span, index: int, length: int) -> Words:
    """An index is beyond the end of its list.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          out = x -> conv([8, 16][2], 3)
        }
    """
    return Words("an index is out of range", Label(span, f"index {index} of a list of {length}"))


@mistake
def zero_step(span: Span) -> Words:
    """A slice has a step of zero.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          out = x -> conv([8, 16][::0][0], 3)
        }
    """
    return Words("a slice cannot have a step of 0", Label(span, "this is 0"))


@mistake
def not_whole(span: Span, found: str) -> Words:
    """An index or a bound of a slice is not a whole number.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          out = x -> conv([8, 16][0.5], 3)
        }
    """
    return Words("a whole number is needed", Label(span, found))


@mistake
def no_attribute(span: Span, name: str, found: str) -> Words:
    """Only tensors have attributes: `x.channels`, `x.height`, `x.width`, `x.rank`, `x.shape`.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          out = x -> conv(relu.channels, 3)
        }
    """
    return Words("only tensors have attributes", Label(span, f"`{name}` of {found}"))


@mistake
def unknown_attribute(span: Span, name: str, known: list[str], flow: str | None) -> Words:
    """A tensor is asked for something that it does not tell. It has no methods: layers are applied by arrows.

        network net { input x: [N, 9, H = 32, W = 32] out = x.relu() }

    Let it flow:

        block gate { out = in -> relu }
    """
    help = f"write `{flow}`" if flow else mend(name, known) or f"it tells {listed(known)}"
    return Words("a tensor has no such attribute", Label(span, f"no `{name}`"), help=help)


@mistake
def no_such_axis(span: Span, name: str, shape: str) -> Words:
    """A tensor is asked for an axis that it does not have: a vector has no height.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          y = x -> global_avg_pool -> flatten
          out = y -> linear(y.height)
        }
    """
    return Words("a tensor has no such axis", Label(span, f"no {name} in {shape}"))


@mistake
def size_as_condition(span: Span) -> Words:
    """A condition depends on the size of the input. A network is one for all sizes, so its parts cannot depend on them.

    `require` is the exception: there a condition over sizes is an assumption, or is proved.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          out = x -> (relu if H > 64 else gelu)
        }
    """
    return Words("a condition depends on the input size", Label(span, "this differs from input to input"))


@mistake
def not_assumable(span: Span) -> Words:
    """A network requires something of its input that it can neither prove nor assume.

    What it can assume are bounds and remainders of one size: `H >= 32`, `H % 32 == 0`. Sizes that are always equal
    have one symbol: `[N, 3, H, H]`.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          require H == W
          out = x
        }
    """
    help = "a network can require bounds and remainders of one size, as `H >= 32` and `H % 32 == 0`"
    return Words("this cannot be assumed", Label(span, "more than a bound or a remainder of one size"), help=help)


@mistake
def size_in_function(span: Span, function: str, size: str) -> Words:
    """A function of numbers is given a size that depends on the input; sizes know + - * // and % by a whole number.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          out = x -> [relu for i in range(H)]
        }
    """
    return Words("a function is given a size that is not a number", Label(span, f"`{function}` of `{size}`"))


@mistake
def size_arithmetic(span: Span, operator: str, left: str, right: str) -> Words:
    """Sizes that depend on the input know + - *, and by a positive whole number // and %, and / where it is whole.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          y = 1.5 * H
          out = x
        }
    """
    help = "write `//`" if operator == "/" else None
    return Words(f"`{operator}` is not for these sizes", Label(span, f"{left} and {right}"), help=help)


@mistake
def not_a_condition(span: Span, found: str) -> Words:
    """A tensor, a layer, or in `where` a number or a string, stands where a condition is needed.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          out = x -> (relu if x else gelu)
        }
    """
    return Words("this is not a condition", Label(span, found))


@mistake
def not_callable(span: Span, found: str) -> Words:
    """Something that is neither layer nor function is called.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          a = 3
          out = x -> conv(a(2), 3)
        }
    """
    return Words("this cannot be called", Label(span, found))


@mistake
def wrong_function_use(span: Span, function: str, found: list[str]) -> Words:
    """A function of numbers or lists is given what it has no meaning for.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          out = x -> conv(len(3), 3)
        }
    """
    return Words(f"`{function}` cannot take this", Label(span, ", ".join(found) or "nothing is given"))


@mistake
def not_a_size(span: Span, found: str) -> Words:
    """A size must be a whole number of at least 1 that does not depend on the input.

    For example:

        network net {
          input x: [N, 0, 32, 32]
          out = x
        }
    """
    return Words("this is not a size", Label(span, f"{found}: a whole number from 1 is needed"))


@mistake
def buffer_shape(span: Span, shape: str) -> Words:
    """The numbers of a buffer do not have the shape that it declares.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          buffer k: [3] = [1, 2]
          out = x
        }
    """
    return Words("a buffer's numbers have another shape", Label(span, f"these are not numbers of shape {shape}"))
