"""The C library that Python's `math` computes with: machine code calls the very same functions."""

from __future__ import annotations

import ctypes
import os
import sys
from functools import cache

FUNCTIONS = ("cos", "exp", "expm1", "log", "log1p", "pow", "sin", "tanh")
"""Those that strict code calls, and code for arguments that are too large for its own rules."""


@cache
def name_functions() -> None:
    """Tell LLVM where these functions are, on Windows, where it would take those of any library that has the names.

    Elsewhere the names are those that the process itself goes by.
    """
    if sys.platform == "win32":
        import llvmlite.binding as llvm

        library = ctypes.CDLL("ucrtbase")  # of which Python is built; older ones and those of compilers differ
        for name in FUNCTIONS:
            llvm.add_symbol(name, ctypes.cast(library[name], ctypes.c_void_p).value)


@cache
def address_of_function(name: str) -> int:
    """Return where a function stands that the process goes by, not on Windows.

    >>> address_of_function("exp") != 0
    True
    """
    return ctypes.cast(process()[name], ctypes.c_void_p).value or 0


@cache
def process() -> ctypes.CDLL:
    """Return the functions that the process goes by, not on Windows."""
    return ctypes.CDLL(None, use_errno=True)


@cache
def is_bounded() -> bool:
    """Return whether it is known how far functions of this C library are off: glibc tells of some since 2.28."""
    try:
        name, _, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ")
    except (AttributeError, ValueError, OSError):  # of another system, or another C library
        return False
    numbers = [int(part) for part in version.split(".")[:2] if part.isdigit()]
    return name == "glibc" and numbers >= [2, 28] and sys.maxsize > 2**32
