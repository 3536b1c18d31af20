"""Derivations take one step of the chain rule at a time, as the lectures do, and call what has no name u₁, u₂, …"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest

import microgradx as mx
from microgradx import Value
from microgradx.notation import bar

NODES = ("w", "x", "b", "t")
U = [bar(f"u{k}") for k in range(4)]

STEPS: dict[str, tuple[Callable[..., Value], list[str], list[str]]] = {
    # the forward equations, and the error signal of the first leaf
    "a neuron": (
        lambda w, x, b, t: (mx.tanh(w * x + b) - t) ** 2 / 2,
        ["u1 = w·x + b", "u2 = tanh u1", "L = ½(u2 − t)²"],
        [f"{U[2]} = u2 − t", f"{U[1]} = {U[2]}·(1 − u2²)", f"{bar('w')} = {U[1]}·x"],
    ),
    "a recurrent cell": (
        lambda w, x, b, t: mx.tanh(w * mx.tanh(w * b) + x) - t,
        ["u1 = w·b", "u2 = tanh u1", "u3 = w·u2 + x", "L = tanh u3 − t"],
        [f"{U[3]} = 1 − (tanh u3)²", f"{U[2]} = {U[3]}·w", f"{U[1]} = {U[2]}·(1 − u2²)", f"w̄ = {U[1]}·b + {U[3]}·u2"],
    ),
    "a function of a function": (
        lambda w, x, b, t: mx.log(mx.sigmoid(w)) * x,
        ["u1 = σ(w)", "L = (log u1)·x"],
        [f"{U[1]} = x/u1", f"{bar('w')} = {U[1]}·σ′(w)"],
    ),
    "a square": (lambda w, x, b, t: (w - t) ** 2 / 2, ["L = ½(w − t)²"], [f"{bar('w')} = w − t"]),
    "a linear regressor": (lambda w, x, b, t: (w * x - t) ** 2, ["L = (w·x − t)²"], [f"{bar('w')} = 2(w·x − t)·x"]),
    "a Gaussian": (lambda w, x, b, t: mx.exp(-(w**2) / 2) * x, ["L = e^(−½w²)·x"], [f"{bar('w')} = −x·e^(−½w²)·w"]),
    "an exponential of a product": (
        lambda w, x, b, t: x + mx.exp(w * x), ["L = x + e^(w·x)"], [f"{bar('w')} = e^(w·x)·x"]
    ),
    "cross-entropy": (
        lambda w, x, b, t: -(t * mx.log(w) + (1 - t) * mx.log(1 - w)),
        ["L = −(t·log w + (1 − t)·log(1 − w))"],
        [f"{bar('w')} = −t/w + (1 − t)/(1 − w)"],
    ),
    "a quotient": (lambda w, x, b, t: 1 / (1 + mx.exp(w)), ["u1 = e^w", "L = 1/(1 + u1)"], [f"{bar('w')} = {U[1]}·u1"]),
}  # fmt: skip


@pytest.mark.parametrize("case", STEPS)
def test_each_signal_is_one_step(case: str) -> None:
    """A function of a sum of products, and a function of a function, is parted from; squares and logarithms are not."""
    formula, forward, backward = STEPS[case]
    derivation = mx.derive(formula(*leaves()), "w")
    assert [line.text for line in derivation.lines if line.kind == "forward"] == forward
    assert [line.text for line in derivation.lines if line.kind == "backward"][-len(backward) :] == backward


@pytest.mark.parametrize("case", STEPS)
def test_names_count_up_and_are_known(case: str) -> None:
    """What has no name is u1, u2, … without a gap; derive takes these names, and those of the whole graph, t1, …"""
    L = STEPS[case][0](*leaves())
    derivation = mx.derive(L)
    own = [line.text.partition(" = ")[0] for line in derivation.lines if line.kind == "forward"]
    assert own == [*(f"u{k}" for k, _ in zip(count(1), own[1:], strict=False)), "L"]
    for name in own[:-1]:
        node = next(line.node for line in derivation.lines if line.text.startswith(f"{name} = "))
        in_all = next(line for line in mx.derive(L, inline=False).lines if line.node is node).text.partition(" = ")[0]
        assert in_all.startswith("t")
        assert str(mx.derive(L, name)) == str(mx.derive(L, in_all)) == str(mx.derive(L, node))


@pytest.mark.parametrize("inline", [True, False])
def test_what_has_no_name_is_u_unless_each_node_is_shown(inline: bool) -> None:
    """Generated names are u1, u2, … by default, also where nothing is written into another equation, else t1, t2, …"""
    w, x = Value(0.5, "w"), Value(2.0, "x")
    for output in (mx.tanh(w * x), (mx.tanh(w * x) - 1.0) ** 2):
        forward = [line.text for line in mx.derive(output, inline=inline).lines if line.kind == "forward"]
        assert forward[0] == f"{'u' if inline else 't'}1 = w·x"


@pytest.mark.parametrize(
    ("own", "inline", "expected"),
    [
        ("u1", True, ["v1 = u1·x", "L = tanh v1"]),
        ("u_2", True, ["v1 = u_2·x", "L = tanh v1"]),
        ("u", True, ["u1 = u·x", "L = tanh u1"]),
        ("t1", True, ["u1 = t1·x", "L = tanh u1"]),
        ("u1", False, ["t1 = u1·x", "L = tanh t1"]),
        ("t1", False, ["s1 = t1·x", "L = tanh s1"]),
    ],
)
def test_a_letter_that_the_user_counts_with_is_passed_over(own: str, inline: bool, expected: list[str]) -> None:
    """The user's own u1 keeps its name, and generated names take another letter, so that none follows on his."""
    lines = mx.derive(mx.tanh(Value(0.5, own) * Value(2.0, "x")), inline=inline).lines
    assert [line.text for line in lines if line.kind == "forward"] == expected


