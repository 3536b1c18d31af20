"""Hand derivations of the lectures' examples are found right, wrong ones wrong, and unclear ones are refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

import microgradx as mx
from microgradx import DomainError, FormulaError, StaleGraphError, Value, grad
from microgradx.check import compare
from microgradx.expression import parse
from microgradx.nn import MLP

Variables = dict[str, Any]


def regularised_logistic() -> Variables:
    """z = wx + b, y = σ(z), L = ½(y − t)², R = ½w², L_reg = L + λR (CSC 311, lecture 4)."""
    w, b, x = Value(0.5), Value(-1.5), Value(2.0)
    t, lam = 1.0, 0.1
    z = w * x + b
    y = mx.sigmoid(z)
    L = (y - t) ** 2 / 2
    R = w**2 / 2
    L_reg = L + lam * R
    return locals()


def softmax_regression() -> Variables:
    """z = Wx + b, y = softmax(z), L = −Σ tₖ log yₖ for two inputs and three classes, the second one true."""
    x1, x2 = Value(0.7), Value(-1.1)
    w11, w12, w21, w22, w31, w32 = (Value(v) for v in (0.3, -0.2, 0.8, 0.5, -0.6, 0.1))
    b1, b2, b3 = Value(0.1), Value(0.2), Value(-0.3)
    t1, t2, t3 = 0.0, 1.0, 0.0
    z1, z2, z3 = w11 * x1 + w12 * x2 + b1, w21 * x1 + w22 * x2 + b2, w31 * x1 + w32 * x2 + b3
    e1, e2, e3 = mx.exp(z1), mx.exp(z2), mx.exp(z3)
    total = e1 + e2 + e3
    y1, y2, y3 = e1 / total, e2 / total, e3 / total
    L = -(t1 * mx.log(y1) + t2 * mx.log(y2) + t3 * mx.log(y3))
    return locals()


def two_layers() -> Variables:
    """zᵢ = wᵢx + bᵢ, hᵢ = σ(zᵢ), yₖ = Σ vₖᵢhᵢ + cₖ, L = ½Σ (yₖ − tₖ)²: one input, two hidden units, two outputs."""
    x, t1, t2 = Value(0.9), 0.5, -0.5
    w1, w2, b1, b2 = Value(0.4), Value(-0.7), Value(0.1), Value(0.2)
    v11, v12, v21, v22 = Value(1.1), Value(-0.3), Value(0.6), Value(0.9)
    c1, c2 = Value(0.05), Value(-0.15)
    z1, z2 = w1 * x + b1, w2 * x + b2
    h1, h2 = mx.sigmoid(z1), mx.sigmoid(z2)
    y1, y2 = v11 * h1 + v12 * h2 + c1, v21 * h1 + v22 * h2 + c2
    L = ((y1 - t1) ** 2 + (y2 - t2) ** 2) / 2
    return locals()


DZ = "(y - t) * y * (1 - y)"
Z1, Z2 = "((y1-t1)*v11 + (y2-t2)*v21) * h1*(1-h1)", "((y1-t1)*v12 + (y2-t2)*v22) * h2*(1-h2)"
EXAMPLES: dict[str, tuple[Callable[[], Variables], str, dict[str, Any]]] = {
    "regularised logistic least squares": (
        regularised_logistic,
        "L_reg",
        {
            "L_reg": 1,
            "R": "lam",
            "L": 1.0,
            "y": lambda y, t: y - t,
            "z": DZ,
            "w": f"{DZ} * x + w * lam",
            "b": lambda y, t: (y - t) * y * (1 - y),
            "x": parse(f"{DZ} * w"),
        },
    ),
    "softmax regression": (
        softmax_regression,
        "L",
        {
            "y2": "-t2 / y2",
            "e1": "1 / total",
            "e2": "1 / total - 1 / e2",
            "total": lambda total: 1 / total,
            "z1": "y1 - t1",
            "z2": "y2 - t2",
            "z3": lambda z1, z2, z3: math.exp(z3) / sum(math.exp(z) for z in (z1, z2, z3)),
            "w11": "(y1 - t1) * x1",
            "w12": "(y1 - t1) * x2",
            "w21": "(y2 - t2) * x1",
            "w32": "(y3 - t3) * x2",
            "b1": "y1 - t1",
            "b2": "y2 - t2",
            "b3": "y3 - t3",
            "x1": "(y1-t1)*w11 + (y2-t2)*w21 + (y3-t3)*w31",
        },
    ),
    "two-layer network": (
        two_layers,
        "L",
        {
            "L": 1.0,
            "y1": "y1 - t1",
            "y2": "y2 - t2",
            "v11": "(y1 - t1) * h1",
            "v12": "(y1 - t1) * h2",
            "v21": "(y2 - t2) * h1",
            "v22": "(y2 - t2) * h2",
            "c1": "y1 - t1",
            "c2": "y2 - t2",
            "h1": "(y1-t1)*v11 + (y2-t2)*v21",
            "h2": "(y1-t1)*v12 + (y2-t2)*v22",
            "z1": Z1,
            "z2": Z2,
            "w1": f"{Z1} * x",
            "w2": f"{Z2} * x",
            "b1": Z1,
            "b2": Z2,
            "x": f"{Z1}*w1 + {Z2}*w2",
        },
    ),
}


@pytest.mark.parametrize(("example", "output", "hand"), EXAMPLES.values(), ids=EXAMPLES.keys())
def test_right_derivations_of_the_lectures_are_right(
    example: Callable[[], Variables], output: str, hand: dict[str, Any]
) -> None:
    """Every input, parameter and intermediate node of the examples agrees, to rounding, in the order given."""
    variables = example()
    report = compare(variables[output], hand, names=variables)
    report.assert_ok()
    assert report
    assert report.max_error < 1e-13
    assert [row.name for row in report.rows] == list(hand)
    for row in report.rows:
        assert row.node is variables[row.name]
        assert row.backprop == grad(variables[output], row.node)
        assert row.diagnosis == ""


@pytest.mark.parametrize(("example", "output", "hand"), EXAMPLES.values(), ids=EXAMPLES.keys())
def test_a_derivation_wrong_by_a_twentieth_of_a_percent_is_wrong(
    example: Callable[[], Variables], output: str, hand: dict[str, Any]
) -> None:
    """The comparison can fail: each derivation in turn, made 0.05 % too large, is the one that is reported."""
    variables = example()
    numbers = {row.name: row.hand for row in compare(variables[output], hand, names=variables).rows}
    for name in hand:
        report = compare(variables[output], {**hand, name: 1.0005 * numbers[name]}, names=variables)
        assert [row.name for row in report.rows if not row.ok] == [name]
        with pytest.raises(AssertionError) as caught:
            report.assert_ok()
        assert str(caught.value) == str(report)
        assert not report


@pytest.mark.parametrize(
    ("node", "mistake"),
    [
        ("y", "t - y"),
        ("y", "2 * (y - t)"),
        ("z", "(y - t)"),
        ("z", "(y - t) * y"),
        ("z", "(y - t) * z * (1 - z)"),
        ("w", "(y - t) * y * (1 - y) * x"),
        ("w", "(y - t) * y * (1 - y) + lam * w"),
        ("w", "(y - t) * y * (1 - y) * x + w"),
        ("w", lambda lam, w: lam * w),
        ("b", "(y - t) * y * (1 - y) * x"),
        ("b", 0),
        ("R", 1),
        ("x", math.nan),
        ("x", math.inf),
    ],
)
def test_the_mistakes_of_students_are_wrong(node: str, mistake: Any) -> None:
    """A lost factor, a sign, one path of two, an input too many: each is reported wrong, and it alone."""
    variables = regularised_logistic()
    (row,) = compare(variables["L_reg"], {node: mistake}, names=variables).rows
    assert not row.ok


def test_a_zero_against_zero_has_no_error() -> None:
    """A node through which nothing flows is rightly derived as 0, and wrongly as anything else."""
    x = Value(-2.0, "x")
    L = mx.relu(x) + 3.0
    assert compare(L, {"x": 0}).rows[0].relative_error == 0.0
    assert not compare(L, {"x": 1e-30}).ok


def test_rounding_is_no_mistake() -> None:
    """Where y has come as near to t as floats can, y − t is all rounding, and is not called wrong for it."""
    z = Value(40.0, "z")
    L = mx.softplus(-z)
    y = mx.sigmoid(z)
    report = compare(L, {"z": "y - 1"}, names={"y": y})
    report.assert_ok()
    assert report.rows[0].hand == 0.0 != report.rows[0].backprop
    assert not compare(L, {"z": "y"}, names={"y": y}).ok
    near = Value(35.5, "z")  # 1 − y is a few units in the last place, and log is undefined beyond them
    compare(mx.softplus(-near), {"z": "-exp(log(1 - y))"}, names={"y": mx.sigmoid(near)}).assert_ok()


@pytest.mark.parametrize(
    ("f", "x", "wrong"),
    [
        (lambda x: mx.relu(1 - x), 1.0, lambda x: -3.0 if x < 1 else 7.0),
        (lambda x: mx.relu(x - 1), 1.0, "3*step(x-0.9999999999999999)"),
        (lambda x: x * x, 2.0, lambda x: 17.0 if x >= 2 else 0.0),
        (lambda x: x * x, 2.0, lambda x: 17.0 if x > 2 else 0.0),
        (lambda x: x * x, 2.0, lambda x: 17.0 if x == 2 else 4.0),
        (lambda x: mx.abs(x), 0.0, lambda x: 5.0 if x == 0 else math.copysign(1.0, x)),
    ],
)
def test_a_threshold_is_not_rounding(f: Any, x: float, wrong: Any) -> None:
    """A derivation that jumps at the recorded number is not called right for what it is beyond the jump."""
    assert not compare(f(Value(x, "x")), {"x": wrong}).ok


def test_parameters_of_layers_serve_in_formulas() -> None:
    """The labels of a network, with their indices and with or without spaces, are names of nodes."""
    model = MLP(1, [2, 1], activation="linear", seed=1)
    y = model([Value(0.5, "x")])
    hand = {
        "w1[1,1]": "x * w2[1,1]",
        "w1[2, 1]": "x * w2[1, 2]",
        "b1[2]": "w2[1,2]",
        "w2[1,2]": "w1[2,1] * x + b1[2]",
        "x": "w1[1,1]*w2[1,1] + w1[2,1]*w2[1,2]",
    }
    compare(y, hand).assert_ok()
    assert not compare(y, {"w1[1,1]": "x * w2[1,2]"}).ok


def test_names_that_no_float_can_hold_are_passed_over() -> None:
    """An unrelated variable in `names`, however large, does no harm."""
    x = Value(2.0, "x")
    compare(x * x, {"x": "2*x"}, names={"n": 10**400}).assert_ok()


def test_nodes_are_given_by_value_label_or_variable() -> None:
    """A key is the Value, its label, or the variable that holds it; labels need no `names`."""
    a, b = Value(2.0, "a"), Value(3.0)
    c = a * b
    report = compare(c, {a: 3.0, b: "a", "a": lambda b: b, "b": 2, c: 1}, names=locals())
    report.assert_ok()
    assert [row.name for row in report.rows] == ["a", "b", "a", "b", "c"]
    assert compare(c, {"a": 3, c: 1}).rows[1].name == "* = 6"


def test_entries_of_lists_are_called_by_their_indices() -> None:
    """s[0] and s[1][0], or s[1,0] as the parameters of layers are written, stand for what lists in `names` hold."""
    w, x = Value(0.5), Value(2.0)
    s = [w * x, (w * 3, x * x)]
    L = s[0] * s[1][0] + s[1][1]
    report = compare(L, {"s[0]": "s[1][0]", "s[1, 0]": "s[0]", "s[1][1]": 1, "x": "s[1,0]*w + 2*x"}, names=locals())
    report.assert_ok()
    assert [row.node for row in report.rows] == [s[0], s[1][0], s[1][1], x]
    found = compare(L, {"x": "s[1][0] + 2*x"}, names=locals()).rows[0].explanation
    assert found is not None
    assert found.kind == "missing factor"
    with pytest.raises(FormulaError, match=r"no node named 's\[2\]'; did you mean 's\[0\]'"):
        compare(L, {"s[2]": 1}, names=locals())
    endless: list[Any] = [w]
    endless.append(endless)
    assert compare(L, {"endless[0]": "1"}, names={"endless": endless}).rows[0].node is w


def test_an_exception_that_is_made_of_no_text_keeps_its_type() -> None:
    """A derivation's own exception passes, with a note of the node, where it cannot be made anew from a text."""

    class Odd(Exception):
        def __init__(self, one: int, two: int) -> None:
            super().__init__(one, two)

    def broken(w: float) -> float:
        raise Odd(1, 2)

    w = Value(0.5, "w")
    with pytest.raises(Odd) as caught:
        compare(w * w, {"w": broken})
    assert caught.value.__notes__ == ["in the derivation of 'w'"]


