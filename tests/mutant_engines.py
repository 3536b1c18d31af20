"""Small engines of other people's making: two right ones, and what each of them is with one bug in it."""

from __future__ import annotations

from typing import NamedTuple

CLOSURES = """
import math

class Value:
    def __init__(self, data, _children=()):
        self.data = data
        self.grad = 0.0
        self._backward = lambda: None
        self._prev = tuple(_children)

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other))
        def _backward():
            self.grad += out.grad
            other.grad += out.grad
        out._backward = _backward
        return out

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other))
        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad
        out._backward = _backward
        return out

    def __pow__(self, n):
        assert isinstance(n, (int, float)), "only plain numbers"
        out = Value(self.data**n, (self,))
        def _backward():
            self.grad += (n * self.data**(n - 1) if n else 0.0) * out.grad
        out._backward = _backward
        return out

    def exp(self):
        out = Value(math.exp(self.data), (self,))
        def _backward():
            self.grad += out.data * out.grad
        out._backward = _backward
        return out

    def log(self):
        out = Value(math.log(self.data), (self,))
        def _backward():
            self.grad += 1 / self.data * out.grad
        out._backward = _backward
        return out

    def tanh(self):
        t = math.tanh(self.data)
        out = Value(t, (self,))
        def _backward():
            self.grad += (1 - t**2) * out.grad
        out._backward = _backward
        return out

    def sigmoid(self):
        e = math.exp(-abs(self.data))
        s = 1 / (1 + e) if self.data >= 0 else e / (1 + e)
        out = Value(s, (self,))
        def _backward():
            self.grad += s * (1 - s) * out.grad
        out._backward = _backward
        return out

    def relu(self):
        out = Value(max(self.data, 0.0), (self,))
        def _backward():
            self.grad += (self.data > 0) * out.grad
        out._backward = _backward
        return out

    def backward(self):
        topo, visited, stack = [], set(), [(self, False)]
        while stack:
            v, done = stack.pop()
            if done:
                topo.append(v)
            elif v not in visited:
                visited.add(v)
                stack.append((v, True))
                stack += [(u, False) for u in v._prev]
        for v in topo:
            if v._prev:
                v.grad = 0.0
        self.grad = self.grad + 1.0 if not self._prev else 1.0
        for v in reversed(topo):
            v._backward()

    def __neg__(self):
        return self * -1

    def __radd__(self, other):
        return self + other

    def __sub__(self, other):
        return self + (-other)

    def __rsub__(self, other):
        return (-self) + other

    def __rmul__(self, other):
        return self * other

    def __truediv__(self, other):
        return self * other**-1

    def __rtruediv__(self, other):
        return other * self**-1
"""

EDGES = """
import math

class Value:
    def __init__(self, data, edges=()):
        self.data, self.grad, self.edges = float(data), 0.0, list(edges)

    def _lift(other):
        return other if isinstance(other, Value) else Value(other)

    def __add__(self, other):
        other = Value._lift(other)
        return Value(self.data + other.data, [(self, 1.0), (other, 1.0)])

    def __sub__(self, other):
        other = Value._lift(other)
        return Value(self.data - other.data, [(self, 1.0), (other, -1.0)])

    def __mul__(self, other):
        other = Value._lift(other)
        return Value(self.data * other.data, [(self, other.data), (other, self.data)])

    def __truediv__(self, other):
        other = Value._lift(other)
        return Value(self.data / other.data, [(self, 1 / other.data), (other, -self.data / other.data**2)])

    def __pow__(self, other):
        other = Value._lift(other)
        x, n = self.data, other.data
        z = x**n
        return Value(z, [(self, n * x**(n - 1) if n else 0.0), (other, z * math.log(x) if x > 0 else 0.0)])

    def __neg__(self):
        return Value(-self.data, [(self, -1.0)])

    def __radd__(self, other):
        return Value(other) + self

    def __rsub__(self, other):
        return Value(other) - self

    def __rmul__(self, other):
        return Value(other) * self

    def __rtruediv__(self, other):
        return Value(other) / self

    def __rpow__(self, other):
        return Value(other) ** self

    def relu(self):
        return Value(max(self.data, 0.0), [(self, 1.0 if self.data >= 0 else 0.0)])

    def backward(self):
        users, stack, seen = {}, [self], {id(self)}
        while stack:
            for u, _ in stack.pop().edges:
                users[id(u)] = users.get(id(u), 0) + 1
                if id(u) not in seen:
                    seen.add(id(u))
                    stack.append(u)
        signals, ready = {id(self): 1.0}, [self]
        while ready:
            v = ready.pop()
            g = signals[id(v)]
            v.grad += g
            for u, partial in v.edges:
                signals[id(u)] = signals.get(id(u), 0.0) + g * partial
                users[id(u)] -= 1
                if not users[id(u)]:
                    ready.append(u)

def exp(x):
    return Value(math.exp(x.data), [(x, math.exp(x.data))])
"""


