"""explain: the whole text, of every program of the zoo, of long programs, of paths and of recorded graphs."""

from __future__ import annotations

import re

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.printing.step_names import BAR
from microgradx.compile.printing.textbook import textbook
from microgradx.compile.tape.evaluate import evaluate
from microgradx.compile.tape.tape import NONE
from microgradx.primitives import row

from .printed import formulas
from .zoo import ZOO

EXAMPLES = [pytest.param(each, id=each.name) for each in ZOO]


def recurrent(steps):
    """Return the program of a recurrent net without labels, over so many steps."""
    w, u, b = (Value(0.1 * i) for i in range(3))

    def f(xs, y):
        h = 0.0
        for x in xs:
            h = mx.tanh(u * x + w * h + b)
        return (h - y) ** 2

    program = mx.compile(f, [w, u, b], target="numpy")
    program([[0.5] * steps], [1.0])
    return program


def test_steps_that_repeat_are_told_once():
    """A recurrent net's text does not grow with its steps, and limit=None shows all of it."""
    short, long = (str(recurrent(steps).explain()) for steps in (12, 24))
    assert len(short.splitlines()) == len(long.splitlines()) < 50
    assert "⋮  21 times more, with other numbers" in long
    program = recurrent(24)
    text = str(program.explain(limit=None))
    assert "⋮" not in text
    assert all(line in text for line in program.explain().nests)


NET = mx.nn.MLP(2, [3, 1])


@pytest.mark.parametrize(
    ("f", "line"),
    [
        (lambda x: mx.sum([w**2 for w in NET.parameters()]), "value = Σ a1 + Σ a2 + Σ a3 + a4   1 sum of 13 terms"),
        (
            lambda x: mx.sum([w * w for w in NET.parameters()]),
            "value = w1·w1 + b1·b1 + w2·w2 + b2·b2   1 sum of 13 terms",
        ),
        (lambda x: mx.sum([w * x[0] for w in NET.parameters()]), "value = Σ w1·x[0] + Σ b1·x[0] + Σ w2·x[0] + b2·x[0]"),
        (lambda x: x[0] + x[1] + x[0], "value = 2·x[0] + x[1]   1 sum of 2 terms"),
        (lambda x: x[0] - x[1] + x[0] - x[1], "value = 2·x[0] − 2·x[1]   1 sum of 2 terms"),
        (lambda x: x[0] + x[0], "value = 2·x[0]   1 number"),
        (lambda x: x[0] + x[1], "value = Σ x   1 sum of 2 terms"),
    ],
)
@pytest.mark.parametrize("strict", [False, True])
def test_the_terms_of_a_sum_stand_together(f, line, strict):
    """Terms of the same blocks are one term, in whatever order they were added; equal ones count as one."""
    program = mx.compile(f, NET.parameters(), target="numpy", strict=strict)
    assert line in str(program.explain([[1.0, 2.0]]))


def test_one_is_not_plural():
    """One operation is one operation and one number, and runs in one loop."""
    text = str(mx.compile(mx.exp, target="numpy").explain([1.0]))
    assert "exp(x): 1 scalar operation is 1 matrix operation\n  value = exp(x)   1 number\n" in text
    assert "the function runs as 1 loop, for each row: 1 × exp" in text


def test_long_texts_are_cut():
    """What does not repeat is cut after `limit` lines, with how many are left out."""
    names = ("exp", "sin", "cos", "tanh", "sigmoid", "softplus", "gaussian", "relu")

    def f(x):
        for name in names:
            x = mx.apply(row(name), x)
        return x

    program = mx.compile(f, target="numpy")
    assert "⋮" not in str(program.explain([1.0]))
    assert "⋮  5 more lines: explain(limit=None) shows all" in str(program.explain(limit=3))


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("each", EXAMPLES)
def test_what_is_shown_is_the_function_and_its_gradient(each, strict):
    """The tape whose lines are printed gives the values of the recording and the gradient of the program."""
    program = each.build()
    compiled = mx.compile(
        program.f, program.parameters, indices=program.indices, target="numpy", strict=strict, cache=False
    )
    rows = program.rows(2, 0)
    compiled(*rows)
    paths, call = compiled.called(rows)
    has_gradient = bool(compiled.parameters) and paths.outputs == 1
    mean = compiled.value_and_grad(*rows)[1] if has_gradient else 0.0
    total = 0.0
    for path in paths.known:
        tape, read = path.recording.tape, path.read(None)
        inputs = path.packer.matrix(call.rows)
        numbers = evaluate(tape, inputs, read)
        right = np.equal(numbers[tape.outputs["guards"]].T, path.recording.expected).all(axis=1)
        found = textbook(path.recording, has_gradient)
        weights = np.full((right.sum(), int(has_gradient)), 1.0 / len(inputs))
        written = evaluate(found.made.simple, np.hstack([inputs[right], weights]), read)
        expected = numbers[tape.outputs["values"]][:, right]
        np.testing.assert_allclose(written[found.made.simple.outputs["values"]], expected, rtol=1e-9, atol=1e-12)
        if has_gradient:
            there = found.gradients != NONE
            total = total + np.where(there, written[np.where(there, found.gradients, 0)].sum(axis=1), 0.0)
    np.testing.assert_allclose(total, mean, rtol=1e-8, atol=1e-11)


