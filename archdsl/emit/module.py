"""The live module: emitted source, executed.

A module made from source has no file to be imported from, so what it pickles is its source: it can be sent to any
process that has archdsl, and reads back as the very same text.
"""

from __future__ import annotations

import copyreg
import hashlib
import linecache
import sys
from importlib.abc import InspectLoader
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec
from types import CodeType, ModuleType
from typing import Any

PACKAGE = "archdsl.emit.made"


class _Loader(InspectLoader):
    """Keeps the text where `inspect` and tracebacks look for it."""

    def __init__(self, text: str) -> None:
        self._text = text

    def get_source(self, fullname: str) -> str:
        return self._text

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self._text, _origin(fullname))


def _origin(fullname: str) -> str:
    return f"<{fullname}>"


def imported(text: str, name: str) -> ModuleType:
    """The Python module of emitted source; equal text is one module."""
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    full = f"{PACKAGE}_{name}_{digest}"
    if full not in sys.modules:
        loader = _Loader(text)
        spec = ModuleSpec(full, loader, origin=f"<{full}>")
        spec.has_location = True
        module = module_from_spec(spec)
        linecache.cache[spec.origin or ""] = (
            len(text),
            None,
            text.splitlines(keepends=True),
            spec.origin or "",
        )
        sys.modules[full] = module
        try:
            loader.exec_module(module)
        except BaseException:
            del sys.modules[full]
            raise
        for value in list(vars(module).values()):
            if isinstance(value, type) and value.__module__ == full:
                copyreg.pickle(value, _Pickled(text, name))
    return sys.modules[full]


class _Pickled:
    """How an instance of an emitted class is taken apart: its source, its class, its state."""

    def __init__(self, text: str, name: str) -> None:
        self._text, self._name = text, name

    def __call__(self, instance: Any) -> tuple[Any, ...]:
        return _empty, (self._text, self._name, type(instance).__name__), instance.__getstate__()


def _empty(text: str, name: str, kind: str) -> Any:
    """An instance without its state, which pickle sets next."""
    made = getattr(imported(text, name), kind)
    return made.__new__(made)
