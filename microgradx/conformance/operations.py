"""The table of operations of a `Value` that are tried, and the ways in which each is known to go wrong.

What is right is not written here: it is what our own engine gives for the same program.
"""

from __future__ import annotations

import math
import operator
import sys
from typing import Any

from .operation import Call, Operation


def function(name: str) -> Call:
    """Return the program that applies a function, as a method or as a function beside the class."""

    def call(x: Any) -> Any:
        if hasattr(x, name):
            return getattr(x, name)()
        beside: Any = getattr(sys.modules.get(type(x).__module__), name, None)
        if getattr(beside, "__module__", None) != type(x).__module__:
            raise AttributeError(f"there is no method {name}()")
        return beside(x)

    return call


def _wrap(name: str) -> str:
    return f"in {name}, make plain numbers Values: other = other if isinstance(other, Value) else Value(other)"


def _define(name: str, body: str) -> str:
    return f"define {name}(self, other) as {body}"


_TWO = ((2.0, -3.0), (0.5, 4.0))
_POSITIVE = ((2.0, 3.0), (0.5, 1.5))
_ONE = ((2.0,), (-0.5,))


def _logistic(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x))


OPERATIONS = (
    Operation("x + y", operator.add, _TWO),
    Operation(
        "x * y",
        operator.mul,
        _TWO,
        wrong_partials={
            "each operand gets its own number instead of the other's": lambda x, y: (x, y),
            "the partials of a sum, 1 and 1, stand where those of a product belong": lambda x, y: (1.0, 1.0),
        },
    ),
    Operation("x + 3", lambda x: x + 3, _ONE, _wrap("__add__")),
    Operation(
        "3 + x",
        lambda x: 3 + x,
        _ONE,
        _define("__radd__", "self + other (sum() needs it too)"),
        built_on=("x + y", "x + 3"),
    ),
    Operation("x * 3", lambda x: x * 3, _ONE, _wrap("__mul__")),
    Operation("3 * x", lambda x: 3 * x, _ONE, _define("__rmul__", "self * other"), built_on=("x * y", "x * 3")),
    Operation(
        "-x",
        operator.neg,
        _ONE,
        "define __neg__(self) as self * -1",
        spelled=(lambda x: x * -1,),
        built_on=("x * 3", "x * y"),
    ),
    Operation(
        "x - y",
        operator.sub,
        _TWO,
        "define __sub__(self, other) as self + (-other)",
        wrong_values={"it computes y - x: the operands are swapped": lambda x, y: y - x},
        wrong_partials={"y gets the sign of a sum: ∂(x - y)/∂y is -1": lambda x, y: (1.0, 1.0)},
        spelled=(lambda x, y: x + (-y), lambda x, y: x + y * -1),
        built_on=("-x", "x + y", "x * y"),
    ),
    Operation(
        "x - 3",
        lambda x: x - 3,
        _ONE,
        _wrap("__sub__"),
        wrong_values={"it computes 3 - x: the operands are swapped": lambda x: 3 - x},
        spelled=(lambda x: x + (-3),),
        built_on=("x + 3",),
    ),
    Operation(
        "3 - x",
        lambda x: 3 - x,
        _ONE,
        _define("__rsub__", "other + (-self)"),
        wrong_values={"it computes x - 3: the operands are swapped": lambda x: x - 3},
        spelled=(lambda x: (-x) + 3, lambda x: x * -1 + 3),
        built_on=("-x", "x + 3", "3 + x"),
    ),
    Operation(
        "x ** 3",
        lambda x: x**3,
        ((2.0,), (0.5,)),
        "define __pow__(self, other) for plain numbers",
        wrong_partials={
            "the exponent was not lowered: n·xⁿ in place of n·xⁿ⁻¹": lambda x: (3 * x**3,),
            "the factor n of n·xⁿ⁻¹ is missing": lambda x: (x**2,),
            "it takes (n - 1)·xⁿ⁻¹ for n·xⁿ⁻¹": lambda x: (2 * x**2,),
            "it takes n·xⁿ⁻² for n·xⁿ⁻¹": lambda x: (3 * x,),
        },
    ),
    Operation(
        "x ** -1",
        lambda x: x**-1,
        ((2.0,), (0.5,)),
        "define __pow__(self, other) for plain numbers",
        spelled=(lambda x: x**-1,),
        built_on=("x ** 3",),
    ),
    Operation(
        "x / y",
        operator.truediv,
        _POSITIVE,
        "define __truediv__(self, other) as self * other**-1",
        wrong_values={
            "it divides without remainder, //": lambda x, y: x // y,
            "it computes y / x: the operands are swapped": lambda x, y: y / x,
        },
        wrong_partials={
            "the minus of ∂(x/y)/∂y = -x/y² is missing": lambda x, y: (1 / y, x / y**2),
            "the square of ∂(x/y)/∂y = -x/y² is missing": lambda x, y: (1 / y, -x / y),
            "the factor x of ∂(x/y)/∂y = -x/y² is missing": lambda x, y: (1 / y, -1 / y**2),
        },
        spelled=(lambda x, y: x * y**-1,),
        built_on=("x ** 3", "x ** -1", "x * y"),
    ),
    Operation(
        "x / 4",
        lambda x: x / 4,
        ((2.0,), (3.0,)),
        _wrap("__truediv__"),
        wrong_values={
            "it divides without remainder, //": lambda x: x // 4,
            "it computes 4 / x: the operands are swapped": lambda x: 4 / x,
        },
        spelled=(lambda x: x * 4**-1,),
        built_on=("x / y", "x * 3"),
    ),
    Operation(
        "3 / x",
        lambda x: 3 / x,
        ((2.0,), (0.75,)),
        _define("__rtruediv__", "other * self**-1"),
        wrong_values={
            "it computes x / 3: the operands are swapped": lambda x: x / 3,
            "it divides without remainder, //": lambda x: 3 // x,
        },
        spelled=(lambda x: 3 * x**-1, lambda x: x**-1 * 3),
        built_on=("x ** 3", "x ** -1", "x * 3", "x / y"),
    ),
    Operation(
        "2 ** x",
        lambda x: 2**x,
        ((3.0,), (0.5,)),
        required=False,
        wrong_values={"it computes x ** 2: the operands are swapped": lambda x: x**2},
        wrong_partials={"the factor log 2 of 2ˣ·log 2 is missing": lambda x: (2**x,)},
    ),
    Operation(
        "x ** y",
        operator.pow,
        _POSITIVE,
        required=False,
        wrong_partials={"the factor log x of ∂xʸ/∂y = xʸ·log x is missing": lambda x, y: (y * x ** (y - 1), x**y)},
    ),
    Operation(
        "x.exp()",
        function("exp"),
        ((0.7,), (-1.3,)),
        required=False,
        wrong_partials={
            "it takes x, the input, where eˣ, the output, belongs": lambda x: (x,),
            "eˣ was differentiated like a power, x·eˣ⁻¹": lambda x: (x * math.exp(x - 1),),
            "the output is sent through exp again": lambda x: (math.exp(math.exp(x)),),
        },
    ),
    Operation(
        "x.log()",
        function("log"),
        ((0.7,), (2.5,)),
        required=False,
        wrong_values={"it is the logarithm to base 10": math.log10, "it is the logarithm to base 2": math.log2},
        wrong_partials={
            "it takes 1 over the output where 1 over the input belongs": lambda x: (1 / math.log(x),),
            "it takes x for 1/x": lambda x: (x,),
        },
    ),
    Operation(
        "x.tanh()",
        function("tanh"),
        ((0.7,), (-1.3,)),
        required=False,
        wrong_partials={
            "1 - x² with the input x where 1 - t² with the output t belongs": lambda x: (1 - x**2,),
            "the square of 1 - t² is missing": lambda x: (1 - math.tanh(x),),
            "the slope t·(1 - t) of the logistic function stands in place of 1 - t²": lambda x: (
                math.tanh(x) * (1 - math.tanh(x)),
            ),
        },
        spelled=(
            lambda x: ((x * 2).exp() - 1) / ((x * 2).exp() + 1),
            lambda x: ((2 * x).exp() - 1) / ((2 * x).exp() + 1),
        ),
        built_on=("x.exp()", "x / y"),
    ),
    Operation(
        "x.sigmoid()",
        function("sigmoid"),
        ((0.7,), (-1.3,)),
        required=False,
        wrong_values={"it is 1/(1 + eˣ): the minus of e⁻ˣ is missing": lambda x: _logistic(-x)},
        wrong_partials={
            "x·(1 - x) with the input x where s·(1 - s) with the output s belongs": lambda x: (x * (1 - x),),
            "σ is applied twice: σ(s)·(1 - σ(s)) in place of s·(1 - s)": lambda x: (
                _logistic(_logistic(x)) * (1 - _logistic(_logistic(x))),
            ),
            "it takes 1 - s² for s·(1 - s)": lambda x: (1 - _logistic(x) ** 2,),
        },
        spelled=(lambda x: 1 / (1 + (-x).exp()), lambda x: ((-x).exp() + 1) ** -1),
        built_on=("x.exp()", "x / y", "3 / x", "x ** -1"),
    ),
    Operation(
        "x.relu()",
        function("relu"),
        ((2.0,), (-3.0,)),
        required=False,
        wrong_partials={
            "the mask lets the wrong side through": lambda x: (0.0 if x > 0 else 1.0,),
            "it lets everything through, on the negative side too": lambda x: (1.0,),
            "it multiplies by the output where 1 belongs": lambda x: (max(x, 0.0),),
        },
    ),
)
