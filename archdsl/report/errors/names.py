"""Mistakes with names: unknown, doubled, reserved, imported from nowhere."""

from __future__ import annotations

from archdsl.report.diagnostic import Label
from archdsl.report.errors.catalogue import Words, listed, mistake, nearest
from archdsl.report.errors.foreign import mend, type_mend
from archdsl.report.source import Span


@mistake
def unknown_name(span: Span, name: str, known: list[str], modules: list[str]) -> Words:
    """A name is used that nothing bears: no parameter, no name bound before, no block of the file, no core op.

        block gate { out = in -> sigmoyd }

    Blocks of the library are imported by name:

        from std.attention use squeeze_excite
        block gate { out = in -> squeeze_excite -> sigmoid }
    """
    help = f"it is in the library: `from {modules[0]} use {name}`" if modules else mend(name, known)
    return Words("there is nothing of this name", Label(span, f"`{name}` is not known here"), help=help)


@mistake
def used_before_bound(span: Span, name: str, bound: Span) -> Words:
    """A name is used above the place where it is bound, or a parameter in a default before its own.

        block twice { out = a a = in -> relu }

    A name is bound before it is used:

        block twice { a = in -> relu out = a }
    """
    related = (Label(bound, "it is bound here"),)
    return Words("a name is used before it is bound", Label(span, f"`{name}` is not yet bound here"), related)


@mistake
def in_outside_block(span: Span) -> Words:
    """`in` is what comes into a block. A network has inputs of its own names instead, and a default has neither.

        network net { input image: [N, 3, 32, 32] out = in -> relu }

    Start from an input:

        network net { input image: [N, 3, 32, 32] out = image -> relu }
    """
    return Words(
        "`in` stands outside of a block",
        Label(span, "nothing comes in here"),
        help="a network starts from one of its inputs; a default uses only the parameters before it",
    )


@mistake
def input_in_block(span: Span, owner: str) -> Words:
    """A block declares an input. Networks do; a block reads what it is applied to, which it calls `in`.

        block gate { input x: [N, 3, 32, 32] out = x -> sigmoid }

    Read `in`:

        block gate { out = in -> sigmoid }
    """
    help = f"read `in`, and apply the block to a tensor: `x -> {owner}`"
    return Words("a block declares an input", Label(span, f"`{owner}` is a block, not a network"), help=help)


@mistake
def not_a_layer_name(span: Span, name: str, definition: Span) -> Words:
    """A network or an ablation is used as if it were a block. Only ops and blocks are layers.

    For example:

        network first {
          input x: [N, 8]
          out = x
        }

        network net {
          input x: [N, 8]
          out = x -> first
        }
    """
    here = (Label(definition, f"`{name}` is defined here"),)
    return Words("this is not a block", Label(span, f"`{name}` cannot be used as a layer"), here)


@mistake
def duplicate_name(span: Span, name: str, first: Span) -> Words:
    """Two items of a file, or an item and an import, have one name. Names are defined once.

    For example:

        block gate {
          out = in -> sigmoid
        }

        block gate {
          out = in -> relu
        }
    """
    related = (Label(first, "first defined here"),)
    return Words("a name is defined twice", Label(span, f"`{name}` is taken"), related, help="rename one of them")


@mistake
def reserved_name(span: Span, name: str) -> Words:
    """A block has the name of a core op or function, which would then mean two things.

    For example:

        block conv {
          out = in -> relu
        }
    """
    return Words(
        "a core name is defined anew",
        Label(span, f"`{name}` is a core op or function"),
        help="rename the block",
    )


@mistake
def bound_twice(span: Span, name: str, first: Span) -> Words:
    """A name is bound that is bound already. Names are never reassigned: give each value its own name.

        block gate {
          x = in -> conv(8, 3)
          x = x -> relu
          out = x
        }

    What follows a value is another value, or the same flow:

        block gate {
          x = in -> conv(8, 3) -> relu
          out = x
        }
    """
    return Words(
        "a name is bound twice",
        Label(span, f"`{name}` is bound already"),
        (Label(first, "it is bound here"),),
        help="give this value another name, or go on with an arrow where the first is bound",
    )


@mistake
def shadowed_name(span: Span, name: str, first: Span) -> Words:
    """A loop of a comprehension uses a name that is bound already; loop names shadow nothing.

        block twice(i = 2) { out = in -> [relu for i in range(2)] }

    Choose another:

        block twice(i = 2) { out = in -> [relu for j in range(i)] }
    """
    related = (Label(first, "it is bound here"),)
    found = Label(span, f"`{name}` means something else here")
    return Words("a loop name is bound already", found, related, help="rename it")


