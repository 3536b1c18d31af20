"""Functions of the C library in strict mode, mostly without calling it: where its results are known beforehand.

A rule gives a result and where that is certain: where no other float is as near to the exact value as the library's
function must be. The lanes that are not certain are given to the library, one by one.
"""

from __future__ import annotations

from collections.abc import Callable

from .arithmetic import Arithmetic
from .float_lanes import Float, Lanes, Mask
from .writer import Writer, vector_type

Rule = Callable[[Lanes, Float], tuple[Float, Mask]]
"""Returns the results of a function, and where they are certain."""


def certainly(w: Writer, name: str, x: str, n: int, rule: Rule, called: Callable[[Writer, str], str]) -> str:
    """Write a function of a vector of n lanes, by a rule and a call for a lane that is not certain.

    It is a call of a function of this name that stands in the kernel's module once.
    """
    t = vector_type(n)
    w.module.define_once(_function(Writer(w.module.whole), name, n, rule, called))
    return w.value(f"call {t} @{name}{n}({t} {x})")


def _function(w: Writer, name: str, n: int, rule: Rule, called: Callable[[Writer, str], str]) -> str:
    """Return the function as text."""
    t = vector_type(n)
    given, found = (w.value(f"alloca {t}, align 8") for _ in range(2))
    whole, certain = rule(Arithmetic(w, n), "%x")
    mask = w.value(f"bitcast {vector_type(n, 'i1')} {certain} to i{n}")

    def some() -> list[str]:
        w.do(f"store {t} %x, ptr {given}, align 8")
        w.do(f"store {t} {whole}, ptr {found}, align 8")
        lanes = w.value(f"zext i{n} {w.value(f'xor i{n} {mask}, -1')} to i64")
        w.repeat([("i64", lanes)], lane)
        return [w.value(f"load {t}, ptr {found}, align 8")]

    def lane(left: list[str]) -> tuple[str, list[str]]:
        i = w.call("i64", "llvm.cttz.i64", [("i64", left[0]), ("i1", "true")])
        y = called(w, w.value(f"load double, ptr {w.shifted(given, i)}, align 8"))
        w.do(f"store double {y}, ptr {w.shifted(found, i)}, align 8")
        rest = w.value(f"and i64 {left[0]}, {w.value(f'add i64 {left[0]}, -1')}")
        return w.value(f"icmp ne i64 {rest}, 0"), [rest]

    result = w.when(w.value(f"icmp ne i{n} {mask}, -1"), [t], [whole], some)[0]
    lines = "\n".join(w.lines)
    return f"define {t} @{name}{n}({t} %x) nounwind {{\nentry:\n{lines}\n  ret {t} {result}\n}}"
