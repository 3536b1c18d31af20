"""Traced numbers: what a function is given while it is traced, in place of Values.

Each is a place in its trace and nothing else: it has no number of its own, for it stands for every row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from numbers import Number
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from ... import primitives as rows
from ...engine import Value, named
from ...in_trace import AT_WORK, CHOOSE, INSTEAD, refused
from ...primitives import Primitive
from ..tape.tape import code

if TYPE_CHECKING:
    from .recorder import Recorder


def _unary(p: Primitive) -> Callable[[Any], Any]:
    kind, at_work = code(p), AT_WORK.get

    def record(self: Traced) -> Traced:
        recorder = self._recorder
        if at_work() is not recorder:
            recorder.check(self)
        ops = recorder.ops
        v = _new(Traced)
        v._recorder = recorder
        v._node = count = len(ops)
        if count >= recorder.max_nodes:
            recorder.refuse_more()
        ops.append(kind)
        recorder.args.append(self._node)
        return v

    return named(record, p)


def _binary(p: Primitive, reflected: bool = False) -> Callable[[Any, Any], Any]:
    kind, at_work = code(p), AT_WORK.get

    def record(self: Traced, other: Any) -> Any:
        recorder = self._recorder
        if at_work() is not recorder:
            recorder.check(self)
        of = other.__class__
        b: Any = None
        if of is Traced and other._recorder is recorder:
            b = other._node
        elif of is Value:
            b = recorder.places.get(other)
        elif of is float or of is int:
            b = recorder.constants.get(other)
        if b is None and (b := recorder.operand(other)) is NotImplemented:
            return NotImplemented
        ops = recorder.ops
        v = _new(Traced)
        v._recorder = recorder
        v._node = count = len(ops)
        if count >= recorder.max_nodes:
            recorder.refuse_more()
        ops.append(kind)
        recorder.args.extend((b, self._node) if reflected else (self._node, b))
        return v

    return named(record, p)


def _compared(name: str) -> Callable[[Any, Any], Any]:
    def condition(self: Any, other: Any) -> Any:
        self._recorder.check(self)
        return self._recorder.compared(name, self, other)

    return condition


CHOOSE_ENTRY = (
    "write mx.lookup(table, i) in place of table[i]; in place of xs[:n] or range(n) loop over range(len(xs)), with "
    "mx.where(k < n, xs[k], 0.0)"
)
LOOKED_UP = "write mx.lookup([a, b], i) in place of {0: a, 1: b}[i]"


def refusing(what: str, way_out: str = "") -> Callable[..., NoReturn]:
    """Return a method that raises TraceError; in `what`, v stands for the number."""
    way_out = way_out or INSTEAD[what]

    def refuse(self: Any, *arguments: Any) -> NoReturn:
        why = f"{self!r} stands for a number in every row, and has no value of its own; {way_out}"
        raise refused(what, why)

    return refuse


class Symbol:
    """What traced numbers and traced indices have in common: comparisons, and all that they refuse."""

    __slots__ = ()
    __array_ufunc__ = None  # as for Value: NumPy must not take it for an array element
    _rank: ClassVar[float] = 1.5  # a Value beside it is recorded too, and a Dual has it as a part

    _recorder: Recorder

    def _apply(self, p: Primitive, operands: Sequence[Any], strict: bool = True) -> Traced:
        recorder = self._recorder
        recorder.check(self)
        return Traced(recorder, recorder.row(p, operands))

    __lt__ = _compared("__lt__")
    __le__ = _compared("__le__")
    __gt__ = _compared("__gt__")
    __ge__ = _compared("__ge__")

    __float__ = refusing("float(v)")
    __complex__ = refusing("complex(v)", "write with real numbers")
    __int__ = refusing("int(v)", f"{CHOOSE}; an argument that is an integer is named in indices=")
    __index__ = refusing(
        "use as an index",
        f"name the argument in indices= and {CHOOSE_ENTRY}",
    )
    __round__ = refusing("round(v)", f"rounding has no derivative; {CHOOSE}")
    __floor__ = refusing("math.floor(v)", f"rounding has no derivative; {CHOOSE}")
    __ceil__ = refusing("math.ceil(v)", f"rounding has no derivative; {CHOOSE}")
    __trunc__ = refusing("math.trunc(v)", f"rounding has no derivative; {CHOOSE}")

    def _is_given(self) -> bool:
        """Return whether the trace is at work, and this is computed from arguments alone."""
        return AT_WORK.get() is self._recorder

    __reduce__ = refusing("a copy or pickle of v")

    _no_data = refusing("v.data")
    _no_grad = refusing("v.grad")
    backward = refusing("v.backward()")
    _no_operands = refusing("v.operands", "look at the graph on Values, without compiling")

    data = property(_no_data, _no_data)
    grad = property(_no_grad, _no_grad)
    operands = property(_no_operands)
    _prev = property(_no_operands)

    def __format__(self, spec: str) -> str:
        return repr(self)


class Traced(Symbol):
    """A number of a trace. Operators and functions append nodes, and comparisons give conditions.

    `==` is identity as for Values, and refused of what is computed from arguments alone: where the function is called
    without a trace that may be a plain number, equal to others and to keys of a dictionary.
    """

    __slots__ = ("_node", "_recorder")

    _node: int

    def __init__(self, recorder: Recorder, node: int) -> None:
        self._recorder = recorder
        self._node = node

    __add__ = _binary(rows.add)
    __radd__ = _binary(rows.add, reflected=True)
    __sub__ = _binary(rows.sub)
    __rsub__ = _binary(rows.sub, reflected=True)
    __mul__ = _binary(rows.multiply)
    __rmul__ = _binary(rows.multiply, reflected=True)
    __truediv__ = _binary(rows.div)
    __rtruediv__ = _binary(rows.div, reflected=True)
    __pow__ = _binary(rows.power)
    __rpow__ = _binary(rows.power, reflected=True)
    __pos__ = _unary(rows.pos)
    __neg__ = _unary(rows.neg)
    __abs__ = _unary(rows.absolute)

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

    __bool__ = refusing("truth of v")

    _equal_to = refusing(
        "v == y",
        "if it is an integer, name its argument in indices=; else compare it, as in abs(v - y) < 1e-9. Comparing "
        "tuples or lists asks == first, and so do index, count, in and heapq: compare their numbers, or write key=, as "
        "in sorted(pairs, key=lambda p: p[0]) and max(range(len(x)), key=lambda i: x[i])",
    )
    _as_key = refusing("v as a key", f"if it is an integer, name its argument in indices=, and {LOOKED_UP}")

    def __eq__(self, other: Any) -> Any:
        is_plain = isinstance(other, Number) or (isinstance(other, Symbol) and other._is_given())
        return self._equal_to() if is_plain and self._is_given() else NotImplemented

    def __hash__(self) -> int:
        return self._as_key() if self._is_given() else object.__hash__(self)

    def _is_given(self) -> bool:
        return super()._is_given() and self._recorder.is_given(self._node)

    @property
    def label(self) -> str:
        """The name under which the compiled program knows the node."""
        return self._recorder.names.get(self._node, "")

    @label.setter
    def label(self, name: str) -> None:
        if not isinstance(name, str):
            raise TypeError(f"a label is a string, not {name!r}")
        self._recorder.check(self)
        self._recorder.names[self._node] = name

    def __repr__(self) -> str:
        return self._recorder.shown(self._node)


_new = Traced.__new__