@pytest.mark.parametrize(
    ("options", "error", "reason"),
    [
        ({"tolerance": -1}, ValueError, "at least 0 and below 1"),
        ({"tolerance": math.nan}, ValueError, "at least 0 and below 1"),
        ({"tolerance": 2}, ValueError, "at least 0 and below 1"),
        ({"tolerance": "a"}, TypeError, "a number such as 1e-6, not 'a'"),
        ({"names": "abc"}, TypeError, "names are given as a dictionary.*not as 'abc'"),
        ({"names": [1]}, TypeError, "names are given as a dictionary"),
    ],
)
def test_options_are_checked(options: dict[str, Any], error: type[Exception], reason: str) -> None:
    """A tolerance that would pass all or nothing, and names that are no dictionary, are refused."""
    w = Value(0.5, "w")
    with pytest.raises(error, match=reason):
        compare(w * w, {"w": "2*w"}, **options)


def test_right_at_one_point_only_is_not_ok() -> None:
    """A formula or a function that is wrong at other points is not ok, though its number is right; a number is."""
    w, x, b, t = Value(0.5, "w"), Value(2.0, "x"), Value(-1.5, "b"), Value(1.0, "t")
    y = mx.sigmoid(w * x + b)
    y.label = "y"
    L = (y - t) ** 2 / 2
    for hand in ("(y-t)*y*(1-y)/2", lambda y, t: (y - t) * y * (1 - y) / 2):
        report = compare(L, {"x": hand, "y": "y - t"})
        assert [row.ok for row in report.rows] == [False, True]
        assert report.max_error == 0.0
        assert report.rows[0].explanation is not None
        assert report.rows[0].explanation.kind == "this point only"
        assert "right here only" in str(report)
        assert ">right here only</td>" in report._repr_html_()
        with pytest.raises(AssertionError, match="right at this point only: with w = "):
            report.assert_ok()
    compare(L, {"x": report.rows[0].hand}).assert_ok()


