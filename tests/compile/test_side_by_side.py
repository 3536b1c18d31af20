"""Lists and models that stand side by side are taken at once; a change of any of them is seen and told by its name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.backends.llvm.untouched import Untouched
from microgradx.compile.watch import outside as outside_module
from microgradx.compile.watch import things as things_module
from microgradx.compile.watch.outside import Outside
from microgradx.compile.watch.reads import places_of
from microgradx.compile.watch.taken import Rows

from .seen import native

Change = tuple[Callable[[Any], Any], str]


class Shared:
    """Matrices with a row that is there more than once."""

    def __init__(self) -> None:
        row = [Value(1.0)]
        self.twice, self.again = [row, [Value(2.0)], row], [row, [Value(3.0)]]


class Held:
    """A model by hand: matrices, lists in a tuple and in dictionaries, numbers, and parts of it."""

    def __init__(self) -> None:
        self.w, self.u = ([[Value(1.0) for _ in range(3)] for _ in range(4)] for _ in range(2))
        self.deep = [[[Value(1.0)] for _ in range(3)] for _ in range(2)]
        self.pair = ([Value(1.0)], [Value(2.0)])
        self.named = {"a": [Value(1.0)], "b": [Value(2.0)]}
        self.shared = Shared()
        self.numbers = [[0.0, 1.0], [2.0, 3.0]]
        self.mixed = [[Value(1.0)], 2.0, mx.tanh, {"a": 1.0}, [Value(2.0)]]
        self.keys = {(lambda f: f)(mx.exp): [Value(1.0)], "b": [Value(2.0)]}
        self.net = mx.nn.MLP(2, [3, 3, 1], seed=0)

    def __call__(self, x: Any) -> Any:
        """Read all of it."""
        parts = (self.w, self.u, self.deep, self.pair, self.named, self.numbers, self.mixed, self.keys)
        return self.net(x)[0] * len(parts) * len(self.shared.twice + self.shared.again)


class Louder(mx.nn.Neuron):
    """A neuron of the user's own."""


class Longer(mx.nn.MLP):
    """A network of the user's own."""


def swap(x: Any, i: Any, j: Any) -> None:
    """Exchange two entries."""
    x[i], x[j] = x[j], x[i]


CHANGES: dict[str, Change] = {
    "an entry": (lambda m: m.w[2].__setitem__(1, Value(1.0)), "m.w[2][1] is another Value than it was"),
    "an entry of the last": (lambda m: m.u[3].__setitem__(2, Value(1.0)), "m.u[3][2] is another Value than it was"),
    "two entries": (lambda m: swap(m.w[0], 0, 2), "m.w[0][0] is another Value than it was"),
    "one more": (lambda m: m.w[1].append(Value(1.0)), "m.w[1] had 3 entries and has 4"),
    "one less": (lambda m: m.w[3].pop(), "m.w[3] had 3 entries and has 2"),
    "a row": (lambda m: m.w.__setitem__(1, [Value(1.0) for _ in range(3)]), "m.w[1][0] is another Value than it was"),
    "a new row": (lambda m: m.w.append([Value(1.0)]), "m.w had 4 entries and has 5"),
    "no row": (lambda m: m.u.pop(0), "m.u had 4 entries and has 3"),
    "rows exchanged": (lambda m: swap(m.w, 0, 3), "m.w[0][0] is another Value than it was"),
    "matrices exchanged": (lambda m: swap(vars(m), "w", "u"), "m.u[0][0] is another Value than it was"),
    "deep": (lambda m: m.deep[1][2].__setitem__(0, Value(1.0)), "m.deep[1][2][0] is another Value than it was"),
    "deep lists": (lambda m: swap(m.deep, 0, 1), "m.deep[0][0][0] is another Value than it was"),
    "in a tuple": (lambda m: m.pair[1].clear(), "m.pair[1] had 1 entries and has 0"),
    "in a dictionary": (lambda m: m.named["b"].append(None), "m.named['b'] had 1 entries and has 2"),
    "a row that is there twice": (
        lambda m: m.shared.twice[2].append(None),
        "m.shared.again[0] had 1 entries and has 2",
    ),
    "a row beside one that is": (lambda m: m.shared.twice[1].append(None), "m.shared.twice[1] had 1 entries and has 2"),
    "a row of the other": (lambda m: m.shared.again[1].append(None), "m.shared.again[1] had 1 entries and has 2"),
    "a number": (lambda m: m.numbers[1].__setitem__(0, 5.0), "m.numbers[1][0] was 2.0 and is 5.0"),
    "its type": (lambda m: m.numbers[0].__setitem__(1, 1), "m.numbers[0][1] was 1.0 and is 1"),
    "its sign": (lambda m: m.numbers[0].__setitem__(0, -0.0), "m.numbers[0][0] was 0.0 and is -0.0"),
    "beside others": (lambda m: m.mixed[4].append(1.0), "m.mixed[4] had 1 entries and has 2"),
    "another beside them": (lambda m: m.mixed[3].update(a=2.0), "m.mixed[3]['a'] was 1.0 and is 2.0"),
    "under a key": (lambda m: m.keys["b"].append(1.0), "m.keys['b'] had 1 entries and has 2"),
    "a weight": (
        lambda m: m.net.layers[1].neurons[2].w.__setitem__(0, Value(1.0)),
        "m.net.layers[1].neurons[2].w[0] is another Value than it was",
    ),
    "weights": (
        lambda m: setattr(m.net.layers[0].neurons[1], "w", [Value(1.0), Value(2.0)]),
        "m.net.layers[0].neurons[1].w[0] is another Value than it was",
    ),
    "a bias": (
        lambda m: setattr(m.net.layers[1].neurons[1], "b", Value(1.0)),
        "m.net.layers[1].neurons[1].b is another Value than it was",
    ),
    "one more attribute": (
        lambda m: setattr(m.net.layers[0].neurons[2], "more", 1.0),
        "m.net.layers[0].neurons[2].more is 1.0 now, and was not there",
    ),
    "no attribute": (
        lambda m: delattr(m.net.layers[1].neurons[0], "b"),
        "m.net.layers[1].neurons[0].b is gone",
    ),
    "neurons exchanged": (
        lambda m: swap(m.net.layers[1].neurons, 0, 2),
        "m.net.layers[1].neurons[0] is another Neuron than it was",
    ),
    "one neuron less": (lambda m: m.net.layers[0].neurons.pop(), "m.net.layers[0].neurons had 3 entries and has 2"),
    "a neuron's attributes": (
        lambda m: setattr(m.net.layers[1].neurons[1], "__dict__", vars(mx.nn.Neuron(3, seed=1))),
        "m.net.layers[1].neurons[1].w[0] is another Value than it was",
    ),
    "its class": (
        lambda m: setattr(m.net.layers[1].neurons[1], "__class__", Louder),
        "the class of m.net.layers[1].neurons[1] is another type than it was",
    ),
    "a model's attributes": (
        lambda m: setattr(m.net, "__dict__", vars(mx.nn.MLP(2, [3, 3, 1], seed=1))),
        "m.net.layers[0] is another Layer than it was",
    ),
    "a model's class": (
        lambda m: setattr(m.net, "__class__", Longer),
        "the class of m.net is another type than it was",
    ),
    "a layer": (lambda m: swap(m.net.layers, 0, 1), "m.net.layers[0] is another Layer than it was"),
}


