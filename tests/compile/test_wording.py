"""What is said of nodes in few letters stays an expression that can be read."""

from __future__ import annotations

import random
from typing import Any

import pytest

import microgradx as mx
from microgradx.compile.tape.wording import comparison, elided, written
from microgradx.compile.tracing import recording

KINDS = {"add": 5, "mul": 2, "sub": 2, "div": 2, "neg": 1, "tanh": 1, "exp": 1, "max": 5}


def expression(rng: random.Random, depth: int) -> str:
    """Return a random expression, written as comparisons of a path are."""
    if not depth or rng.random() < 0.2:
        return rng.choice(["x", "y[1]", "0.5", "w2[1,3]", "tanh(…)"])
    kind = rng.choice(list(KINDS))
    return written(
        kind, [expression(rng, depth - 1) for _ in range(rng.randint(1, KINDS[kind]) if kind == "add" else KINDS[kind])]
    )


def is_balanced(text: str) -> bool:
    """Return whether every parenthesis and bracket is closed, in the right order."""
    open_ones = []
    for letter in text:
        if letter in "([":
            open_ones.append(letter)
        elif letter in ")]" and (not open_ones or open_ones.pop() + letter not in ("()", "[]")):
            return False
    return not open_ones


@pytest.mark.parametrize("width", [8, 30, 64])
@pytest.mark.parametrize("seed", range(4))
def test_what_is_cut_has_all_its_parentheses(width: int, seed: int) -> None:
    """Words are left out of sums alone, and never in part: what was balanced is, and both ends of a comparison stay."""
    rng = random.Random(seed)
    for _ in range(200):
        text = f"{expression(rng, 4)} <= {rng.choice(['0.0', expression(rng, 2)])}"
        cut = elided(text, width)
        assert is_balanced(text), text
        assert is_balanced(cut), (text, cut)
        assert len(cut) <= len(text), (text, cut)
        assert " <= " in cut, (text, cut)


def test_a_unit_of_two_layers_is_cut_as_a_whole() -> None:
    """A comparison of a network with tanh in two layers reads as a sum of its units."""
    unit = "w2[1,1]*tanh(w1[1,1]*x[0] + b1[1]) + w2[1,2]*tanh(w1[2,1]*x[0] + b1[2]) + b2[1]"
    guard = f"w3[1,1]*tanh({unit}) + w3[1,2]*tanh({unit}) + w3[1,3]*tanh({unit}) + b3[1] <= 0.0"
    assert elided(guard, 30) == "w3[1,1]*tanh(…) + … + b3[1] <= 0.0"


def test_the_paths_of_a_network_are_printed_balanced() -> None:
    """So it is where a program lists its paths."""
    model = mx.nn.MLP(2, [8, 8, 1], activation="tanh")
    program = mx.compile(lambda x: mx.exp(model(x)) if model(x) <= 0 else model(x), model.parameters())
    program([[0.1 * i, 1.0 - 0.3 * i] for i in range(-9, 9)])
    comparisons = sorted(line.partition(":")[0] for line in str(program.paths).splitlines())
    assert comparisons == ["w3[1,1]*tanh(…) + … + b3[1] <= 0.0", "w3[1,1]*tanh(…) + … + b3[1] > 0.0"]


def test_comparisons_are_worded_when_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row may compare very often, so a call words no comparison; the list of paths does, as they were written."""
    worded: list[str] = []

    def noted(*arguments: Any) -> str:
        worded.append(comparison(*arguments))
        return worded[-1]

    monkeypatch.setattr(recording, "comparison", noted)
    program = mx.compile(lambda x, y: x * y if x * y >= 2.0 else y - x)
    assert program([1.0, 2.0], [3.0, 0.5]).tolist() == [3.0, -1.5]
    assert not worded
    assert "x*y >= 2.0" in repr(program.paths)
    assert worded
