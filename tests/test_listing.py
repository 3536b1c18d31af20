"""The program that is listed computes, run by itself, the bits of the engine."""

from __future__ import annotations

import ast
import contextlib
import io
import math
import random
import struct
from typing import Any

import pytest

import microgradx as mx
from microgradx import Value
from microgradx.derive.source import CODE
from microgradx.primitives import REAL, TABLE, Primitive
from microgradx.replay import Replay

from .checks import samples
from .programs import random_program


def run(listing: str) -> tuple[dict[str, Any], str]:
    """Return the variables of a program after its run, and what it printed."""
    variables: dict[str, Any] = {}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(listing, "listing", "exec"), variables)
    return variables, printed.getvalue()


def bits(x: float) -> bytes:
    """Return the bits of a float; all NaNs are one."""
    return struct.pack("<d", math.nan if x != x else float(x))


def assert_same_bits(L: Value, wrt: Any = None) -> dict[str, Any]:
    """Run the listing of a graph; every node's value and error signal is that of the engine, bit for bit."""
    listing = mx.program_listing(L, wrt)
    variables, _ = run(listing)
    order = Replay(L).order
    for v in order:
        v.grad = 0.0
    L.backward()
    statements = {
        target.id: statement
        for statement in ast.parse(listing).body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    names = [name for name in statements if not name.rstrip("_").endswith("_bar")]
    by_value = dict(zip(names, sorted(order, key=lambda v: v._primitive is not None), strict=True))
    for name, v in by_value.items():
        assert bits(variables[name]) == bits(v.data), listing
        signal = variables.get(f"{name}_bar")
        assert signal is not None or wrt is not None or v.grad == 0.0
        if signal is not None and (wrt is None or v in wrt):
            assert bits(signal + 0.0) == bits(v.grad + 0.0), f"{name}\n{listing}"
    return variables


@pytest.mark.parametrize("p", TABLE, ids=lambda p: p.name)
def test_every_row_has_the_same_bits(p: Primitive) -> None:
    """For each row of the table, value and gradient of the listed program are those of the engine, bit for bit."""
    for operands in samples(p, 30):
        made = [tuple(map(Value, x)) if isinstance(x, tuple) else Value(x) for x in operands]
        assert_same_bits(mx.apply(p, *made) * 1.7 + 0.3)


@pytest.mark.parametrize("p", TABLE, ids=lambda p: p.name)
def test_every_row_has_the_same_bits_beside_numbers(p: Primitive) -> None:
    """The same where an operand is a plain number."""
    for operands in samples(p, 12):
        made = [tuple(map(Value, x)) if isinstance(x, tuple) else Value(x) for x in operands]
        for slot in range(len(made)):
            mixed: list[Any] = list(made)
            mixed[slot] = (made[slot][0], *operands[slot][1:]) if isinstance(made[slot], tuple) else operands[slot]
            z = mx.apply(p, *mixed)
            if isinstance(z, Value):
                assert_same_bits(z * 1.7)


def test_random_programs_have_the_same_bits() -> None:
    """The same for random graphs with fan-out over all rows."""
    rng = random.Random(2)
    for _ in range(60):
        program = random_program(rng, 16)
        L = program([Value(x) for x in program.inputs])
        if isinstance(L, Value):
            assert_same_bits(L)


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "leaky_relu", "softplus"])
def test_a_network_has_the_same_bits(activation: str) -> None:
    """A batch through a network: error signals add up in the order of the engine's sweep, shared blocks too."""
    model = mx.nn.MLP(2, [3, 3, 2], activation=activation)
    L = mx.losses.cross_entropy([model([0.5, -1.0]), model([2.0, 0.1]), model([1.0, 1.0])], [0, 1, 1])
    assert_same_bits(L + 0.01 * mx.losses.l2_penalty(model.parameters()))


def test_softmax_and_its_cross_entropy_have_the_same_bits() -> None:
    """Softmax by its own nodes, with its detached maximum, and the logarithm of one class."""
    z = [Value(x) for x in (0.3, -1.2, 2.0)]
    assert_same_bits(-mx.log(mx.softmax(z)[1]))


def test_edges_have_the_same_bits() -> None:
    """Poles, overflow, ties, infinities and NaN: where plain Python would raise, the number itself is written."""
    x = Value(0.0, "x")
    assert_same_bits(mx.sqrt(x) + x**0.5 + abs(x) + mx.relu(x) + x**0 + x**1)
    assert_same_bits(mx.exp(Value(1000.0)))
    assert_same_bits(Value(1e200) ** 2)
    assert_same_bits(mx.max(x, x, 0.0) + mx.min(x, 1.0))
    for number in (math.nan, math.inf, -math.inf):
        v = Value(number)
        for f in (mx.relu, mx.sigmoid, mx.tanh, mx.step, mx.sign, mx.leaky_relu, mx.softplus):
            assert_same_bits(f(v) * 2.0)
        assert_same_bits(mx.max(v, 1.0) * 2.0)