@mistake
def unknown_import(span: Span, name: str, module: str, known: list[str]) -> Words:
    """An import asks for a name that the file does not define.

    For example:

        from std.resnet use stages
    """
    help = nearest(name, known) or (f"it defines {listed(known)}" if known else None)
    return Words("an import asks for a name that is not there", Label(span, f"`{module}` has no `{name}`"), help=help)


@mistake
def unknown_module(span: Span, module: str, known: list[str]) -> Words:
    """An import names a module that the standard library does not have; a file is named by a string.

    For example:

        from std.resnets use stage
    """
    help = nearest(module, known) or f'there are {listed(known)}; a file is named by a string: from "mine.arch" use …'
    return Words("there is no such module", Label(span, f"`{module}` is not in the library"), help=help)


@mistake
def missing_file(span: Span, name: str) -> Words:
    """An import names a file that is not there; names are relative to the importing file.

    For example:

        from "gone.arch" use gate
    """
    return Words("a file is not there", Label(span, f"cannot read `{name}`"))


@mistake
def not_text(span: Span, name: str) -> Words:
    """A file is not UTF-8 text.

    Where latin1.arch is in another encoding:

        from "latin1.arch" use gate
    """
    return Words("a file is not text", Label(span, f"`{name}` is not UTF-8"))


@mistake
def not_a_spec(span: Span, name: str, modules: list[str]) -> Words:
    """An import names something else than a spec: only relative paths of `.arch`, `.yaml` and `.yml` files are read.

        from "blocks.py" use gate

    Name a spec:

        from "blocks.arch" use gate
    """
    help = f"the library is named without quotes, as `from {name} use …`" if name in modules else None
    said = "not a relative path that ends in `.arch`, `.yaml` or `.yml`"
    return Words("an import is not of a spec", Label(span, f"`{name}` is {said}"), help=help)


@mistake
def outside_root(span: Span, name: str, root: str) -> Words:
    """An import leads out of the folder that specs are read from, by `..` or by a link.

    For example:

        from "../../../../../../gone.arch" use gate
    """
    return Words("an import leads out of the root", Label(span, f"`{name}` is not below {root}"))


@mistake
def out_of_reach(span: Span, file: str) -> Words:
    """A spec that is derived from another imports it, and imports stay below the working folder, or else below the
    folder of the spec itself. From where this one is to stand its file cannot be reached.

    For example:

        archdsl ablate net.arch:gates --write /somewhere/else
    """
    help = "write below the working folder, or work in a folder that both are in"
    return Words("a spec in this folder cannot import its network", Label(span, f"`{file}` is out of reach"), help=help)


@mistake
def over_itself(span: Span) -> Words:
    """What is written would stand in place of the file that it is made of.

    Where net.arch has a network `net`:

        archdsl compile net.arch --to arch --set radix=4
    """
    help = "give another file or folder"
    return Words("this would be written over its own spec", Label(span, "is what the network is read from"), help=help)


@mistake
def no_folder(span: Span, name: str) -> Words:
    """A spec that does not come from a file imports a file; there is no folder to look in.

    A text in Python has no folder:

        archdsl.loads('from "gates.arch" use gate')

    Read it from a file:

        archdsl.load("net.arch")
    """
    return Words("a text without a folder imports a file", Label(span, f"`{name}` is relative to nothing"))


@mistake
def import_circle(span: Span, circle: list[str]) -> Words:
    """Files import each other in a circle.

    For example:

        from "net.arch" use gate
    """
    return Words("imports go in a circle", Label(span, " → ".join(circle)), help="move what both need to a third file")


@mistake
def duplicate_label(span: Span, name: str, first: Span) -> Words:
    """Two parts of one scope have one name, so a checkpoint could not tell them apart.

    Elements of a list without a label are numbered in the scope around it, so a second such list needs a label.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          out = x -> a: relu -> a: gelu
        }
    """
    numbered = name.rpartition(".")[2].isdigit()
    help = "give one of the lists a label, as in `-> blocks: [f, g]`" if numbered else "rename one of them"
    related = (Label(first, "the other one"),)
    return Words("two parts have one name", Label(span, f"another part is `{name}` already"), related, help)


@mistake
def part_in_part(span: Span, name: str, outer: str, owner: Span) -> Words:
    """A label places a part inside another part that is no scope, such as `conv1.extra` beside `conv1: conv(…)`.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          out = x -> a: conv(8, 3) -> "a.b": conv(8, 3)
        }
    """
    related = (Label(owner, f"`{outer}` is this part"),)
    return Words("a part stands inside another part", Label(span, f"`{name}` would be inside `{outer}`"), related)


