"""Colours: which nodes belong to one matrix, against the same rules applied node by node."""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial

import numpy as np
import pytest

import microgradx as mx
from microgradx.compile.paths.derivatives import with_gradients
from microgradx.compile.printing import textbook
from microgradx.compile.printing.blocks import Labels
from microgradx.compile.printing.colours import AHEAD, FEW, colours
from microgradx.compile.printing.roles import FORWARD, SIGNAL
from microgradx.compile.tape.edges import used_by, users_of
from microgradx.compile.tape.tape import CONSTANT, INPUT, NONE, PARAMETER, SUM

from . import networks, sequences
from .zoo import ZOO, Example

LARGER = (
    Example("classifier of 20-30-10", partial(networks.classifier, [20, 30, 10])),
    Example("net by hand of 7-9-6-1", partial(networks.by_hand, [7, 9, 6, 1])),
    Example("LSTM over 11 steps", partial(sequences.lstm, 11)),
)
EXAMPLES = [pytest.param(each, id=each.name) for each in (*ZOO, *LARGER)]


class OneByOne:
    """The colours by their definition, one node after the other."""

    def __init__(self, tape, recording, roles, gradients):
        self.tape, self.recording, self.roles = tape, recording, roles
        self.labels = Labels(v.label for v in (*recording.parameters, *recording.captured)).stems
        wanted = [] if gradients is None else gradients.tolist()
        self.target = {v: self.labels[i] for i, v in enumerate(wanted) if v != NONE}
        self.values = set(tape.outputs["values"].tolist())
        operands = {a for i in range(len(tape)) if tape.op[i] > SUM for a, _ in self.terms(i)}
        exponents = {a: float(tape.number[a]) for a in operands if tape.op[a] == CONSTANT}
        self.exponents = exponents if len(set(exponents.values())) <= FEW else {}

    def terms(self, i):
        some = slice(self.tape.start[i], self.tape.start[i + 1])
        return list(zip(self.tape.left[some].tolist(), self.tape.right[some].tolist(), strict=True))

    def second(self, op, a, b, found):
        """Return the colour of a term's second factor, or of a row's operand the exponent that it is."""
        return self.exponents.get(a) if op != SUM else None if b == NONE else found[b]

    def upward(self, uses):
        numbers: dict[Hashable, int] = {}
        found: list[int] = []
        of_twin: dict[int, int] = {}
        tape = self.tape
        for i in range(len(tape)):
            op, number, twin = int(tape.op[i]), int(tape.number[i]), int(tape.twin[i])
            if op == PARAMETER:
                key: Hashable = (op, number >= len(self.recording.parameters), self.labels[number] or uses[i])
            elif op < SUM:
                columns = [c.argument for c in self.recording.columns] + ["weight"]
                key = (op, columns[number] if op == INPUT else "")
            else:
                (label,) = Labels([self.recording.names.get(twin, "")]).stems
                of = of_twin.get(twin) if self.roles[i] == SIGNAL else label
                pairs = [(found[a], self.second(op, a, b, found)) for a, b in self.terms(i)]
                once = tuple(pair for k, pair in enumerate(pairs) if not k or pair != pairs[k - 1])
                key = (op, of, int(self.roles[i]), self.target.get(i), i in self.values, once)
            found.append(numbers.setdefault(key, len(numbers)))
            if self.roles[i] == FORWARD and op >= SUM:
                of_twin[twin] = found[-1]
        return found

    def downward(self, found, told):
        uses: list[set[Hashable]] = [set() for _ in found]
        for i in np.flatnonzero(self.roles == FORWARD).tolist():
            terms = self.terms(i)
            for place, (a, b) in enumerate(terms):
                meaning = place if self.tape.op[i] != SUM and len(terms) <= 2 else 0
                uses[a].add((told[i], meaning, None if b == NONE else found[b]))
                if b != NONE:
                    uses[b].add((told[i], meaning, found[a]))
        numbers: dict[Hashable, int] = {}
        return [numbers.setdefault((c, frozenset(u)), len(numbers)) for c, u in zip(found, uses, strict=True)]

    def all(self):
        alike = [0] * len(self.tape)
        first, uses = self.upward(alike), alike
        for _ in range(AHEAD):
            uses = self.downward(first, uses)
        return self.upward(uses)


@pytest.mark.parametrize("each", EXAMPLES)
def test_colours_are_those_of_the_definition(each, monkeypatch):
    """Whole batches of nodes get the colours, numbered as they come, that they get one by one."""
    met = []

    def watched(*arguments):
        met.append((arguments, colours(*arguments)))
        return met[-1][1]

    monkeypatch.setattr(textbook, "colours", watched)
    program = each.build()
    mx.compile(program.f, program.parameters, indices=program.indices, target="numpy").explain(*program.rows(2, 0))
    assert met
    for arguments, found in met:
        assert found.tolist() == OneByOne(*arguments).all()


def test_one_label_changed_is_seen():
    """The comparison above can fail: with another label of a weight, the definition gives other colours."""
    model = mx.nn.MLP(2, [3, 1])
    program = mx.compile(lambda x, y: (model(x) - y) ** 2, model.parameters(), target="numpy")
    program.value_and_grad([[1.0, 2.0]], [1.0])
    recording = program.called(([[1.0, 2.0]], [1.0]))[0].known[0].recording
    found = textbook.textbook(recording, True)
    arguments = found.made.simple, recording, found.roles, None
    before = colours(*arguments)
    assert before.tolist() == OneByOne(*arguments).all()
    model.parameters()[0].label = "other"
    assert before.tolist() != OneByOne(*arguments).all()


@pytest.mark.parametrize("seed", range(4))
def test_users_and_what_is_used_are_each_other_turned_round(seed):
    """One node is among the users of another exactly if that other is used by it: in gradients of random graphs too."""
    (example,) = [each for each in ZOO if each.name == f"random graph {seed}"]
    program = example.build()
    compiled = mx.compile(program.f, program.parameters, target="numpy")
    compiled(*program.rows(2, 0))
    recording = compiled.called(program.rows(2, 0))[0].known[0].recording
    tape = with_gradients(recording.tape, recording, False) if recording.parameters else recording.tape
    n = len(tape)
    some = np.random.default_rng(seed).permutation(n)[:12]
    for i in some.tolist():
        one = np.arange(n) == i
        users, used = users_of(tape, one), used_by(tape, one)
        assert users[i]
        assert np.array_equal(used_by(tape, one, i // 2), used & (np.arange(n) >= i // 2))
        for j in some.tolist():
            other = np.arange(n) == j
            assert users[j] == (used_by(tape, other)[i] or i == j)
            assert used[j] == (users_of(tape, other)[i] and i != j)
