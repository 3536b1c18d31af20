"""Where machine code passes by what a function reads, each change of it is told as it is where Python compares all."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.backends.llvm import alike as reading
from microgradx.compile.backends.llvm.alike import Alike
from microgradx.compile.backends.llvm.objects import object_code
from microgradx.compile.backends.llvm.target import host
from microgradx.compile.backends.llvm.untouched import CALLS, Untouched
from microgradx.compile.watch.outside import Outside
from microgradx.errors import TraceError

from .seen import native, waited
from .test_structure import changes


@pytest.mark.usefixtures("passed_by_at_once")
@pytest.mark.parametrize("case", range(len(changes())))
def test_changes_of_structure_are_told_as_without_it(case: int) -> None:
    """What passes containers by changes neither which changes are seen nor what is told of them."""
    f, change, _ = changes()[case]
    with_it, without = Outside(f, passing_by=partial(Untouched, alike=native)), Outside(f)
    for _ in range(3):
        assert with_it.version() == without.version() == 0
    assert with_it._taken.untouched()
    change()
    for _ in range(3):
        assert with_it.version() == without.version() == 1
    assert with_it.changes(since=0) == without.changes(since=0) != []
    assert with_it._taken.untouched()


class Thing:
    """An object with what stands in it, in its class, and perhaps."""

    power = 2.0

    def __init__(self) -> None:
        self.rate, self.shift = 1.0, Value(0.5)

    def __call__(self, x: Any) -> Any:
        """Compute something."""
        more = self.more if hasattr(self, "more") else 1.0
        return scale * x * self.rate * self.power + self.shift * more


class Other(Thing):
    """Another class of the same attributes."""


class Posing(Thing):
    """An object whose class is told by code of its own."""

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """Another class than it has."""
        return posed


scale: Any = 3.0
posed: Any = Thing


def stood_elsewhere(x: Thing) -> None:
    """Give an object another dictionary."""
    x.__dict__ = {**x.__dict__, "rate": 3.0}


THINGS: dict[str, tuple[Callable[[Any], Any], bool]] = {
    # what is changed of it, and whether that is passed by as long as it is as it was
    "an attribute": (lambda x: setattr(x, "rate", 2.0), True),
    "a Value": (lambda x: setattr(x, "shift", Value(0.5)), True),
    "no attribute": (lambda x: delattr(x, "shift"), True),
    "a new attribute": (lambda x: setattr(x, "more", 2.0), True),
    "one in place of the class's": (lambda x: setattr(x, "power", 3.0), True),
    "its class": (lambda x: setattr(x, "__class__", Other), True),
    "its dictionary": (stood_elsewhere, True),
    "a global": (lambda x: globals().update(scale=4.0), True),
    "what the class has": (lambda x: setattr(Thing, "power", 3.0), True),
    "its code": (lambda x: setattr(Thing.__call__, "__defaults__", (2.0,)), False),
}


@pytest.mark.usefixtures("passed_by_at_once")
@pytest.mark.parametrize("case", THINGS)
def test_changes_of_objects_are_told_as_without_it(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands in an object, its class, or the variables is seen to be another, by machine code or besides it."""
    monkeypatch.setitem(globals(), "scale", 3.0)
    monkeypatch.setattr(Thing, "power", 2.0)
    monkeypatch.setattr(Thing.__call__, "__defaults__", None)
    thing, (change, is_passed_by) = Thing(), THINGS[case]

    def f(x: Any) -> Any:
        return thing(x)

    with_it, without = Outside(f, passing_by=partial(Untouched, alike=native)), Outside(f)
    for _ in range(3):
        assert with_it.version() == without.version() == 0
    before = with_it._taken
    assert before.untouched()
    change(thing)
    assert before.untouched() != is_passed_by
    for _ in range(3):
        assert with_it.version() == without.version() == 1
    assert with_it.changes(since=0) == without.changes(since=0) != []


@pytest.mark.usefixtures("passed_by_at_once")
def test_a_class_that_code_tells_of_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where an object says itself which class it is of, nothing else is taken for that."""
    thing = Posing()
    outside = Outside(lambda x: thing(x), passing_by=partial(Untouched, alike=native))
    assert [outside.version() for _ in range(3)] == [0, 0, 0]
    assert outside._taken.untouched()
    monkeypatch.setitem(globals(), "posed", Other)
    assert outside.version() == 1


def test_where_nothing_can_be_read_python_compares(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without lists as they are read here there is no machine code, and every change is seen all the same."""
    monkeypatch.setattr(reading, "are_readable", lambda: False)
    alike = Alike(lambda of, text: lambda: object_code(text(), host()), host())
    values = [Value(1.0) for _ in range(2000)]
    outside = Outside(lambda x: values[0] * x, passing_by=partial(Untouched, alike=alike))
    assert {outside.version() for _ in range(3 * CALLS)} == {0}
    assert not outside._taken.untouched()
    values[1999] = Value(1.0)
    assert outside.version() == 1


def test_where_llvm_fails_python_compares() -> None:
    """An error of LLVM leaves the looking to Python, is met once, and every change is seen all the same."""
    asked = []

    def failing(of: str, text: Callable[[], str]) -> Callable[[], bytes]:
        asked.append(of)
        return lambda: object_code("what is no module", host())

    values = [Value(1.0) for _ in range(2000)]
    alike = Alike(failing, host())
    outside = Outside(lambda x: values[0] * x, passing_by=partial(Untouched, alike=alike))
    waited(lambda: (outside.version() == 0 and alike._coming is not None and alike._coming.is_done) or None)
    assert {outside.version() for _ in range(9 * CALLS)} == {0}
    assert not outside._taken.untouched()
    assert len(asked) == 1
    values[1999] = Value(1.0)
    assert outside.version() == 1


@pytest.mark.parametrize("bound", [False, True])
def test_a_program_is_told_of_a_change_after_many_calls(bound: bool) -> None:
    """The first call after a Value was put in is a TraceError also where machine code compares."""
    net = mx.nn.MLP(2, [40, 40, 1], seed=0)
    program = mx.compile(lambda x: net(x), target="llvm")
    rows = program.on([[1.0, 2.0]])
    call: Callable[[], Any] = rows if bound else lambda: program([[1.0, 2.0]])
    waited(lambda: (call() is not None and program._outside._taken.untouched()) or None)
    for _ in range(20):
        call()
    net.layers[1].neurons[39].w[17] = Value(7.0)
    for _ in range(2):
        with pytest.raises(TraceError, match=r"neurons\[39\].w\[17\] is another Value.*no longer does what it did"):
            call()
