"""Fixed: whether a function gives the same number for the same argument as long as nobody but training is at work.

Training changes Values, their gradients and the optimiser's memory. A function that cannot reach them, nor anything
else that its own calls might change, may be asked ahead of time, once more, or not at all.
"""

from __future__ import annotations

import builtins
import dis
import math
from collections.abc import Iterator
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from ... import schedules
from ..watch.asked import ATTRIBUTES

NUMBERS = (bool, int, float, complex, str, bytes, type(None), np.bool_, np.float64, np.float32, np.int64, np.int32)
BUILTINS = (abs, divmod, len, max, min, pow, round, sum, bool, float, int, range)
CHANGES = ("STORE_GLOBAL", "DELETE_GLOBAL", "STORE_DEREF", "STORE_ATTR", "DELETE_ATTR", "IMPORT_NAME")
"""Instructions by which a function might change what it or another one reads, or reach anything."""


def is_fixed(x: Any) -> bool:
    """Return whether x is a number, or a function that reaches nothing but numbers and functions of that kind.

    In doubt it is not: what lists, objects and the user's own classes hold may change.

    >>> half, milestones = 0.5, [3, 6]
    >>> is_fixed(lambda t: half**t), is_fixed(schedules.WarmUp(3, then=lambda t: math.cos(t)))
    (True, True)
    >>> is_fixed(lambda t: half ** len(milestones)), is_fixed(schedules.WarmUp(3, then=milestones.count))
    (False, False)
    """
    return _is_fixed(x, frozenset(), set())


def _is_fixed(x: Any, asked: frozenset[str], met: set[int]) -> bool:
    """`asked` are names of attributes that may be read of x; what has been `met` is looked at elsewhere."""
    kind = type(x)
    if kind in NUMBERS or kind is np.ufunc or any(x is f for f in BUILTINS) or (id(x) in met and kind is FunctionType):
        return True
    if kind is BuiltinFunctionType:
        return x.__self__ is math
    if kind is tuple:
        return all(_is_fixed(part, asked, met) for part in x)
    if kind is ModuleType:
        own = vars(x)
        is_whole = "__getattr__" not in own or asked <= own.keys()
        return is_whole and all(_is_fixed(own[name], asked, met) for name in asked & own.keys())
    if kind is FunctionType:
        met.add(id(x))
        return _is_fixed_function(x, met)
    ours = kind.__module__ == schedules.__name__
    return ours and all(_is_fixed(part, frozenset(), met) for part in vars(x).values())


def _is_fixed_function(f: FunctionType, met: set[int]) -> bool:
    instructions = list(_instructions(f.__code__))
    asked = frozenset(i.argval for i in instructions if i.opname in ATTRIBUTES)
    if vars(f) or any(name.startswith("__") for name in asked) or any(i.opname in CHANGES for i in instructions):
        return False
    known = vars(builtins) | f.__globals__
    reached = [known.get(i.argval) for i in instructions if i.opname == "LOAD_GLOBAL"]
    try:
        reached += [cell.cell_contents for cell in f.__closure__ or ()]
    except ValueError:  # there is nothing in it yet
        return False
    reached += [*(f.__defaults__ or ()), *(f.__kwdefaults__ or {}).values()]
    return all(_is_fixed(x, asked, met) for x in reached)


def _instructions(code: CodeType) -> Iterator[dis.Instruction]:
    """Yield the instructions of some code and of the functions defined in it."""
    yield from dis.get_instructions(code)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _instructions(constant)
