"""One bug each in what an operation computes, in its partial derivatives, and at special numbers."""

from __future__ import annotations

from .right import CLOSURES, EDGES, POW, Mutant

_TANH = "t = math.tanh(self.data)"
_QUOTIENT = "t = (math.exp(2 * self.data) - 1) / (math.exp(2 * self.data) + 1)"

PARTIAL = "wrong partial derivative"

OPERATIONS = (
    # Operators.
    Mutant("missing operation", "no __radd__", CLOSURES, "def __radd__", "def radd", "3 + x raises TypeError"),
    Mutant("missing operation", "no __rsub__", CLOSURES, "def __rsub__", "def rsub", "3 - x raises TypeError"),
    Mutant("missing operation", "no __rmul__", EDGES, "def __rmul__", "def rmul", "3 * x raises TypeError"),
    Mutant(
        "missing operation", "no __rtruediv__", CLOSURES, "def __rtruediv__", "def rtruediv", "3 / x raises TypeError"
    ),
    Mutant("missing operation", "no __neg__", EDGES, "def __neg__", "def neg", "-x raises TypeError"),
    Mutant("operands swapped", "__rsub__", CLOSURES, "return (-self) + other", "return self - other", "computes x - 3"),
    Mutant(
        "operands swapped", "__rtruediv__", EDGES, "return Value(other) / self", "return self / other", "computes x / 3"
    ),
    Mutant(
        "operands swapped", "__rpow__", EDGES, "return Value(other) ** self", "return self ** other", "computes x ** 2"
    ),
    Mutant("operands swapped", "__sub__", EDGES, "self.data - other.data", "other.data - self.data", "computes y - x"),
    Mutant("wrong value", "floor division", EDGES, "self.data / other.data, [", "self.data // other.data, [", "//"),
    Mutant("wrong value", "sigmoid of -x", CLOSURES, "if self.data >= 0 else", "if self.data < 0 else", "minus of e⁻ˣ"),
    Mutant(
        "an operation gives no Value",
        "a number from __neg__",
        EDGES,
        "return Value(-self.data, [(self, -1.0)])",
        "return -self.data",
        "of type float",
    ),
    Mutant(
        "an operation changes its operand",
        "__neg__ in place",
        EDGES,
        "        return Value(-self.data, [(self, -1.0)])",
        "        out = Value(-self.data, [(self, -1.0)])\n        self.data = -self.data\n        return out",
        "x is -2, should be 2",
    ),
    # Partials.
    Mutant(PARTIAL, "+ with a minus", EDGES, "[(self, 1.0), (other, 1.0)]", "[(self, 1.0), (other, -1.0)]", "sign"),
    Mutant(PARTIAL, "- with a plus", EDGES, "(other, -1.0)]", "(other, 1.0)]", "sign of a sum"),
    Mutant(
        PARTIAL,
        "own number in *",
        EDGES,
        "[(self, other.data), (other, self.data)]",
        "[(self, self.data), (other, other.data)]",
        "own number",
    ),
    Mutant(
        PARTIAL,
        "other gets nothing in *",
        CLOSURES,
        "            other.grad += self.data * out.grad\n",
        "",
        "no gradient reaches y",
    ),
    Mutant(PARTIAL, "/ without the square", EDGES, "/ other.data**2)", "/ other.data)", "square of"),
    Mutant(
        PARTIAL, "/ without the minus", EDGES, "-self.data / other.data**2", "self.data / other.data**2", "minus of"
    ),
    Mutant(PARTIAL, "exponent not lowered", CLOSURES, "self.data**(n - 1)", "self.data**n", "not lowered"),
    Mutant(
        PARTIAL,
        "factor n missing",
        CLOSURES,
        "(n * self.data**(n - 1) if n else 0.0)",
        "(self.data**(n - 1) if n else 0.0)",
        "factor n",
    ),
    Mutant(
        PARTIAL,
        "exponent gets nothing",
        EDGES,
        ", (other, z * math.log(x) if x > 0 else 0.0)]",
        "]",
        "no gradient reaches",
    ),
    Mutant(PARTIAL, "log x missing", EDGES, "(other, z * math.log(x) if x > 0 else 0.0)", "(other, z)", "log"),
    Mutant(PARTIAL, "tanh of its input", CLOSURES, "(1 - t**2)", "(1 - self.data**2)", "1 - x² with the input x"),
    Mutant(PARTIAL, "tanh without the square", CLOSURES, "(1 - t**2)", "(1 - t)", "square of 1 - t²"),
    Mutant(
        PARTIAL,
        "exp of its input",
        CLOSURES,
        "self.grad += out.data * out.grad",
        "self.grad += self.data * out.grad",
        "input",
    ),
    Mutant(
        PARTIAL,
        "log of its output",
        CLOSURES,
        "1 / self.data * out.grad",
        "1 / out.data * out.grad",
        "1 over the output",
    ),
    Mutant(
        PARTIAL, "sigmoid of its input", CLOSURES, "s * (1 - s) * out", "self.data * (1 - self.data) * out", "input x"
    ),
    Mutant(PARTIAL, "relu's mask", CLOSURES, "(self.data > 0) * out", "(self.data <= 0) * out", "wrong side"),
    Mutant(PARTIAL, "relu without a mask", CLOSURES, "(self.data > 0) * out", "1.0 * out", "everything through"),
    Mutant(PARTIAL, "relu times its output", CLOSURES, "(self.data > 0) * out", "out.data * out", "output where 1"),
    Mutant(PARTIAL, "exp times two", EDGES, "[(x, math.exp(x.data))]", "[(x, 2 * math.exp(x.data))]", "2 times"),
    Mutant(
        "upstream gradient ignored",
        "in *",
        CLOSURES,
        "            self.grad += other.data * out.grad\n            other.grad += self.data * out.grad",
        "            self.grad += other.data\n            other.grad += self.data",
        "5 from above is ignored",
    ),
    Mutant("upstream gradient ignored", "in tanh", CLOSURES, "(1 - t**2) * out.grad", "(1 - t**2)", "5 that arrives"),
    Mutant("upstream gradient ignored", "in pow", CLOSURES, f"{POW} * out.grad", POW, "x ** 3"),
    # Special numbers.
    Mutant("pow at 0", "n·out/x", CLOSURES, POW, "(n * out.data / self.data)", "ZeroDivisionError"),
    Mutant("pow at 0", "x**0", CLOSURES, POW, "(n * self.data**(n - 1))", "x ** 0 at 0: ZeroDivisionError"),
    Mutant(
        "pow of a negative number",
        "by exp and log",
        EDGES,
        "z = x**n",
        "z = math.exp(n * math.log(x)) if x else x**n",
        "-2",
    ),
    Mutant(
        "pow with a fraction",
        "whole exponents",
        CLOSURES,
        'only plain numbers"',
        'only plain numbers"\n        n = round(n)',
    ),
    Mutant(
        "relu at 0",
        "x/|x|",
        CLOSURES,
        "(self.data > 0) * out",
        "(1 + self.data / abs(self.data)) / 2 * out",
        "ZeroDivision",
    ),
    Mutant("overflow in tanh", "a quotient of exponentials", CLOSURES, _TANH, _QUOTIENT, "tanh at 1000: OverflowError"),
    Mutant(
        "overflow in sigmoid",
        "1/(1 + e⁻ˣ)",
        CLOSURES,
        "s = 1 / (1 + e) if self.data >= 0 else e / (1 + e)",
        "s = 1 / (1 + math.exp(-self.data))",
        "-1000",
    ),
)
