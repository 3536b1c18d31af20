"""Program: how it is made, called and refused, and its indices."""

from __future__ import annotations

import copy
import math
import pickle
import subprocess
import sys

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.program import Program
from microgradx.errors import ShapeError

from .small_net import net


def test_compile_is_a_decorator():
    """`@mx.compile` and `@mx.compile(parameters=…)` give programs with the function's name and docstring."""
    w = Value(3.0)

    @mx.compile
    def square(x: Value) -> Value:
        """Return x²."""
        return x * x

    @mx.compile(parameters=[w], target="numpy", strict=True)
    def scaled(x):
        return x * w

    assert isinstance(square, Program)
    assert square.__name__ == "square"
    assert square.__doc__ == "Return x²."
    assert square([3.0]).tolist() == [9.0]
    assert scaled.value_and_grad([2.0]) == (6.0, pytest.approx([2.0]))
    assert scaled.strict
    assert scaled.target == "numpy"


def test_a_model_is_a_function_of_one_row():
    """A Module can be compiled as it is."""
    model, _, X, _ = net()
    program = mx.compile(model, model.parameters(), target="numpy")
    np.testing.assert_allclose(program(X), [model(x).data for x in X.tolist()], rtol=1e-14)
    assert "MLP(x)" in repr(program)


def test_a_function_of_nothing():
    """A function without arguments, such as a loss over data that it holds itself, gives single results."""
    w = Value(3.0)
    program = mx.compile(lambda: (w * w) - 1.0, [w], target="numpy")
    assert program() == 8.0
    assert program.value_and_grad() == (8.0, pytest.approx([6.0]))
    w.data = 1.0
    assert program() == 0.0
    assert mx.compile(lambda: [w, w * 2], target="numpy")().tolist() == [1.0, 2.0]


def test_optional_and_further_arguments():
    """Arguments with defaults may be left out, and a function may take any number of them."""
    program = mx.compile(lambda x, scale=2.0: x * scale, target="numpy")
    assert program([3.0]).tolist() == [6.0]
    assert program([3.0], [5.0]).tolist() == [15.0]
    summed = mx.compile(lambda *xs: mx.sum(xs), target="numpy")
    assert summed([1.0], [2.0], [3.0]).tolist() == [6.0]


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((), TypeError, r"f\(x, y\) takes 2 arguments.*but 0 were given"),
        (([1.0],), TypeError, "but 1 was given"),
        (([1.0], [1.0], [1.0]), TypeError, "but 3 were given"),
        (([1.0], [1.0, 2.0]), ShapeError, "'x' has 1, but 'y' has 2"),
        (([1.0], 2.0), ShapeError, "'y' needs one entry for each row"),
    ],
)
def test_calls_with_the_wrong_arguments(arguments, error, words):
    """The number of arguments, and of their rows, is checked against the function's own."""

    def f(x, y):
        return x * y

    with pytest.raises(error, match=words):
        mx.compile(f, target="numpy")(*arguments)


@pytest.mark.parametrize(
    "method", ["__call__", "value_and_grad", "gradients", "jacobian", "hessian", "jvp", "on", "train"]
)
def test_arguments_are_not_given_by_name(method):
    """An argument by name is a TypeError that tells the order, though the function itself would take it."""
    w = Value(1.0)
    program = mx.compile(lambda x, t: (w * x - t) ** 2, [w], target="numpy")
    with pytest.raises(TypeError, match=r"in order, and none by name, as 't' is here; write program\(x, t\)"):
        getattr(program, method)([1.0], [1.0], t=[1.0])


