"""A changed structure: what stands in the lists, dictionaries and models that a function reads is watched whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import count, pairwise
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.watch.outside import Outside
from microgradx.errors import TraceError

WIDE = 40
"""More neurons than are looked at one by one."""


class Unit:
    """A neuron as people write it by hand, with more attributes than it uses."""

    def __init__(self, nin: int) -> None:
        self.nin = nin
        self.w = [Value(0.01 * i) for i in range(nin)]
        self.b = Value(0.1)

    def __call__(self, x: Any) -> Any:
        return mx.tanh(sum((w * v for w, v in zip(self.w, x, strict=True)), self.b))


class Stack:
    """Layers of such neurons."""

    def __init__(self, *sizes: int) -> None:
        self.layers = [[Unit(nin) for _ in range(nout)] for nin, nout in pairwise(sizes)]

    def __call__(self, x: Any) -> Any:
        for layer in self.layers:
            x = [unit(x) for unit in layer]
        return x[0]


class Deeper(mx.nn.MLP):
    """A model of the user's own on top of one of the library."""

    def __init__(self) -> None:
        super().__init__(2, [WIDE, 1], seed=0)
        self.steps = 0


@dataclass(slots=True)
class Slotted:
    """A neuron whose attributes stand in slots."""

    w: list[Value]
    b: Value

    def __call__(self, x: Any) -> Any:
        return self.w[0] * x[0] + self.b


class Numbered:
    """A model that finds its parts by their numbers."""

    def __init__(self) -> None:
        self.part1, self.part2 = (Slotted([Value(1.0)], Value(2.0)) for _ in range(2))

    def __call__(self, x: Any) -> Any:
        return mx.sum([getattr(self, f"part{i}")(x) for i in (1, 2)])


class Penalised(mx.nn.Module):
    """A model with a parameter that its own code does not name, but a penalty on all of them does."""

    def __init__(self) -> None:
        self.w, self.others = [Value(1.0)], [Value(2.0)]

    def __call__(self, x: Any) -> Any:
        return self.w[0] * x[0]


@dataclass
class Settings:
    """Equal to another of equal contents."""

    rates: list[float]


Change = tuple[Callable[..., Any], Callable[[], Any], str]


def changes() -> list[Change]:
    """Return functions of two numbers, what changes the structure that they read, and what the error calls it."""
    net, taller, deeper, stack = (
        mx.nn.MLP(2, [WIDE, WIDE, 1], seed=0),
        mx.nn.MLP(2, [3, 1]),
        Deeper(),
        Stack(2, WIDE, 1),
    )
    rows = [[Value(1.0) for _ in range(2)] for _ in range(50)]
    named = {"a": {"w": [Value(1.0)] * 30}, "b": Value(2.0)}
    array = np.array([Value(1.0) for _ in range(20)])
    pair = ([Value(1.0), Value(2.0)], 3.0)
    numbers = [float(i) for i in range(1000)]
    held = [Settings([1.0])]
    signs = [0.0, 1.0] * 20
    one, two, three, penalised = Numbered(), Numbered(), Numbered(), Penalised()
    first = [Value(1.0)]

    def scaled(x: Any, *, by: Any = first) -> Any:
        return by[0] * x[0]

    def product(x: Any) -> Any:
        return mx.sum([w * v for row in rows for w, v in zip(row, x, strict=True)])

    return [
        (
            lambda x: net(x),
            partial(net.layers[1].neurons[39].w.__setitem__, 17, Value(7.0)),
            r"neurons\[39\].w\[17\] is",
        ),
        (lambda x: net(x), lambda: setattr(net.layers[2].neurons[0], "b", Value(7.0)), r"neurons\[0\].b is another V"),
        (lambda x: taller(x), lambda: taller.layers.append(mx.nn.Layer(1, 1)), "taller.layers had 2 entries and has 3"),
        (deeper.__call__, partial(deeper.layers[0].neurons[35].w.__setitem__, 1, Value(7.0)), r"\[35\].w\[1\] is ano"),
        (lambda x: stack(x), partial(stack.layers[0][30].w.__setitem__, 1, Value(7.0)), r"\[0\]\[30\].w\[1\] is ano"),
        (lambda x: stack(x), lambda: setattr(stack.layers[0][30], "b", Value(7.0)), r"stack.layers\[0\]\[30\].b is"),
        (product, partial(rows[49].__setitem__, 1, Value(7.0)), r"rows\[49\]\[1\] is another Value"),
        (product, partial(rows.__setitem__, 49, [Value(7.0)] * 2), r"rows\[49\]\[0\] is another"),
        (lambda x: named["a"]["w"][29] * x[0], partial(named["a"]["w"].__setitem__, 29, Value(7.0)), r"\['w'\]\[29\]"),
        (lambda x: array[19] * x[0], partial(array.__setitem__, 19, Value(7.0)), r"array\[19\] is another Value"),
        (lambda x: pair[0][1] * x[0], partial(pair[0].__setitem__, 1, Value(7.0)), r"pair\[0\]\[1\] is another"),
        (lambda x: numbers[900] * x[0], partial(numbers.__setitem__, 900, 7.0), r"numbers\[900\] was 900.0 and is 7.0"),
        (lambda x: held[0].rates[0] * x[0], partial(held[0].rates.__setitem__, 0, 7.0), r"rates\[0\] was 1.0"),
        (lambda x: held[0].rates[0] * x[0], partial(held.__setitem__, 0, Settings([7.0])), r"held\[0\] is another Set"),
        (lambda x: one(x), lambda: setattr(one.part2, "b", Value(7.0)), "one.part2.b is another Value"),
        (lambda x: two(x), partial(two.part1.w.__setitem__, 0, Value(7.0)), r"two.part1.w\[0\] is another Value"),
        (
            lambda x: three(x),
            lambda: setattr(three, "part2", Slotted([Value(7.0)], Value(2.0))),
            "part2 is another Slo",
        ),
        (lambda x, by=first: by[0] * x[0], partial(first.__setitem__, 0, Value(7.0)), r"by\[0\] is another Value"),
        (lambda x: scaled(x), partial(first.__setitem__, 0, Value(7.0)), r"by\[0\] is another Value"),
        (
            lambda x: penalised(x) + mx.sum([w * w for w in penalised.parameters()]),
            lambda: penalised.others.append(Value(7.0)),
            "penalised.others had 1 entries and has 2",
        ),
        (lambda x: signs[38] * x[0], partial(signs.__setitem__, 38, -0.0), r"signs\[38\] was 0.0 and is -0.0"),
    ]


