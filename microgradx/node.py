"""A node of a computation graph: its number, its error signal, and what it was computed from."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from numbers import Real
from typing import TYPE_CHECKING, Any

from .in_trace import AT_WORK, refuse_in_trace
from .primitives import Primitive

if TYPE_CHECKING:
    from .engine import Value

_at_work = AT_WORK.get


class LazyGradient:
    """The gradients of some nodes, each as `_grad` of its node, which are computed when one of them is asked for.

    >>> v = Node()
    >>> v._grad = LazyGradient([v], lambda: [2.0])
    >>> v.grad
    2.0
    """

    def __init__(self, nodes: Sequence[Node], compute: Callable[[], Sequence[float]]) -> None:
        self._known: dict[int, float] = {}  # by the nodes' ids, as nodes would be a cycle of references
        self._unknown: tuple[Sequence[Node], Callable[[], Sequence[float]]] | None = nodes, compute

    def of(self, node: Node) -> float:
        """Return the gradient of one of the nodes; threads that ask at the same time compute the same."""
        if (unknown := self._unknown) is not None:
            nodes, compute = unknown
            self._known = dict(zip(map(id, nodes), compute(), strict=True))
            self._unknown = None
        return self._known[id(node)]

    def so_far(self, node: Node) -> float | None:
        """Return it if it has been computed."""
        return self._known.get(id(node))


class Node:
    """What a node holds, and how it is written: its row of the table, its operands, and the numbers computed from.

    The numbers are kept as they were recorded, so that `backward` differentiates what was recorded, whatever happened
    to `.data` since. A node refers to its operands, never to its users, so that a graph needs no collector to be freed.

    Nobody may read or set `data` and `grad` while a function is traced. What itself records, or runs when no trace
    does, goes by `_data` and `_grad`, and asks no trace.
    """

    __slots__ = ("_a", "_b", "_data", "_grad", "_mark", "_primitive", "_x", "_y", "_z", "label")

    label: str
    _data: float
    _grad: float | LazyGradient
    _primitive: Primitive | None
    _a: Any  # first operand: a node, or a Block of nodes; None where it is a plain number
    _b: Any
    _x: Any  # the numbers computed from, and the result, as recorded
    _y: Any
    _z: float
    _mark: Any  # belongs to the sweep at work, see `sweep`

    @property
    def data(self) -> float:
        """The number itself. TraceError in a function that is being traced."""
        if _at_work() is not None:
            refuse_in_trace("v.data", self)
        return self._data

    @data.setter
    def data(self, number: float) -> None:
        if _at_work() is not None:
            refuse_in_trace("v.data", self)
        if number.__class__ is not float and number.__class__ is not int and isinstance(number, Real):
            number = number if isinstance(number, bool) else float(number)  # or NumPy would go on in single precision
        self._data = number

    @property
    def grad(self) -> float:
        """∂output/∂self, of the last `backward` or training step. TraceError in a function that is being traced."""
        if _at_work() is not None:
            refuse_in_trace("v.grad", self)
        grad = self._grad
        return grad if grad.__class__ is float else grad_of(self)

    @grad.setter
    def grad(self, number: float | None) -> None:
        if _at_work() is not None:
            refuse_in_trace("v.grad", self)
        self._grad = 0.0 if number is None else number  # as PyTorch's users set it, for no gradient

    @property
    def operands(self) -> tuple[Value | float, ...]:
        """What the node was computed from, in order and with multiplicity: Values, or plain numbers as written."""
        found: list[Value | float] = []
        for a, x in ((self._a, self._x), (self._b, self._y)):
            if isinstance(x, tuple):
                nodes = a._a if a else (None,) * len(x)
                found += [xᵢ if v is None else v for v, xᵢ in zip(nodes, x, strict=True)]
            elif x is not None:
                found.append(x if a is None else a)
        return tuple(found)

    @property
    def _prev(self) -> tuple[Value, ...]:
        return tuple(v for v in self.operands if isinstance(v, Node))

    @property
    def _op(self) -> str:
        return "" if self._primitive is None else self._primitive.symbol

    def __repr__(self) -> str:
        about = [repr(self._data), f"grad={grad_of(self)!r}"]
        about += [f"label={self.label!r}"] if self.label else []
        about += [f"op={self._op!r}"] if self._op else []
        return f"Value({', '.join(about)})"

    def __format__(self, spec: str) -> str:
        return format(self._data, spec) if spec else repr(self)

    def __bool__(self) -> bool:
        refuse_in_trace("truth of v", self)
        raise TypeError(f"a Value is neither true nor false: compare it, as in v > 0, or look at v.data ({self!r})")

    def __float__(self) -> float:
        refuse_in_trace("float(v)", self)
        raise TypeError(
            f"{self!r} would lose its graph as a float: write v.data for the number, "
            f"or microgradx's own function (mx.exp, not math.exp) to go on recording"
        )

    __int__ = __float__


Put = Callable[[Iterable[Node], Iterable[float]], None]
"""What sets the data of each node, as `set_data` does."""


def set_data(numbers: Iterable[Node], data: Iterable[float]) -> None:
    """Set the data of each: in one call that runs in C to its end, no interrupt and no other thread comes between."""
    deque(map(setattr, numbers, repeat("_data"), data), maxlen=0)


def set_grad(numbers: Iterable[Node], grads: Iterable[float | LazyGradient]) -> None:
    """Set the gradient of each in the same way."""
    deque(map(setattr, numbers, repeat("_grad"), grads), maxlen=0)


def grad_of(node: Node) -> float:
    """Return the gradient of a node, computed now if nobody has asked for it yet."""
    grad = node._grad
    return grad.of(node) if grad.__class__ is LazyGradient else grad  # type: ignore[return-value]


def grads_of(nodes: Iterable[Node]) -> list[float]:
    """Return the gradient of each."""
    return [g if (g := v._grad).__class__ is float else grad_of(v) for v in nodes]