def test_leaves_without_a_name_can_be_given_as_numbers() -> None:
    """A formula writes the number of a leaf that has no name; it is right, though it holds for that number only."""
    w = Value(0.5, "w")
    L = (w * Value(2.0) - 1.0) ** 2
    compare(L, {"w": "2*(w*2 - 1)*2"}).assert_ok()
    x = Value(2.0, "x")
    assert not compare((w * x - 1.0) ** 2, {"w": "2*(w*2 - 1)*2"}).ok


def test_an_unknown_name_in_a_formula_tells_of_locals() -> None:
    """Without `names` the error says how the names of variables become known, also for a name in a formula."""
    w = Value(0.5, "w")
    with pytest.raises(FormulaError, match=r"no node named 'y'; there are 'w' \(names=locals\(\) adds") as caught:
        compare(w * w, {"w": "2*y"})
    assert str(caught.value).splitlines()[-1].endswith("^")


def test_names_are_compared_as_python_does() -> None:
    """Either of Unicode's two signs for μ, and w₁ for w1, find the node."""
    μ, w1 = Value(2.0), Value(3.0)
    L = μ * w1
    compare(L, {"\u00b5": "w₁", "w₁": "\u00b5"}, names={"μ": μ, "w1": w1}).assert_ok()


def test_a_variable_tells_nodes_of_one_label_apart() -> None:
    """Of two nodes with one label, the variable of that name says which is meant; without it, neither is guessed."""
    first, second = Value(2.0, "w"), Value(3.0, "w")
    L = first * second
    assert compare(L, {"w": 3.0}, names={"w": first}).ok
    assert compare(L, {"w": 2.0}, names={"w": second}).ok
    assert compare(L, {first: 3.0, second: 2.0}).ok
    with pytest.raises(FormulaError, match="2 nodes are named 'w'"):
        compare(L, {"w": 3.0})
    with pytest.raises(FormulaError, match="in the derivation of 'w': 2 nodes are named 'w'"):
        compare(L, {first: "w"})
    with pytest.raises(FormulaError, match="3 nodes are named 'w'"):
        compare(L, {"w": 1.0}, names={"w": L})


