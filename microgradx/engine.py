"""Value: a number that remembers how it was computed, and `backward`, which sends error signals back along that graph.

What a node holds stands in `node`; here its operators record new ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar, final

from . import primitives as rows
from .floats import FLOATS, evaluate
from .in_trace import AT_WORK, refuse_in_trace
from .names import place
from .node import LazyGradient, Node, grad_of, set_grad
from .numbers import as_written, operand, real
from .primitives import Primitive
from .sweep import one_sweep, sweep, topological_order

Recorder = TypeVar("Recorder", bound=Callable[..., Any])
Operand = Any  # a Value or a real number; other kinds of numbers (Dual) answer for themselves


def _unary(p: Primitive) -> Callable[[Value], Value]:
    def record(self: Value) -> Value:
        return record_unary(p, self)

    return named(record, p)


def record_unary(p: Primitive, v: Value) -> Value:
    """Return the node p(v) of a row with one scalar operand."""
    x = v._data
    try:
        z = p.value(FLOATS, x)
    except (ArithmeticError, ValueError):
        z = evaluate(p, (x,), place(v))
    if z.__class__ is not float:  # somebody set `data` to an int, or to another library's number
        x = as_written(x)
        z = evaluate(p, (x,), place(v))
    return node(p, z, v, None, x, None)


def _binary(p: Primitive) -> Callable[[Value, Operand], Value]:
    value = p.value

    def record(self: Value, other: Operand) -> Any:
        b: Value | None = None
        y = other
        kind = other.__class__
        if kind is Value:
            b = other
            y = other._data
        elif kind is not float and kind is not int:
            y = NotImplemented if getattr(other, "_rank", 0) > 1 else operand(other)
            if y is NotImplemented:
                return NotImplemented
        x = self._data
        try:
            z = value(FLOATS, x, y)
        except (ArithmeticError, ValueError):
            z = evaluate(p, (x, y), place(self, b))
        if z.__class__ is not float:
            x, y = as_written(x), as_written(y)
            z = evaluate(p, (x, y), place(self, b))
        return node(p, z, self, b, x, y)

    return named(record, p)


def _reflected(p: Primitive) -> Callable[[Value, Operand], Value]:
    """Number op Value; Value op Value never comes here."""
    value = p.value

    def record(self: Value, other: Operand) -> Any:
        x = other
        if other.__class__ is not float and other.__class__ is not int and (x := operand(other)) is NotImplemented:
            return NotImplemented
        y = self._data
        try:
            z = value(FLOATS, x, y)
        except (ArithmeticError, ValueError):
            z = evaluate(p, (x, y), place(self))
        if z.__class__ is not float:
            x, y = as_written(x), as_written(y)
            z = evaluate(p, (x, y), place(self))
        return node(p, z, None, self, x, y)

    return named(record, p)


def named(record: Recorder, p: Primitive) -> Recorder:
    """Name a method after the row that it records."""
    record.__name__ = record.__qualname__ = p.name
    record.__doc__ = f"Record {p.name}, drawn as {p.symbol}."
    return record


def _compared(name: str) -> Callable[[Value, Operand], bool]:
    compare = getattr(float, name)
    at_work = AT_WORK.get

    def by_data(self: Value, other: Operand) -> Any:
        if (trace := at_work()) is not None:  # the outcome decides what is recorded: it becomes a guard
            return trace.compared(name, self, other)
        y = other._data if isinstance(other, Value) else operand(other)
        return NotImplemented if y is NotImplemented else compare(float(self._data), float(y))

    return by_data


@final
class Value(Node):
    """A scalar node of a computation graph: `data` is its number, `grad` its error signal ∂output/∂self.

    Takes a real number (int, float, NumPy real scalar or 0-d array) and keeps a float; anything else is a TypeError.
    Operators and functions record new nodes. `<` and the like compare by data; `==` is identity, so that Values can
    be members of sets, and never holds beside a number: write abs(v - 1) < 1e-9, or v.data == 1. NumPy's functions do
    not take a single Value: write mx.tanh(v), or v.tanh(), which NumPy itself calls for each Value in an array.

    >>> w, x, b = Value(2.0, label="w"), Value(3.0, label="x"), Value(-5.0, label="b")
    >>> y = (w * x + b).tanh()
    >>> y.backward()
    >>> y
    Value(0.7615941559557649, grad=1.0, op='tanh')
    >>> abs(w.grad - 3.0 * (1.0 - y.data**2)) < 1e-12
    True
    """

    __slots__ = ()

    # NumPy must not take a Value for an array element: ndarray * Value then reaches __rmul__, which explains.
    __array_ufunc__: ClassVar[None] = None
    _rank: ClassVar[int] = 1  # of two kinds of numbers, the higher records: numbers 0, Values 1, Duals 2

    def __init__(self, data: float, label: str = "") -> None:
        if not isinstance(label, str):
            raise TypeError(f"a label is a string, not {label!r}")
        self._data = self._z = data if data.__class__ is float else real(data)
        self._grad = 0.0
        self.label = label
        self._primitive = self._a = self._b = self._x = self._y = None
        self._mark = None

    def __init_subclass__(cls) -> None:
        raise TypeError("Value is final, so that all of its operations give Values: write functions on Values instead")

    __add__ = _binary(rows.add)
    __radd__ = _reflected(rows.add)
    __sub__ = _binary(rows.sub)
    __rsub__ = _reflected(rows.sub)
    __mul__ = _binary(rows.multiply)
    __rmul__ = _reflected(rows.multiply)
    __truediv__ = _binary(rows.div)
    __rtruediv__ = _reflected(rows.div)
    __pow__ = _binary(rows.power)
    __rpow__ = _reflected(rows.power)
    __pos__ = _unary(rows.pos)
    __neg__ = _unary(rows.neg)
    __abs__ = _unary(rows.absolute)
    __lt__ = _compared("__lt__")
    __le__ = _compared("__le__")
    __gt__ = _compared("__gt__")
    __ge__ = _compared("__ge__")

    abs = __abs__
    exp = _unary(rows.exp)
    expm1 = _unary(rows.expm1)
    log = _unary(rows.log)
    log1p = _unary(rows.log1p)
    sqrt = _unary(rows.sqrt)
    sin = _unary(rows.sin)
    cos = _unary(rows.cos)
    tanh = _unary(rows.tanh)
    sigmoid = _unary(rows.sigmoid)
    softplus = _unary(rows.softplus)
    gaussian = _unary(rows.gaussian)
    relu = _unary(rows.relu)
    step = _unary(rows.step)
    detach = _unary(rows.detach)

    def backward(self, seed: float = 1.0) -> None:
        """Add seed · ∂self/∂leaf to the `grad` of every leaf; nodes between hold the error signal of this call.

        All or nothing: an error or an interrupt before the end leaves every `grad` as it was. Raises TypeError if
        the seed is not a real number.

        >>> x = Value(3.0)
        >>> (x * x).backward()
        >>> x.grad
        6.0
        """
        refuse_in_trace("v.backward()", self)
        seed = real(seed)
        while (unknown := self._sent_back(seed)) is not None:
            grad_of(unknown)  # outside the sweep, for which other threads wait

    def _sent_back(self, seed: float) -> Value | None:
        """Return a leaf whose `grad` is not computed yet; if there is none, add to the `grad` of every leaf."""
        with one_sweep():
            order = topological_order(self)
            nodes, grads = [], []
            for v, g in zip(order, sweep(order, seed), strict=True):
                if v.__class__ is Value:
                    before: Any = v._grad if v._primitive is None else 0.0
                    if before.__class__ is LazyGradient and (before := before.so_far(v)) is None:
                        return v
                    nodes.append(v)
                    grads.append(before if g is None else before + float(g))
            set_grad(nodes, grads)
        return None

    def __reduce__(self) -> tuple[Any, ...]:
        refuse_in_trace("a copy or pickle of v", self)
        if self._primitive is not None:
            raise TypeError(
                f"{self!r} is a computed node, and a graph is not copied or pickled: "
                f"copy its leaves (or the model) and compute again, or keep v.data"
            )
        return (_leaf, (self._data, grad_of(self), self.label))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        from .draw import draw

        bundle: dict[str, Any] = draw(self)._repr_mimebundle_(include, exclude)
        return bundle


_new = Value.__new__


def node(p: Primitive, z: float, a: Any, b: Any, x: Any, y: Any) -> Value:
    """Return the node z = p(x, y) over the operand nodes a, b: None for a plain number, a `Block` for a sequence."""
    v = _new(Value)
    v._data = v._z = z
    v._grad = 0.0
    v.label = ""
    v._primitive = p
    v._a = a
    v._b = b
    v._x = x
    v._y = y
    v._mark = None
    return v


def _leaf(data: float, grad: float, label: str) -> Value:
    v = Value(data, label)
    v._grad = grad
    return v