@pytest.mark.usefixtures("passed_by_at_once")
@pytest.mark.parametrize("name", CHANGES)
def test_every_change_is_seen_and_told(name: str) -> None:
    """Whatever is changed side by side with others is seen once and told by its name, where machine code looks too."""
    m = Held()
    outsides = [Outside(lambda x: m(x)), Outside(lambda x: m(x), passing_by=partial(Untouched, alike=native))]
    for outside in outsides:
        assert [outside.version() for _ in range(3)] == [0, 0, 0]
    change, told = CHANGES[name]
    change(m)
    for outside in outsides:
        assert [outside.version() for _ in range(3)] == [1, 1, 1]
        assert told in outside.changes(since=0)


def test_a_row_in_place_of_an_equal_one_is_watched() -> None:
    """An equal list in place of a row, or of a neuron's weights, is no change, and what is done to it later is one."""
    m = Held()
    outside = Outside(lambda x: m(x))
    m.w[2] = list(m.w[2])
    m.net.layers[0].neurons[0].w = list(m.net.layers[0].neurons[0].w)
    assert outside.version() == 0
    m.w[2][1] = Value(1.0)
    assert outside.version() == 1
    m.net.layers[0].neurons[0].w[1] = Value(1.0)
    assert outside.version() == 2
    told = ["m.w[2][1] is another Value than it was", "m.net.layers[0].neurons[0].w[1] is another Value than it was"]
    assert outside.changes(since=0) == told


def test_other_numbers_of_the_same_bits_are_no_change() -> None:
    """A number that is computed anew in a row is none, and the row is watched as before."""
    m = Held()
    outside = Outside(lambda x: m(x))
    m.numbers[1][1] = float("3.0")
    assert [outside.version() for _ in range(2)] == [0, 0]
    m.numbers[1][1] = 4.0
    assert outside.version() == 1


def test_rows_and_neurons_are_taken_at_once() -> None:
    """A matrix is one place for all of its rows, and layers are few, however many neurons they have."""
    w = [[Value(1.0)] * 3 for _ in range(50)]
    net = mx.nn.MLP(2, [50, 50, 1], seed=0)
    found = list(places_of(lambda x: w[0][0] * net(x)[0]))
    assert len(found) < 40
    assert {50, 101} <= {len(x.where) for x in found if isinstance(x, Rows)}


def test_lists_are_watched_however_many_stand_side_by_side_at_each_depth() -> None:
    """Lists of lists are gone through and named without recursion."""
    last: list[Any] = [Value(1.0)]
    deep: list[Any] = [last, []]
    for _ in range(3000):
        deep = [deep, []]
    outside = Outside(lambda x: x * len(deep))
    assert outside.version() == 0
    last[0] = Value(1.0)
    assert outside.version() == 1
    assert outside.changes(since=0) == [f"deep{'[0]' * 3002} is another Value than it was"]


@pytest.mark.parametrize("kind", ["rows", "neurons"])
def test_the_nearest_of_more_than_are_gone_through_are_watched(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows, or neurons, that are too many to be gone through leave room for what stands in the first of them."""
    monkeypatch.setattr(things_module, "MOST", 40)
    rows: Any = [[float(i)] if kind == "rows" else mx.nn.Neuron(1) for i in range(50)]
    outside = Outside(lambda x: x * len(rows))
    assert outside.version() == 0
    if kind == "rows":
        rows[0][0] = -1.0
    else:
        rows[0].b = Value(-1.0)
    assert outside.version() == 1


def test_what_does_not_fit_is_watched_as_far_as_it_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of rows that are more than may be watched the first are, as if each stood by itself."""
    monkeypatch.setattr(outside_module, "MOST", 60)
    rows = [[float(i), 1.0] for i in range(30)]
    outside = Outside(lambda x: x * rows[0][0])
    rows[29][0] = -1.0
    assert outside.version() == 0
    rows[2][0] = -1.0
    assert outside.version() == 1
    assert outside.changes(since=0) == ["rows[2][0] was 2.0 and is -1.0"]