class Mutant(NamedTuple):
    """One bug: the engine that has it, what is written in place of what, and the name it is to be given."""

    bug: str
    about: str
    engine: str
    old: str
    new: str
    evidence: str = ""

    @property
    def source(self) -> str:
        """The engine's source with the bug in it."""
        assert self.old in self.engine, self.about
        return self.engine.replace(self.old, self.new)


_SWEEP = CLOSURES[CLOSURES.index("        topo, visited, stack") : CLOSURES.index("    def __neg__")]
_START = "        self.grad = self.grad + 1.0 if not self._prev else 1.0\n"
_RESET = "        for v in topo:\n            if v._prev:\n                v.grad = 0.0\n"
_RECURSIVE = """        topo, visited = [], set()
        def build(v):
            if v not in visited:
                visited.add(v)
                for u in v._prev:
                    build(u)
                topo.append(v)
        build(self)
        for v in topo:
            if v._prev:
                v.grad = 0.0
        self.grad = 1.0
        for v in reversed(topo):
            v._backward()

"""
_CLEAR = """        nodes, stack = {self}, [self]
        while stack:
            v = stack.pop()
            if v._prev:
                v.grad = 0.0
            stack += [u for u in v._prev if u not in nodes]
            nodes.update(v._prev)
"""
_NO_ORDER = f"""{_CLEAR}        self.grad = 1.0
        stack = [self]
        while stack:
            v = stack.pop()
            v._backward()
            stack += v._prev

"""
_FIRST_MET = f"""{_CLEAR}        self.grad = 1.0
        queue, visited = [self], {{self}}
        while queue:
            v = queue.pop(0)
            v._backward()
            for u in v._prev:
                if u not in visited:
                    visited.add(u)
                    queue.append(u)

"""
_RECURSES_ON_ITSELF = """        self.grad = 1.0
        self._backward()
        for u in self._prev:
            u.backward()

"""
_EVERY_PATH = EDGES[EDGES.index("        users, stack, seen") : EDGES.index("def exp")]
_PATH_BY_PATH = """        stack = [(self, 1.0)]
        while stack:
            v, g = stack.pop()
            v.grad += g
            stack += [(u, g * partial) for u, partial in v.edges]

"""
_TANH = "t = math.tanh(self.data)"
_QUOTIENT = "t = (math.exp(2 * self.data) - 1) / (math.exp(2 * self.data) + 1)"
_POW = "(n * self.data**(n - 1) if n else 0.0)"
_IN_PLACE = "    def __iadd__(self, other):\n        self.data += other.data\n        return self\n\n"
_ADD_TWICE = "            self.grad += out.grad\n            other.grad += out.grad\n"

