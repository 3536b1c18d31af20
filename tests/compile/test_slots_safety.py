"""Machine code for the data of Values leaves no memory behind, is never seen half done, and is made where it may be."""

from __future__ import annotations

import _thread
import ctypes
import gc
import sys
import threading
from array import array
from collections.abc import Callable

import numpy as np
import pytest

from microgradx import Value
from microgradx.compile.backends.future import Future
from microgradx.compile.backends.llvm import slots
from microgradx.compile.backends.llvm.alike import HEADER
from microgradx.compile.backends.llvm.objects import object_code
from microgradx.compile.backends.llvm.slots import LEAST, Slots
from microgradx.compile.backends.llvm.target import host
from microgradx.compile.paths.leaves import Leaves
from microgradx.node import set_data

from .seen import waited
from .slotted import N, Odd, bits, made, new, numbers, values_of


def test_nothing_is_left_behind() -> None:
    """Thousands of rounds need no more memory than a few, and release what they replace, whatever it is."""
    values, x = values_of([0.5] * N), memoryview(numbers(5))
    odd = Odd(1.0)

    def rounds(count: int) -> None:
        for _ in range(count):
            made().read(values)
            set_data(values, [odd] * N)
            made().set_data(values, x)

    rounds(10)
    gc.collect()
    before = sys.getallocatedblocks(), sys.getrefcount(odd), sys.getrefcount(None)
    rounds(2000)
    gc.collect()
    after = sys.getallocatedblocks(), sys.getrefcount(odd), sys.getrefcount(None)
    assert after[1] == before[1]
    assert max(abs(after[i] - before[i]) for i in (0, 2)) < N


def test_what_runs_when_a_number_is_released_may_do_anything() -> None:
    """Code in `__del__` sees Values that are set and others that are not, as where Python sets them, and harms none."""
    seen = []

    class Last:
        def __init__(self, i: int) -> None:
            self.i = i

        def __del__(self) -> None:
            seen.append((self.i, values[self.i]._data, sum(v._data is None for v in values)))
            values[self.i]._data = -1.0
            gc.collect()

    outcomes = []
    for put in (made().set_data, set_data):
        values = values_of([0.5] * LEAST)
        for i, v in enumerate(values):
            v._data = Last(i) if i % 9 == 0 else None  # type: ignore[assignment]
        put(values, memoryview(array("d", range(LEAST))))
        outcomes.append(([v._data for v in values], seen[:]))
        seen.clear()
    assert outcomes[0] == outcomes[1]
    assert len(outcomes[0][1]) == len(range(0, LEAST, 9))


def test_without_memory_python_goes_on() -> None:
    """Where no float can be made, machine code ends before the Value that it is for, which is as it was."""
    code = made()._code(N)
    assert code is not None
    calls = []

    def make(x: float) -> int:
        calls.append(x)
        return 0

    failing = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.c_double)(make)
    frame = type(code.data)(*code.data)
    frame[3] = ctypes.cast(failing, ctypes.c_void_p).value or 0
    values, x = values_of([0.5] * N), np.arange(float(N))
    assert code.give(slots._first(values), N, frame, x.ctypes.data) == 0
    assert calls == [0.0]
    assert [v._data for v in values] == [0.5] * N


def test_threads_see_all_or_nothing() -> None:
    """Who reads while another thread sets finds all numbers of before, or all new ones."""
    values = values_of([0.0] * 5000)
    found: set[tuple[float, ...]] = set()

    def reads() -> None:
        for _ in range(200):
            read = made().read(values)
            assert read is not None
            found.add(tuple(set(read.tolist())))

    made()
    readers = [threading.Thread(target=reads) for _ in range(2)]
    for thread in readers:
        thread.start()
    sets = 0
    while sets < 400 or any(thread.is_alive() for thread in readers):
        made().set_data(values, np.full(5000, float(sets)).data)
        sets += 1
    for thread in readers:
        thread.join()
    assert {len(numbers) for numbers in found} == {1}


def test_interrupts_leave_all_or_nothing() -> None:
    """Ctrl-C at any moment leaves every Value as it was, or all of them set."""
    values, given = values_of([0.0] * 5000), [np.full(5000, float(i)).data for i in range(7)]
    landed = 0
    for moment in range(60):
        timer = threading.Timer(1e-5 * moment, _thread.interrupt_main)
        try:
            timer.start()
            while True:
                for data in given:
                    made().set_data(values, data)
        except KeyboardInterrupt:
            landed += 1
        timer.join()
        assert len({v._data for v in values}) == 1
    assert landed == 60


