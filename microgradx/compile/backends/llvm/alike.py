"""Alike: machine code that tells whether lists, dictionaries and objects hold the very objects that they held before.

It goes through them as CPython keeps them: a dictionary by functions of its C interface, a list as it stands in memory.
A frame, a row of 64-bit words, tells what there is:

    0  how many things there are to look at
    1  where the addresses stand of all that they held, one thing after the other
    2  PyDict_Next, PyDict_GetItemWithError, PyObject_GenericGetDict, Py_DecRef and PyErr_Clear
    7  for each thing its address, its kind, and how many addresses it held: the entries of a LIST; keys and values of a
       DICTIONARY; the key of one ITEM of it, and what stood there, 0 for nothing; the CLASS of an object, or its OWN
       dictionary
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import cache

from ..future import Future
from .objects import joined, loaded
from .target import Target

HEADER = 16
"""Bytes that every object begins with: a word, and its class."""

BASIC = 40
"""Bytes of a list besides its entries: the header, how many entries it has, where they stand, and a word."""

FUNCTIONS = ("PyDict_Next", "PyDict_GetItemWithError", "PyObject_GenericGetDict", "Py_DecRef", "PyErr_Clear")

LIST, DICTIONARY, ITEM, CLASS, OWN = range(5)

_ALIKE = """
define i64 @alike(ptr %frame) nounwind {
entry:
  %place.at = alloca i64
  %key.at = alloca ptr
  %value.at = alloca ptr
  %n = load i64, ptr %frame
  %held.in = getelementptr ptr, ptr %frame, i64 1
  %held = load ptr, ptr %held.in
  %yield.in = getelementptr ptr, ptr %frame, i64 2
  %yield = load ptr, ptr %yield.in
  %get.in = getelementptr ptr, ptr %frame, i64 3
  %get = load ptr, ptr %get.in
  %own.in = getelementptr ptr, ptr %frame, i64 4
  %own.of = load ptr, ptr %own.in
  %release.in = getelementptr ptr, ptr %frame, i64 5
  %release = load ptr, ptr %release.in
  %forget.in = getelementptr ptr, ptr %frame, i64 6
  %forget = load ptr, ptr %forget.in
  %table = getelementptr ptr, ptr %frame, i64 7
  br label %head
head:
  %i = phi i64 [0, %entry], [%i1, %next]
  %e = phi ptr [%held, %entry], [%end, %next]
  %more = icmp slt i64 %i, %n
  br i1 %more, label %one, label %yes
one:
  %three = mul i64 %i, 3
  %x.in = getelementptr ptr, ptr %table, i64 %three
  %x = load ptr, ptr %x.in
  %kind.in = getelementptr i64, ptr %x.in, i64 1
  %kind = load i64, ptr %kind.in
  %size.in = getelementptr i64, ptr %x.in, i64 2
  %size = load i64, ptr %size.in
  %end = getelementptr i64, ptr %e, i64 %size
  switch i64 %kind, label %no [
    i64 0, label %list
    i64 1, label %dictionary
    i64 2, label %item.of
    i64 3, label %class.of
    i64 4, label %own
  ]
list:
  %length.at = getelementptr i64, ptr %x, i64 2
  %length = load i64, ptr %length.at
  %fits = icmp eq i64 %length, %size
  br i1 %fits, label %entries, label %no
entries:
  %first.at = getelementptr ptr, ptr %x, i64 3
  %a = load ptr, ptr %first.at
  %whole = and i64 %size, -8
  br label %eights
eights:
  %j = phi i64 [0, %entries], [%j8, %eight]
  %d = phi <8 x i64> [zeroinitializer, %entries], [%d8, %eight]
  %further = icmp slt i64 %j, %whole
  br i1 %further, label %eight, label %rest
eight:
  %a.at = getelementptr i64, ptr %a, i64 %j
  %e.at = getelementptr i64, ptr %e, i64 %j
  %u = load <8 x i64>, ptr %a.at, align 8
  %v = load <8 x i64>, ptr %e.at, align 8
  %uv = xor <8 x i64> %u, %v
  %d8 = or <8 x i64> %d, %uv
  %j8 = add i64 %j, 8
  br label %eights
rest:
  %differ = call i64 @llvm.vector.reduce.or.v8i64(<8 x i64> %d)
  br label %singles
singles:
  %k = phi i64 [%whole, %rest], [%k1, %single]
  %s = phi i64 [%differ, %rest], [%s1, %single]
  %last = icmp slt i64 %k, %size
  br i1 %last, label %single, label %found
single:
  %p.at = getelementptr i64, ptr %a, i64 %k
  %q.at = getelementptr i64, ptr %e, i64 %k
  %p = load i64, ptr %p.at
  %q = load i64, ptr %q.at
  %pq = xor i64 %p, %q
  %s1 = or i64 %s, %pq
  %k1 = add i64 %k, 1
  br label %singles
found:
  %equal = icmp eq i64 %s, 0
  br i1 %equal, label %next, label %no
dictionary:
  store i64 0, ptr %place.at
  br label %items
items:
  %m = phi i64 [0, %dictionary], [%m2, %same.value]
  %there = call i32 %yield(ptr %x, ptr %place.at, ptr %key.at, ptr %value.at)
  %is.there = icmp ne i32 %there, 0
  %wanted = icmp slt i64 %m, %size
  %agree = icmp eq i1 %is.there, %wanted
  br i1 %agree, label %both, label %no
both:
  br i1 %wanted, label %item, label %next
item:
  %key.held.in = getelementptr ptr, ptr %e, i64 %m
  %key.held = load ptr, ptr %key.held.in
  %key = load ptr, ptr %key.at
  %is.key = icmp eq ptr %key, %key.held
  br i1 %is.key, label %same.key, label %no
same.key:
  %value.held.in = getelementptr ptr, ptr %key.held.in, i64 1
  %value.held = load ptr, ptr %value.held.in
  %value = load ptr, ptr %value.at
  %is.value = icmp eq ptr %value, %value.held
  br i1 %is.value, label %same.value, label %no
same.value:
  %m2 = add i64 %m, 2
  br label %items
item.of:
  %name = load ptr, ptr %e
  %stood.in = getelementptr ptr, ptr %e, i64 1
  %stood = load ptr, ptr %stood.in
  %stands = call ptr %get(ptr %x, ptr %name)
  %is.there.still = icmp eq ptr %stands, %stood
  br i1 %is.there.still, label %next, label %no
class.of:
  %class.at = getelementptr ptr, ptr %x, i64 1
  %class = load ptr, ptr %class.at
  %class.held = load ptr, ptr %e
  %is.class = icmp eq ptr %class, %class.held
  br i1 %is.class, label %next, label %no
own:
  %dict = call ptr %own.of(ptr %x, ptr null)
  %dict.held = load ptr, ptr %e
  %is.none = icmp eq ptr %dict, null
  br i1 %is.none, label %none, label %some
none:
  call void %forget()
  br label %no
some:
  %is.own = icmp eq ptr %dict, %dict.held
  call void %release(ptr %dict)
  br i1 %is.own, label %next, label %no
next:
  %i1 = add i64 %i, 1
  br label %head
no:
  ret i64 0
yes:
  ret i64 1
}
declare i64 @llvm.vector.reduce.or.v8i64(<8 x i64>)
"""

Native = Callable[[int], int]
"""Takes the address of a frame; returns 1 if all hold the same objects in the same order, else 0."""


def alike_ir() -> str:
    """Return the module as text.

    >>> "define i64 @alike(ptr %frame)" in alike_ir()
    True
    """
    return _ALIKE


@cache
def are_readable() -> bool:
    """Return whether this Python keeps lists as they are read here, and lets no other thread change them meanwhile."""
    locked: Callable[[], bool] = getattr(sys, "_is_gil_enabled", lambda: True)
    words = ctypes.sizeof(ctypes.c_void_p) == 8
    sizes = list.__basicsize__ == BASIC and object.__basicsize__ == HEADER
    return sys.implementation.name == "cpython" and words and sizes and locked()


class Alike:
    """The machine code, made in a thread of its own when it is first asked for."""

    def __init__(self, code: Callable[[str, Callable[[], str]], Callable[[], bytes]], target: Target) -> None:
        """Take what returns, of the name of a module and its text, what waits for its object code."""
        self._code = code
        self._target = target
        self._coming: Future[Native] | None = None

    def __call__(self) -> Native | None:
        """Return it; None while it is not there yet, where nothing can be read by it, and where LLVM fails."""
        if self._coming is None and are_readable():
            self._coming = Future(self._made)
            self._coming.start()
        return self._coming.so_far if self._coming is not None else None

    def _made(self) -> Native:
        engine, (address,) = loaded(joined([self._code("alike", alike_ir)()]), self._target, ["alike"])
        kind = ctypes.PYFUNCTYPE(ctypes.c_int64, ctypes.c_void_p)  # which holds Python's lock
        found = kind(address)
        found.engine = engine  # type: ignore[attr-defined]  # it owns the code
        return found
