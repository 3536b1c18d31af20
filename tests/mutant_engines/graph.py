"""One bug each in how the graph is recorded, sorted and swept."""

from __future__ import annotations

from .right import CLOSURES, EDGES, POW, Mutant

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
_IN_PLACE = "    def __iadd__(self, other):\n        self.data += other.data\n        return self\n\n"
_ADD_TWICE = "            self.grad += out.grad\n            other.grad += out.grad\n"

GRAPH = (
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
    Mutant("= in place of +=", "in pow", CLOSURES, f"self.grad += {POW}", f"self.grad = {POW}", "x ** 3"),
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
)