REFUSED = [
    (lambda: mx.compile(3.0), TypeError, "function of one row"),
    (lambda: mx.compile(Value(1.0)), TypeError, "compile_graph"),
    (lambda: mx.compile(math.hypot, target="numpy")([1.0], [1.0]), TypeError, None),
    (lambda: mx.compile(lambda x: x, parameters=Value(1.0)), TypeError, "list of Values"),
    (lambda: mx.compile(lambda x: x, parameters=net()[0]), TypeError, r"model.parameters\(\)"),
    (lambda: mx.compile(net()[0].parameters()), TypeError, r"^.{,300}$"),
    (lambda: mx.compile(mx.nn.MLP), TypeError, r"make an object, as in MLP\(…\), and compile that"),
    (lambda: mx.compile(mx.tanh, target="numpy")([1.0], [1.0]), TypeError, "takes 1 argument, an array of rows, but 2"),
    (lambda: mx.compile(lambda: W, target="numpy")([1.0]), TypeError, "takes no arguments, but 1 was given"),
    (lambda: mx.compile(mx.nn.MLP.__call__, target="numpy")([1.0]), TypeError, "compile the method of an object"),
    (lambda: mx.compile(lambda x: x, parameters=[1.0]), TypeError, "entry 0 is 1.0"),
    (lambda: mx.compile(lambda x: x, parameters=[Value(1.0) * 2]), ValueError, "parameter 0 is computed"),
    (lambda: mx.compile(lambda x: x, parameters=[W, Value(1.0), W]), ValueError, "parameters 0 and 2 are the same"),
    (lambda: mx.compile(lambda x: x, parameters=[W, W, W * 2]), ValueError, "parameter 2 is computed"),
    (lambda: mx.compile(lambda x: x, parameters=[W, W, W * 2, 1.0]), TypeError, "entry 3 is 1.0"),
    (lambda: mx.compile(lambda x: x, indices="y"), ValueError, "named 'y'; there is|named 'y'"),
    (lambda: mx.compile(lambda token: token, indices=["tokne"]), ValueError, "did you mean 'token'"),
    (lambda: mx.compile(lambda token: token, indices=0), TypeError, "names of arguments, such as 'token', not 0"),
    (lambda: mx.compile(lambda x, y: x).jvp([1.0], [1.0], [1.0], [1.0]), TypeError, r"but 3 were given, .*\(V, W\)"),
    (lambda: mx.compile(mx.tanh, [W]).train([1.0], callback=print), TypeError, "did you mean 'callbacks'"),
    (lambda: mx.compile(mx.tanh, [W]).train([1.0], lr=0.1), TypeError, r"no setting 'lr'; .*optim\.SGD\(lr=0\.1\)"),
    (lambda: mx.compile(lambda x, *, k: x), TypeError, "needs 'k' by name"),
    (lambda: mx.compile(lambda x: x, target="gpu"), ValueError, "'auto', 'llvm' or 'numpy', not 'gpu'"),
    (lambda: mx.compile(mx.compile(lambda x: x)), TypeError, "compiled already"),
    (lambda: mx.compile(lambda x: x, max_paths=0), ValueError, "at least 1, not 0"),
    (lambda: copy.deepcopy(mx.compile(lambda x: x)), TypeError, "compile its function again"),
    (lambda: pickle.dumps(mx.compile(mx.tanh)), TypeError, "compile its function again"),
]
W = Value(1.0)


@pytest.mark.parametrize(("make", "error", "words"), REFUSED)
def test_what_cannot_be_compiled_is_refused(make, error, words):
    """Each mistake has its own error, with the value and the way out."""
    with pytest.raises(error, match=words):
        make()


def test_parameters_that_were_refused_are_differentiated_as_before():
    """A check of parameters leaves nothing behind that a sweep would take for an error signal."""
    x = Value(3.0)
    with pytest.raises(ValueError, match="parameters 0 and 1 are the same"):
        mx.compile(lambda y: x * y, parameters=[x, x])
    mx.compile(lambda y: x * y, parameters=[x])
    (x * x).backward()
    assert x.grad == 6.0


