"""The arithmetic of `mathematics`, carried out by writing instructions on vectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .mathematics import scale_by_bits
from .writer import Writer, number, splat, vector_type


class Arithmetic:
    """Operations on vectors of `width` lanes; a value is a name, or a Python number: the same in all lanes."""

    def __init__(self, w: Writer, width: int) -> None:
        self._w, self._n = w, width
        self._float, self._int = vector_type(width), vector_type(width, "i64")
        self.fused = w.target.fused

    def float(self, x: Any) -> str:
        """Return the text of a vector of floats."""
        return splat(number(x), self._n) if isinstance(x, float | int) else x

    def int(self, k: Any) -> str:
        """Return the text of a vector of integers."""
        return splat(str(k), self._n, "i64") if isinstance(k, int) else k

    def intrinsic(self, name: str, *operands: Any) -> str:
        """Call an intrinsic on floats."""
        suffix = "f64" if self._n == 1 else f"v{self._n}f64"
        return self._w.call(self._float, f"llvm.{name}.{suffix}", [(self._float, self.float(x)) for x in operands])

    def scale(self, x: Any, n: Any) -> str:
        """Return x·2ⁿ for whole n."""
        if not self._w.target.scaled:
            return str(scale_by_bits(self, x, n))
        of = vector_type(self._n, "i32")
        whole = self._w.value(f"fptosi {self._float} {self.float(n)} to {of}")
        suffix = "f64.i32" if self._n == 1 else f"v{self._n}f64.v{self._n}i32"
        return self._w.call(self._float, f"llvm.ldexp.{suffix}", [(self._float, self.float(x)), (of, whole)])

    def fma(self, x: Any, y: Any, z: Any) -> str:
        """Return x·y + z, rounded once if `fused`."""
        return self.intrinsic("fma", x, y, z) if self.fused else self.add(self.mul(x, y), z)

    def sqrt(self, x: Any) -> str:
        """Return the square root."""
        return self.intrinsic("sqrt", x)

    def abs(self, x: Any) -> str:
        """Return |x|."""
        return self.intrinsic("fabs", x)

    def neg(self, x: Any) -> str:
        """Return −x."""
        return self._w.value(f"fneg {self._float} {self.float(x)}")

    def select(self, p: str, x: Any, y: Any) -> str:
        """Return x where p is true, y elsewhere."""
        mask, of = vector_type(self._n, "i1"), self._float
        return self._w.value(f"select {mask} {p}, {of} {self.float(x)}, {of} {self.float(y)}")

    def compare(self, how: str, x: Any, y: Any) -> str:
        """Return where a comparison of floats holds."""
        return self._w.value(f"fcmp {how} {self._float} {self.float(x)}, {self.float(y)}")

    def bits(self, x: Any) -> str:
        """Return the bits of floats as integers."""
        return self._w.value(f"bitcast {self._float} {self.float(x)} to {self._int}")

    def from_bits(self, k: Any) -> str:
        """Return the floats of these bits."""
        return self._w.value(f"bitcast {self._int} {self.int(k)} to {self._float}")

    def floats(self, name: str, x: Any, y: Any) -> str:
        """Write an instruction on two vectors of floats."""
        return self._w.value(f"{name} {self._float} {self.float(x)}, {self.float(y)}")

    def ints(self, name: str, j: Any, k: Any) -> str:
        """Write an instruction on two vectors of integers."""
        return self._w.value(f"{name} {self._int} {self.int(j)}, {self.int(k)}")

    def masks(self, name: str, p: str, q: str) -> str:
        """Write an instruction on two masks."""
        return self._w.value(f"{name} {vector_type(self._n, 'i1')} {p}, {q}")

    # One line each: what LLVM calls the operations of `mathematics.Lanes`.
    # fmt: off
    def add(self, x: Any, y: Any) -> str: return self.floats("fadd", x, y)
    def sub(self, x: Any, y: Any) -> str: return self.floats("fsub", x, y)
    def mul(self, x: Any, y: Any) -> str: return self.floats("fmul", x, y)
    def div(self, x: Any, y: Any) -> str: return self.floats("fdiv", x, y)
    def less(self, x: Any, y: Any) -> str: return self.compare("olt", x, y)
    def equal(self, x: Any, y: Any) -> str: return self.compare("oeq", x, y)
    def both(self, p: str, q: str) -> str: return self.masks("and", p, q)
    def either(self, p: str, q: str) -> str: return self.masks("or", p, q)
    def int_add(self, j: Any, k: Any) -> str: return self.ints("add", j, k)
    def int_and(self, j: Any, k: Any) -> str: return self.ints("and", j, k)
    def int_or(self, j: Any, k: Any) -> str: return self.ints("or", j, k)
    def int_xor(self, j: Any, k: Any) -> str: return self.ints("xor", j, k)
    def shift_left(self, k: Any, places: Any) -> str: return self.ints("shl", k, places)
    def shift_right(self, k: Any, places: Any) -> str: return self.ints("lshr", k, places)
    # fmt: on


Rule = Callable[..., Any]
