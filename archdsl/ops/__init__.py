"""The op table: every file of this folder that declares ops is found by listing the folder."""

from importlib import import_module
from pkgutil import iter_modules

from archdsl.ops.init import Init
from archdsl.ops.op import TABLE, Op, Reject, Weight
from archdsl.ops.parameter import Extent, Kind, Parameter, kind_of, parameters_of

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = [
    "TABLE",
    "Extent",
    "Init",
    "Kind",
    "Op",
    "Parameter",
    "Reject",
    "Weight",
    "kind_of",
    "parameters_of",
]
