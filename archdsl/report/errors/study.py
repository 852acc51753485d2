"""Mistakes in asking for a study."""

from __future__ import annotations

from archdsl.report.diagnostic import Label
from archdsl.report.errors.catalogue import Words, listed, mistake, nearest
from archdsl.report.source import Span


@mistake
def not_a_function_name(span: Span) -> Words:
    """A train function is named by its module and its name in it.

        --train digits:train

    The module is found as Python's `import` finds it, the working folder first: `digits` is `digits.py`.
    """
    help = "write `module:function`, as `digits:train` for `train` of `digits.py`"
    return Words("this does not name a function", Label(span, "has no module and function"), help=help)


@mistake
def missing_train_module(span: Span, module: str) -> Words:
    """The module of the train function cannot be found.

    It is looked for as Python's `import` does, the working folder first; `tools.digits` is `tools/digits.py`.

    Where the module is digits.py:

        archdsl study run net.arch:gates --train digit:train
    """
    help = f"start from the folder in which `import {module}` works"
    return Words("there is no such module", Label(span, f"`{module}` is not found"), help=help)


@mistake
def broken_train_module(span: Span, module: str, reason: str) -> Words:
    """The module of the train function is there, and cannot be used: Python raises an error where it is imported.

    Where digits.py has `def train(model, seed, trial)` without a colon:

        archdsl study run net.arch:gates --train digits:train
    """
    help = f"`python -c 'import {module}'` shows the whole of it"
    return Words("the module of the train function cannot be used", Label(span, reason), help=help)


@mistake
def missing_train_function(span: Span, name: str, module: str, known: list[str]) -> Words:
    """The module has no function of this name.

    Where digits.py has a function `train`:

        archdsl study run net.arch:gates --train digits:training
    """
    help = nearest(name, known) or (f"it has {listed(known)}" if known else None)
    return Words("there is no such function", Label(span, f"`{module}` has no function `{name}`"), help=help)


@mistake
def hidden_train_function(span: Span) -> Words:
    """Other processes find the train function by the name of its module and its own: it stands by itself in a module,
    not inside of a class or of another function.

    For example:

        def experiment():
            def train(model, seed, trial): ...
            study.run(family, train, "gates.sqlite")
    """
    return Words("other processes cannot find this function", Label(span, "is defined inside of something"))


@mistake
def wrong_train_function(span: Span, signature: str) -> Words:
    """A train function is called with three arguments and gives a dict of numbers.
    For example:

        def train(model): ...

    It is called with three:

        def train(model: nn.Module, seed: int, trial: archdsl.study.Trial) -> dict[str, float]: ...
    """
    found = f"takes `{signature}`, and is called as `train(model, seed, trial)`"
    return Words("the function cannot be called like this", Label(span, found))


@mistake
def too_few_gpus(span: Span, there: int) -> Words:
    """Each trial is to have GPUs of its own, and this machine has fewer, or `CUDA_VISIBLE_DEVICES` shows fewer.

    Where there is one:

        archdsl study run net.arch:gates --train digits:train --gpus 2
    """
    return Words(
        "there are too few GPUs", Label(span, f"this machine has {there}"), help="ask for fewer for each trial"
    )


@mistake
def not_a_store(span: Span, reason: str = "") -> Words:
    """A file is not the store of a study, or one of another version of archdsl.

    Where net.arch is a spec:

        archdsl study status net.arch
    """
    return Words("this is not the store of a study", Label(span, reason or "was not written by `archdsl study run`"))


@mistake
def store_in_use(span: Span) -> Words:
    """A store is written by one run at a time. Wait for the other run, or give this one a store of its own.

    The same command, in two terminals at a time:

        archdsl study run net.arch:gates --train digits:train
    """
    help = "wait for it, or give `--store` another file"
    return Words("the store is in use", Label(span, "another run writes to it"), help=help)
