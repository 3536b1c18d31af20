"""What a mean and its gradient take besides their kernel, in machine code: one call from Python does it all.

It knows no network: the kernel, and all that belongs to it, stand in a frame, a row of 64-bit integers.

    sums(frame, rows, X, stride, P, found)

puts the parameters P to their places, runs the kernel on `rows` rows of X, of the weight 1/rows each, puts the gradient
into `found` in the user's order, and returns the sum of the values: NaN if any number that the kernel gave is not
finite. The frame:

    0  kernel            a gradient kernel, and what is its own:
    1  scratch
    2  packed, 3  size   where its parameters stand, and how many places they have;
    4  sources           (size,) which of P stands in each of these places;
    5  memory, 6  own    room for what it gives: `own` numbers of the gradient, then the outputs, and 8 more numbers
    7  width, 8  column  how many numbers a row has in all outputs, and which of them is the value
    9  places, 10 count  (count,) where the numbers of the user's gradient stand among the kernel's
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np

from ..backends import Sums
from ..tape import Floats
from .jit import Kernel, engine_of
from .kept import Form
from .memory import Room, address
from .target import Target

Native = Callable[[int, int, int, int, int, int], float]

_MOVED = """
define internal void @moved(ptr noalias %to, ptr noalias %from, ptr noalias %which, i64 %n) {
entry:
  br label %head
head:
  %i = phi i64 [0, %entry], [%i1, %body]
  %more = icmp slt i64 %i, %n
  br i1 %more, label %body, label %done
body:
  %it = getelementptr i64, ptr %which, i64 %i
  %k = load i64, ptr %it
  %source = getelementptr double, ptr %from, i64 %k
  %x = load double, ptr %source
  %target = getelementptr double, ptr %to, i64 %i
  store double %x, ptr %target
  %i1 = add i64 %i, 1
  br label %head
done:
  ret void
}
"""

_SPOILT = """
define internal double @spoilt(ptr %x, i64 %n) {
entry:
  br label %head
head:
  %i = phi i64 [0, %entry], [%i1, %body]
  %s = phi <8 x double> [zeroinitializer, %entry], [%s1, %body]
  %more = icmp slt i64 %i, %n
  br i1 %more, label %body, label %done
body:
  %at = getelementptr double, ptr %x, i64 %i
  %v = load <8 x double>, ptr %at, align 8
  %t = fmul <8 x double> %v, zeroinitializer
  %s1 = fadd <8 x double> %s, %t
  %i1 = add i64 %i, 8
  br label %head
done:
  %r = call double @llvm.vector.reduce.fadd.v8f64(double 0.0, <8 x double> %s)
  ret double %r
}
declare double @llvm.vector.reduce.fadd.v8f64(double, <8 x double>)
"""

_PAIRWISE = """
define internal double @pairwise(ptr %x, i64 %step, i64 %n) {
entry:
  %few = icmp sle i64 %n, 8
  br i1 %few, label %head, label %halves
halves:
  %half = lshr i64 %n, 1
  %offset = mul i64 %half, %step
  %second = getelementptr double, ptr %x, i64 %offset
  %others = sub i64 %n, %half
  %a = call double @pairwise(ptr %x, i64 %step, i64 %half)
  %b = call double @pairwise(ptr %second, i64 %step, i64 %others)
  %ab = fadd double %a, %b
  ret double %ab
head:
  %i = phi i64 [0, %entry], [%i1, %body]
  %s = phi double [-0.0, %entry], [%s1, %body]
  %more = icmp slt i64 %i, %n
  br i1 %more, label %body, label %done
body:
  %k = mul i64 %i, %step
  %at = getelementptr double, ptr %x, i64 %k
  %t = load double, ptr %at
  %s1 = fadd double %s, %t
  %i1 = add i64 %i, 1
  br label %head
done:
  ret double %s
}
"""

_FIELDS = (
    *(("ptr", "kernel"), ("ptr", "scratch"), ("ptr", "packed"), ("i64", "size"), ("ptr", "sources")),
    *(("ptr", "memory"), ("i64", "own"), ("i64", "width"), ("i64", "column"), ("ptr", "places"), ("i64", "count")),
)

_FIELD = """
  %{name}.at = getelementptr i64, ptr %frame, i64 {place}
  %{name} = load {kind}, ptr %{name}.at"""

_SUMS = """
declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)

