"""Corners of the core that are easily forgotten."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx.files import write_atomically
from microgradx.primitives import row

CUBE = mx.Primitive(
    "tanh", "cube", "{0}^3", ((-4.0, 4.0),), lambda m, x: x * x * x, (lambda m, z, x: 3.0 * x * x,)
)  # named like a row of the table on purpose


def inner(x: list[Any]) -> Any:
    """Return d/dy (y²·x) at y = 3, which is 6x."""
    return mx.value_and_grad(lambda y: y[0] * y[0] * x[0])([3.0])[1][0]


def test_nested_gradients_of_values() -> None:
    """An inner gradient keeps the outer variable whether that is a float, a Value or a Dual."""
    assert mx.value_and_grad(inner)([2.0]) == (12.0, [6.0])
    value, gradient = mx.value_and_grad(inner)([mx.Value(2.0)])
    assert (value.data, gradient[0].data) == (12.0, 6.0)
    assert mx.jvp(inner, [2.0], [1.0]) == (12.0, 6.0)


def test_a_failed_call_leaves_nothing_open() -> None:
    """Inputs kept from a call that raised are ordinary Values to the next one."""
    kept: list[mx.Value] = []

    def fails(x: list[mx.Value]) -> Any:
        kept.append(x[0])
        raise KeyError("on purpose")

    with pytest.raises(KeyError):
        mx.value_and_grad(fails)([3.0])
    assert mx.value_and_grad(lambda x: x[0] * kept[0])([2.0]) == (6.0, [3.0])


def test_a_gradient_is_a_node_of_its_own() -> None:
    """∂(xw)/∂x equals w but is not w, so that labelling the gradient leaves w alone."""
    x, w = mx.Value(2.0, "x"), mx.Value(3.0, "w")
    g = mx.grad(x * w, x, create_graph=True)
    assert g is not w
    assert mx.grad(g, w) == 1.0


@pytest.mark.parametrize("output", [np.array([1.0]), None, [[1.0]], "a"])
def test_jvp_refuses_what_is_no_number(output: Any) -> None:
    """A function that returns neither a number nor a flat list of them is refused, not given a tangent of 0."""
    with pytest.raises(TypeError):
        mx.jvp(lambda x: output, [1.0], [1.0])


def test_jvp_takes_numpy_directions() -> None:
    """A direction of NumPy zeros is as absent as one of Python's."""

    def f(x: list[Any]) -> Any:
        return mx.sqrt(x[0]) + x[1]

    assert mx.jvp(f, [0.0, 1.0], np.array([0.0, 1.0])) == (1.0, 1.0)  # type: ignore[arg-type]


def test_apply_takes_any_iterable_and_counts() -> None:
    """Generators are blocks too, and a wrong number of operands is named."""
    xs = [mx.Value(1.0), mx.Value(2.0)]
    assert mx.apply(row("sum"), (v for v in xs)).data == 3.0
    with pytest.raises(TypeError, match="add takes 2 operands, not 1"):
        mx.apply(row("add"), xs[0])


def test_copies_of_primitives() -> None:
    """A user's primitive is copied as itself, and pickled only if it is a row of the table."""
    assert copy.deepcopy(CUBE) is CUBE
    assert pickle.loads(pickle.dumps(row("exp"))) is row("exp")
    with pytest.raises(TypeError, match="no row of the table"):
        pickle.dumps(CUBE)


@pytest.mark.parametrize("number", [3, np.float64(3.0), np.float32(3.0)])
def test_data_set_to_other_numbers_is_recorded_as_floats(number: Any) -> None:
    """What is computed from a node whose data was set to an int or a NumPy number is a float again."""
    v = mx.Value(1.0)
    v.data = number
    for z in (v * 2, 2 - v, -v, abs(v), v * v, mx.sum([v, v])):
        assert z.data.__class__ is float
        assert z.data == pytest.approx({v * 2: 6.0}.get(z, z.data))


def test_data_set_to_nonsense_is_refused_when_used() -> None:
    """Text in `.data` is a TypeError at the next operation, and 1/0 a DomainError for NumPy's zero too."""
    v = mx.Value(1.0)
    v.data = "a"  # type: ignore[assignment]
    with pytest.raises(TypeError, match="one real number"):
        v * 2
    v.data = np.float64(0.0)
    with pytest.raises(mx.DomainError), np.errstate(divide="ignore"):
        1.0 / v


def test_grad_of_none_counts_as_zero() -> None:
    """PyTorch's habit of setting grad to None is understood."""
    v = mx.Value(2.0)
    v.grad = None
    (v * v).backward()
    assert v.grad == 4.0
    v.grad = None
    assert mx.clip_grad_norm([v], 1.0) == 0.0
    mx.clip_grad_value([v], 1.0)
    mx.optim.Adam([v], lr=0.5).step()
    assert (v.data, v.grad) == (2.0, 0.0)


