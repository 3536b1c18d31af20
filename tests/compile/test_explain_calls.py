"""explain: what it tells of rows, times and memory, after calls of every kind."""

from __future__ import annotations

import re

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value


def branching():
    """Return the program of a loss with an if, and rows that go both ways."""
    model = mx.nn.MLP(2, [4, 1], activation="tanh", seed=0)

    def loss(x, y):
        score = y * model(x)
        return 1 - score if score < 1 else 0.0 * score

    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 2))
    return mx.compile(loss, model.parameters(), target="numpy"), (x, np.sign(x[:, 0]))


def rows_told(program):
    """Return what is told before the paths of a program, and the rows of all paths together."""
    text = str(program.explain())
    return text.splitlines()[1].partition(";")[0], sum(map(int, re.findall(r": (\d+) rows?$", text, re.MULTILINE)))


def test_it_is_told_of_which_rows_the_paths_are():
    """After a call the rows are its rows, whatever was called; after a training each row counts in every epoch."""
    program, (x, y) = branching()
    for call in (program, program.value_and_grad, program.gradients, program.hessian, program.on(x, y).value_and_grad):
        call(*(x, y) if getattr(call, "__self__", program) is program else ())
        assert rows_told(program) == ("2 paths, with the rows of the last call", 40)
    program.jvp(x[:30], y[:30], (x[:30], y[:30]))
    assert rows_told(program) == ("2 paths, with the rows of the last call", 30)
    program.train(x, y, epochs=5, batch_size=8, optimizer=mx.optim.SGD(lr=0.1))
    assert rows_told(program) == ("2 paths, with the rows of the last training, each in every epoch", 200)
    program(x[:20], y[:20])
    assert rows_told(program) == ("2 paths, with the rows of the last call", 20)
    assert "the last training was 25 steps" in str(program.explain())


def test_explaining_takes_no_time_of_the_program(tmp_path):
    """What is made only to be read does not count, and machine code that was kept from an earlier run is told of."""
    pytest.importorskip("llvmlite")
    stages = []
    for _ in range(2):
        program, rows = branching()
        program._backend = mx.compile(program.f, program.parameters, target="llvm", cache=tmp_path)._backend
        program.value_and_grad(*rows)
        texts = [" ".join(str(program.explain()).split()) for _ in range(2)]
        program.source()
        texts.append(" ".join(str(program.explain()).split()))
        told = [re.search(r"this path was made in .*", text)[0] for text in texts]
        assert told[0] == told[1] == told[2]
        stages.append(told[0])
    assert "re-roll" in stages[0]
    assert "kept" not in stages[0]
    assert "re-roll" not in stages[1]
    assert stages[1].endswith("; the machine code was kept from an earlier run")


def test_memory_is_that_of_rows_parameters_and_gradient():
    """The gradient has a number for each parameter, which is told apart from what all rows share."""
    w = [Value(1.0, f"w[{i}]") for i in range(100)]
    text = str(mx.compile(lambda x: mx.dot(w, x), w, target="numpy").explain([[1.0] * 100]))
    assert "memory: 816 bytes for each row, 800 bytes for all, 800 bytes for the gradient\n" in text
    assert "function and gradient run as 2 loops, for each row: 200 × multiply-add\n" in text
    assert "gradient" not in str(mx.compile(lambda x: mx.sum(x), target="numpy").explain([[1.0] * 100]))


def test_leaves_that_are_not_read_are_told_apart():
    """Parameters without a label that only an if reads, or nothing, come last and are told so."""
    a, b, c = Value(1.0), Value(2.0), Value(3.0)
    program = mx.compile(lambda x: b * x if x > a else c * x, [a, b, c], target="numpy")
    program([5.0])
    assert "by number: θ1 1; θ2 0, 2 (not read here)\n" in str(program.explain())
    assert "# guard1 = [θ2[0] < x]   1 number\n" in program.source()