def test_a_long_sum_needs_no_depth() -> None:
    """A sum of 3,000 terms is one statement, written without a call for each term."""
    xs = [Value(0.1 * i) for i in range(3000)]
    assert_same_bits(mx.sum(xs) * mx.dot(xs, xs))


def test_only_what_leads_to_the_wanted_node_is_computed_back() -> None:
    """With wrt=b no statement computes the error signal of w."""
    w, x, b = Value(2.0, "w"), Value(3.0, "x"), Value(-5.0, "b")
    L = mx.sigmoid(w * x + b)
    variables = assert_same_bits(L, [b])
    assert "b_bar" in variables
    assert "w_bar" not in variables


def test_the_program_prints_its_results() -> None:
    """A run prints the output and the gradient of each labelled leaf."""
    w, x = Value(2.0, "w"), Value(3.0, "x")
    _, printed = run(mx.program_listing(w * x))
    assert printed == "L = 6.0\nw_bar = 3.0\nx_bar = 2.0\n"


def test_it_imports_nothing_but_math() -> None:
    """The only import is math, and no two statements assign one name."""
    model = mx.nn.MLP(2, [3, 1], activation="softplus")
    tree = ast.parse(mx.program_listing(model([1.0, 2.0])))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(node) for node in imports] == ["import math"]
    assigned = [ast.unparse(node.targets[0]) for node in tree.body if isinstance(node, ast.Assign)]
    assert len(assigned) == len(set(assigned))


@pytest.mark.parametrize(
    "label",
    ["math", "max", "abs", "print", "sigmoid", "L_bar", "lambda", "x y", "__import__('os')", "ﬁ", "1", "λ" * 9999],
)
def test_any_label_is_a_harmless_name(label: str) -> None:
    """A label that is a keyword, a function or code becomes a name that hides nothing."""
    v, u = Value(0.5, label), Value(2.0, "x_y")
    L = mx.sigmoid(abs(v) * mx.max(v, u) + u)
    L.label = "L"
    variables, printed = run(mx.program_listing(L))
    assert bits(variables["L"]) == bits(L.data)
    assert str(mx.grad(L, v)) in printed


def test_a_row_of_ones_own_is_listed() -> None:
    """A new row is listed without further lines, as a function if it computes something twice."""
    swish = Primitive(
        "swish", "swish", "{0}", (REAL,), lambda m, x: x * m.sigmoid(x),
        (lambda m, z, x: m.sigmoid(x) + x * m.logistic_density(x),),
    )  # fmt: skip
    assert_same_bits(mx.apply(swish, Value(0.7)) * 2.0)


def test_two_rows_of_one_name_stay_apart() -> None:
    """Two new rows that bear the same name are two functions."""
    rows = [
        Primitive("mine", "mine", "{0}", (REAL,), lambda m, x, k=k: m.sigmoid(x) * m.sigmoid(x) + k * x * x, (
            lambda m, z, x, k=k: m.relu(x) + k * x,
        ))
        for k in (2.0, 3.0)
    ]  # fmt: skip
    x = Value(0.7)
    assert_same_bits(mx.apply(rows[0], x) * mx.apply(rows[1], x))


def test_mistakes_are_explained() -> None:
    """A graph that is too large, and what is no node of it, is an error that says the way out."""
    x = Value(2.0, "x")
    with pytest.raises(ValueError, match="more than limit=1"):
        mx.program_listing(x * x, limit=1)
    with pytest.raises(ValueError, match="is not in the graph"):
        mx.program_listing(x * x, Value(1.0, "y"))
    with pytest.raises(TypeError, match="wrt= takes nodes"):
        mx.program_listing(x * x, 3.0)


def test_the_arithmetic_has_every_row() -> None:
    """Each row of the table can be called in the arithmetic that writes Python."""
    assert all(hasattr(CODE, p.name) for p in TABLE)


def test_a_changed_bit_is_noticed() -> None:
    """The comparison can fail: another order of addition gives other bits, and is seen."""
    a, b, c = Value(0.1, "a"), Value(0.2, "b"), Value(0.3, "c")
    listing = mx.program_listing(mx.sum([a, b, c]))
    assert bits(run(listing)[0]["L"]) != bits(run(listing.replace("a + b + c", "a + (b + c)"))[0]["L"])