def test_weights_of_other_kinds() -> None:
    """A weight may be a frozen number, or a Dual in forward mode."""
    neuron = mx.nn.Neuron(2, init=[1.0, 2.0, 0.5])
    neuron.w[0] = 3.0  # type: ignore[call-overload]
    assert neuron([1.0, 1.0]).data == 5.5

    def of_weights(p: list[Any]) -> Any:
        neuron.w = p
        return neuron([1.0, 2.0])

    assert mx.jvp(of_weights, [1.0, 1.0], [0.0, 1.0])[1] == 2.0


def test_neurons_differ_unless_seeded() -> None:
    """Neurons made in a loop start from different weights; the same seed gives the same."""
    one, two = mx.nn.Neuron(2), mx.nn.Neuron(2)
    assert [v.data for v in one.parameters()] != [v.data for v in two.parameters()]
    assert mx.nn.Layer(2, 3, seed=4).state_dict() == mx.nn.Layer(2, 3, seed=4).state_dict()


def test_names_of_parameters_are_unique_and_parents_allowed() -> None:
    """Two parameters of one name are refused; a part that knows the whole is not walked twice."""
    module = mx.nn.Module()
    module.t = {1: mx.Value(1.0), "1": mx.Value(2.0)}  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="two parameters"):
        module.parameters()
    whole, part = mx.nn.Module(), mx.nn.Neuron(1)
    whole.part, part.whole = part, whole  # type: ignore[attr-defined]
    assert len(whole.parameters()) == 2


def test_expand_leaves_the_graph_alone() -> None:
    """Opening a sum of one term does not write its label on that term."""
    x = mx.Value(1.0)
    s = mx.sum([x])
    s.label = "s"
    assert mx.expand(s).label == "s"
    assert x.label == ""
    with pytest.raises(TypeError, match="graph of a Value"):
        mx.expand(3.0)  # type: ignore[arg-type]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are POSIX")
def test_writing_to_a_pipe_keeps_it(tmp_path: Path) -> None:
    """A device or pipe is written to, not replaced by a file."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_atomically(pipe, b"new")
    assert os.read(reader, 10) == b"new"
    os.close(reader)
    assert pipe.is_fifo()


FORKING = """
import os
import threading
import microgradx as mx

x, stop = mx.Value(1.0), threading.Event()
y = x
for _ in range(20000):
    y = y + 1.0

def sweep():
    while not stop.is_set():
        y.backward()

thread = threading.Thread(target=sweep)
thread.start()
try:
    for _ in range(3):
        child = os.fork()
        if child == 0:
            (mx.Value(1.0) * 2).backward()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
finally:
    stop.set()
    thread.join()
print("right")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork is POSIX")
def test_a_forked_child_can_sweep() -> None:
    """A child forked while a sweep runs elsewhere starts with a free lock."""
    run = subprocess.run([sys.executable, "-c", FORKING], capture_output=True, text=True, timeout=60, check=False)
    assert run.stdout.strip() == "right", run.stderr


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf", "gv"])
def test_a_drawing_is_saved_by_its_suffix(tmp_path: Path, suffix: str) -> None:
    """`draw(L).save(path)` writes a picture where the name asks for one, and the source otherwise."""
    path = tmp_path / f"graph.{suffix}"
    mx.draw(mx.Value(2.0, "x") * 3).save(path)
    head = {"svg": b"<svg", "png": b"\x89PNG", "pdf": b"%PDF", "gv": b"digraph"}[suffix]
    assert head in path.read_bytes()[:400]


@pytest.mark.parametrize(
    ("mistake", "advice"),
    [
        (lambda: mx.nn.MLP(2, [2, 1], activation=None), "an activation is a name"),
        (lambda: mx.nn.Layer(2, 2, ["relu"]), "an activation is a name"),
        (lambda: mx.nn.MLP(2, [2, 1], init=None), "an initialisation is a name"),
        (lambda: mx.nn.Neuron(2, init=3), "an initialisation is a name"),
        (lambda: mx.nn.MLP(1, [1], init=(x for x in [1.0, 2.0])), "an initialisation is a name"),
        (lambda: mx.nn.Residual(mx.nn.Neuron(1))(mx.Value(1.0)), "the inputs are a list"),
        (lambda: mx.minimize(lambda x: x[0] ** 2, 0.0), "the inputs are a list"),
        (lambda: mx.jvp(lambda x: x[0], 3.0, 1.0), "the inputs are a list"),
        (lambda: mx.grad(lambda x: x, [1.0]), "value_and_grad"),
    ],
)
def test_wrong_kinds_are_explained(mistake: Any, advice: str) -> None:
    """An argument of the wrong kind is a TypeError that says what is expected, not one of Python's own."""
    with pytest.raises(TypeError, match=advice):
        mistake()


def test_powers_know_their_slopes_at_exponent_zero() -> None:
    """∂²(x^y)/∂x∂y at y = 0 is 1/x, though ∂(x^y)/∂x is 0 there."""
    assert mx.hessian(lambda v: v[0] ** v[1], [2.0, 0.0])[0] == [0.0, 0.5]
    assert mx.compile(lambda x, y: x**y).hessian([2.0], [0.0])[0].tolist()[0] == [0.0, 0.5]
