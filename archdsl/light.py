"""Frozen dataclasses that are quick to make, for values of which a network has very many."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def light(cls: type[T]) -> type[T]:
    """A dataclass with slots, equal by its fields.

    The type checker keeps it frozen. At run time nothing guards it, so that it is made in a third of the time.
    """
    made: type[T] = dataclass(slots=True, unsafe_hash=True)(cls)
    return made


@dataclass_transform(frozen_default=True, eq_default=False, field_specifiers=(field,))
def single(cls: type[T]) -> type[T]:
    """The same, equal only to itself."""
    made: type[T] = dataclass(slots=True, eq=False)(cls)
    return made