@pytest.mark.parametrize("bound", [False, True])
@pytest.mark.parametrize("case", range(len(changes())))
def test_the_first_call_after_a_change_of_structure_says_so(case: int, bound: bool) -> None:
    """However many calls went before, the next after a Value or layer was put in is a TraceError that names it."""
    f, change, message = changes()[case]
    program = mx.compile(f, target="numpy")
    call: Callable[[], Any] = program.on([[1.0, 2.0]]) if bound else lambda: program([[1.0, 2.0]])
    for _ in range(20):
        call()
    change()
    for _ in range(2):
        with pytest.raises(TraceError, match=f"{message}.*no longer does what it did"):
            call()


def test_what_is_put_in_place_of_its_equal_is_watched() -> None:
    """After a list was replaced by one of the same Values, which changes nothing, it is that one which is watched."""
    w = [[Value(1.0), Value(2.0)]]
    program = mx.compile(lambda x: w[0][0] * x, target="numpy")
    program([1.0])
    w[0] = list(w[0])
    assert program([1.0]).tolist() == [1.0]
    w[0][0] = Value(5.0)
    with pytest.raises(TraceError, match=r"w\[0\]\[0\] is another Value"):
        program([1.0])


def test_new_numbers_of_a_model_cost_no_look() -> None:
    """Training, loading, and attributes that a function does not read are no changes of structure."""
    deeper, net = Deeper(), mx.nn.MLP(2, [3, 1], seed=0)
    watched = Outside(lambda x: deeper(x)[0] + net(x)[0])
    for v in [*deeper.parameters(), *net.parameters()]:
        v.data += 1.0
    deeper.steps += 1
    net.load_state_dict(mx.nn.MLP(2, [3, 1], seed=1).state_dict())
    net([1.0, 2.0])
    assert watched.version() == 0


def test_a_method_of_a_model_that_is_replaced_is_seen() -> None:
    """An attribute that one object gets is one that its model reads."""
    net = mx.nn.MLP(2, [3, 1], seed=0)
    program = mx.compile(lambda x: net(x), target="numpy")
    program([[1.0, 2.0]])
    net.layers[0].neurons[1].activation = mx.exp
    with pytest.raises(TraceError, match=r"neurons\[1\]\.activation is another"):
        program([[1.0, 2.0]])


def test_containers_are_watched_however_deep_they_lie() -> None:
    """A list that holds itself, and one a hundred lists deep, are gone through, each once, and told by their names."""
    endless: list[Any] = [Value(1.0)]
    endless.append(endless)
    last: list[Any] = [Value(1.0)]
    deep = last
    for _ in range(100):
        deep = [deep]
    outside = Outside(lambda x: endless[0] * x + len(deep))
    assert outside.version() == 0
    endless[0] = Value(1.0)
    assert outside.version() == 1
    last[0] = 3.0
    assert outside.version() == 2
    assert [text.partition(" ")[0] for text in outside.changes(since=0)] == ["endless[0]", f"deep{'[0]' * 101}"]


def test_a_large_model_is_watched_within_its_time() -> None:
    """Watching a model makes no copy of its numbers: one entry is kept for each, and lists are not walked in Python."""
    w = [[Value(0.0)] * 1000 for _ in range(100)]
    calls = count()

    class Counted(list[Any]):
        def __iter__(self) -> Any:
            next(calls)
            return super().__iter__()

    w.append(Counted([Value(0.0)]))
    outside = Outside(lambda x: w[0][0] * x)
    before = next(calls)
    assert outside.version() == 0
    assert next(calls) == before + 1
    w[100][0] = Value(1.0)
    assert outside.version() == 1
