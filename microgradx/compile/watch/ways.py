"""Ways in which code reads objects otherwise than by the names of their attributes."""

from __future__ import annotations

import dis
from functools import lru_cache
from types import CodeType

ANY, EQUAL, CLASS, TEXT, TRY, LABEL = "any", "equal", "class", "text", "try", "label"
"""It asks for attributes whose names it computes; whether objects are equal; of which class they are, of which it may
make others; for their texts; whether attributes are there; and for labels of Values."""

INSTRUCTIONS = {
    "MATCH_CLASS": "match",
    "CONTAINS_OP": "in",
    "FORMAT_VALUE": "repr",
    "FORMAT_SIMPLE": "repr",
    "FORMAT_WITH_SPEC": "repr",
}
"""Instructions that do so, and what people write for them, or might."""

_WRITTEN = {
    ANY: "getattr vars dir __dict__ __getattribute__ asdict astuple attrgetter methodcaller format format_map match"
    " getmembers getmembers_static getattr_static __getstate__ __reduce__ __reduce_ex__ dumps __func__"
    " globals eval exec f_globals __globals__",
    EQUAL: "== != in eq ne __eq__ __ne__ index count remove contains __contains__ countOf indexOf",
    CLASS: "type __class__ replace copy deepcopy",
    TEXT: "repr str ascii __repr__ __str__ format format_map",
    TRY: "hasattr suppress AttributeError Exception BaseException",
    LABEL: "label",
}
_WAYS = {
    name: frozenset(way for way, names in _WRITTEN.items() if name in names.split())
    for name in " ".join(_WRITTEN.values()).split()
}

_LOADING = ("LOAD_FAST", "LOAD_DEREF")
_FURTHER = ("LOAD_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR")


def ways_of(name: str) -> frozenset[str]:
    """Return in which ways a function, attribute or operator of this name reads objects.

    >>> sorted(ways_of("format")), sorted(ways_of("rate"))
    (['any', 'text'], [])
    """
    return _WAYS.get(name, frozenset())


@lru_cache(maxsize=1000)
def is_of_first(code: CodeType) -> bool:
    """Return whether code asks no object but its first argument, as `self`, for attributes whose names it computes.

    >>> def f(self, other, name):
    ...     return [getattr(self, f"{name}{i}") for i in range(3)]
    >>> def g(self, other, name):
    ...     return getattr(other, name)
    >>> is_of_first(f.__code__), is_of_first(g.__code__)
    (True, False)
    """
    return bool(code.co_argcount) and _is_of(code, code.co_varnames[0])


def _is_of(code: CodeType, first: str) -> bool:
    each = [x for x in dis.get_instructions(code) if x.opname != "EXTENDED_ARG"]
    for i, x in enumerate(each):
        if x.opname.startswith(("STORE_", "DELETE_")) and first in _names_of(x):
            return False
        if x.opname == "MATCH_CLASS" or (_is_asking(x) and not _is_asking_of(each, i, first)):
            return False
    inside = (x for x in code.co_consts if isinstance(x, CodeType))
    return all(_is_of(x, "" if first in x.co_varnames else first) for x in inside)


def _is_asking(x: dis.Instruction) -> bool:
    is_name = x.opname in ("LOAD_GLOBAL", "LOAD_NAME", *_FURTHER, "IMPORT_FROM")
    return is_name and any(ANY in ways_of(str(name)) for name in _names_of(x))


def _is_asking_of(each: list[dis.Instruction], i: int, first: str) -> bool:
    """Return whether it is `getattr(first, …)`, and not `getattr(first.part, …)`, or else `first.__dict__`."""
    if each[i].opname != "LOAD_GLOBAL":
        before = each[i - 1]
        return before.opname.startswith(_LOADING) and before.argval == first and str(each[i].argval).startswith("__")
    is_called = bool((each[i].arg or 0) & 1)
    argument, then = each[i + 1], each[i + 2].opname
    is_all = isinstance(argument.argval, tuple) or then in ("PRECALL", "CALL", "KW_NAMES")
    is_all |= then.startswith("LOAD_") and then not in _FURTHER
    return is_called and is_all and argument.opname.startswith(_LOADING) and _names_of(argument)[0] == first


def _names_of(x: dis.Instruction) -> tuple[object, ...]:
    """Return what an instruction names; some are two in one."""
    return x.argval if isinstance(x.argval, tuple) else (x.argval,)
