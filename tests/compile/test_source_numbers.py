"""source: its numbers are those of the program, for all programs and also where numbers are not finite."""

from __future__ import annotations

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value

from .sources import LANGUAGES, held, run
from .zoo import ZOO

EXAMPLES = [pytest.param(each, id=each.name) for each in ZOO]

SPECIAL = (np.nan, np.inf, -np.inf, 0.0, -0.0, 1e200, -1e200, 5e-324)
"""Numbers where Python raises errors and comparisons are false, or may."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("each", EXAMPLES)
def test_sources_run_and_give_the_same(each, language):
    """The source of each path gives the values and gradient of the compiled one, in Python bit for bit."""
    program = each.build()
    rows = program.rows(3, 1)
    compiled = mx.compile(program.f, program.parameters, indices=program.indices, strict=True, target="numpy")
    compiled(*rows)
    compiled(*rows)
    held(compiled, rows, language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("each", EXAMPLES)
def test_sources_give_the_same_where_numbers_are_not_finite(each, language):
    """NaN, inf, zeros and very large numbers among the inputs give what the kernel gives, and no error."""
    program = each.build()
    rows = program.rows(len(SPECIAL), 1)
    compiled = mx.compile(program.f, program.parameters, indices=program.indices, strict=True, target="numpy")
    compiled(*rows)
    rng = np.random.default_rng(0)
    special = []
    for name, x in zip(compiled.called(rows)[0].eager.names, map(np.array, rows), strict=True):
        if name not in compiled.signature.indices and x.dtype.kind == "f":
            flat = x.reshape(len(x), -1)
            flat[np.arange(len(x)), rng.integers(0, flat.shape[1], len(x))] = SPECIAL
        special.append(x)
    held(compiled, special, language)


def programs_in_other_ways():
    """Return programs that were not called as a function, with rows: a graph, and what gave derivatives."""
    w, x = [Value(0.5, "w1"), Value(-0.25, "w2")], [Value(1.0, "x1"), Value(2.0, "x2")]
    graph = mx.compile_graph(mx.tanh(mx.dot(w, x)) * x[0], x, w, strict=True, target="numpy")
    graph([[0.5, 1.5], [-1.0, 2.0]])
    f = lambda a, b: a * b + mx.exp(a) * mx.softplus(b)  # noqa: E731
    rows = np.array([1.0, 2.0]), np.array([0.5, -3.0])
    found = {"graph": (graph, (np.array([[0.5, 1.5], [-1.0, 2.0]]),))}
    for name in ("hessian", "jacobian", "gradients"):
        program = mx.compile(f, strict=True, target="numpy")
        getattr(program, name)(*rows)
        found[name] = program, rows
    program = mx.compile(f, strict=True, target="numpy")
    program.jvp(*rows, rows)
    return found | {"jvp": (program, rows)}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("way", ["graph", "hessian", "jacobian", "gradients", "jvp"])
def test_sources_of_graphs_and_after_derivatives_give_the_same(way, language):
    """The source of a recorded graph, and of a function whose derivatives were asked for, is that of its values."""
    program, rows = programs_in_other_ways()[way]
    held(program, rows, language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("each", EXAMPLES)
def test_sources_of_simplified_programs_give_the_same(each, language):
    """Out of strict mode, too, the source gives the values and the gradient of the program, up to rounding."""
    program = each.build()
    compiled = mx.compile(program.f, program.parameters, indices=program.indices, target="numpy")
    rows = program.rows(3, 1)
    expected = compiled(*rows)
    paths, call = compiled.called(rows)
    compiled(*rows)
    for number, path in enumerate(paths.known):
        found = path.run("values", path.packer.matrix(call.rows), None, 1.0, path.read(None))
        right = path.holds(found)
        some = slice(None) if right is None else right
        values, _ = run(compiled.source(language, path=number), language, rows, path.read(None))
        np.testing.assert_allclose(values.reshape(expected.shape)[some], expected[some], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("row", [[np.nan, 1.0, 2.0], [1.0, np.nan, 2.0], [1.0, 2.0, np.nan], [1.0, 3.0, 2.0]])
def test_largest_and_smallest_of_nan_are_nan(row, language):
    """Wherever NaN stands among the operands, max and min give it, as Python's own do not."""
    program = mx.compile(lambda x: [mx.max(x), mx.min(x)], strict=True, target="numpy")
    program([[1.0, 2.0, 3.0]])
    held(program, (np.array([row]),), language)