def test_code_is_asked_for_when_it_has_repaid_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few Values never need it, and many do after a while; until it is there Python reads and sets them."""
    monkeypatch.setattr(slots, "REPAID", 10 * N)
    found, few, many = new(), values_of([1.0] * (LEAST - 1)), values_of([1.0] * N)
    for _ in range(1000):
        assert found.read(few) is None
    assert found._coming is None
    for i in range(4):
        assert found.read(many) is None
        found.set_data(many, memoryview(array("d", [float(i)] * N)))
        assert {v._data for v in many} == {float(i)}
    assert found._coming is None
    found.read(many)
    found.read(many)
    assert found._coming is not None
    assert waited(lambda: found.read(many)).tolist() == [3.0] * N


def words(size: int, change: Callable[[list[int]], object]) -> Callable[[int, int], list[int]]:
    """Return what reads memory, where so many bytes of it are others than they are."""

    def found(place: int, count: int) -> list[int]:
        """Return what stands in so many bytes of memory from a place on, as it is not."""
        words = list((ctypes.c_int64 * (count // 8)).from_address(place))
        if count == size:
            change(words)
        return words

    return found


PAIR = tuple.__basicsize__ + 16
UNREADABLE: dict[str, tuple[str, object]] = {
    "another implementation": ("are_readable", lambda: False),
    "another header": ("HEADER", 24),
    "a shorter header": ("HEADER", 8),
    "holders counted otherwise": ("_words", words(HEADER, lambda words: words.__setitem__(0, words[0] + 1))),
    "classes elsewhere": ("_words", words(HEADER, lambda words: words.__setitem__(1, 0))),
    "a number twice": ("_words", words(Value.__basicsize__, lambda words: words.extend(words))),
    "a number nowhere": ("_words", words(Value.__basicsize__, list.clear)),
    "entries elsewhere": ("_words", words(PAIR, list.reverse)),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_where_things_are_kept_otherwise_all_is_pythons(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where memory does not hold what it must in a trial, no machine code is made, and results are the same."""
    trial = slots.frames.__wrapped__
    assert list(map(list, trial() or ())) == list(map(list, slots.frames() or ())) != []
    monkeypatch.setattr(slots, *UNREADABLE[case])
    assert trial() is None
    monkeypatch.setattr(slots, "frames", trial)
    monkeypatch.setattr(slots, "REPAID", 0)
    found, values, x = new(), values_of(numbers(6).tolist()), numbers(7)
    for _ in range(3):
        assert found.read(values) is None
        found.set_data(values, memoryview(x))
        found.set_grad(values, x)
    assert found._coming is None
    assert bits(Leaves(values, found.read).read()) == bits([v.grad for v in values]) == bits(x)


@pytest.mark.parametrize("code", ["refused", "broken"])
def test_where_llvm_fails_all_is_pythons(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of LLVM leaves Values to Python, and is met once."""
    asked = []

    def failing(of: str, text: Callable[[], str]) -> Callable[[], bytes]:
        asked.append(of)
        if code == "refused":
            raise RuntimeError("LLVM cannot be used")
        return lambda: object_code("what is no module", host())

    monkeypatch.setattr(slots, "REPAID", 0)
    found, values, x = Slots(failing, host()), values_of(numbers(10).tolist()), numbers(11)
    assert found.read(values) is None
    waited(lambda: (found._coming is not None and found._coming.is_done) or None)
    for _ in range(3):
        assert found.read(values) is None
        found.set_data(values, memoryview(x))
    assert bits(Leaves(values, found.read).read()) == bits(x)
    assert len(asked) == 1


def test_where_no_thread_can_be_started_all_is_pythons(monkeypatch: pytest.MonkeyPatch) -> None:
    """When Python ends, or the system has no more threads, Values are read and set; what is waited for is done then."""
    starts = []

    def start(thread: threading.Thread) -> None:
        starts.append(thread)
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    monkeypatch.setattr(slots, "REPAID", 0)
    found, values, x = new(), values_of(numbers(8).tolist()), numbers(9)
    for _ in range(3):
        assert found.read(values) is None
        found.set_data(values, memoryview(x))
    assert bits(Leaves(values, found.read).read()) == bits(x)
    assert len(starts) == 1
    future = Future(lambda: 6 * 7)
    assert future.start() is None
    assert future.result() == 42
