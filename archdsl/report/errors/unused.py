"""Warnings: what a spec says to no effect."""

from __future__ import annotations

from archdsl.report.diagnostic import Label
from archdsl.report.errors.catalogue import Words, one_of, warning
from archdsl.report.source import Span

MEANT = "one that is meant to be unused begins with `_`"


@warning
def unused_parameter(span: Span, name: str, owner: str) -> Words:
    """A block or network has a parameter that neither its body nor a later default uses: setting it changes nothing.

        block gate(reduction = 16) { out = in -> sigmoid }

    Use it, or leave it out:

        block gate(reduction = 16) { out = in -> conv(in.channels // reduction, 1) }

    A name that begins with `_` is meant to be unused.
    """
    said = Label(span, f"`{owner}` does not use `{name}`")
    return Words("a parameter is never used", said, help=f"leave it out; {MEANT}")


@warning
def unused_binding(span: Span, names: list[str]) -> Words:
    """A body binds a name that nothing uses: a part that leads nowhere, or a number that changes nothing.

        block gate {
          gates = in -> conv(in.channels, 1) -> sigmoid
          out = in
        }

    Use it, or leave it out:

        block gate {
          gates = in -> conv(in.channels, 1) -> sigmoid
          out = in * gates
        }

    Of a list that is taken apart it is enough that one name is used. A name that begins with `_` is meant to be unused.
    """
    said = f"nothing uses {one_of([f'`{name}`' for name in names])}"
    return Words("a name is bound and never used", Label(span, said), help=f"leave it out; {MEANT}")


@warning
def unused_input(span: Span, name: str) -> Words:
    """A network declares an input that nothing uses, so that its values change nothing.

        network net {
          input image: [N, 3, 32, 32]
          input mask: [N, 1, 32, 32]
          out = image -> conv(8, 3)
        }

    Use it, or leave it out:

        network net {
          input image: [N, 3, 32, 32]
          input mask: [N, 1, 32, 32]
          out = image * mask -> conv(8, 3)
        }

    A name that begins with `_` is meant to be unused.
    """
    return Words("an input is never used", Label(span, f"nothing uses `{name}`"), help=f"leave it out; {MEANT}")


@warning
def unused_import(span: Span, name: str) -> Words:
    """A file imports a name that it does not use.

        from std.resnet use stem, stage
        network net { input image: [N, 3, H = 32, W = 32] out = image -> stem }

    Leave it out:

        from std.resnet use stem
        network net { input image: [N, 3, H = 32, W = 32] out = image -> stem }
    """
    return Words("an import is never used", Label(span, f"nothing in this file uses `{name}`"), help="leave it out")


@warning
def unused_block(span: Span, name: str) -> Words:
    """A file of networks defines a block that nothing in it uses. A file of blocks alone is there to be imported from.

        block gate { out = in -> sigmoid }
        network net { input image: [N, 3, H = 32, W = 32] out = image -> relu }

    Use it, leave it out, or move it to a file that other files import:

        block gate { out = in -> sigmoid }
        network net { input image: [N, 3, H = 32, W = 32] out = image -> gate }

    A name that begins with `_` is meant to be unused.
    """
    said = Label(span, f"nothing in this file uses `{name}`")
    return Words("a block is never used", said, help=f"leave it out, or move it to a file of blocks; {MEANT}")


@warning
def nothing_defined(span: Span) -> Words:
    """A file has neither blocks nor networks.

        # to be written

    Define one:

        block gate { out = in -> sigmoid }
    """
    return Words("a spec says nothing", Label(span, "no block and no network is defined here"))