define double @sums(ptr %frame, i64 %rows, ptr %X, i64 %stride, ptr %P, ptr %found) {{{fields}
  call void @moved(ptr %packed, ptr %P, ptr %sources, i64 %size)
  %bytes = mul i64 %own, 8
  call void @llvm.memset.p0.i64(ptr %memory, i8 0, i64 %bytes, i1 false)
  %outputs = getelementptr double, ptr %memory, i64 %own
  %given = mul i64 %rows, %width
  %end = getelementptr double, ptr %outputs, i64 %given
  store <8 x double> zeroinitializer, ptr %end, align 8
  %n = sitofp i64 %rows to double
  %weight = fdiv double 1.0, %n
  call void %kernel(i64 %rows, ptr null, ptr %X, i64 %stride, double %weight, ptr %packed, ptr %outputs, ptr %memory,
                    ptr %scratch)
  call void @moved(ptr %found, ptr %memory, ptr %places, i64 %count)
  %all = add i64 %own, %given
  %wrong = call double @spoilt(ptr %memory, i64 %all)
  %values = getelementptr double, ptr %outputs, i64 %column
  %total = call double @pairwise(ptr %values, i64 %width, i64 %rows)
  %sound = fcmp ord double %wrong, 0.0
  %result = select i1 %sound, double %total, double 0x7FF8000000000000
  ret double %result
}}
"""


def sums_ir() -> str:
    """Return the module as text.

    >>> "%kernel = load ptr" in sums_ir()
    True
    """
    fields = "".join(_FIELD.format(kind=kind, name=name, place=i) for i, (kind, name) in enumerate(_FIELDS))
    return _MOVED + _SPOILT + _PAIRWISE + _SUMS.format(fields=fields)


@cache
def native_sums(code: bytes, target: Target) -> Native:
    """Return `sums` of the module in an object file, addresses as integers."""
    engine: Any = engine_of(code, target)
    integer, pointer = ctypes.c_int64, ctypes.c_void_p
    kind = ctypes.CFUNCTYPE(ctypes.c_double, pointer, integer, pointer, integer, pointer, pointer)
    found = kind(engine.get_function_address("sums"))
    found.engine = engine  # type: ignore[attr-defined]  # it owns the code
    return found


class Mean:
    """A gradient kernel with memory to run it in. Calls from several threads at once are safe."""

    def __init__(self, form: Form, kernel: Kernel, run: Native) -> None:
        self._kernel, self._run = kernel, run
        self._idle: list[_Frame] = []  # those that no call uses now
        layout = form.layout
        self._places = np.ascontiguousarray(layout.places)
        self._sources = np.zeros(layout.size, np.int64)  # nobody uses what stands in holes
        self._sources[layout.places] = np.arange(len(layout.places))
        self._fixed = {"size": layout.size, "sources": address(self._sources), "own": layout.own, "width": form.width}
        self._fixed |= {"column": next(which.start for name, which in form.columns if name == "values")}
        self._fixed |= {"count": form.gradients, "places": address(self._places)}

    def on(self, inputs: Floats) -> Sums:
        """Return the sums over these rows: see `backends.Sums`."""
        (rows, stride), start, count = inputs.shape, address(inputs), self._fixed["count"]
        idle, run = self._idle, self._run

        def sums(parameters: Floats, alive: Floats = inputs) -> tuple[float, Floats]:
            """Return the sum and the gradient; `alive` keeps what it has the address of."""
            try:
                frame = idle.pop()
            except IndexError:
                frame = _Frame(self._kernel, self._fixed)
            if frame.rows < rows:
                frame.enlarge(rows)
            gradient = np.empty(count)
            total = run(frame.address, rows, start, stride, address(parameters), address(gradient))
            idle.append(frame)
            return total, gradient

        return sums


class _Fields(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int64) for _, name in _FIELDS]


class _Frame:
    """The frame of one call at a time, and the memory that it refers to, for up to so many `rows`."""

    def __init__(self, kernel: Kernel, fixed: Mapping[str, int]) -> None:
        self.rows = -1
        self._packed, self._scratch, self._memory = Room(fixed["size"]), Room(kernel.scratch), Room(0)
        own = {"kernel": kernel.address, "scratch": self._scratch.address, "packed": self._packed.address}
        self._fields = _Fields(**own, **fixed)
        self.address = ctypes.addressof(self._fields)

    def enlarge(self, rows: int) -> None:
        """Make room for so many rows."""
        self._memory = Room(self._fields.own + rows * self._fields.width + 8)
        self._fields.memory = self._memory.address
        self.rows = rows
