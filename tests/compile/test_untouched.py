"""Machine code that passes containers by: it does so while they hold the same objects, and at no change."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from microgradx import Value
from microgradx.compile.backends.llvm.untouched import Untouched
from microgradx.compile.watch.outside import Outside
from microgradx.compile.watch.reads import places_of
from microgradx.compile.watch.taken import Taken

from .seen import native

Pair = namedtuple("Pair", "left right")


def watched(*containers: Any) -> Callable[[], bool]:
    """Return what passes these containers by, as they are now, and what is in them."""
    found = taken_of(*containers).untouched
    assert not found()  # the first call compares by Python
    return found


def taken_of(*containers: Any) -> Taken:
    """Return what stands in these containers now, and in those that are in them."""
    return Taken(list(places_of(partial(len, containers))), partial(Untouched, alike=native))


def replace(i: int, x: list[Any]) -> None:
    """Put an equal Value in place of one."""
    x[i] = Value(x[i].data)


def delete(i: int, x: list[Any]) -> None:
    """Take one away."""
    del x[i]


def lists(length: int) -> list[tuple[str, Callable[[list[Any]], Any]]]:
    """Return what changes a list of this length, by its name."""
    found: list[tuple[str, Callable[[list[Any]], Any]]] = [
        ("append", lambda x: x.append(x[0] if x else None)),
        ("insert", lambda x: x.insert(0, Value(1.0))),
    ]
    for i in range(length):
        found.append((f"replace {i}", partial(replace, i)))
        found.append((f"delete {i}", partial(delete, i)))
    if length > 1:
        found += [("swap", lambda x: x.__setitem__(slice(0, 2), x[1::-1])), ("reverse", list.reverse)]
        found += [("clear", list.clear), ("swap far", lambda x: x.append(x.pop(0)))]
    return found


DICTIONARIES: dict[str, Callable[[dict[Any, Any]], Any]] = {
    "another value": lambda x: x.update(a=Value(1.0)),
    "another last value": lambda x: x.update(c=Value(1.0)),
    "a new key": lambda x: x.update(d=None),
    "no key": lambda x: x.pop("c"),
    "no first key": lambda x: x.pop("a"),
    "another order": lambda x: x.update(a=x.pop("a")),
    "values exchanged": lambda x: x.update(a=x["b"], b=x["a"]),
    "another key": lambda x: x.update(d=x.pop("c")),
    "nothing": lambda x: x.clear(),
    "inside": lambda x: x["c"].append(1),
    "deep inside": lambda x: x["c"][0][1].append(1),
}


@pytest.mark.usefixtures("passed_by_at_once")
@pytest.mark.parametrize("length", [0, 1, 2, 7, 8, 9, 16, 23])
@pytest.mark.parametrize("held", ["itself", "inside", "in a tuple"])
def test_every_change_of_a_list_is_seen(length: int, held: str) -> None:
    """Whatever is done to a list, wherever it stands, it is no longer passed by; until then it is."""
    for name, change in lists(length):
        values = [Value(float(i)) for i in range(length)]
        found = watched({"itself": values, "inside": [[], values, 1.5], "in a tuple": {"a": (1, (values, None))}}[held])
        assert found(), name
        assert found(), name
        change(values)
        assert not found(), name


@pytest.mark.usefixtures("passed_by_at_once")
@pytest.mark.parametrize("change", DICTIONARIES)
@pytest.mark.parametrize("kind", [dict, partial(defaultdict, list)])
def test_every_change_of_a_dictionary_is_seen(kind: Callable[..., Any], change: str) -> None:
    """Whatever is done to a dictionary, or in it, it is no longer passed by."""
    x = kind(a=Value(1.0), b=Value(2.0), c=[(0, [None])])
    found = watched([3.0], x)
    assert found()
    DICTIONARIES[change](x)
    assert not found()


@pytest.mark.usefixtures("passed_by_at_once")
@pytest.mark.parametrize("held", [lambda x: x, lambda x: [x], lambda x: deque([x])], ids=["itself", "list", "deque"])
def test_the_order_of_keys_counts_where_it_did(held: Callable[[Any], Any]) -> None:
    """A dictionary whose keys come in another order is a change, also where it stands in no list or dictionary."""
    rates = {"a": 1.0, "b": 2.0}
    read = held(rates)
    outside = Outside(lambda x: x * len(read), passing_by=partial(Untouched, alike=native))
    assert [outside.version() for _ in range(3)] == [0, 0, 0]
    assert outside._taken.untouched()
    rates["a"] = rates.pop("a")
    assert [outside.version() for _ in range(3)] == [1, 1, 1]


@pytest.mark.usefixtures("passed_by_at_once")
def test_equal_numbers_in_place_of_others_are_no_change() -> None:
    """A number of the same value is for Python to compare, and then passed by again."""
    rates = [float(i) for i in range(1000)]
    outside = Outside(lambda x: rates[5] * x, passing_by=partial(Untouched, alike=native))
    assert [outside.version() for _ in range(3)] == [0, 0, 0]
    before = outside._taken
    rates[5] = float("5.0")
    assert not before.untouched()
    assert [outside.version() for _ in range(3)] == [0, 0, 0]
    assert [outside.version() for _ in range(10)] == [0] * 10
    assert outside._taken.untouched()
    rates[5] = 6.0
    assert outside.version() == 1


@pytest.mark.usefixtures("passed_by_at_once")
def test_what_was_held_is_kept() -> None:
    """No new object comes to stand where one stood that was held, and passes for it."""
    values = [Value(float(i)) for i in range(10)]
    found = watched(values)
    assert found()
    for _ in range(30):
        values[3] = None  # type: ignore[call-overload]
        values[3] = Value(3.0)
        assert not found()
        found = watched(values)
        assert found()


@pytest.mark.usefixtures("passed_by_at_once")
@pytest.mark.parametrize(
    ("other", "change"),
    [
        (OrderedDict(a=1, b=2), lambda x: x.move_to_end("a")),
        (type("Listed", (list,), {"__iter__": lambda self: iter([1])})([1, 2]), lambda x: x.append(3)),
        (Counter("a"), lambda x: x.update("a")),
        (deque([1]), lambda x: x.append(2)),
    ],
)
def test_what_is_gone_through_in_its_own_way_is_never_passed_by(other: Any, change: Callable[[Any], Any]) -> None:
    """A container whose order or entries are told by other code than that of lists and dictionaries is Python's."""
    taken = taken_of([Value(1.0)], [other])
    assert not taken.untouched()
    assert taken.untouched()
    assert taken.stands()
    change(other)
    assert taken.untouched()
    assert not taken.stands()


@pytest.mark.usefixtures("passed_by_at_once")
def test_what_a_tuple_of_a_class_holds_is_seen() -> None:
    """Tuples never change, and lists in them do."""
    values = [Value(1.0)]
    found = watched({"pair": Pair(values, 2)})
    assert found()
    values[0] = Value(1.0)
    assert not found()