def test_paths_leaves_and_times_are_told():
    """Guards with their rows, leaves that get no gradient, target, strictness, times and memory are in the text."""
    w, c = Value(1.0, "w"), Value(2.0, "scale")
    program = mx.compile(lambda x: w * x if x > 0 else c * x, [w], target="numpy", strict=True)
    program([1.0, 2.0, -1.0])
    text = str(program.explain())
    for words in (
        "2 paths, with the rows of the last call; shown is the one with the arrow, others by path=\n",
        "→ path=0  x > 0.0: 2 rows\n",
        "  path=1  x <= 0.0: 1 row\n",
        "value = w·x ",
        "\ntarget numpy, strict\nthis path was made in ",
        " ms so far: trace ",
        " re-roll ",
        "memory:",
    ):
        assert words in text
    other = str(program.explain(path=1))
    assert "→ path=1  x <= 0.0: 1 row\n" in other
    assert "value = scale·x " in other
    assert "value = scale·x " not in text
    with pytest.raises(ValueError, match="one of 0 to 1, as explain"):
        program.explain(path=2)
    alone = mx.compile(lambda x: w * x, [w], target="numpy")
    with pytest.raises(ValueError, match="there is one path, 0, and none that is 1"):
        alone.explain([1.0], path=1)
    program([-1.0, -2.0])
    text = " ".join(str(program.explain()).split())
    assert "1 leaf that is no parameter is read anew at each call, and gets no gradient: scale" in text


@pytest.mark.parametrize("limit", [0, -1, True, 2.5, "all"])
def test_a_limit_is_a_number_of_lines(limit):
    """explain(limit=…) takes a whole number of lines, or None; all else is refused with the value."""
    program = mx.compile(lambda x: x * 2, target="numpy")
    with pytest.raises(ValueError, match=f"limit is a number of lines, at least 1, or None .*, not {limit!r}"):
        program.explain([1.0], limit=limit)


def test_inputs_of_a_graph_bear_their_labels():
    """A graph's inputs are called as they are labelled, those without a label by their place, and apart from ours."""
    w, b = Value(2.0, "w"), Value(1.0, "b")
    inputs = [Value(1.0, "height"), Value(2.0, "weight"), Value(3.0), Value(4.0)]
    output = (w * inputs[0] + b * inputs[1] - inputs[2] - inputs[3] * w) ** 2
    text = str(mx.compile_graph(output, inputs, [w, b], target="numpy").explain())
    z = f"z{BAR}1"
    for words in (
        "w·height + b·weight − inputs[2] − w·inputs[3] ",
        f"{z} = 2·z1·weight₂ ",
        f"∂b += {z}·weight ",
        "  weight₂: 1/n\n",
        "  inputs: height, weight, inputs, in this order\n",
    ):
        assert words in text
    xs = [[Value(float(i + j), f"x[{i},{j}]") for j in range(3)] for i in range(2)]
    program = mx.compile_graph(mx.dot(xs[0], xs[1]) + xs[1][2], xs, target="numpy")
    assert "value = x[0]·x[1] + x[1,2] " in str(program.explain())
    labelled = mx.compile(lambda weight: weight * w, [w], target="numpy").explain([1.0])
    assert "∂w += weight₂·weight " in str(labelled)
    assert "  weight: 1/n" not in str(labelled)


def test_nothing_is_told_before_the_first_call():
    """explain and source need a call, or rows: the error says so."""
    program = mx.compile(lambda x: x * 2, target="numpy")
    for method in (program.explain, program.source):
        with pytest.raises(ValueError, match="nothing has been traced yet"):
            method()
    assert "value = 2·x" in str(program.explain([1.0]))


def test_explanations_show_themselves():
    """At the prompt an explanation prints its text."""
    found = mx.compile(lambda x: x * 2, target="numpy").explain([1.0])
    assert repr(found) == str(found) == found.text


@pytest.mark.parametrize("each", EXAMPLES)
def test_every_program_can_be_explained(each):
    """Each nest of each program of the zoo has its line, and no two blocks bear one name."""
    program = each.build()
    compiled = mx.compile(program.f, program.parameters, indices=program.indices, target="numpy")
    found = compiled.explain(*program.rows(2, 0))
    computed = [line.split(" = ")[0] for line in found.nests if " += " not in line]
    assert len(computed) == len(set(computed))
    assert all(re.match(r"\S.* (=|\+=) \S", line) for line in found.nests)


def test_a_recorded_graph_is_explained_before_a_call():
    """A graph needs no rows to be told of: it is recorded, with inputs or without."""
    a, b, x, y = Value(1.0, "a"), Value(2.0, "b"), Value(3.0, "x"), Value(3.0)
    for inputs, v, name in (([x], x, "x"), (x, x, "x"), ((), x, "x"), ([y], y, "inputs"), (y, y, "inputs")):
        output = (a * v + b) ** 2
        program = mx.compile_graph(output, inputs, [a, b], target="numpy")
        assert f"z1 = a·{name} + b" in str(program.explain())
        assert "# z1 = " in mx.compile_graph(output, inputs, [a, b], target="numpy").source()


def test_lists_constants_and_bare_arguments_have_lines():
    """Each number of a list has its line, and so has what nothing computes."""
    a = Value(2.0, "a")
    program = mx.compile(lambda x: [x[0] * a, mx.sin(x[1]), x[0], 3.0], [a], target="numpy")
    right = sorted(line.split(" = ")[1] for line in formulas(program.explain([[1.0, 2.0]])))
    assert right == ["3", "a·x[0]", "sin(x[1])", "x[0]"]


def test_a_derivative_that_is_neither_short_nor_unary_is_a_ratio():
    """The share of one operand of a maximum is ∂value/∂b, and never a name of another number."""
    a, b = Value(1.0, "a"), Value(2.0, "b")
    program = mx.compile(lambda x, y: mx.max(x * a, y, b), [a, b], target="numpy")
    text = str(program.explain([1.0], [2.0]))
    for words in ("value = max(", "∂b += weight·∂value/∂b ", "= weight·∂value/∂z1 "):
        assert words in text
