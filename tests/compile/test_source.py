"""source: the text of a program is a program, which gives the same when it is called as its head says."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from IPython.lib.pretty import pretty

import microgradx as mx
from microgradx import Value

from .printed import net
from .sources import LANGUAGES, run
from .zoo import example


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_weight_need_not_be_given(language):
    """Without a weight a row counts whole in Python, and in NumPy the gradient is that of the mean."""
    program = net((2, 3, 1), "tanh")
    rows = np.array([[1.0, 2.0], [0.5, -1.0]]), np.array([1.0, 0.0])
    mean, gradient = program.value_and_grad(*rows)
    parameters = np.array([v.data for v in program.parameters])
    values, found = run(program.source(language), language, rows, parameters)
    assert values.mean() == pytest.approx(mean, rel=1e-12)
    assert found / (2 if language == "python" else 1) == pytest.approx(gradient, rel=1e-12)


def test_a_wrong_source_is_seen():
    """The comparison above can fail: one sign changed in the text, and the values differ."""
    program = example("linear regression")
    compiled = mx.compile(program.f, program.parameters, target="numpy")
    rows = program.rows(1, 0)
    compiled(*rows)
    source = compiled.source("python")
    parameters = np.array([v.data for v in program.parameters])
    right = run(source, "python", rows, parameters)[0]
    (line,) = re.findall(r"# z1 = .*\n(?:.*\n)*?.* (row\[\d+\] = .*|total -= .*)", source)
    assert run(source.replace(line, line.replace(" -", " +")), "python", rows, parameters)[0] != right


def test_the_head_tells_what_is_where():
    """The head names path, parameters, other leaves, outputs and the places of a row; one-hot inputs are made."""
    w, c = Value(2.0, "w"), Value(0.5, "c")

    def f(x, i, k):
        return w * x[1] * mx.lookup([c, 1.0, 2.0], i) if x[0] > 0 else x[0]

    program = mx.compile(f, [w], indices=("i", "k"), target="numpy")
    program([[1.0, 2.0]], [1], [0])
    text = program.source()
    for words in (
        '"""f(x, i, k) and its gradient, for one row, where x[0] > 0.0.\n',
        "    outputs, gradient = program(inputs_of(x, i, k), parameters)\n",
        "parameters   2 numbers, those of the parameters and then of 1 other leaves: w, c\n",
        "'guards': 1.0 for each comparison that holds, else 0.0; on this path [1.0], on others",
        "*(float(i == k) for k in range(3))",
        "inputs, 5 weight, ",
        "    # the function\n",
        "    # its gradient\n",
    ):
        assert words in text
    names: dict[str, object] = {}
    exec(text, names)
    outputs, gradient = names["program"](names["inputs_of"]([1.0, 2.0], 2, 0), [3.0, 0.5])
    assert (outputs["values"], gradient) == ([12.0], [4.0])


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_of_arguments_may_be_any(language):
    """Positional arguments without a name of their own, and names that the text needs, do no harm."""
    program = mx.compile(lambda float, *more: float * more[0] + more[1], target="numpy")
    rows = np.array([1.0, 2.0]), np.array([3.0, 4.0]), np.array([5.0, 6.0])
    expected = program(*rows)
    assert run(program.source(language), language, rows, np.zeros(0))[0].ravel().tolist() == expected.tolist()


