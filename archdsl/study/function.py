"""The user's function: found by its name, and known by the code of its module."""

from __future__ import annotations

import ast
import inspect
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from archdsl.report import ArchError, Diagnostic, errors
from archdsl.study.trial import digest

Train = Callable[..., Any]
"""`train(model, seed, trial)` gives a dict of numbers."""

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Function:
    """A train function by its name, `module:function`, and the hash of its code."""

    name: str
    code: str


def find(name: str) -> Function:
    """The function that `module:function` names; raises `ArchError` where there is none that can train."""
    span = errors.outside(name)
    module_name, colon, function_name = name.partition(":")
    if not (colon and module_name and function_name.isidentifier()):
        raise ArchError([errors.not_a_function_name(span)])
    if not _exists(module_name):
        raise ArchError([errors.missing_train_module(span, module_name)])
    module = _imported(module_name, name)
    known = [key for key, value in vars(module).items() if inspect.isfunction(value)]
    function = vars(module).get(function_name)
    if not callable(function):
        raise ArchError([errors.missing_train_function(span, function_name, module_name, known)])
    return described(function, name)


def _imported(module: str, name: str) -> ModuleType:
    try:
        return import_module(module)
    except (Exception, SystemExit) as error:
        # The module is the user's. Whatever it raises is to be told with its name, and no bug of this package.
        raise ArchError([errors.broken_train_module(errors.outside(name), module, in_a_line(error))]) from None


def in_a_line(error: BaseException) -> str:
    """What was raised, as the last line of its traceback says it."""
    return " ".join(traceback.format_exception_only(error)[-1].split())


def described(function: Train, name: str | None = None) -> Function:
    """A function with its identity; raises `ArchError` where another process could not call it."""
    name = name or f"{function.__module__}:{function.__qualname__}"
    problem = _problem(function, name)
    if problem is not None:
        raise ArchError([problem])
    try:
        source = inspect.getsource(sys.modules[function.__module__])
    except (OSError, TypeError):
        reason = "its source cannot be read, by which a function is known again"
        raise ArchError([errors.broken_train_module(errors.outside(name), function.__module__, reason)]) from None
    return Function(name, code_of(source))


def _problem(function: Train, name: str) -> Diagnostic | None:
    if "." in name.partition(":")[2]:
        return errors.hidden_train_function(errors.outside(name))
    signature = inspect.signature(function)
    try:
        signature.bind("model", 0, "trial")
    except TypeError:
        return errors.wrong_train_function(errors.outside(name), str(signature))
    return None


def _exists(module: str) -> bool:
    """Whether there is a module of this name; a mistake inside of a package that holds it is the user's to see."""
    package, dot, _ = module.rpartition(".")
    if dot and not _exists(package):
        return False
    return module in sys.modules or find_spec(module) is not None


def called(name: str) -> Train:
    """The function itself, in the process that calls it."""
    module, _, function = name.partition(":")
    found: Train = getattr(import_module(module), function)
    return found


def code_of(text: str) -> str:
    """The hash of a module's code: comments, docstrings and layout do not count."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return digest(ast.unparse(tree))


def numbers(result: object) -> dict[str, float]:
    """What a train function gave, as floats; numbers of torch and numpy are numbers."""
    if not isinstance(result, Mapping):
        raise TypeError(f"the train function gave {_kind(result)}, where a dict of numbers is needed")
    return {str(name): _number(str(name), value) for name, value in result.items()}


def _number(name: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise TypeError(f"the train function gave {_kind(value)} for {name!r}, where a number is needed") from None


def _kind(value: object) -> str:
    return "nothing" if value is None else f"a {type(value).__name__}"
