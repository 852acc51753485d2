"""Specs that ask for more than a limit: see `archdsl.limits`."""

from __future__ import annotations

from archdsl.report.diagnostic import Label
from archdsl.report.errors.catalogue import Words, mistake
from archdsl.report.source import Span


@mistake
def string_too_long(span: Span, most: int) -> Words:
    """A string has at most 10,000 characters, whether it is written so or put together by `+`.

        block long { out = in -> "{'a' * 20000}": relu }

    Where the spec can be trusted, raise the limit `string`.
    """
    return Words("a string is too long", Label(span, f"more than {most:,} characters"))


@mistake
def label_too_long(span: Span, length: int, most: int) -> Words:
    """A label has at most 200 characters.

        block long { out = in -> "{'a' * 300}": relu }

    Names of parts are read by people.
    """
    return Words("a label is too long", Label(span, f"{length:,} characters, more than {most}"))


@mistake
def too_much_work(span: Span, most: int) -> Words:
    """To work out the networks of a text takes too many steps.

    Loops inside of loops, blocks that are different each time they are applied, lists of many thousands do that:

        network busy(n = sum([i * j for i in range(2000) for j in range(2000)])) {
          input x: [N, 4]
          out = x -> relu
        }

    Where the spec can be trusted, raise the limit: `archdsl --limit work=10000000 check big.arch`.
    """
    help = "where the spec can be trusted, raise the limit `work`"
    return Words("a spec takes too long to work out", Label(span, f"more than {most:,} steps, up to here"), help=help)


@mistake
def weight_too_large(span: Span, elements: int, most: int) -> Words:
    """A weight has more numbers than any machine has memory for.

        network large {
          input x: [N, 4]
          parameter table: [10**8, 10**8]
          out = x + table
        }

    Where the spec can be trusted, raise the limit `numbers`.
    """
    return Words("a weight is too large", Label(span, f"{elements:,} numbers, more than {most:,}"))
