"""Images: object files linked to a whole that need only be copied to memory, in a tenth of the time that LLVM takes.

LLVM writes for x86-64, in the format ELF, that all which code refers to stands at an address of 64 bits: its own parts,
and functions of the C library. Once these are filled in, object files one after the other are a program; an image says
where they stand. What is otherwise is left to LLVM. An image is

    a line of JSON    functions: name → where it begins; needed: name → where the address of what is not here stands;
                      own: how many addresses are of the image itself
    own integers      where these stand; there it says how far from the beginning they point
    the code
"""

from __future__ import annotations

import ctypes
import json
import mmap
from collections.abc import Mapping, Sequence
from functools import cache
from struct import Struct, pack_into
from typing import Any, NamedTuple

import numpy as np

from .c_functions import address_of_function, process
from .memory import LINE, address

BEGIN = b'{"functions": '
"""How an image begins."""

# As the format calls them; of each structure what is read here.
_HEADER, _SECTION = Struct("<7s9xHH20xQ10xHHH"), Struct("<4xIQ8xQQIIQ8x")
_SYMBOL, _RELOCATION = Struct("<IBxHQ8x"), Struct("<QIIq")
_X86_64 = b"\x7fELF\x02\x01\x01", 1, 62
PROGBITS, SYMTAB, RELA = 1, 2, 4
WRITE, ALLOC = 1, 2
LOCAL, GLOBAL = 0, 1
FILE = 4  # the last of the kinds of symbols that stand for a place: none, object, function, section, file
UNDEFINED = 0
R_X86_64_64 = 1


class _Unknown(LookupError):
    """Something is to be linked by LLVM."""


class _Section(NamedTuple):
    kind: int
    flags: int
    offset: int
    size: int
    link: int
    info: int
    alignment: int


def linked(objects: Sequence[bytes]) -> bytes | None:
    """Return object files as one image, or None where they are to be linked by LLVM."""
    found = _Linked()
    try:
        for file in objects:
            found.add(file)
    except LookupError:
        return None
    return found.image()


class _Linked:
    """Object files one after the other."""

    def __init__(self) -> None:
        self._code = bytearray()
        self._functions: dict[str, int] = {}
        self._needed: dict[str, list[int]] = {}
        self._own: list[int] = []

    def add(self, file: bytes) -> None:
        """Add an object file; LookupError if it refers to anything that is not linked here."""
        sections = _sections(file)
        places = {i: self._place(file, x) for i, x in enumerate(sections) if x.flags & ALLOC and x.size}
        (table,) = (x for x in sections if x.kind == SYMTAB)
        names = _content(file, sections[table.link])
        symbols: list[tuple[str, int, int]] = []
        for begin, how, section, value in _SYMBOL.iter_unpack(_content(file, table)):
            name, binding = names[begin : names.index(b"\0", begin)].decode(), how >> 4
            symbols.append((name, section, value))
            if binding == GLOBAL and section != UNDEFINED:
                self._define(name, places[section] + value)
            if binding not in (LOCAL, GLOBAL) or how & 15 > FILE:
                raise _Unknown
        for x in sections:
            if x.kind == RELA and x.info in places:
                self._fill_in(places[x.info], _content(file, x), places, symbols)

    def image(self) -> bytes:
        """Return all of it."""
        for name in self._functions.keys() & self._needed.keys():
            for at in self._needed.pop(name):
                self._point(at, self._functions[name])
        about = {"functions": self._functions, "needed": self._needed, "own": len(self._own)}
        return json.dumps(about).encode() + b"\n" + np.array(self._own, "<i8").tobytes() + self._code

    def _place(self, file: bytes, section: _Section) -> int:
        """Add what stands in a section, and return where."""
        if section.kind != PROGBITS or section.flags & WRITE or section.alignment > LINE:
            raise _Unknown
        self._code += bytes(-len(self._code) % LINE)
        place = len(self._code)
        self._code += _content(file, section)
        return place

    def _define(self, name: str, place: int) -> None:
        if name in self._functions:
            raise _Unknown
        self._functions[name] = place

    def _fill_in(
        self, first: int, relocations: bytes, places: Mapping[int, int], symbols: Sequence[tuple[str, int, int]]
    ) -> None:
        """Fill in the addresses in what stands from a place on, or note which ones are needed."""
        for offset, kind, symbol, further in _RELOCATION.iter_unpack(relocations):
            name, section, value = symbols[symbol]
            if kind != R_X86_64_64 or (section == UNDEFINED and further):
                raise _Unknown
            if section == UNDEFINED:
                self._needed.setdefault(name, []).append(first + offset)
            else:
                self._point(first + offset, places[section] + value + further)

    def _point(self, at: int, place: int) -> None:
        pack_into("<q", self._code, at, place)
        self._own.append(at)


def _sections(file: bytes) -> list[_Section]:
    if len(file) < _HEADER.size:
        raise _Unknown
    *begin, start, size, count, _ = _HEADER.unpack_from(file)
    if tuple(begin) != _X86_64:
        raise _Unknown
    return [*map(_Section._make, _SECTION.iter_unpack(file[start : start + size * count]))]


def _content(file: bytes, section: _Section) -> bytes:
    return file[section.offset : section.offset + section.size]


def mapped(image: bytes, names: Sequence[str]) -> tuple[Any, tuple[int, ...]]:
    """Return the memory that an image was copied to, and the addresses of functions by their names, 0 for none.

    The code is there as long as that memory object. OSError where the system lets no memory be code.
    """
    begin = image.index(b"\n") + 1
    about = json.loads(image[:begin])
    own = np.frombuffer(image, "<i8", about["own"], begin)
    code = memoryview(image)[begin + own.nbytes :]
    memory = _pages(len(code))
    memory[:] = code
    start = address(memory)
    words = np.ndarray(max(0, len(code) - 7), "<i8", memory, strides=(1,))  # one begins at each byte
    words[own] += start
    for name, places in about["needed"].items():
        words[places] = address_of_function(name)
    _make_code(memory)
    functions = about["functions"]
    return memory, tuple(start + functions[name] if name in functions else 0 for name in names)


@cache
def is_allowed() -> bool:
    """Return whether the system lets memory be machine code."""
    if not hasattr(mmap, "PROT_EXEC"):  # not a system whose ways are known here
        return True
    try:
        _make_code(_pages(1))
    except OSError:
        return False
    return True


def _pages(size: int) -> mmap.mmap:
    return mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.PROT_READ | mmap.PROT_WRITE)


def _make_code(memory: mmap.mmap) -> None:
    """Let memory be run and no longer be written. OSError where the system lets no memory be code."""
    if _protect()(address(memory), len(memory), mmap.PROT_READ | mmap.PROT_EXEC):
        raise OSError(ctypes.get_errno(), 'the system lets no memory be machine code; target="numpy" does without')


@cache
def _protect() -> Any:
    found = process().mprotect
    found.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    return found
