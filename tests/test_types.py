"""Section Types of TRUST: what a Value takes, and what every mistake is answered with."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx import ShapeError, Value

REAL_NUMBERS = [3, 3.0, np.float64(3), np.float32(3), np.int64(3), np.uint8(3), np.array(3.0), np.array(3), Fraction(3)]

NOT_REAL = [
    (True, "True of type bool; write 1.0 or 0.0, or choose with where"),
    (np.True_, "bool; write 1.0 or 0.0"),
    ("3", "'3' of type str; convert it with float"),
    (None, "None of type NoneType"),
    ([1.0], r"\[1.0\] of type list; make one Value of each element: \[Value\(x\) for x in xs\]"),
    ((1.0, 2.0), r"\(1.0, 2.0\) of type tuple; make one Value of each"),
    ({}, "{} of type dict"),
    (1j, r"1j of type complex; take its .real part"),
    (Decimal("1.5"), r"Decimal\('1.5'\) of type Decimal; convert it with float\(...\) first"),
    (Value(2.0), r"Value\(2.0, grad=0.0\) of type Value; it is a Value already"),
    (np.array([1.0]), "of type ndarray; write lists of Values and loops .*compile"),
    (np.array(["a"]), "of type ndarray"),
    (np.array(1j), "of type complex"),
    (np.array(True), "True of type bool"),
]

BINARY = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]
BINARY_IDS = [f.__name__ for f in BINARY]
COMPARISONS = [operator.lt, operator.le, operator.gt, operator.ge]


@pytest.mark.parametrize("x", REAL_NUMBERS, ids=lambda x: type(x).__name__)
def test_value_takes_real_numbers_and_keeps_a_float(x: Any) -> None:
    """A Value takes any real number, NumPy's scalars and 0-d arrays among them, and keeps a Python float."""
    assert type(Value(x).data) is float
    assert Value(x).data == 3.0
    assert type((Value(2.0) * x).data) is float
    assert (Value(2.0) * x).data == (x * Value(2.0)).data == 6.0


@pytest.mark.parametrize(("x", "message"), NOT_REAL, ids=lambda x: type(x).__name__)
def test_value_refuses_everything_else(x: Any, message: str) -> None:
    """Anything but a real number is a TypeError at construction that shows it and the way out."""
    with pytest.raises(TypeError, match=f"a Value holds one real number, not .*{message}"):
        Value(x)


@pytest.mark.parametrize("x", [x for x, _ in NOT_REAL if not isinstance(x, Value)], ids=lambda x: type(x).__name__)
@pytest.mark.parametrize("operate", BINARY, ids=BINARY_IDS)
def test_operators_refuse_what_value_refuses(operate: Callable[[Any, Any], Any], x: Any) -> None:
    """An operator with anything but a real number is a TypeError, whichever side it stands on."""
    with pytest.raises(TypeError):
        operate(Value(2.0), x)
    with pytest.raises(TypeError):
        operate(x, Value(2.0))


@pytest.mark.parametrize("operate", BINARY, ids=BINARY_IDS)
def test_arrays_are_refused_with_advice(operate: Callable[[Any, Any], Any]) -> None:
    """ndarray ∘ Value and Value ∘ ndarray name `compile` and lists, and never make an array of Values."""
    for operands in [(np.ones(3), Value(2.0)), (Value(2.0), np.ones((2, 2)))]:
        with pytest.raises(TypeError, match=r"lists of Values and loops over single numbers .*compile"):
            operate(*operands)


@pytest.mark.parametrize("operate", BINARY, ids=BINARY_IDS)
def test_numpy_scalars_on_the_left_record(operate: Callable[[Any, Any], Any]) -> None:
    """A NumPy scalar on the left of an operator records a Value, as a float does."""
    v = Value(2.0)
    recorded = operate(np.float64(3.0), v)
    assert isinstance(recorded, Value)
    assert recorded.data == operate(3.0, 2.0)
    assert mx.grad(recorded, v) == mx.grad(operate(3.0, v), v)


