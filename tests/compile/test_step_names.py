"""Step names: what explain() calls z1 is z1 in the source, and nothing else is."""

from __future__ import annotations

import re

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.printing import agreement
from microgradx.compile.printing.naming import Names
from microgradx.compile.printing.source_header import subject_of
from microgradx.compile.printing.textbook import textbook
from microgradx.compile.tape.evaluate import evaluate

from .printed import formulas, net
from .zoo import ZOO, example

EXAMPLES = [pytest.param(each, id=each.name) for each in ZOO]


def compiled(program, strict=False):
    """Return a program of the zoo, called once."""
    found = mx.compile(program.f, program.parameters, indices=program.indices, strict=strict, target="numpy")
    found(*program.rows(3, 1))
    return found


def numbers_by_name(names, tape, inputs, leaves):
    """Return the numbers (rows,) of all steps by block and indices."""
    numbers = evaluate(tape, inputs, leaves)
    last = names.roles.last
    return {(step.block, step.indices): numbers[last[signal, twin]] for (signal, twin), step in names.steps.items()}


def in_both(program, path_number=0):
    """Return the numbers of all steps by name, in an explanation and in a source."""
    paths, call = program.called(program.example_rows)
    path = paths.known[path_number]
    weighted = path.has_gradient
    inputs = np.hstack([path.packer.matrix(call.rows), np.full((call.rows.size, int(weighted)), 0.3)])
    leaves = path.read(None)
    shown = textbook(path.recording, weighted)
    names = Names(path.recording, paths.eager.names, shown.made, shown.roles)
    return (
        numbers_by_name(names, shown.made.simple, inputs, leaves),
        numbers_by_name(subject_of(paths, path, "f").names, path.made.simple, inputs, leaves),
    )


def unlike(told, found):
    """Return the names that both have, and those under which their numbers differ."""
    common = told.keys() & found.keys()
    return common, [k for k in common if not np.allclose(told[k], found[k], rtol=1e-6, atol=1e-9, equal_nan=True)]


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("each", EXAMPLES)
def test_one_name_is_one_number(each, strict):
    """Every step and error signal that a source calls as an explanation does has the same number there."""
    program = each.build()
    found = compiled(program, strict)
    found.example_rows = program.rows(3, 1)
    for number in range(len(found.paths)):
        told, shown = in_both(found, number)
        common, different = unlike(told, shown)
        assert not different
        assert len(common) >= min(len(told) / 3, len(told) - 1)


def test_a_step_of_which_a_part_is_left_is_not_named_so(monkeypatch):
    """Of a logsumexp whose largest operand went elsewhere the rest bears another name, but not if it is not tried."""
    program = example("Gaussian mixture")
    found = compiled(program)
    found.example_rows = program.rows(3, 1)
    assert not unlike(*in_both(found))[1]
    text = found.source()
    assert re.search(r"# t\d+ = log1p\(t\d+\)", text)
    assert not re.search(r"# a\d+ = log1p", text)
    monkeypatch.setattr(agreement, "_equal", lambda path, a, b, weighted: np.ones(len(a[1]), np.bool_))
    assert unlike(*in_both(found))[1]


def test_a_net_has_the_same_lines_in_both():
    """Steps, error signals and gradients of a net stand in the source under the names and formulas of explain."""
    program = net((2, 3, 4, 1))
    program.value_and_grad([[1.0, 2.0]], [1.0])
    shown = set(formulas(program.explain()))
    source = set(re.findall(r"^ *# (\S+ \+?= .*?)   ", program.source(), re.MULTILINE))
    of_activations = {line for line in shown if re.search(r"relu|\[z|²|2·z", line)}
    assert shown - of_activations <= source


def test_steps_of_the_source_alone_bear_names_of_their_own():
    """What only the source has is t1, p1, …, of which its head tells; no number of explain's is missing or doubled."""
    program = compiled(example("net of 3-5-1, tanh"))
    text = program.source()
    assert "names        those of explain(); p1, …: steps that only this text has\n" in text
    lines = re.findall(r"^ *# (\S+) = ", text, re.MULTILINE)
    assert len(lines) == len(set(lines))
    assert not set(lines) & {"d1", "g1"}
    own = {name for name in lines if name[0] in "tp"}
    assert not own & {line.split(" = ")[0] for line in program.explain().nests}


def test_a_source_tells_what_explain_writes_for_a_partial_derivative():
    """Where the steps to tanh′ end, the comment says tanh′(z1); what a comment adds stands in the explanation."""
    program = compiled(example("net of 3-5-1, tanh"))
    for language in ("python", "numpy"):
        text = program.source(language)
        assert re.search(r"\n    # p\d+ = 4·p\d+ = tanh′\(z1\)   5 numbers\n", text)
        assert "where a formula goes on with = …, that is what explain() writes\n" in text
    for each in ZOO:
        program = compiled(each.build())
        explanation = str(program.explain(limit=None))
        if " + … " in explanation:  # a long sum, of which not all terms are shown
            continue
        for shown in re.findall(r"^    # p\d+ = .* = ([^\]]*?)   ", program.source(), re.MULTILINE):
            assert shown in explanation


def test_numbers_that_users_take_are_left_out():
    """A node that is labelled z1 is z1, and the others are counted past it."""
    w = Value(2.0, "w")

    def f(x):
        a = mx.tanh(w * x)
        z = a * x + 1.0
        z.label = "z1"
        return mx.exp(z)

    program = mx.compile(f, [w], target="numpy")
    lines = program.explain([1.0]).nests
    assert [line.split("  ")[0] for line in lines[:3]] == ["z2 = w·x", "a1 = tanh(z2)", "z1 = a1·x + 1"]
    assert "# z1 = a1·x + 1   " in program.source()


def test_error_signals_of_parts_are_parts():
    """The error signals of one matrix are one block, of which each line gives a part by its indices."""
    v = [Value(float(i), f"v[{i}]") for i in range(4)]
    program = mx.compile(
        lambda x: mx.sum([mx.tanh(u * x) for u in v[:2]]) + mx.dot([mx.tanh(u * x) for u in v[2:]], v[:2]),
        v,
        target="numpy",
    )
    lines = program.explain([1.0]).nests
    parts = [line.split(" = ")[0] for line in lines if line.startswith("z\u0304")]
    assert len(parts) == len(set(parts))
    assert not any("…]" in part or "₂" in part for part in parts)


def test_it_is_tried_with_other_leaves_too():
    """Of softplus(w) the part log1p(…) is all of it where w < 0, as it is now, and is not named as all of it."""
    w = Value(-3.0, "w")
    program = mx.compile(lambda x: mx.softplus(w) - 1.0 + x, [w], target="numpy")
    program([1.0])
    assert "a1 = softplus(w) " in str(program.explain())
    assert not re.search(r"# a1 = log1p", program.source())
