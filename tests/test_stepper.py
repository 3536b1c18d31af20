"""The reverse sweep one node at a time: the engine's numbers, bit for bit."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable
from typing import Any

import pytest

import microgradx as mx
from microgradx.notation import bar
from microgradx.sweep import nodes

from .gauge import faults
from .programs import random_program
from .stepped import GRAPHS, least_squares


def programs(count: int, seed: int) -> list[mx.Value]:
    """Return outputs of random programs over all rows of the table."""
    rng = random.Random(seed)
    found = []
    while len(found) < count:
        program = random_program(rng)
        output = program([mx.Value(x) for x in program.inputs])
        found += [output] if isinstance(output, mx.Value) else []
    return found


def disagreements(output: mx.Value, steps: list[mx.Step]) -> list[str]:
    """Return where the steps are not what the engine does: signals, contributions and running totals."""
    for v in nodes(output):
        v.grad = 0.0
    output.backward()
    found = []
    totals: dict[int, float] = {}
    for step in steps:
        if repr(step.signal + 0.0) != repr(step.node.grad + 0.0):
            found.append(f"{step.name}: {step.signal!r}, the engine has {step.node.grad!r}")
        if repr(totals.get(id(step.node), 1.0 if step.node is output else 0.0)) != repr(step.signal):
            found.append(f"{step.name}: its signal is not its last running total")
        for c in step.contributions:
            if c.amount != step.signal * c.partial and not math.isnan(c.amount):
                found.append(f"{step.name} to {c.name}: {c.amount!r} is not signal · partial")
            if repr(c.before) != repr(totals.get(id(c.operand), 0.0)):
                found.append(f"{step.name} to {c.name}: the total before is not that after the last contribution")
            totals[id(c.operand)] = c.after
    return found


@pytest.mark.parametrize("name", GRAPHS)
def test_the_steps_are_the_engines(name: str) -> None:
    """Error signals equal `backward`'s bit for bit, each contribution is signal · partial, totals run on."""
    output, names = GRAPHS[name]()
    assert disagreements(output, list(mx.backward_steps(output, names=names))) == []


def test_the_steps_of_random_programs_are_the_engines() -> None:
    """The same holds for 300 random programs, with blocks that several nodes share."""
    assert [found for v in programs(300, 7) for found in disagreements(v, list(mx.backward_steps(v)))] == []


def test_a_wrong_step_is_noticed() -> None:
    """The comparison above can fail: on a signal, an amount, and a total that is one unit in the last place off."""
    output, _ = least_squares()
    steps = list(mx.backward_steps(output))
    (first,) = steps[0].contributions
    for wrong in (
        steps[0]._replace(signal=math.nextafter(1.0, 2.0)),
        steps[0]._replace(contributions=(first._replace(amount=0.25),)),
        steps[0]._replace(contributions=(first._replace(after=math.nextafter(first.after, 1.0)),)),
    ):
        assert disagreements(output, [wrong, *steps[1:]])


def test_every_node_has_one_step_in_the_engines_order() -> None:
    """Each node is stepped through once, after all nodes that use it, and `.grad` stays as it was."""
    output, _ = GRAPHS["network"]()
    before = [v.grad for v in nodes(output)]
    order = [step.node for step in mx.backward_steps(output)]
    assert order == nodes(output)[::-1]
    assert [v.grad for v in nodes(output)] == before


def test_totals_add_up_term_by_term() -> None:
    """Where no block is shared, each running total is the one before plus the amount, exactly."""
    output, _ = GRAPHS["regularised"]()
    for step in mx.backward_steps(output):
        assert all(c.before + c.amount == c.after for c in step.contributions)


def test_what_no_signal_reaches_has_a_step_that_says_so() -> None:
    """Behind `detach` a node's step is not reached, sends nothing, and says why."""
    x = mx.Value(2.0, "x")
    square = x * x
    step = next(s for s in mx.backward_steps(mx.detach(square) * x) if s.node is square)
    assert not step.reached
    assert (step.signal, step.contributions) == (0.0, ())
    assert "no error signal arrives" in step.line


def test_what_detach_holds_constant_is_told() -> None:
    """A signal arrives at the node of `detach` itself, as in the engine; the page says that nothing flows on."""
    x = mx.Value(2.0, "x")
    c = mx.detach(x * x)
    c.label = "c"
    told = [frame.told for frame in mx.stepper(c * x).frames if frame.title == "Backward: c"]
    assert told == [f"{bar('c')} = 2 is complete; detach holds c constant, and nothing flows on."]


def first(output: mx.Value, until: Callable[[mx.Step], bool]) -> mx.Step:
    """Return the step at which an iteration with this predicate ends."""
    *before, last = mx.backward_steps(output, until=until)
    assert until(last)
    assert not any(map(until, before))
    return last


def test_until_ends_with_the_first_step_for_which_it_holds() -> None:
    """The first NaN, the first exact zero and the first large gradient are found where they are made."""
    x = mx.Value(0.0, "x")
    root = x.sqrt()
    assert first(root * 0.0, mx.Step.has_nan).node is root
    dead = (mx.Value(1.0, "w") * -2.0).relu()
    assert first((dead + 1.0) ** 2, mx.Step.has_zero).node is dead
    w = mx.Value(3.0, "w")
    steep = w.exp()
    assert first(2.0 * steep, lambda step: step.exceeds(10.0)).node is steep
    never = mx.backward_steps(w * w, until=lambda step: step.exceeds(10.0))
    assert len(list(never)) == 2


def test_a_large_graph_is_stepped_through_as_far_as_asked() -> None:
    """Steps are computed as they are asked for, in a graph of 20,000 nodes too."""
    v = mx.Value(0.5, "x")
    for _ in range(20_000):
        v = v + 1.0
    assert [step.signal for step in itertools.islice(mx.backward_steps(v), 3)] == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda v: mx.backward_steps(3.0), TypeError, "a Value"),
        (lambda v: mx.backward_steps([v, v]), TypeError, "one output"),
        (lambda v: mx.backward_steps(v, until="nan"), TypeError, "function of a step"),
        (lambda v: mx.backward_steps(v, seed="1"), TypeError, "'1'"),
        (lambda v: mx.stepper("L"), TypeError, "one output"),
        (lambda v: mx.stepper([v]), TypeError, "one output"),
        (lambda v: mx.stepper(v, until="nan"), TypeError, "function of a step"),
        (lambda v: mx.stepper(mx.sum([v * i for i in range(600)])), ValueError, "at most 500"),
        (lambda v: mx.stepper(v * v, until=mx.Step.has_nan), ValueError, "never holds"),
        (lambda v: mx.stepper(v).save("/no such folder/step.html"), FileNotFoundError, "does not exist"),
    ],
)
def test_mistakes_are_explained(call: Callable[[mx.Value], Any], error: type[Exception], words: str) -> None:
    """What is not a graph, no predicate, no number, too large, or nowhere to be saved is a clear error at once."""
    with pytest.raises(error, match=words):
        call(mx.Value(2.0, "v"))


@pytest.mark.parametrize("name", GRAPHS)
def test_nothing_overlaps_in_the_picture(name: str) -> None:
    """Texts lie inside their boxes, boxes apart and on the page, and no edge runs over a box."""
    output, names = GRAPHS[name]()
    page = mx.stepper(output, names=names).html()
    assert faults(page[page.index("<svg") : page.index("</svg>") + 6]) == []
