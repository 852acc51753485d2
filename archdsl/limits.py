"""How much a spec may ask for, so that anyone's is answered soon and in little memory.

Limits hold for all that is done inside `with in_force(Limits(ops=1_000_000)):`. The time that a spec takes is limited
by counting: whatever grows with what a spec says calls `spend`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from types import FunctionType
from typing import ParamSpec, TypeVar, cast

FRAMES = 100
"""Room on Python's stack for a level of text or blocks."""
ROOM = 70_000
"""A little more than half a million bytes, in words: Python's stack gives a piece of twice that."""

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Limits:
    """How much a spec may ask for; who trusts a spec may raise a limit."""

    characters: int = 1_000_000
    """Characters of a text."""
    words: int = 40_000
    """Words and marks of a text; in YAML three eighths of that."""
    string: int = 10_000
    """Characters of a string."""
    levels: int = 100
    """How deep brackets, expressions, lists, blocks, derivations and imports may stand in each other."""
    elements: int = 200_000
    """Elements of a list, those of the lists in it among them; a string is one for every 100 of its characters."""
    ops: int = 200_000
    """Ops of a network."""
    numbers: int = 10**12
    """Numbers in one tensor, whatever the input."""
    period: int = 100_000
    """Cases that may have to be told apart to compare two sizes for every input."""
    variants: int = 100_000
    """Rows of an ablation."""
    mistakes: int = 50
    """Mistakes of a text that are reported."""
    work: int = 400_000
    """Steps that a file, or a network by itself, may take; one is about a microsecond."""


class Exhausted(Exception):
    """Something takes more steps than `Limits.work`."""


class Work:
    """The steps taken so far."""

    def __init__(self, most: int) -> None:
        self.left = most
        self.known: set[object] = set()

    def knows(self, what: object) -> bool:
        """Whether a thing was counted; it is from now on."""
        known = what in self.known
        self.known.add(what)
        return known


_USUAL = Limits()
_LIMITS: ContextVar[Limits] = ContextVar("limits", default=_USUAL)
_WORK: ContextVar[Work | None] = ContextVar("work", default=None)


def at_most() -> Limits:
    """The limits in force."""
    return _LIMITS.get()


@contextmanager
def in_force(limits: Limits | None) -> Iterator[None]:
    """Puts other limits in force, where there are any."""
    token = _LIMITS.set(limits or at_most())
    try:
        yield
    finally:
        _LIMITS.reset(token)


@contextmanager
def working() -> Iterator[None]:
    """A piece of work with room on the stack, and steps of its own, which that around it loses."""
    most, outer = at_most().work, _WORK.get()
    work = Work(most if outer is None else min(most, outer.left))
    most, token, before = work.left, _WORK.set(work), sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, FRAMES * at_most().levels))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
        _WORK.reset(token)
        if outer is not None:
            outer.left -= most - work.left


def with_room(function: Callable[P, T]) -> Callable[P, T]:
    """The function, with room for all that it calls on one piece of Python's stack.

    CPython takes memory from the system whenever a call crosses the end of a piece, and gives it back at the
    return: a loop of small calls at that depth spends more time on it than on itself. A frame that asks for much gets
    a piece as large, and what it calls has the rest of that.
    """

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        return function(*args, **kwargs)

    roomy = cast(FunctionType, call)
    roomy.__code__ = roomy.__code__.replace(co_stacksize=ROOM)
    return call


def at_hand() -> Work:
    """The work at hand; what has little to count takes off its steps by itself, and what comes next looks."""
    return _WORK.get() or Work(_USUAL.work)


def spend(steps: int, what: object = None) -> None:
    """Counts steps of the work at hand, those of one thing once; raises `Exhausted` where they are too many."""
    work = _WORK.get()
    if work is None or (what is not None and work.knows(what)):
        return
    work.left -= steps
    if work.left < 0:
        raise Exhausted
