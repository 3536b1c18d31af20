"""The graph: any depth, operands in order, exact accumulation, and the same bits whatever the hash seed."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import microgradx as mx
from microgradx import Value
from microgradx.sweep import topological_order


def chain(length: int) -> tuple[Value, Value]:
    """Return the leaf and the end of a chain of additions."""
    x = v = Value(1.0)
    for _ in range(length):
        v = v + 1.0
    return x, v


def test_deep_chain_needs_no_recursion() -> None:
    """A chain of 10⁶ nodes is built, differentiated and freed under the default recursion limit."""
    x, v = chain(10**6)
    v.backward()
    assert (v.data, x.grad) == (1.0 + 10**6, 1.0)
    assert mx.grad(v, x) == 1.0
    del v


def test_deep_chain_of_blocks_needs_no_recursion() -> None:
    """Nodes over blocks form deep graphs too, and are freed without recursion."""
    x = v = Value(1.0)
    for _ in range(10**5):
        v = mx.sum([v, x])
    v.backward()
    assert x.grad == 1.0 + 10**5
    del v


def test_deep_gradient_graph_needs_no_recursion() -> None:
    """A gradient graph as deep as its graph is differentiated again."""
    x = v = Value(0.5)
    for _ in range(10**4):
        v = v.sin()
    assert mx.grad(mx.grad(v, x, create_graph=True), x) < 0.0


@pytest.mark.parametrize("length", [1000, 10_000])
def test_doubling_visits_each_node_once(length: int) -> None:
    """x = x + x ten thousand times has 2¹⁰⁰⁰⁰ paths, but the sweep has as many steps as there are nodes."""
    x = v = Value(0.0)
    for _ in range(length):
        v = v + v
    assert len(topological_order(v)) == length + 1
    v.backward()
    assert x.grad == (2.0**length if length < 1024 else float("inf"))


def test_operands_keep_order_and_multiplicity() -> None:
    """x − x has the operands (x, x), 2·x keeps the number as written, and a sum keeps all of its terms."""
    x, y = Value(3.0), Value(2.0)
    assert (x - x).operands == (x, x)
    assert (2 * x).operands == (2, x)
    assert isinstance((2 * x).operands[0], int)
    assert (x / y).operands == (x, y)
    assert mx.sum([y, 1, x, y]).operands == (y, 1, x, y)
    assert mx.dot([y, 2.0], [x, x]).operands == (y, 2.0, x, x)
    assert (x * 2)._prev == (x,)
    assert (x * y)._op == "*"
    assert (x.operands, x._op) == ((), "")


def test_backward_twice_adds_to_leaves_and_replaces_between() -> None:
    """A second backward doubles the gradients of leaves; nodes between hold the error signal of the last call."""
    x, y = Value(3.0), Value(4.0)
    between = x * y
    output = between**2
    output.backward()
    first = (x.grad, y.grad, between.grad, output.grad)
    output.backward()
    assert (x.grad, y.grad, between.grad, output.grad) == (2 * first[0], 2 * first[1], first[2], 1.0)
    output.backward(2.0)
    assert (x.grad, between.grad, output.grad) == (4 * first[0], 2 * first[2], 2.0)


def test_two_losses_on_a_shared_trunk_add_up() -> None:
    """The gradients of two losses over one trunk are those of their sum, whatever the order of the calls."""
    x = Value(0.7)
    trunk = (x * 3.0).tanh()
    one, two = trunk * trunk, trunk.exp()
    one.backward()
    two.backward()
    first = x.grad
    x.grad = 0.0
    two.backward()
    one.backward()
    assert x.grad == pytest.approx(first, rel=1e-15)
    assert mx.grad(one + two, x) == pytest.approx(first, rel=1e-15)


def test_seed_must_be_a_number_and_scales() -> None:
    """backward(seed) scales every gradient by the seed; anything but a real number is refused."""
    x = Value(3.0)
    (x * x).backward(seed=-0.5)
    assert x.grad == -3.0
    for seed in (None, "1", True, Value(1.0), [1.0]):
        with pytest.raises(TypeError, match="real number"):
            (x * x).backward(seed)  # type: ignore[arg-type]  # it is the mistake that is tested
    assert x.grad == -3.0


def test_node_that_nothing_reaches_is_absent() -> None:
    """A branch that carries no signal contributes nothing, though its own slope is infinite or NaN."""
    x = Value(0.0)
    y = mx.step(mx.sqrt(x)) + x
    y.backward()
    assert x.grad == 1.0


HASHED = """
import microgradx as mx
from microgradx.nn import MLP
model = MLP(3, [4, 4, 2], activation="tanh", output="log_softmax", seed=5)
loss = -model([0.5, -1.0, 2.0])[1] + mx.sum(w * w for w in model.parameters())
loss.backward()
print([p.grad.hex() for p in model.parameters()], model.state_dict(), repr(model))
"""


def test_nothing_depends_on_hash_seeds() -> None:
    """The same program prints the same bits under different PYTHONHASHSEEDs."""

    def run(seed: str) -> str:
        environment = os.environ | {"PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", HASHED]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    assert "0x" in run("0")
    assert run("0") == run("1") == run("4242")
