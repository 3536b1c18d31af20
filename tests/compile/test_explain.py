"""explain and source: what is printed is what is computed."""

from __future__ import annotations

import re

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.explain import made_of
from microgradx.compile.naming import BAR, stem

from .zoo import ZOO, example

EXAMPLES = [pytest.param(each, id=each.name) for each in ZOO]
LANGUAGES = ["python", "numpy"]


def explained(f, *rows, **settings):
    """Return the explanation of a function on some rows."""
    return mx.compile(f, target="numpy", **settings).explain(*rows)


def net(sizes=(2, 16, 16, 1), activation="relu"):
    """Return the program of a net's squared error."""
    model = mx.nn.MLP(sizes[0], sizes[1:], activation=activation)
    return mx.compile(lambda x, y: (model(x) - y) ** 2, model.parameters(), target="numpy")


def formulas(explanation):
    """Return the formulas without the sizes behind them."""
    return [re.split(r"\s{3,}", line)[0] for line in explanation.nests]


def test_a_net_is_the_formulas_of_its_layers():
    """The loops of a net are z = W·a + b for each layer, and their error signals the chain rule, under their labels."""
    found = net().explain([[1.0, 2.0]], [1.0])
    lines = formulas(found)
    assert lines[:7] == [
        "z1 = w1·x + b1",
        "s1 = step(z1)",
        "a1 = select(s1, z1, 0)",
        "z2 = w2·a1 + b2",
        "s2 = step(z2)",
        "a2 = select(s2, z2, 0)",
        "z3 = w3·a2 + b3 − y",
    ]
    z2, a1 = f"z{BAR}2", f"a{BAR}1"
    for line in (f"{z2} = a{BAR}2 ⊙ s2", f"{a1} = w2·{z2}", f"∂w2 += {z2}·a1ᵀ", f"∂w1 += z{BAR}1·xᵀ", f"∂b2 += {z2}"):
        assert line in lines
    assert str(found).startswith(f"<lambda>(x, y) and its gradient: {found.operations} operations are ")


def test_the_number_of_nests_does_not_grow_with_width():
    """A net of any width is as many matrix operations, of more scalar ones."""
    small = net((3, 8, 8, 1), "tanh").explain([[1.0] * 3], [1.0])
    large = net((6, 40, 30, 1), "tanh").explain([[1.0] * 6], [1.0])
    assert len(small.nests) == len(large.nests)
    assert large.operations > 5 * small.operations


def test_operations_are_counted():
    """Scalar operations of the recording, and arithmetic of the nests, are those that one counts by hand."""
    forward = explained(lambda x: mx.tanh(x[0] * x[1] + x[2]) - 1.0, [[1.0, 2.0, 3.0]])
    assert forward.operations == 4
    assert forward.counts == {"multiply-add": 1, "add": 3, "tanh": 1}
    w = Value(2.0, "w")
    both = explained(lambda x: w * x, [1.0], parameters=[w])
    assert formulas(both) == ["value = w·x", "∂w += weight·x"]
    assert both.counts == {"multiply-add": 2}


def test_signs_constants_and_parts():
    """Differences, constants and sums over parts of arguments are printed as they are."""
    assert formulas(explained(lambda x: x[0] - 2.5 * x[1], [[1.0, 2.0]])) == ["value = x − 2.5·x"]
    assert formulas(explained(lambda x, y: -x * y, [1.0], [2.0])) == ["value = −x·y"]
    assert formulas(explained(lambda x: mx.sum(x), [[1.0] * 5])) == ["value = Σ x"]


@pytest.mark.parametrize(("label", "expected"), [("w1[2,3]", "w1"), ("b", "b"), ("", ""), ("x[0]", "x")])
def test_labels_without_their_indices(label, expected):
    """Values labelled alike but for indices are one block."""
    assert stem(label) == expected


def test_labels_of_users_name_blocks():
    """What a function labels bears that name, its error signal the name with a bar."""
    w = [Value(1.0, f"w[{i}]") for i in range(4)]

    def f(x):
        hidden = [mx.tanh(wᵢ * x) for wᵢ in w]
        for i, h in enumerate(hidden):
            h.label = f"hidden[{i}]"
        return mx.dot(hidden, hidden)

    lines = formulas(explained(f, [1.0], parameters=w))
    assert "hidden = tanh(z1)" in lines
    assert any(line.startswith(f"h{BAR}idden = ") for line in lines)


def test_parameters_without_a_label_are_told_by_their_places():
    """Unlabelled parameters are θ with the range of their places."""
    w = [Value(1.0) for _ in range(5)]
    lines = formulas(explained(lambda x: mx.dot(w[:4], x) + w[4], [[1.0] * 4], parameters=w))
    assert lines[0] == "value = θ[0…3]·x + θ[4]"