PARTIAL = "wrong partial derivative"
MUTANTS = (
    # The graph.
    Mutant("= in place of +=", "in +", CLOSURES, _ADD_TWICE, _ADD_TWICE.replace("+=", "="), "is 1, should be 2"),
    Mutant(
        "= in place of +=",
        "everywhere",
        CLOSURES.replace("self.grad += ", "self.grad = ").replace("other.grad += ", "other.grad = "),
        "",
        "",
        "only the last is kept",
    ),
    Mutant("= in place of +=", "in tanh", CLOSURES, "self.grad += (1 - t**2)", "self.grad = (1 - t**2)", "tanh"),
    Mutant("= in place of +=", "in pow", CLOSURES, f"self.grad += {_POW}", f"self.grad = {_POW}", "x ** 3"),
    Mutant(
        "= in place of +=", "in relu", CLOSURES, "self.grad += (self.data > 0)", "self.grad = (self.data > 0)", "relu"
    ),
    Mutant("no topological order", "pushed again and again", CLOSURES, _SWEEP, _NO_ORDER, "more than once"),
    Mutant("no topological order", "breadth first", CLOSURES, _SWEEP, _FIRST_MET, "before it was complete"),
    Mutant("every node starts with 1", "backward calls itself", CLOSURES, _SWEEP, _RECURSES_ON_ITSELF, "x.grad is 1"),
    Mutant(
        "gradient stops after one step",
        "not reversed",
        CLOSURES,
        "in reversed(topo)",
        "in topo",
        "x is 0, should be 10",
    ),
    Mutant(
        "gradient stops after one step",
        "the output's operands only",
        CLOSURES,
        "        for v in reversed(topo):\n            v._backward()",
        "        self._backward()",
    ),
    Mutant("recursion limit", "recursive sort", CLOSURES, _SWEEP, _RECURSIVE, "1,000 additions: RecursionError"),
    Mutant("exponential time", "path by path", EDGES, _EVERY_PATH, _PATH_BY_PATH, "2⁴⁰"),
    Mutant("old gradients flow again", "no reset between calls", CLOSURES, _RESET, "", "is 45, should be 30"),
    Mutant(
        "1 is added to the output's old gradient",
        "grad += 1",
        CLOSURES,
        _RESET + _START,
        _RESET.replace("v._prev", "v._prev and v is not self") + "        self.grad += 1.0\n",
        "is 9, should be 6",
    ),
    Mutant("backward does not start with 1", "no seed", CLOSURES, _START, "", "output's grad is 0, should be 1"),
    Mutant(
        "backward does not start with 1", "its data", CLOSURES, _START, "        self.grad = self.data\n", "grad is 6"
    ),
    Mutant(
        "backward on a leaf",
        "no operands, no gradient",
        CLOSURES,
        "        topo, visited, stack =",
        "        if not self._prev:\n            raise ValueError('no graph')\n        topo, visited, stack =",
        "no graph",
    ),
    Mutant(
        "same operand twice counts once",
        "a dictionary by operand",
        EDGES,
        "self.edges = float(data), 0.0, list(edges)",
        "self.edges = float(data), 0.0, list(dict(edges).items())",
        "x + x at x = 2: x is 1, should be 2",
    ),
    Mutant(
        "same operand twice counts once",
        "a set of parents",
        EDGES,
        "self.edges = float(data), 0.0, list(edges)",
        "self.edges = float(data), 0.0, [(u, dict(edges)[u]) for u in {u for u, _ in edges}]",
    ),
    Mutant(
        "equal numbers taken for one node",
        "== compares data",
        CLOSURES.replace("visited.add(v)", "visited.append(v)").replace("[], set(), [(self", "[], [], [(self"),
        "    def __neg__",
        "    def __eq__(self, other): return self.data == other.data\n    __hash__ = None\n\n    def __neg__",
    ),
    Mutant(
        "nodes stay visited",
        "a mark on the node",
        CLOSURES.replace("elif v not in visited", "elif not hasattr(v, 'visited')"),
        "visited.add(v)",
        "v.visited = True",
    ),
    Mutant(
        "state kept between calls",
        "a mutable default",
        CLOSURES.replace("def backward(self):", "def backward(self, topo=[]):"),
        "topo, visited, stack = [], set(),",
        "visited, stack = set(),",
    ),
    Mutant(
        "grad shared by all Values",
        "an attribute of the class",
        CLOSURES.replace("        self.grad = 0.0\n", "", 1).replace("self.grad +=", "Value.grad +="),
        "class Value:\n",
        "class Value:\n    grad = 0.0\n",
    ),
    Mutant(
        "backward changes data",
        "a step of descent in backward",
        CLOSURES,
        "            v._backward()\n",
        "            v._backward()\n        for v in topo:\n            v.data -= 0.1 * v.grad\n",
    ),
    Mutant("in-place operator changes the operand", "+=", CLOSURES, "    def __neg__", f"{_IN_PLACE}    def __neg__"),
    Mutant(
        "gradient does not start at 0",
        "1",
        CLOSURES,
        "self.grad = 0.0\n        self._b",
        "self.grad = 1.0\n        self._b",
    ),
    Mutant("no data or grad", "another name", CLOSURES.replace("self.data = data", "self.value = data"), "", ""),
    Mutant(
        "data is not kept",
        "whole numbers",
        CLOSURES,
        "self.data = data",
        "self.data = int(data)",
        "data is 2, should be 2.5",
    ),
    Mutant("backward fails", "a leaf's _backward is None", CLOSURES, "lambda: None", "None", "not callable"),
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
    Mutant("upstream gradient ignored", "in pow", CLOSURES, f"{_POW} * out.grad", _POW, "x ** 3"),
    # Special numbers.
    Mutant("pow at 0", "n·out/x", CLOSURES, _POW, "(n * out.data / self.data)", "ZeroDivisionError"),
    Mutant("pow at 0", "x**0", CLOSURES, _POW, "(n * self.data**(n - 1))", "x ** 0 at 0: ZeroDivisionError"),
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
