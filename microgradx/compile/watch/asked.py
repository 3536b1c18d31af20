"""Asked: which variables, attributes and modules some code names, and whether it is the user's own."""

from __future__ import annotations

import dis
import os
import re
import sys
import sysconfig
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from operator import attrgetter, methodcaller
from types import CodeType, FunctionType
from typing import Any, NamedTuple, cast

from .ways import ANY, INSTRUCTIONS, TRY, ways_of

GLOBALS = ("LOAD_GLOBAL", "LOAD_NAME")
ATTRIBUTES = ("LOAD_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR", "IMPORT_FROM")
WAYS = "ways"

_SHIFTS = {
    "LOAD_GLOBAL": 1,
    "LOAD_ATTR": int(sys.version_info >= (3, 12)),
    "LOAD_SUPER_ATTR": 2,
    "COMPARE_OP": {11: 0, 12: 4}.get(sys.version_info.minor, 5),
}
_KINDS = {
    dis.opmap[kind]: kind
    for kind in (*GLOBALS, *ATTRIBUTES, "IMPORT_NAME", "COMPARE_OP", *INSTRUCTIONS)
    if dis.opmap.get(kind, 256) < 256  # others are the compiler's own, and stand in no code
}
_NAMING = re.compile(re.escape(bytes([dis.EXTENDED_ARG])) + b"*[" + re.escape(bytes(_KINDS)) + b"]", re.DOTALL)
_ENDING = bytes(x for kind, x in dis.opmap.items() if x < 256 and kind.startswith(("STORE_", "POP_", "RETURN_")))
_RAISING = re.compile(b"[^" + re.escape(_ENDING) + b"]*" + re.escape(bytes([dis.opmap["RAISE_VARARGS"]])), re.DOTALL)
_EXCEPT = re.compile(re.escape(bytes([dis.opmap["PUSH_EXC_INFO"], dis.opmap["POP_TOP"]])))  # and no name of an error


def _one_of(*kinds: str) -> bytes:
    return b"[" + re.escape(bytes(dis.opmap[kind] for kind in kinds if kind in dis.opmap)) + b"]"


_CACHES = _one_of("CACHE") + b"*"
_BY_WORD = re.compile(
    _CACHES + _one_of("LOAD_FAST", "LOAD_FAST_BORROW", "LOAD_DEREF") + b"(?P<constant>" + _one_of("LOAD_CONST") + b")"
    b"(?:" + _one_of("CACHE", "PRECALL") + b")*" + _one_of("CALL"),
    re.DOTALL,
)

EVERYWHERE = {"globals", "eval", "exec", "f_globals", "__globals__"}
"""By what code reads variables of all names …"""

IMPORTING = {"import_module", "__import__"}
"""… and imports modules of all names."""

_LIBRARIES = tuple(
    os.path.join(path, "")
    for path in (
        os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))),
        *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
    )
)


class Asked(NamedTuple):
    """What some code asks for: variables, attributes and modules, and in which `ways` it does otherwise than by names.

    `tried` are attributes that need not be there; `globals` is whether variables of any name.
    """

    variables: tuple[str, ...]
    attributes: frozenset[str]
    tried: frozenset[str]
    modules: tuple[str, ...]
    ways: frozenset[str]
    globals: bool

    @property
    def any(self) -> bool:
        """Whether attributes of any name are asked for."""
        return ANY in self.ways


@lru_cache(maxsize=1000)
def asked_by(code: CodeType) -> Asked:
    """Return what some code, and the functions defined in it, ask for; code never changes.

    Words in it may be names too, of attributes, and of variables where it asks for all of these.
    """
    named = _names(code)
    variables, attributes = (tuple(name for kind in kinds for name in named[kind]) for kinds in (GLOBALS, ATTRIBUTES))
    names, words = (*variables, *attributes), _words(code)
    everywhere = not EVERYWHERE.isdisjoint(names)
    if everywhere:
        variables += words
    asked = frozenset((*attributes, *words))
    ways = frozenset(named[WAYS])
    if ANY in ways:
        ways = ways.union(*map(ways_of, words))
    tried = asked if TRY in ways and is_users(code.co_filename) else frozenset[str]()
    modules = named["IMPORT_NAME"]
    if not IMPORTING.isdisjoint(names):
        modules = [*modules, *words]
    return Asked(tuple(dict.fromkeys(variables)), asked, tried, tuple(modules), ways, everywhere)