def test_odd_names_serve_in_formulas() -> None:
    """Nodes may be called lambda, S, exp, if or pi: a formula takes them as names."""
    odd = {name: Value(x, name) for name, x in (("lambda", 2.0), ("S", 3.0), ("exp", 0.5), ("if", 1.5), ("pi", 4.0))}
    L = mx.sum([odd["lambda"] * odd["S"], mx.exp(odd["exp"]) * odd["if"] * odd["pi"]])
    hand = {"lambda": "S", "S": "lambda", "exp": "exp(exp) * if * pi", "if": "exp(exp) * pi", "pi": "if * exp(exp)"}
    compare(L, hand).assert_ok()


def test_no_grad_is_read_or_changed() -> None:
    """The comparison needs no backward and leaves every `.grad` as it was."""
    x = Value(2.0, "x")
    L = x**2
    x.grad = 7.0
    assert compare(L, {"x": "2 * x"}).ok
    assert x.grad == 7.0


def test_derivations_use_the_recorded_numbers() -> None:
    """After an optimiser's step the old graph is still compared as it was recorded."""
    x = Value(2.0, "x")
    L = x**2
    x.data = 100.0
    assert compare(L, {"x": "2 * x"}).rows[0].hand == 4.0
    with pytest.raises(StaleGraphError, match=r"2\.0 and with 100\.0"):
        compare(L + x, {"x": "2 * x + 1"})


