"""Sources, run as their heads say, and held against the program."""

from __future__ import annotations

import re

import numpy as np

LANGUAGES = ["python", "numpy"]


def run(source, language, rows, parameters, weight=None):
    """Run a source as its head says, on all rows; return values and gradient."""
    names: dict[str, object] = {}
    exec(source, names)
    more = {} if weight is None else {"weight": weight}
    (call,) = re.findall(r"^    outputs, gradient = (program\(inputs_of\(.*\), parameters\))$", source, re.MULTILINE)
    arguments = call.removeprefix("program(inputs_of(").removesuffix("), parameters)")
    assert len(arguments.split(", ")) * bool(arguments) == len(rows)
    if language == "numpy":
        outputs, gradient = names["program"](names["inputs_of"](*rows), parameters, **more)
        return outputs["values"], gradient
    each = zip(*[np.asarray(x).tolist() for x in rows], strict=True) if rows else [()]
    found = [names["program"](names["inputs_of"](*row), parameters.tolist(), **more) for row in each]
    return np.array([outputs["values"] for outputs, _ in found]), np.sum([g for _, g in found], axis=0)


def same(found, expected, language):
    """Hold numbers against those of the compiled program: in Python bit for bit."""
    if language == "python":
        np.testing.assert_array_equal(found, expected)
    else:
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


def held(compiled, rows, language):
    """Hold the source of each path against its kernel, on all rows, also those of other paths."""
    paths, call = compiled.called(rows)
    for number, path in enumerate(paths.known):
        source = compiled.source(language, path=number)
        weighted = bool(path.recording.parameters) and paths.outputs == 1
        inputs = path.packer.matrix(call.rows)
        expected = path.run("gradient" if weighted else "values", inputs, None, 0.25, path.read(None))
        values, gradient = run(source, language, rows, path.read(None), 0.25 if weighted else None)
        same(values, expected.outputs["values"], language)
        if weighted:
            np.testing.assert_allclose(gradient, expected.gradient, rtol=1e-12, atol=1e-14)