def test_truth_of_a_value_is_refused() -> None:
    """`if v` and `and` on Values raise and say what to write instead."""
    for use in (bool, lambda v: v and 1, lambda v: not v, lambda v: 1 if v else 2):
        with pytest.raises(TypeError, match=r"neither true nor false: compare it, as in v > 0, or look at v\.data"):
            use(Value(1.0))


@pytest.mark.parametrize("convert", [float, int, math.exp, math.floor, complex, np.exp, lambda v: [1, 2][v]])
def test_conversions_that_lose_the_graph_are_refused(convert: Callable[[Any], Any]) -> None:
    """A Value does not turn into a plain number behind one's back."""
    with pytest.raises(TypeError):
        convert(Value(1.0))
    with pytest.raises(TypeError, match=r"would lose its graph as a float: write v\.data .*mx\.exp, not math\.exp"):
        math.exp(Value(1.0))


@pytest.mark.parametrize("compare", COMPARISONS, ids=lambda f: f.__name__)
def test_comparisons_are_by_data(compare: Callable[[Any, Any], bool]) -> None:
    """<, <=, > and >= compare by data, against Values and numbers on both sides, and return bool."""
    for x in (1.0, 2.0, math.inf, math.nan):
        for y in (1.0, 2, np.float64(1.5), -math.inf):
            expected = bool(compare(x, float(y)))
            assert compare(Value(x), Value(y)) is expected
            assert compare(Value(x), y) is expected
            assert compare(x, Value(y)) is expected
    for other in ("1", None, [1.0], 1j, True, np.ones(2)):
        with pytest.raises(TypeError):
            compare(Value(1.0), other)


def test_equality_is_identity() -> None:
    """== is identity, so that Values serve as keys and `in` finds the node itself."""
    x, twin = Value(1.0), Value(1.0)
    assert x == x
    assert x != twin
    assert x != 1.0
    assert {x: 1}[x] == 1
    assert x in [twin, x]
    assert twin not in [x]


@pytest.mark.parametrize("operate", [operator.floordiv, operator.mod, operator.matmul, operator.and_, divmod])
def test_other_operators_are_refused(operate: Callable[[Any, Any], Any]) -> None:
    """Operators that have no derivative here are TypeErrors."""
    with pytest.raises(TypeError):
        operate(Value(3.0), 2)


def test_assignment_operators_make_new_nodes() -> None:
    """v += 1 binds the name to a new node and leaves the old one alone."""
    old = v = Value(1.0)
    v += 2.0
    assert (v.data, old.data) == (3.0, 1.0)
    assert v.operands == (old, 2.0)


def test_repr_and_format() -> None:
    """A repr shows data, gradient, label and operation; a format specification formats the data."""
    v = Value(2.0, label="w")
    assert repr(v) == "Value(2.0, grad=0.0, label='w')"
    assert repr(v * 3) == "Value(6.0, grad=0.0, op='*')"
    assert f"{v:.3f}" == "2.000"
    assert f"{v}" == str(v) == repr(v)
    with pytest.raises(AttributeError):
        v.dta = 3.0  # type: ignore[attr-defined]  # a typing error must not go unnoticed


