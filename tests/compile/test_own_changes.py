"""What a function itself changes when it runs: compiled code is as it would be, or it is said that it is not."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import microgradx as mx
from microgradx import Value
from microgradx.errors import TraceError

HERE = Path(__file__).name
W = Value(2.0, "w")
number = 0

Function = Callable[[Any], Any]


def counting() -> dict[str, tuple[Function, str]]:
    """Return functions that change something at each run and do not depend on it, and what that is called."""
    thing, noted, by = SimpleNamespace(runs=0), [0.0], {"runs": 0}
    steps = 0

    def attribute(x: Any) -> Any:
        thing.runs += 1
        return W * x

    def entry(x: Any) -> Any:
        by["runs"] += 1
        return W * x

    def appended(x: Any) -> Any:
        noted.append(1.0)
        return W * x

    def variable(x: Any) -> Any:
        global number
        number += 1
        return W * x

    def enclosing(x: Any) -> Any:
        nonlocal steps
        steps += 1
        return W * x

    return {
        "attribute": (attribute, r"thing\.runs was 1 and is 2"),
        "entry": (entry, r"by\['runs'\] was 1 and is 2"),
        "list": (appended, r"noted had 2 entries and has 3"),
        "global": (variable, r"global 'number' was \d+ and is \d+"),
        "enclosing": (enclosing, r"the variable 'steps' was 1 and is 2"),
    }


@pytest.mark.parametrize("case", counting())
def test_what_changes_at_each_run_is_said_once(case: str) -> None:
    """A function that counts its runs is told, with its file and line, that it does not run for each row any more."""
    f, what = counting()[case]
    program = mx.compile(f, [W], target="numpy")
    with pytest.warns(UserWarning, match=f"the function itself changes this when it runs: {what}") as told:
        found = [program([1.0, 2.0]).tolist() for _ in range(40)]
    assert found == [[2.0, 4.0]] * 40
    assert [(Path(each.filename).name, each.lineno) for each in told] == [(HERE, f.__code__.co_firstlineno)]


def test_a_function_may_count_its_calls() -> None:
    """What the function itself changes when it runs is no reason to look at each call."""
    count = {"runs": 0}

    def f(x: Any) -> Any:
        count["runs"] += 1
        return W * x

    program = mx.compile(f, [W], target="numpy")
    with pytest.warns(UserWarning, match=r"the function itself changes this .*: count\['runs'\] was \d and is \d"):
        found = [program([1.0]).tolist() for _ in range(10)]
    assert found == [[2.0]] * 10
    assert count["runs"] < 12


def test_a_function_with_several_paths_may_keep_a_list() -> None:
    """What a function notes when it runs on one path is no change for its others, nor for rows of other lengths."""
    noted: list[float] = []

    def f(x: Any) -> Any:
        noted.append(len(noted))
        return W * x[0] if x[0] > 0.0 else mx.sum(x)

    program = mx.compile(f, [W], target="numpy")
    rows = [[1.0], [-1.0]], [[1.0, 2.0], [-1.0, 2.0]]
    with pytest.warns(UserWarning, match="noted had . entries and has") as told:
        assert [program(x).tolist() for x in rows * 20] == [[2.0, -1.0], [2.0, 1.0]] * 20
    assert len(noted) < 40
    assert len(told) == 1


def made_once() -> dict[str, Function]:
    """Return functions that make at the first run what later ones find."""
    cache: dict[Any, float] = {}
    thing = SimpleNamespace()

    def kept(x: Any) -> Any:
        if "scale" not in cache:
            cache["scale"] = 3.0
        return cache["scale"] * x

    def lazy(x: Any) -> Any:
        if not hasattr(thing, "scale"):
            thing.scale = 3.0
        return thing.scale * x

    def pushed(x: Any) -> Any:
        cache["now"] = 1.0
        found = len(cache) * x
        del cache["now"]
        return found

    return {"cache": kept, "attribute": lazy, "taken back": pushed}


@pytest.mark.parametrize("case", made_once())
def test_what_is_made_at_the_first_run_is_no_reason_to_speak(case: str) -> None:
    """A cache, an attribute that is made when it is missing, and what is taken back: results are those of Values."""
    f = made_once()[case]
    program = mx.compile(f, target="numpy")
    for _ in range(20):
        assert program([1.0, 2.0]).tolist() == [f(Value(x)).data for x in (1.0, 2.0)]


def modes() -> tuple[Any, Function]:
    """Return an object and a function which sets on one path what it reads on another."""
    mode = SimpleNamespace(last=0.0)

    def f(x: Any) -> Any:
        if x > 0.0:
            mode.last = 1.0
            return W * x
        return W + x * mode.last

    return mode, f


def test_what_one_path_sets_another_has_read() -> None:
    """A path that was traced before another set what it reads is an error at its next call, which names that."""
    mode, f = modes()
    program = mx.compile(f, [W], target="numpy")
    for _ in range(20):
        assert program([-1.0]).tolist() == [2.0]
    assert program([1.0]).tolist() == [2.0]
    for _ in range(2):
        with pytest.raises(TraceError, match=r"mode\.last was 0\.0 and is 1\.0, and the function no longer"):
            program([-1.0])
    mode.last = 0.0
    assert program([-1.0]).tolist() == [2.0]


def test_what_one_path_sets_another_reads_then() -> None:
    """Where it was set first all paths are as on Values, and go on so."""
    _, f = modes()
    program = mx.compile(f, [W], target="numpy")
    for _ in range(20):
        assert program([1.0]).tolist() == [2.0]
        assert program([-1.0]).tolist() == [1.0]


def test_what_depends_on_the_number_of_runs_is_an_error() -> None:
    """A result that another run changes is a TraceError at the first call."""
    thing = SimpleNamespace(runs=0)

    def f(x: Any) -> Any:
        thing.runs += 1
        return x * thing.runs

    program = mx.compile(f, target="numpy")
    with pytest.raises(TraceError, match="it gives another result each time"):
        program([1.0])


def test_what_is_kept_of_a_trace_cannot_be_used() -> None:
    """A traced number that a function kept is refused where its next run computes with it."""
    thing = SimpleNamespace(before=0.0)

    def f(x: Any) -> Any:
        y = W * x + thing.before
        thing.before = y
        return y

    program = mx.compile(f, [W], target="numpy")
    line = f.__code__.co_firstlineno + 1
    with pytest.raises(TraceError, match=rf"at {HERE}:{line}: a traced number lives no longer"):
        program([1.0])


def test_random_numbers_that_are_not_drawn_are_no_change(recwarn: pytest.WarningsRecorder) -> None:
    """A generator that a function names, and others draw from, does not make it be traced again."""
    rng, is_training = random.Random(0), False

    def f(x: Any) -> Any:
        return W * x * rng.random() if is_training else W * x

    program = mx.compile(f)
    traced = program._outside.version()
    for x in range(12):
        rng.random()
        assert program([float(x)]) == [2.0 * x]
    assert program._outside.version() == traced
    assert not recwarn.list


def test_an_object_may_hold_its_own_program(recwarn: pytest.WarningsRecorder) -> None:
    """What a program itself changes at each call is no change of the function that was compiled."""
    trainer = SimpleNamespace(factor=3.0)
    trainer.program = mx.compile(lambda x: W * x * vars(trainer)["factor"])
    for _ in range(12):
        assert trainer.program([1.0]) == [6.0]
    assert trainer.program._outside.version() == 0
    assert not recwarn.list
    trainer.factor = 4.0
    with pytest.raises(TraceError, match="factor"):
        trainer.program([1.0])


@pytest.mark.filterwarnings("error")
def test_an_entry_that_a_counter_counts_is_named() -> None:
    """What changes in a dictionary of another kind is called by its key."""
    counted = Counter(f=0)

    def f(x: Any) -> Any:
        counted["f"] += 1
        return W * x

    with pytest.raises(UserWarning, match=r"counted\['f'\] was 1 and is 2"):
        mx.compile(f)([1.0])