def test_paths_leaves_and_times_are_told():
    """Guards with their rows, leaves that get no gradient, target, strictness, times and memory are in the text."""
    w, c = Value(1.0, "w"), Value(2.0, "scale")
    program = mx.compile(lambda x: w * x if x > 0 else c * x, [w], target="numpy", strict=True)
    program([1.0, 2.0, -1.0])
    text = str(program.explain())
    for words in (
        "2 paths, with their rows in the last call:",
        "  x > 0.0: 2 rows",
        "  x <= 0.0: 1 rows",
        "\ntarget numpy, strict\nmade in ",
        " ms: trace ",
        ", re-roll ",
        "memory:",
    ):
        assert words in text
    program([-1.0, -2.0])
    text = str(program.explain())
    assert "1 leaves that are no parameters are read anew at each call, and get no gradient: scale" in text


def test_nothing_is_told_before_the_first_call():
    """explain and source need a call, or rows: the error says so."""
    program = mx.compile(lambda x: x * 2, target="numpy")
    for method in (program.explain, program.source):
        with pytest.raises(ValueError, match="nothing has been traced yet"):
            method()
    assert "value = 2·x" in str(program.explain([1.0]))


def test_explanations_show_themselves():
    """At the prompt an explanation prints its text."""
    found = explained(lambda x: x * 2, [1.0])
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


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("each", [p for p in EXAMPLES if "graph" not in p.id])
def test_sources_run_and_give_the_same(each, language):
    """The source, run as a program, gives the values and gradient of the compiled one, in Python bit for bit."""
    program = each.build()
    rows = program.rows(3, 1)
    compiled = mx.compile(program.f, program.parameters, indices=program.indices, strict=True, target="numpy")
    compiled(*rows)
    paths, call = compiled.called(rows)
    compiled(*rows)
    source = compiled.source(language)
    path = max(paths.known, key=lambda path: path.taken)
    plan = made_of(path).rolled.plan
    matrix = path.packer.matrix(call.rows)
    expected = path.run("gradient" if plan.weighted else "values", matrix, None, 0.25, path.read(None))
    if plan.weighted:
        matrix = np.hstack([matrix, np.full((3, 1), 0.25)])
    values, gradient = run(source, language, matrix, path.read(None))
    equal = np.testing.assert_array_equal if language == "python" else np.testing.assert_allclose
    equal(values, expected.outputs["values"])
    if plan.weighted:
        np.testing.assert_allclose(gradient, expected.gradient, rtol=1e-12, atol=1e-14)


def run(source, language, matrix, parameters):
    """Run a source on a batch; return values and gradient."""
    names: dict[str, object] = {}
    exec(source, names)
    if language == "numpy":
        outputs, gradient = names["program"](matrix, parameters)
        return outputs["values"], gradient
    found = [names["program"](row, parameters.tolist()) for row in matrix.tolist()]
    return [outputs["values"] for outputs, _ in found], np.sum([g for _, g in found], axis=0)


def test_a_wrong_source_is_seen():
    """The comparison above can fail: one sign changed in the text, and the values differ."""
    program = example("linear regression")
    compiled = mx.compile(program.f, program.parameters, target="numpy")
    compiled(*program.rows(1, 0))
    paths, call = compiled.called(program.rows(1, 0))
    source = compiled.source("python")
    matrix = np.hstack([paths.known[0].packer.matrix(call.rows), [[1.0]]])
    parameters = np.array([v.data for v in program.parameters])
    right = run(source, "python", matrix, parameters)[0]
    assert run(source.replace("-=", "+="), "python", matrix, parameters)[0] != right


def test_the_source_of_machine_code():
    """The LLVM source is a module with the kernel."""
    program = mx.compile(lambda x: mx.exp(x) * 2.0, target="numpy")
    program([1.0])
    text = program.source("llvm")
    assert "define void @kernel(" in text


def test_sources_name_their_formulas():
    """Each loop of the source stands under its formula; a constant stands where it is used."""
    program = net((2, 3, 1))
    program([[1.0, 2.0]], [1.0])
    text = program.source("python")
    for words in ("# z1 = w1·x + b1", "for i in range(3):", "parameters[3 * i] * row[0]", "2.0 * row["):
        assert words in text
    assert "# z1 = w1·x + b1" in program.source("numpy")


def test_another_language_is_refused():
    """The error names the languages there are."""
    with pytest.raises(ValueError, match="'python', 'numpy' or 'llvm', not 'c'"):
        net().source("c")
