"""Slots: the numbers of many Values, read or set in one call of machine code where CPython keeps them.

A Value has `_data` and `_grad` in slots: there, in its memory, stand addresses of floats, in whose memory stand the
numbers. Python reads one in about 25 ns and sets one in 40, machine code in a third of that, waiting for memory mostly.
What is no Value, and what is no float, is left to Python, as is everything where nothing can be read so.

A float whose only holder is its Value gets the new number where it stands: whoever else has ever seen it, a variable, a
list, a call at work in this thread or another, would be a holder too. Any other float stays as it is.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable
from functools import cache
from itertools import repeat
from typing import NamedTuple

import numpy as np

from ....engine import Value
from ....node import LazyGradient, Node, set_data, set_grad
from ....optimizer import Checked
from ...tape.tape import Floats
from ..future import Future
from .alike import HEADER, are_readable
from .memory import address
from .objects import joined, loaded
from .target import Target

LEAST = 64
"""Fewer Values are Python's: it is done before a call is prepared."""

REPAID = 1 << 18
"""After so many Values machine code is asked for, which takes as long to make as these did."""

FUNCTIONS = ("PyFloat_FromDouble", "Py_DecRef")

_THROUGH = """
define i64 @NAME(ptr %values, i64 %n, ptr %frame, ptr %numbers) nounwind {
entry:
  %slot = load i64, ptr %frame
  %value.class.in = getelementptr ptr, ptr %frame, i64 1
  %value.class = load ptr, ptr %value.class.in
  %float.class.in = getelementptr ptr, ptr %frame, i64 2
  %float.class = load ptr, ptr %float.class.in
  %make.in = getelementptr ptr, ptr %frame, i64 3
  %make = load ptr, ptr %make.in
  %release.in = getelementptr ptr, ptr %frame, i64 4
  %release = load ptr, ptr %release.in
  br label %head
head:
  %i = phi i64 [0, %entry], [%i1, %next]
  %more = icmp slt i64 %i, %n
  br i1 %more, label %one, label %done
one:
  %v.in = getelementptr ptr, ptr %values, i64 %i
  %v = load ptr, ptr %v.in
  %class.in = getelementptr ptr, ptr %v, i64 1
  %class = load ptr, ptr %class.in
  %is.value = icmp eq ptr %class, %value.class
  br i1 %is.value, label %value, label %done
value:
  %number.at = getelementptr double, ptr %numbers, i64 %i
  %x.in = getelementptr i8, ptr %v, i64 %slot
  %x = load ptr, ptr %x.in
EACH
next:
  %i1 = add i64 %i, 1
  br label %head
done:
  ret i64 %i
}
"""

_TAKE = """
  %is.gone = icmp eq ptr %x, null
  br i1 %is.gone, label %done, label %there
there:
  %kind.in = getelementptr ptr, ptr %x, i64 1
  %kind = load ptr, ptr %kind.in
  %is.float = icmp eq ptr %kind, %float.class
  br i1 %is.float, label %float, label %done
float:
  %digits.in = getelementptr double, ptr %x, i64 2
  %digits = load double, ptr %digits.in
  store double %digits, ptr %number.at
  br label %next
"""

_GIVE = """
  %d = load double, ptr %number.at
  %was.gone = icmp eq ptr %x, null
  br i1 %was.gone, label %new, label %there
there:
  %holders = load i64, ptr %x
  %is.held = icmp ne i64 %holders, 1
  br i1 %is.held, label %new, label %own
own:
  %kind.in = getelementptr ptr, ptr %x, i64 1
  %kind = load ptr, ptr %kind.in
  %is.float = icmp eq ptr %kind, %float.class
  br i1 %is.float, label %write, label %new
write:
  %digits.in = getelementptr double, ptr %x, i64 2
  store double %d, ptr %digits.in
  br label %next
new:
  %y = call ptr %make(double %d)
  %has.failed = icmp eq ptr %y, null
  br i1 %has.failed, label %done, label %set
set:
  store ptr %y, ptr %x.in
  call void %release(ptr %x)  ; which may be null
  br label %next
"""


_SHARE = """
  %is.there = icmp eq ptr %x, %numbers
  br i1 %is.there, label %next, label %set
set:
  %holders = load i64, ptr %numbers
  %holders1 = add i64 %holders, 1
  store i64 %holders1, ptr %numbers
  store ptr %numbers, ptr %x.in
  call void %release(ptr %x)  ; which may be null
  br label %next
"""

_EACH = {"take": _TAKE, "give": _GIVE, "share": _SHARE}


def slots_ir() -> str:
    """Return the module as text: `take` reads, `give` sets, and `share` sets one object, in place of numbers, in all.

    They return how many Values they have done, and end before the first one that is left to Python. Their frame is a
    row of 64-bit words: the place of the slot in a Value, the classes of Values and floats, and where FUNCTIONS stand.

    >>> "define i64 @take(ptr %values, i64 %n, ptr %frame, ptr %numbers)" in slots_ir()
    True
    """
    return "".join(_THROUGH.replace("NAME", name).replace("EACH", each) for name, each in _EACH.items())


