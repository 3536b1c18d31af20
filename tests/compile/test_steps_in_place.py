"""Steps of gradient descent that a kernel makes itself of a block of rows, as the optimiser would round them."""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx.compile.backends.llvm.kernel import emit
from microgradx.compile.backends.llvm.target import Target, host
from microgradx.optim import SGD

from .examples import Program
from .kernels import compile_kernel
from .sketches import interpret, mlp, run
from .test_layout import PROGRAMS
from .test_layout_training import IN_PLACE
from .test_llvm import FORMS, data


def stepped(kernel: Any, plan: Any, X: Any, P: Any) -> Any:
    """Return the parameters after a step of a kernel in place, at the rate 0.1."""
    found = P.copy()
    run(kernel, plan, X, found, -0.1, found)
    return found


@pytest.mark.parametrize(("target", "lanes"), FORMS)
def test_a_strict_step_rounds_as_the_optimiser(target: Target, lanes: int) -> None:
    """It adds −lr times what the gradients of all rows add up to, bit for bit, on every processor."""
    for sizes in ((2, 16, 16, 1), (3, 5, 1), (9, 17, 10)):
        plan = mlp(sizes)
        kernel = compile_kernel(plan, lanes=lanes, strict=True, target=target, in_place=True)
        for rows in {1, min(3, lanes), lanes}:
            X, P, _ = data(plan, rows, seed=rows)
            P[::4] = 0.0
            G = np.zeros(plan.gradients)
            interpret(plan, X, P, 1.0 / rows, G)
            assert stepped(kernel, plan, X, P).tobytes() == (P + -0.1 * G).tobytes()


def test_a_step_that_multiplies_the_rate_into_the_error_signals_is_seen() -> None:
    """That of default mode rounds in another way, which the comparison notices."""
    plan, lanes = mlp((9, 17, 10)), host().vector
    X, P, _ = data(plan, lanes)
    G = np.zeros(plan.gradients)
    interpret(plan, X, P, 1.0 / lanes, G)
    other = P.copy()
    run(compile_kernel(plan, lanes=lanes, strict=False, in_place=True), plan, X, other, -0.1 / lanes, other)
    assert np.allclose(other, P - 0.1 * G, rtol=1e-12)
    assert other.tobytes() != (P + -0.1 * G).tobytes()


def test_gradients_that_are_bytecode_make_no_strict_step_of_a_block() -> None:
    """They are refused, with how long code may be."""
    with pytest.raises(ValueError, match="lines = 0: too few"):
        emit(mlp((3, 5, 1)), host(), lanes=host().vector, strict=True, in_place=True, lines=0)


def several_parameters(name: str) -> Program:
    """Return a loss whose gradient of one parameter depends on another, and three of them."""
    w = [mx.Value(0.5 + 0.25 * i) for i in range(3)]
    return Program(lambda x: IN_PLACE[name](w, x), w, lambda n, seed: (np.linspace(-1.0, 2.0, n),))


BATCHES: dict[str, Callable[[], Program]] = {
    **{name: partial(several_parameters, name) for name in IN_PLACE},
    **PROGRAMS,
}


def trained(example: Program, target: str, size: int, zero: float | None = None) -> tuple[list[str], list[str]]:
    """Return losses and weights after two epochs in strict mode, where every third weight began as `zero`."""
    if zero is not None:
        for v in example.parameters[::3]:
            v.data = zero
    program = mx.compile(example.f, example.parameters, indices=example.indices, strict=True, target=target)
    history = program.train(*example.rows(20, 1), optimizer=SGD(lr=0.01), epochs=2, batch_size=size)
    return [x.hex() for x in history.loss], [v.data.hex() for v in example.parameters]


@pytest.mark.parametrize("size", [9, 20])
@pytest.mark.parametrize("name", BATCHES)
def test_strict_batches_are_the_same_in_one_step(name: str, size: int) -> None:
    """Losses and weights are, to the last bit, those of NumPy's gradients and of the optimiser in Python."""
    assert trained(BATCHES[name](), "numpy", size) == trained(BATCHES[name](), "llvm", size)


@pytest.mark.parametrize("size", [1, 9, 19])
@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_zeros_keep_their_signs(zero: float, size: int) -> None:
    """A weight of −0.0 whose gradients are all 0.0 or −0.0 stays what it is, and one of 0.0 does."""
    example = PROGRAMS["net of 2-16-16-1"]
    found = trained(example(), "llvm", size, zero)
    assert found == trained(example(), "numpy", size, zero)
    assert zero.hex() in found[1]


def bent(x: Any, w: Any) -> Any:
    """Return a loss with a branch."""
    return w * x if w * x > 0.5 else w * w * x


@pytest.mark.parametrize(
    ("settings", "f", "at_once"),
    [
        ({"batch_size": 20}, lambda x, w: (w * x - 1.0) ** 2, True),
        ({"batch_size": 20, "l2": 0.1}, lambda x, w: (w * x - 1.0) ** 2, False),
        ({"batch_size": 20}, bent, False),
        ({"batch_size": 40}, lambda x, w: (w * x - 1.0) ** 2, False),  # more rows than a block has
        ({"batch_size": 5}, lambda x, w: (w * x - 1.0) ** 2, False),  # which go one by one
    ],
)
def test_which_strict_batches_are_one_step_of_the_kernel(
    settings: dict[str, Any], f: Any, at_once: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plain descent is, of a block of rows on one path; all else is a gradient, and an update after it."""
    steps = import_module("microgradx.compile.training.native_steps").NativeSteps
    made, begin = [], steps.__init__
    monkeypatch.setattr(steps, "__init__", lambda self, *given: (made.append(self), begin(self, *given))[1])
    w = mx.Value(0.75)
    program = mx.compile(lambda x: f(x, w), [w], strict=True, target="llvm")
    program.train(np.linspace(0.1, 2.0, 40), optimizer=SGD(lr=0.01), epochs=2, **settings)
    assert [one._update is None for one in made] == [at_once]