@mistake
def bad_label(span: Span, name: str) -> Words:
    """A label has characters that a module's name cannot have: letters, digits and underscores, dots between.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          out = x -> "first layer": relu
        }
    """
    title = "a label cannot be a module's name"
    return Words(title, Label(span, f'"{name}"'), help="use letters, digits and underscores, and dots between scopes")


@mistake
def not_for_label(span: Span, found: str) -> Words:
    """An expression in the braces of a label is neither a whole number nor a string.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          out = x -> "layer{1.5}": relu
        }
    """
    return Words("this cannot stand in a label", Label(span, f"{found}: a whole number or a string is needed"))


@mistake
def taken_by_torch(span: Span, name: str) -> Words:
    """A label is the name of something that every `torch.nn.Module` has, such as `forward` or `training`.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          out = x -> forward: conv(8, 3)
        }
    """
    return Words(
        "a label hides a member of nn.Module",
        Label(span, f"every module has its own `{name}`"),
        help="rename it",
    )


@mistake
def private_name(span: Span, name: str) -> Words:
    """A part or a block begins with `__`: Python changes such names inside of a class, so no module can own them.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          out = x -> __a: conv(8, 3)
        }
    """
    return Words(
        "this name is one that Python changes",
        Label(span, f"a class would know `{name}` by another name"),
        help=f"call it `_{name.lstrip('_')}`" if name.strip("_") else "give it another name",
    )


@mistake
def recursive_block(span: Span, path: list[str], layer: bool) -> Words:
    """A block or network uses itself, directly or by way of others, so working it out would never end.

        block again { out = in -> relu -> again }

    What repeats is a list of layers:

        block again(depth) { out = in -> [relu for i in range(depth)] }
    """
    help = "what repeats is a list of layers, as `[unit for i in range(depth)]`" if layer else None
    return Words("a definition goes in a circle", Label(span, " → ".join(path)), help=help)


@mistake
def unknown_spec(span: Span, name: str, known: list[str]) -> Words:
    """A network is asked for by a name that neither the file nor the library has.

    For example:

        archdsl stats resnet5
    """
    help = nearest(name, known) or "`archdsl list` shows the library; a file ends in `.arch`"
    return Words("there is no such network", Label(span, f"`{name}` is not known"), help=help)


@mistake
def required_after_optional(span: Span, name: str) -> Words:
    """A parameter without a default stands behind one that has a default; required ones come first.

    For example:

        block unit(stride = 1, channels) {
          out = in -> conv(channels, 3, stride = stride)
        }
    """
    help = "move it to the front, or give it a default"
    return Words("a required parameter stands too late", Label(span, f"`{name}` has no default"), help=help)


@mistake
def needs_label(span: Span, name: str) -> Words:
    """`_:` would put the weights of an op straight into the enclosing scope, which this op cannot do.

    For example:

        network net {
          input x: [N, 8, H = 32, W = 32]
          out = x -> _: batch_norm
        }
    """
    return Words(
        "this op needs a name",
        Label(span, f"`{name}` is a module with state of its own"),
        help="give it a label",
    )


@mistake
def unknown_op(span: Span, name: str, known: list[str]) -> Words:
    """The documentation of an op is asked for that the language does not have.

    For example:

        archdsl ops conv2d

    Convolution is `conv`:

        archdsl ops conv
    """
    help = nearest(name, known) or "`archdsl ops` lists them"
    return Words("there is no such op", Label(span, f"`{name}` is not a core op"), help=help)


@mistake
def unknown_type(span: Span, name: str, known: list[str]) -> Words:
    """A parameter has a type that there is not. Types are `int`, `float`, `bool`, `str`, `layer`, `[T]` and `T?`.

    For example:

        block unit(channels: number) {
          out = in -> conv(channels, 3)
        }
    """
    return Words(
        "there is no such type",
        Label(span, f"`{name}` is no type"),
        help=type_mend(name, known) or f"types are {listed(known)}; a list of them is `[int]`",
    )


@mistake
def unknown_part(span: Span, name: str, known: list[str]) -> Words:
    """A part of a network is asked for by a name that no part has; parts are called as in the module.

    For example:

        archdsl draw resnet50 --at layer5

    `archdsl stats resnet50` lists its parts:

        archdsl draw resnet50 --at layer4
    """
    help = nearest(name, known) or f"its parts are {listed(n for n in known if '.' not in n)}"
    return Words("there is no such part", Label(span, f"no part is called `{name}`"), help=help)