def test_indices_are_whole_numbers_in_range():
    """An index out of range or not whole names the row; within range it looks up, with gradients for the table."""
    table = [Value(10.0, "a"), Value(20.0, "b"), Value(30.0, "c")]
    program = mx.compile(lambda i, x: mx.lookup(table, i) * x, table, indices="i", target="numpy")
    assert program([2, 0], [1.0, 2.0]).tolist() == [30.0, 20.0]
    assert program.value_and_grad([2, 0], [1.0, 2.0])[1].tolist() == [1.0, 0.0, 0.5]
    gi, gx = program.gradients([2, 0], [1.0, 2.0])
    assert gi.tolist() == [0.0, 0.0]
    assert gx.tolist() == [30.0, 10.0]
    assert program.hessian([2, 0], [1.0, 2.0]).shape == (2, 1, 1)
    _, tangents = program.jvp([2, 0], [1.0, 2.0], (None, [1.0, 1.0]))
    assert tangents.tolist() == [30.0, 10.0]
    for wrong in (-1, 3):
        with pytest.raises(IndexError, match=rf"i\[1\] is {wrong}.*from 0 to 2"):
            program([2, wrong], [1.0, 2.0])
    with pytest.raises(ValueError, match=r"i\[0\] is 0.5"):
        program([0.5, 1], [1.0, 2.0])


def test_an_index_is_a_number_too():
    """In arithmetic and comparisons an index is the number that it is; nothing has a derivative with respect to it."""
    program = mx.compile(lambda i, x: x * i + (1.0 if i > 1 else x) + mx.lookup([0.0, 5.0, 6.0], i), indices=["i"])
    i, x = [0, 1, 2], [1.5, 2.5, 3.5]
    assert program(i, x).tolist() == [1.5, 2.5 + 2.5 + 5.0, 7.0 + 1.0 + 6.0]
    assert program.gradients(i, x)[1].tolist() == [1.0, 2.0, 2.0]
    assert program.gradients(i, x)[0].tolist() == [0.0] * 3
    assert program.jacobian(i, x).tolist() == [[[1.0]], [[2.0]], [[2.0]]]


def test_lists_of_indices():
    """An argument of shape (n, t) of indices reaches the function as a list of t of them."""
    table = [[Value(i * 10.0 + j) for j in range(2)] for i in range(3)]
    flat = [v for row in table for v in row]
    program = mx.compile(lambda ts: mx.sum([mx.lookup(table, t)[k] for k, t in enumerate(ts)]), flat, indices="ts")
    assert program([[0, 1], [2, 2]]).tolist() == [0.0 + 11.0, 20.0 + 21.0]
    assert program.value_and_grad([[0, 1], [2, 2]])[1].tolist() == [0.5, 0, 0, 0.5, 0.5, 0.5]
    with pytest.raises(IndexError, match=r"ts\[1, 0\] is 3"):
        program([[0, 1], [3, 2]])


def test_an_index_is_in_range_on_its_own_path():
    """An index need fit only what its row looks up; the range of another path does not matter."""
    small, large = [1.0, 2.0], [10.0, 20.0, 30.0, 40.0]
    program = mx.compile(lambda i, x: mx.lookup(small, i) * x if x > 0 else mx.lookup(large, i) * x, indices="i")
    assert program([1, 3, 0], [1.0, -1.0, -1.0]).tolist() == [2.0, -40.0, -10.0]
    with pytest.raises(IndexError, match=r"i\[2\] is 3.*from 0 to 1"):
        program([1, 3, 3], [1.0, -1.0, 1.0])


def test_without_llvmlite_numpy_serves(monkeypatch):
    """The target "auto" is "numpy" where llvmlite is missing."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name, package=None: None if name == "llvmlite" else name)
    assert mx.compile(lambda x: x).target == "numpy"


def test_without_numpy_the_error_says_what_to_install():
    """compile names the command that installs what it needs; importing the package needs none of it."""
    program = (
        "import sys; sys.modules['numpy'] = None; import microgradx as mx\n"
        "try: mx.compile(lambda x: x)\nexcept ImportError as error: print(error)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "pip install numpy llvmlite" in run.stdout


def test_without_numpy_fit_says_what_is_lost():
    """fit trains on Values where NumPy is missing, and its warning says so, and which command ends that."""
    program = (
        "import sys; sys.modules['numpy'] = None; import microgradx as mx\n"
        "mx.fit(mx.nn.Neuron(1), [0.0, 1.0], [1.0, 3.0], epochs=1)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "fit trains on Values, not compiled: compile needs NumPy" in run.stderr
    assert "pip install numpy llvmlite (far slower" in run.stderr