def test_numbers_without_a_name_take_another_letter_too() -> None:
    """The user's own c1 stands beside k1, which nobody named."""
    assert "L = c1·k1" in str(mx.derive(Value(0.5, "c1") * Value(2.0)))


def test_where_every_letter_is_taken_the_numbers_go_on() -> None:
    """With u1, v1 and q1 all taken, the first free number of u is next."""
    product = Value(0.5, "u1") * Value(2.0, "v1") * Value(-1.5, "q1")
    assert "u2 = u1·v1·q1" in str(mx.derive(mx.tanh(product)))


@pytest.mark.parametrize("f", [mx.sin, lambda v: -v], ids=["functions", "signs"])
def test_a_long_chain_needs_no_depth(f: Callable[[Value], Value]) -> None:
    """Thousands of steps without a name are an error that says the way out, or many equations, and no recursion."""
    x = v = Value(0.3, "x")
    for _ in range(3000):
        v = f(v)
    with pytest.raises(ValueError, match="more than limit=200"):
        mx.derive(v)
    assert mx.derive(v, limit=7000).lines[-1].value == mx.grad(v, x)


def test_a_program_calls_slopes_by_their_functions() -> None:
    """The slope of tanh is tanh_slope, with its school form beside it, and that of σ sigmoid_slope."""
    w, x = Value(0.5, "w"), Value(2.0, "x")
    listing = mx.program_listing(mx.sigmoid(mx.tanh(w) * x))
    assert "w_bar = t1_bar * tanh_slope(w)" in listing
    assert "    # 1 - z * z, where z = math.tanh(x); in this form it does not round to 0" in listing
    assert "* sigmoid_slope(t2)" in listing
    assert "density" not in listing


def leaves() -> list[Value]:
    """Return w, x, b and t."""
    return [Value(x, name) for x, name in zip((0.5, 2.0, -1.5, 0.2), NODES, strict=True)]
