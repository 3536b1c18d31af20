"""Plans as text."""

from __future__ import annotations

import re

import numpy as np
import pytest

from microgradx.compile.nests.listing import listing
from microgradx.compile.tape.tape import CONSTANT, INPUT, LESS, PARAMETER, Builder, code
from microgradx.primitives import row

from . import networks
from .plans import of_program, of_tape
from .zoo import ZOO


@pytest.mark.parametrize("example", ZOO, ids=str)
def test_each_nest_is_a_line(example):
    """The listing has a line for each nest and each output, in order of execution."""
    plan = of_program(example.build()).plan
    lines = listing(plan).splitlines()
    assert sum(" = " in line or " += " in line for line in lines) >= len(plan.nests)
    assert lines[len(plan.nests)].startswith("values = ")


def test_a_net_reads_like_its_formulas():
    """Layers are sums over k for each unit, literals are written as numbers, gradients are added up."""
    text = listing(of_program(networks.mlp([2, 4, 1])).plan)
    assert "row[4 + i] = param[3i]·row[0] + param[1 + 3i]·row[1] + param[2 + 3i]    for i < 4" in text
    assert re.search(r"select\(row\[8 \+ i\], row\[4 \+ i\], 0\.0\)", text)
    assert re.search(r"row\[16\] = Σ\(k < 4\) param\[12 \+ k\]·row\[12 \+ k\] \+ param\[16\] − row\[2\]", text)
    assert re.search(r"grad\[3i \+ j\] \+= row\[\d+ \+ i\]·row\[j\]    for i < 4, j < 2", text)


def test_operations_and_strides_of_all_kinds():
    """Quotients and comparisons are written between their operands, extrema name their range, strides may go down."""
    b = Builder()
    x, w, c = b.leaves(INPUT, range(6)), b.leaves(PARAMETER, [0]), b.leaves(CONSTANT, [2.0])
    made = [b.rows(code(row("div")), [[x[0], c[0]]]), b.rows(LESS, [[x[1], w[0]]])]
    made += [b.rows(code(row("max")), [x]), b.sums([x[::-1]], -1, -1.0)]
    lines = listing(of_tape(b.tape(values=[i for ids in made for i in ids])).plan).splitlines()
    assert {line.split(" = ")[1] for line in lines[:4]} == {
        "row[0] / 2.0",
        "row[1] < param[0]",
        "max(row[k], k < 6)",
        "− Σ(k < 6) row[5 − k]",
    }


def test_tables_are_named_and_shown():
    """A table has a name in the line, and a line of its own with its shape and ends."""
    b = Builder()
    x = b.leaves(INPUT, range(300))
    found = b.rows(code(row("tanh")), np.random.default_rng(2).choice(x, (200, 1)))
    text = listing(of_tape(b.tape(values=found)).plan)
    (name,) = re.findall(r"tanh\(row\[(T\d+)\[i\]\]\)    for i < 200", text)
    assert name == "T0"
    assert "T1" not in text
    assert re.search(rf"^{name} = table of shape \(200, 1\): \d+, ", text, re.MULTILINE)