def test_derivations_can_be_evaluated_at_other_points() -> None:
    """A row keeps its derivation and what its names stand for, for whoever wants to find out what is wrong."""
    variables = regularised_logistic()
    hand = {"z": "(y - t) * pi", "y": lambda y, t, scale=2.0: scale * (y - t), "w": 0.5}
    z, y, w = compare(variables["L_reg"], hand, names=variables).rows
    assert dict(z.derivation.names) == {"y": variables["y"], "t": 1.0}
    assert z.derivation.evaluate({"y": 3.0}) == 2.0 * math.pi
    assert y.derivation.evaluate({"y": 3.0, "t": 0.0}) == 6.0
    assert w.derivation.evaluate() == 0.5
    assert str(z.derivation) == "(y - t) * pi"
    assert str(y.derivation) == "lambda(y, t)"


def test_derivations_may_give_any_real_number() -> None:
    """Whole numbers, Values and functions that compute with captured Values are numbers too."""
    a, b = Value(2.0, "a"), Value(3.0, "b")
    compare(a * b, {a: b, b: lambda: a * 1.0}).assert_ok()


@pytest.mark.parametrize(
    ("hand", "error", "reason"),
    [
        ({"q": 1}, FormulaError, "no node named 'q'; there are 'w', 'b', 'x', 'z', 'y'"),
        ({"W": 1}, FormulaError, "did you mean 'w'"),
        ({"t": 1}, FormulaError, "'t' is not in the graph: the output takes 1.0 as a constant"),
        ({"other": 1}, FormulaError, "'other' is not in the graph"),
        ({"w": "lamda * w"}, FormulaError, "in the derivation of 'w': no node named 'lamda'; did you mean 'lam'"),
        ({"w": "2w"}, FormulaError, "in the derivation of 'w': an operator is missing"),
        ({"w": ""}, FormulaError, "in the derivation of 'w': the formula is empty"),
        ({"w": lambda q: q}, FormulaError, "no node is named as its parameter 'q'"),
        ({"w": lambda lamb: lamb}, FormulaError, "did you mean 'lam'"),
        ({"w": lambda *q: q}, FormulaError, r"the parameter \*q"),
        ({"w": math.exp}, FormulaError, "write lambda"),
        ({"w": None}, TypeError, "one real number, not None"),
        ({"w": True}, TypeError, "one real number, not True"),
        ({"w": 1j}, TypeError, "one real number, not 1j"),
        ({"w": [1.0]}, TypeError, "one real number, not \\[1.0\\]"),
        ({"w": lambda y: None}, TypeError, "one real number, not None"),
        ({"w": "log(-y)"}, DomainError, "needs x > 0"),
        ({"w": lambda y: y / 0}, ZeroDivisionError, "division"),
        ({3: 1}, TypeError, "by its name or as the Value itself, not by 3"),
        ({}, ValueError, "hand is empty"),
        ([1.0], TypeError, "given by node"),
        ({"y": "y - t", "w": "1/(x - x)"}, DomainError, "in the derivation of 'w': .*must not be 0$"),
    ],
)
def test_what_is_unclear_is_refused(hand: Any, error: type[Exception], reason: str) -> None:
    """Unknown names, formulas that do not parse, and values that are no numbers are refused by name."""
    variables = {**regularised_logistic(), "other": Value(1.0)}
    with pytest.raises(error, match=reason) as caught:
        compare(variables["L_reg"], hand, names=variables)
    if hand and not isinstance(hand, list) and error is not FormulaError and "w" in hand:
        assert str(caught.value).startswith("in the derivation of 'w': ")