Frame = ctypes.Array[ctypes.c_int64]

Native = Callable[[int, int, Frame, int], int]
"""Takes where addresses of Values stand one after the other, how many, the frame, and where their numbers are."""


class _Code(NamedTuple):
    """The functions, and a frame for each slot."""

    take: Native
    give: Native
    share: Native
    data: Frame
    grad: Frame


class Slots:
    """Reads and sets the data of Values, once there is machine code for it, which is made in a thread of its own."""

    def __init__(self, code: Callable[[str, Callable[[], str]], Callable[[], bytes]], target: Target) -> None:
        """Take what returns, of the name of a module and its text, what waits for its object code."""
        self._object, self._target = code, target
        self._met = 0
        self._coming: Future[_Code] | None = None

    def read(self, values: tuple[Value, ...]) -> Floats | None:
        """Return the data of all; None where that is left to Python."""
        n = len(values)
        if n < LEAST or (code := self._code(n)) is None:
            return None
        found = np.empty(n)
        return found if code.take(_first(values), n, code.data, address(found)) == n else None

    def set_data(self, numbers: Iterable[Node], data: Iterable[float]) -> None:
        """Do the same as `node.set_data`, by machine code if `data` are float64 side by side in memory."""
        if isinstance(data, memoryview) and data.format == "d" and data.ndim == 1 and data.c_contiguous:
            numbers = numbers if type(numbers) is Checked else tuple(numbers)
            n = min(len(numbers), len(data))
            code = self._code(n) if n >= LEAST else None
            if code is not None and code.give(_first(numbers), n, code.data, address(np.asarray(data))) == n:
                return
        set_data(numbers, data)

    def set_grad(self, numbers: tuple[Node, ...], gradient: Floats | LazyGradient) -> None:
        """Set gradients to numbers side by side in memory, or all of them to what computes them later."""
        n, is_lazy = len(numbers), isinstance(gradient, LazyGradient)
        if n >= LEAST and (code := self._code(n)) is not None:
            native, at = (code.share, id(gradient)) if is_lazy else (code.give, address(gradient))
            if native(_first(numbers), n, code.grad, at) == n:
                return
        set_grad(numbers, repeat(gradient) if isinstance(gradient, LazyGradient) else gradient.tolist())

    def _code(self, count: int) -> _Code | None:
        """Return the machine code if it is there; ask for it, once, as soon as it would have repaid itself."""
        if self._coming is None:
            self._met += count
            if self._met < REPAID or (known := frames()) is None:
                return None
            self._coming = Future(lambda: _Code(*_loaded(self._object("slots", slots_ir)(), self._target), *known))
            self._coming.start()
        return self._coming.so_far


def _first(values: tuple[Node, ...]) -> int:
    return id(values) + tuple.__basicsize__


@cache
def _loaded(code: bytes, target: Target) -> tuple[Native, Native, Native]:
    """Return the functions, loaded once: they are the same for all programs."""
    engine, addresses = loaded(joined([code]), target, tuple(_EACH))
    word, place = ctypes.c_int64, ctypes.c_void_p
    kind = ctypes.PYFUNCTYPE(word, place, word, place, place)  # which holds Python's lock
    take, give, share = map(kind, addresses)
    take.engine = give.engine = share.engine = engine  # type: ignore[attr-defined]  # it owns the code
    return take, give, share


@cache
def frames() -> tuple[Frame, Frame] | None:
    """Return the frames; None where a trial shows Values, floats or tuples to be kept otherwise than they are read."""
    if not are_readable() or float.__basicsize__ != HEADER + 8:
        return None
    v, x, y, z = Value(0.0), float("0.1"), float("-2e300"), float("0.3")
    v._data, v._grad = x, z
    words = _words(id(v), Value.__basicsize__)
    slots = [i for number in (x, z) for i, word in enumerate(words) if word == id(number)]
    v._data = y
    headers = [_words(place, HEADER) for place in (id(v), id(x), id(y))]
    held = [1, id(Value)], [1, id(float)], [2, id(float)]  # y is held by v too
    pair, words = (v, x), _words(id(v), Value.__basicsize__)
    places = [words[i] for i in slots] + _words(id(pair), tuple.__basicsize__ + 16)[-2:]
    digits = [ctypes.c_double.from_address(place + HEADER).value for place in (id(x), id(y))]
    if (*headers, places, digits) != (*held, [id(y), id(z), id(v), id(x)], [x, y]):
        return None
    functions = [ctypes.cast(ctypes.pythonapi[name], ctypes.c_void_p).value or 0 for name in FUNCTIONS]
    data, grad = ((ctypes.c_int64 * 5)(8 * slot, id(Value), id(float), *functions) for slot in slots)
    return data, grad


def _words(place: int, size: int) -> list[int]:
    """Return what stands in so many bytes of memory from a place on."""
    return list((ctypes.c_int64 * (size // 8)).from_address(place))
