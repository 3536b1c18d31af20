"""Two right engines of other people's making, and what makes a mutant of them."""

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


POW = "(n * self.data**(n - 1) if n else 0.0)"
"""The slope of a power, as CLOSURES writes it."""


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
