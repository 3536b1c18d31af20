"""The operations of nests on vectors: comparisons, selections, and the elementary functions in two ways.

In strict mode an elementary function is the C library's, called lane by lane: the same that Python's `math` uses; see
`certain` for those whose results are mostly known without a call.
Otherwise it is a rule of `mathematics`, for all lanes at once.
"""

from __future__ import annotations

from math import inf, nan

from . import mathematics, powers_of_e, squaring
from .arithmetic import Arithmetic
from .c_functions import is_bounded
from .writer import Writer, vector_type


class Operations:
    """What an operation of the tape does to vectors of `width` lanes, of which `active` hold points."""

    def __init__(self, w: Writer, width: int, active: int, strict: bool) -> None:
        self.width = width
        self._w, self._active, self._strict = w, active, strict
        self._m = Arithmetic(w, width)
        self._conditions: dict[str, tuple[str, bool]] = {}  # numbers made of a mask: whether it says where they are 0
        self._steps: dict[str, str] = {}  # steps: of what

    # fmt: off
    def expm1(self, x: str) -> str: return self._elementary("expm1", x)
    def log(self, x: str) -> str: return self._elementary("log", x)
    def log1p(self, x: str) -> str: return self._elementary("log1p", x)
    def sin(self, x: str) -> str: return self._elementary("sin", x)
    def cos(self, x: str) -> str: return self._elementary("cos", x)
    def tanh(self, x: str) -> str: return self._elementary("tanh", x)
    def div(self, x: str, y: str) -> str: return self._m.div(x, y)
    def sqrt(self, x: str) -> str: return self._m.sqrt(x)
    def abs(self, x: str) -> str: return self._m.abs(x)
    def less(self, x: str, y: str) -> str: return self._truth("olt", x, y)
    def less_equal(self, x: str, y: str) -> str: return self._truth("ole", x, y)
    def equal(self, x: str, y: str) -> str: return self._truth("oeq", x, y)
    def max(self, x: str, y: str) -> str: return self._extremum("ugt", x, y)
    def min(self, x: str, y: str) -> str: return self._extremum("ult", x, y)
    # fmt: on

    def exp(self, x: str) -> str:
        """Return eˣ."""
        if self._strict and self.width > 1 and self._m.fused and is_bounded():
            return powers_of_e.power_of_e(self._w, x, self.width)
        return self._elementary("exp", x)

    def pow(self, x: str, y: str) -> str:
        """Return xʸ."""
        if self._strict and y == self._m.float(2.0) and is_bounded():
            return squaring.squared(self._w, x, self.width)
        return self._elementary("pow", x, y)

    def step(self, x: str) -> str:
        """Return 1 where x > 0, 0 where x ≤ 0, NaN at NaN."""
        m = self._m
        low = m.compare("ole", x, 0.0)
        result = m.select(m.compare("ogt", x, 0.0), 1.0, m.select(low, 0.0, nan))
        self._conditions[result] = low, True
        self._steps[result] = x
        return result

    def sign(self, x: str) -> str:
        """Return 1, −1 or 0, NaN at NaN."""
        m = self._m
        return m.select(m.compare("olt", x, 0.0), -1.0, self.step(x))

    def select(self, condition: str, x: str, y: str) -> str:
        """Return x where the condition is not 0 (NaN is not), y elsewhere."""
        if not self._strict and self._steps.get(condition) == x and y == self._m.float(0.0):
            return self._m.select(self._m.compare("ogt", 0.0, x), 0.0, x)  # one instruction, −0.0 where x is
        mask, is_zero = self._conditions.get(condition) or (self._m.compare("oeq", condition, 0.0), True)
        return self._m.select(mask, y, x) if is_zero else self._m.select(mask, x, y)

    def _truth(self, how: str, x: str, y: str) -> str:
        mask = self._m.compare(how, x, y)
        result = self._m.select(mask, 1.0, 0.0)
        self._conditions[result] = mask, False
        return result

    def _extremum(self, how: str, best: str, x: str) -> str:
        """Return x where it is better or NaN, unless the best so far is NaN."""
        m = self._m
        return m.select(m.both(m.compare(how, x, best), m.compare("ord", best, best)), x, best)

    def _elementary(self, name: str, *operands: str) -> str:
        function = None if self._strict else getattr(mathematics, "FUNCTIONS", {}).get(name)
        if function is None:
            return self._called(name, operands)
        m = self._m
        result = m.float(function.rule(m, *operands))
        if function.limit == inf:
            return result
        size = m.abs(operands[0])
        return self._replaced(name, operands, m.both(m.less(function.limit, size), m.less(size, inf)), result)

    def _called(self, name: str, operands: tuple[str, ...]) -> str:
        """Call the C library's function for each lane that holds a point."""
        w, lanes = self._w, []
        for i in range(self._active):
            lanes.append(w.call("double", name, [("double", w.lane(x, i, self.width)) for x in operands]))
        return w.gathered(lanes + lanes[-1:] * (self.width - self._active))

    def _replaced(self, name: str, operands: tuple[str, ...], where: str, result: str) -> str:
        """Return the C library's results in some lanes, which are rare."""
        w, n = self._w, self.width
        some = where
        if n > 1:
            together = w.value(f"bitcast {vector_type(n, 'i1')} {where} to i{n}")
            some = w.value(f"icmp ne i{n} {together}, 0")
        called = w.when(
            some, [vector_type(n)], [result], lambda: [self._m.select(where, self._called(name, operands), result)]
        )
        return called[0]