def test_outputs_and_nodes_are_values_of_one_graph() -> None:
    """An output that is no Value, and a node from another graph, are refused with the reason."""
    x = Value(2.0, "x")
    with pytest.raises(TypeError, match=r"one output, a Value, not 3\.0"):
        compare(3.0, {"x": 1})  # type: ignore[arg-type]  # the point of the test
    with pytest.raises(FormulaError, match="the output does not depend on it"):
        compare(x * 2, {Value(1.0): 0.0})
    with pytest.raises(FormulaError, match="names=locals"):
        compare(Value(1.0) * 2, {"y": 2})


def test_text_fits_a_terminal() -> None:
    """The table names each node with its derivation, both numbers, the error and a verdict, in 100 columns."""
    variables = regularised_logistic()
    report = compare(variables["L_reg"], {"w": f"{DZ} * x + lam * w + 0 * ({DZ})", "b": "y - t"}, names=variables)
    text = str(report)
    assert max(map(len, text.splitlines())) <= 100
    for word in ("∂L_reg/∂node", "1 of 2 right", "-0.2425605", "…", "ok", "y - t", "-0.6224593", "WRONG"):
        assert word in text


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.open.append(tag)
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_html_is_well_formed_and_inert() -> None:
    """Labels and formulas appear in HTML as they are written, and make no tag of their own."""
    evil = Value(1.0, '"><script>alert(1)</script>')
    L = evil * 2.0
    L.label = "<b>&"
    report = compare(L, {evil: lambda: 3.0, L: "1"})
    tags = _Tags()
    tags.feed(report._repr_html_())
    assert not tags.open
    assert tags.seen <= {"div", "table", "thead", "tbody", "tr", "th", "td", "b", "i", "p"}
    assert '"><script>alert(1)</script>' in tags.text
    assert "<b>&" in tags.text
    assert "WRONG" in tags.text
    evil.label = "two\nlines\x1b[31m"
    assert "two lines [31m" in str(compare(L, {evil: 2.0}))