def test_the_function_comes_first_and_loops_go_up():
    """The function's loops stand before those of its gradient, and no index runs down where the order is free."""
    program = net((2, 8, 8, 1), "tanh")
    program([[1.0, 2.0]], [1.0])
    text = program.source()
    function, gradient = text.split("# its gradient")
    assert "# value = " in function
    assert "weight" not in function.partition("# the function")[2]
    assert "∂" not in function.partition("# the function")[2]
    assert "# ∂w1 += " in gradient
    assert not re.search(r"\[\d+ - |- \d* ?\*? ?[ijk]\b", text)


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


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "sigmoid", "softplus", "gaussian", "tanh"])
def test_sources_name_things_as_explain_does(activation):
    """What explain calls z₁, a₁, z₂, … and their error signals, the source calls so too, whatever a₁ is opened into."""
    program = net((2, 3, 4, 1), activation)
    program.value_and_grad([[1.0, 2.0]], [1.0])
    shown = [line.split("  ")[0].partition(" = ") for line in program.explain().nests]
    source = re.findall(r"^ *# (\S+) = (.*?)   ", program.source(), re.MULTILINE)
    told = {name: formula for name, _, formula in shown if formula}
    assert set(told) <= {name for name, _ in source}
    assert {name: formula for name, formula in source if name[0] == "z" and "\u0304" not in name} == {
        name: formula for name, formula in told.items() if name[0] == "z" and "\u0304" not in name
    }


def test_the_source_of_one_path_is_asked_for():
    """A path that few rows took has its source too; a path that is not there is refused."""
    program = mx.compile(lambda x: 2.0 * x if x > 0 else 3.0 * x, target="numpy")
    program([1.0, 2.0, -1.0])
    values = [run(program.source(path=path), "python", ([1.0],), np.zeros(0))[0].item() for path in (0, 1)]
    assert values == [2.0, 3.0]
    with pytest.raises(ValueError, match="one of 0 to 1"):
        program.source(path=-1)


def test_another_language_is_refused():
    """The error names the languages there are."""
    with pytest.raises(ValueError, match="'python', 'numpy' or 'llvm', not 'c'"):
        net().source("c")


def test_python_and_ieee_part_only_where_helpers_join_them():
    """A source has the functions that it calls and no others, and none at all for sums and products."""
    x = mx.compile(lambda x: x * x + 1.0, target="numpy")
    x([1.0])
    assert "def divide" not in x.source()
    assert "import" not in x.source()
    y = mx.compile(lambda x: mx.exp(x) / x, target="numpy")
    y([1.0])
    assert [name for name in ("divide", "ieee", "pow", "step") if f"def {name}(" in y.source()] == ["divide", "ieee"]
    names: dict[str, object] = {}
    exec(y.source(), names)
    assert names["program"]([1000.0], [])[0]["values"] == [np.inf]
    assert names["program"]([-0.0], [])[0]["values"] == [-np.inf]


def test_the_numpy_source_reads_memory_by_slices():
    """Numbers in a row are a slice, one number is one place, and only what is neither is a view."""
    program = net((2, 3, 1))
    program([[1.0, 2.0]], [1.0])
    text = program.source("numpy")
    assert "row[4:7] = parameters[0:7:3] * row[0] + parameters[1:8:3] * row[1] + parameters[2:9:3]\n" in text
    assert "return {'values': row[[" in text
    plain = mx.compile(lambda x: x * 2.0, target="numpy")
    plain([1.0])
    assert "view" not in plain.source("numpy")


@pytest.mark.parametrize("language", ["python", "numpy"])
def test_a_source_is_shown_line_by_line(language):
    """At a prompt and in a notebook a source stands as it is written, and yet it is a string as any other."""
    w = Value(0.5, "w")
    program = mx.compile(lambda x: mx.relu(w * x), [w], target="numpy")
    program.value_and_grad([1.0])
    text = program.source(language)
    assert repr(text) == text == str(text)
    assert isinstance(text, str)
    assert pretty(text) == text.rstrip("\n")
    assert ElementTree.fromstring(text._repr_html_()).findtext("code") == text


@pytest.mark.parametrize("language", ["python", "numpy"])
def test_the_head_says_what_one_is(language):
    """Constants that differ from term to term stand in `one`, and the head says so, only where they are used."""
    numbers = [0.3, 1.7, -2.2, 0.9, 5.1, 3.3]
    several = mx.compile(lambda x: mx.dot(numbers, x), target="numpy")
    several([numbers])
    single = mx.compile(lambda x: 2.0 * x, target="numpy")
    single([1.0])
    assert ["\none          for all rows: the constants, " in p.source(language) for p in (several, single)] == [
        True,
        False,
    ]
    assert "    one = " in several.source(language)
