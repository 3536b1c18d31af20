"""In whatever way a function comes to a number, a change of it, or of what stands on the way, is seen at once."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.backends.llvm.untouched import Untouched
from microgradx.compile.watch.outside import Outside
from microgradx.errors import TraceError

from .held_somewhere import HOLDERS, NUMBERS, chain
from .seen import native

CHAINS = 400
"""So many chains are drawn, of up to four holders."""


def made(number: str, holders: list[str], level: int) -> tuple[Callable[[Any], Any], Callable[[], Any]]:
    """Return a function that reads a number through holders, and what changes it, or puts another one in a holder."""
    found, change = NUMBERS[number]()
    read, held = chain(found, holders)
    if level == 0:
        return lambda x: x[0] * read(), change
    other, _ = chain(lambda: 7.25, holders[: level - 1])
    return lambda x: x[0] * read(), lambda: held[level - 1].put(other)


def assert_seen(outside: Outside, f: Callable[[Any], Any], change: Callable[[], Any]) -> None:
    """Assert that a change is seen at the next look, and nothing before it."""
    before = f([Value(1.0)]).data
    assert [outside.version() for _ in range(3)] == [0, 0, 0], outside.changes(since=0)
    change()
    assert f([Value(1.0)]).data != before
    assert outside.version() > 0


@pytest.mark.parametrize("number", NUMBERS)
def test_each_number_in_each_holder(number: str) -> None:
    """A number that changes, and a holder that is given another one, are seen in each pair of them."""
    for holder in HOLDERS:
        for level in (0, 1):
            f, change = made(number, [holder], level)
            f([Value(1.0)])
            assert_seen(Outside(f), f, change)


@pytest.mark.parametrize("outer", HOLDERS)
def test_some_holders_in_each_other(outer: str) -> None:
    """What stands in something that stands in another is seen to change, as is either of these."""
    for inner in random.Random(outer).sample(list(HOLDERS), 8):
        for level in (0, 1, 2):
            f, change = made("number", [inner, outer], level)
            f([Value(1.0)])
            assert_seen(Outside(f), f, change)


def drawn(seed: int) -> tuple[Callable[[Any], Any], Callable[[], Any]]:
    """Return a function of a random chain, and one of its changes."""
    rng = random.Random(seed)
    holders = rng.choices(list(HOLDERS), k=rng.randrange(5))
    return made(rng.choice(list(NUMBERS)), holders, rng.randrange(len(holders) + 1))


@pytest.mark.usefixtures("passed_by_at_once")
def test_chains_of_holders_where_machine_code_compares() -> None:
    """However deep something stands, machine code that passes containers by hides no change."""
    for seed in range(CHAINS):
        f, change = drawn(seed)
        f([Value(1.0)])
        assert_seen(Outside(f, passing_by=partial(Untouched, alike=native)), f, change)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_programs_give_no_old_number() -> None:
    """After any change the next call of a program is an error, or what a call of the function gives."""
    for seed in range(CHAINS // 4):
        f, change = drawn(seed)
        program = mx.compile(f, target="numpy")
        for _ in range(3):
            program([[1.0]])
        change()
        with pytest.raises(TraceError):
            program([[1.0]])