@lru_cache(maxsize=1000)
def asked_within(f: FunctionType) -> Asked:
    """Return what a function of a library asks for, with all those of its module that it leads to."""
    found, waiting = {f: asked_by(f.__code__)}, [f]
    while waiting:
        g = waiting.pop()
        for x in map(g.__globals__.get, found[g].variables):
            if isinstance(x, FunctionType) and x.__module__ == f.__module__ and x not in found:
                found[x] = asked_by(x.__code__)
                waiting.append(x)
    attributes, ways = zip(*((asked.attributes, asked.ways) for asked in found.values()), strict=True)
    return found[f]._replace(attributes=frozenset().union(*attributes), ways=frozenset().union(*ways))


def _names(code: CodeType) -> defaultdict[str, list[str]]:
    """Return what the instructions of some code, and of the functions defined in it, name, by their kinds.

    As `dis` tells them, in a thirtieth of its time.
    """
    found: defaultdict[str, list[str]] = defaultdict(list)
    instructions = code.co_code
    operations, arguments = instructions[::2], instructions[1::2]
    for match in _NAMING.finditer(operations):
        end = match.end()
        kind = _KINDS[operations[end - 1]]
        argument = int.from_bytes(arguments[match.start() : end], "big")  # of an instruction and those that extend it
        argument >>= _SHIFTS.get(kind, 0)
        name = INSTRUCTIONS.get(kind) or (dis.cmp_op if kind == "COMPARE_OP" else code.co_names)[argument]
        found[kind].append(name)
        if name == "getattr":
            name = _word_asked(code, end) or name
        if (ways := ways_of(name)) and not _RAISING.match(operations, end):  # no number is made of what an error says
            found[WAYS] += ways
    if _EXCEPT.search(operations):
        found[WAYS].append(TRY)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            for kind, names in _names(constant).items():
                found[kind] += names
    return found


def _word_asked(code: CodeType, i: int) -> str:
    """Return the word by which the instructions from i on ask a variable, as in getattr(x, "rate"), or else ""."""
    operations, arguments = code.co_code[::2], code.co_code[1::2]
    if (match := _BY_WORD.match(operations, i)) is None or arguments[match.end() - 1] != 2:
        return ""
    word = code.co_consts[arguments[match.start("constant")]]
    return word if isinstance(word, str) and word.isidentifier() else ""


def _words(code: CodeType) -> tuple[str, ...]:
    found = [x for x in code.co_consts if isinstance(x, str) and x.isidentifier()]
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found += _words(constant)
    return tuple(found)


def names_in(x: attrgetter[Any] | methodcaller) -> set[str]:
    """Return the attributes that a function of `operator` asks for.

    >>> sorted(names_in(attrgetter("a.b", "c")))
    ['a', 'b', 'c']
    """
    made, arguments = cast("tuple[Any, tuple[Any, ...]]", x.__reduce__())[:2]
    words = (*getattr(made, "args", ()), *arguments)
    return {word for path in words if isinstance(path, str) for word in path.split(".")}


def is_of_users(kind: type) -> bool:
    """Return whether a class is the user's own."""
    held = getattr(sys.modules.get(str(kind.__module__)), "__dict__", None)
    return held is None or held.get("__name__") == "__main__" or is_users(file_in(held))


def file_in(held: Mapping[str, Any]) -> str:
    """Return the file of a module that has these variables; one that is made by hand may have anything for it.

    >>> file_in({"__file__": "net.py"}), file_in({"__file__": None})
    ('net.py', '')
    """
    return str(held.get("__file__") or "")


@lru_cache(maxsize=1000)
def is_users(filename: str) -> bool:
    """Return whether code of a file is the user's own, not a library's; without a file it may be a notebook's cell."""
    if not filename or filename.startswith("<frozen"):
        return False
    return not filename.startswith(_LIBRARIES) and "-packages" + os.sep not in filename