MISTAKES: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: Value(1.0, 3), TypeError, "a label is a string, not 3"),  # type: ignore[arg-type]
    (lambda: mx.grad(Value(1.0), 1.0), TypeError, r"with respect to Values, not 1.0; make it one: Value\(1.0\)"),
    (lambda: mx.grad(Value(1.0), "w"), TypeError, "with respect to Values, not 'w'$"),
    (lambda: mx.value_and_grad(Value(1.0))([1.0]), TypeError, r"a list of numbers.*not Value.*grad\(output, inputs\)"),  # type: ignore[arg-type]
    (lambda: mx.hessian(Value(1.0), [1.0]), TypeError, r"a list of numbers.*not Value"),  # type: ignore[arg-type]
    (lambda: mx.check_gradients(Value(1.0), [1.0]), TypeError, r"a list of numbers.*not Value"),  # type: ignore[arg-type]
    (lambda: mx.jvp(Value(1.0), [1.0], [1.0]), TypeError, r"a list of numbers.*not Value"),  # type: ignore[arg-type]
    (lambda: mx.grad(Value(1.0), [Value(1.0), None]), TypeError, "with respect to Values, not None"),
    (lambda: mx.grad([Value(1.0)], Value(1.0)), ShapeError, "grad needs one output, not the 1 of .*see jacobian"),
    (lambda: mx.grad("loss", Value(1.0)), TypeError, "one real number, not 'loss'"),
    (lambda: mx.value_and_grad(lambda x: x)([1.0, 2.0]), ShapeError, "not a list of 2; see jacobian"),
    (lambda: mx.value_and_grad(lambda x: x[0])(3.0), TypeError, r"a list, not 3.0; write \[3.0\]"),
    (lambda: mx.jacobian(lambda x: x, 3.0), TypeError, r"a list, not 3.0; write \[3.0\]"),
    (lambda: mx.jvp(lambda x: x[0], [1.0], [1.0, 2.0]), ShapeError, "1 inputs, 2 components"),
    (lambda: mx.hvp(lambda x: x[0], [1.0], []), ShapeError, "1 inputs, 0 components"),
    (lambda: mx.dot([1.0], [1.0, 2.0]), ShapeError, "one length, not 1 and 2"),
    (lambda: mx.max(), ValueError, "max of no numbers is undefined"),
    (lambda: mx.max([]), ValueError, "max of no numbers is undefined"),
    (lambda: mx.min([]), ValueError, "min of no numbers is undefined"),
    (lambda: mx.logsumexp([]), ValueError, "logsumexp of no numbers is undefined"),
    (lambda: mx.softmax([]), ValueError, "softmax of no numbers is undefined"),
    (lambda: mx.log_softmax([]), ValueError, "of no numbers is undefined"),
    (lambda: mx.where(Value(1.0), 1.0, 2.0), TypeError, r"a condition, not Value.*compare it, as in where\(x > 0"),
    (lambda: mx.exp("1"), TypeError, "one real number, not '1'"),
    (lambda: mx.exp([1.0]), TypeError, r"one real number, not \[1.0\]"),
    (lambda: mx.sum([1.0, None]), TypeError, "one real number, not None"),
    (lambda: mx.sum([Value(1.0), True]), TypeError, "one real number, not True"),
    (lambda: mx.sum(Value(1.0)), TypeError, "not iterable"),
    (lambda: mx.jvp(lambda x: x[0] * "a", [1.0], [1.0]), TypeError, "one real number, not 'a'"),
    (lambda: mx.jvp(lambda x: x[0] > "a", [1.0], [1.0]), TypeError, "one real number, not 'a'"),
    (lambda: mx.jvp(lambda x: 1.0 if x[0] else 0.0, [1.0], [1.0]), TypeError, "neither true nor false"),
    (lambda: mx.jvp(lambda x: np.ones(2) * x[0], [1.0], [1.0]), TypeError, "lists of Values"),
    (lambda: mx.jvp(lambda x: math.exp(x[0]), [1.0], [1.0]), TypeError, "Dual|real number"),
]


@pytest.mark.parametrize("name", ["abs", "exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tanh"])
def test_functions_of_numpy(name: str) -> None:
    """NumPy's functions refuse a single Value, and record each Value of an array by its method of the same name."""
    function, own = getattr(np, name), getattr(mx, name, abs)
    v = Value(0.5, "v")
    with pytest.raises(TypeError, match="operand 'Value' does not support ufuncs"):
        function(v)
    (found,) = function(np.array([v]))
    assert found.data == own(v).data
    assert mx.grad(found, v) == mx.grad(own(v), v)
    with pytest.raises(TypeError, match="no callable cosh method"):
        np.cosh(np.array([v]))


@pytest.mark.parametrize(("mistake", "error", "message"), MISTAKES)
def test_mistake(mistake: Callable[[], Any], error: type[Exception], message: str) -> None:
    """A mistake raises the error that says what was wrong, with which value, and the way out."""
    with pytest.raises(error, match=message):
        mistake()
