"""Threads of LLVM's intermediate language, run in every order that release and acquire leave open.

A machine of the C++ memory model by views (Kang, Hur, Lahav, Vafeiadis and Dreyer 2017, without promises): memory keeps
all that was ever written to a word, and a thread may read anything that is not older than what it knows of, its view. A
release writes the thread's view beside the number, an acquire takes what it reads there; an atomic read and write in
one reads the latest and hands on its view. Not modelled: a load that sees a store of the future, which needs a circle.

What threads do by themselves is run at once; only atomic operations take turns. It is an error to read or write a plain
word, or to write an atomic one, while another thread's access is unknown to this one: that is a race.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from .instructions import ARITHMETIC, Line, functions

Place = Any  # a word, or (word, thread): how often a thread has read a plain one
View = frozenset[tuple[Place, int]]  # how many writes of it are known to have been made, if any
Written = tuple[tuple[Any, View], ...]  # all that a word held: numbers, and the views beside them


class Race(AssertionError):
    """Two threads are at one word, and neither is known to have been there first."""


@dataclass(frozen=True)
class Frame:
    """Where a thread is in a function, and what its registers hold."""

    function: str
    block: str
    line: int
    registers: Mapping[str, Any]


@dataclass(frozen=True)
class Thread:
    """The functions that it is in, the innermost last, and what it knows of."""

    frames: tuple[Frame, ...]
    view: View


@dataclass
class State:
    """All threads, what was written to each word, and how often each thread has read each plain one."""

    threads: list[Thread]
    memory: dict[int, Written]
    reads: dict[Place, int] = field(default_factory=dict)

    def key(self) -> Any:
        """Return what tells states apart."""
        frames = [
            [(f.function, f.block, f.line, frozenset(f.registers.items())) for f in t.frames] for t in self.threads
        ]
        return tuple(map(tuple, frames)), tuple(t.view for t in self.threads), frozenset(self.memory.items())

    def copy(self) -> State:
        """Return a state that can be changed without this one."""
        return State(list(self.threads), dict(self.memory), dict(self.reads))

    def words(self) -> dict[int, Any]:
        """Return what each word holds in the end."""
        return {word: written[-1][0] for word, written in self.memory.items()}


@cache
def _known(view: View, place: Place) -> int:
    return dict(view).get(place, 0)


@cache
def _joined(a: View, b: View) -> View:
    return frozenset({place: max(_known(a, place), _known(b, place)) for place, _ in a | b}.items())


class Machine:
    """Runs a module: threads that begin with functions of these names and arguments, on words that are given."""

    def __init__(self, text: str, threads: Sequence[tuple[str, Sequence[Any]]], words: Mapping[int, Any]) -> None:
        self._functions = functions(text)
        self._begin = State(
            [Thread((self._entered(f"@{name}", given),), View()) for name, given in threads],
            {word: ((x, View()),) for word, x in words.items()},
        )

    def ends(self) -> list[dict[int, Any]]:
        """Return what memory may hold in the end; an error for a race, and where threads may wait for ever."""
        first = self._begin.copy()
        for i in range(len(first.threads)):
            self._alone(first, i)
        known, waiting, ends = {first.key(): 0}, [first], []
        before: dict[int, list[int]] = defaultdict(list)
        final = []
        while waiting:
            state = waiting.pop()
            here = known[state.key()]
            if not any(t.frames for t in state.threads):
                final.append(here)
                if state.words() not in ends:
                    ends.append(state.words())
            for i in range(len(state.threads)):
                for following in self._steps(state, i):
                    key = following.key()
                    if key not in known:
                        known[key] = len(known)
                        waiting.append(following)
                    before[known[key]].append(here)
        self.states = len(known)
        if len(_reached(final, before)) < len(known):
            raise AssertionError("threads may wait for ever")
        return ends

    def _entered(self, name: str, given: Sequence[Any]) -> Frame:
        return Frame(name, "entry", 0, dict(zip(self._functions[name].arguments, given, strict=True)))

    def _steps(self, state: State, i: int) -> Iterator[State]:
        """Yield what may follow when a thread makes its next atomic operation, and then all that is its own."""
        if not state.threads[i].frames:
            return
        kind, parts, *_ = self._next(state.threads[i])
        place = self._value(state.threads[i], parts[1])
        latest = len(state.memory[place]) - 1
        oldest = _known(state.threads[i].view, place) if kind == "load" else latest
        for which in range(oldest, latest + 1):
            following = state.copy()
            self._atomic(following, i, kind, parts, place, which)
            self._alone(following, i)
            yield following

    def _next(self, thread: Thread) -> Line:
        frame = thread.frames[-1]
        return self._functions[frame.function].blocks[frame.block][frame.line]

    def _atomic(self, state: State, i: int, kind: str, parts: Sequence[str], place: int, which: int) -> None:
        """Make an atomic operation on a word, of which it reads that write."""
        thread = state.threads[i]
        number, beside = state.memory[place][which]
        own = View({(place, which + (kind != "load"))})
        value: Any = None
        if kind == "load":
            order, result = parts[2], number
        elif kind == "store":
            order, result, value, beside = parts[2], None, self._value(thread, parts[0]), View()
            if _known(thread.view, place) != which:
                raise Race(f"word {place} is set while others change it")
        elif kind == "add":
            order, result, value = parts[3], number, number + self._value(thread, parts[2])
        else:
            expected, value = (self._value(thread, x) for x in parts[2:4])
            order, result = parts[4], (number, number == expected)
            if number != expected:
                kind, order, own = "load", parts[5], View({(place, which)})
        view = _joined(thread.view, own)
        if kind != "store" and order in ("acquire", "acq_rel", "seq_cst"):
            view = _joined(view, beside)
        if kind != "load":
            released = view if order in ("release", "acq_rel", "seq_cst") else own
            state.memory[place] += ((value, _joined(released, beside)),)
        state.threads[i] = self._onward(replace(thread, view=view), parts[0] if result is not None else None, result)

    def _alone(self, state: State, i: int) -> None:
        """Run a thread up to its next atomic operation, or its end."""
        while state.threads[i].frames:
            thread, (kind, parts, *_) = state.threads[i], self._next(state.threads[i])
            if kind in ("exchange", "add") or (kind in ("load", "store") and parts[2] is not None):
                return
            if kind in ("load", "store"):
                state.threads[i] = self._plain(state, i, kind, parts)
            elif kind == "branch":
                state.threads[i] = self._branched(thread, parts)
            elif kind == "return":
                state.threads[i] = replace(thread, frames=thread.frames[:-1])
            elif kind == "call" and not isinstance(self._value(thread, parts[1]), str):
                state.threads[i] = self._onward(thread, parts[0], 0)  # of the system's: it gives way
            elif kind == "call":
                given = [self._value(thread, x.split()[-1]) for x in parts[2].split(", ")]
                inner = self._entered(self._value(thread, parts[1]), given)
                state.threads[i] = replace(thread, frames=(*self._onward(thread, None, None).frames, inner))
            else:
                state.threads[i] = self._onward(thread, parts[0], self._computed(thread, kind, parts[1:]))

    def _plain(self, state: State, i: int, kind: str, parts: Sequence[Any]) -> Thread:
        """Read or write a plain word: what others did there must be known."""
        thread, place = state.threads[i], self._value(state.threads[i], parts[1])
        written = state.memory.setdefault(place, ((None, View()),))
        if _known(thread.view, place) != len(written) - 1:
            raise Race(f"word {place} is being written")
        if kind == "load":
            state.reads[place, i] = count = state.reads.get((place, i), 0) + 1
            seen = _joined(thread.view, View({((place, i), count)}))
            return self._onward(Thread(thread.frames, seen), parts[0], written[-1][0])
        if any(at == place and _known(thread.view, (at, j)) != n for (at, j), n in state.reads.items()):
            raise Race(f"word {place} is being read")
        state.memory[place] = (*written, (self._value(thread, parts[0]), View()))
        return self._onward(Thread(thread.frames, _joined(thread.view, View({(place, len(written))}))), None, None)

    def _computed(self, thread: Thread, kind: str, parts: Sequence[str]) -> Any:
        if kind == "count":
            return ARITHMETIC[parts[0]](*(self._value(thread, x) for x in parts[1:]))
        values = [self._value(thread, x) for x in parts]
        if kind == "same":
            return values[0]
        if kind == "part":
            return values[0][1]
        return values[1 if values[0] else 2] if kind == "choose" else sum(values)

    def _branched(self, thread: Thread, parts: Sequence[Any]) -> Thread:
        frame = thread.frames[-1]
        label = parts[2] if parts[0] is None or not self._value(thread, parts[0]) else parts[1]
        to = label.strip("%,")
        phis = self._functions[frame.function].phis.get(to, {})
        new = {name: self._value(thread, of[frame.block]) for name, of in phis.items()}
        registers, needed = {**frame.registers, **new}, self._functions[frame.function].needed[to, 0]
        there = Frame(frame.function, to, 0, {k: registers[k] for k in needed if k in registers})
        return Thread((*thread.frames[:-1], there), thread.view)

    def _onward(self, thread: Thread, name: str | None, value: Any) -> Thread:
        frame = thread.frames[-1]
        registers = frame.registers if name is None else {**frame.registers, name: value}
        needed = self._functions[frame.function].needed[frame.block, frame.line + 1]
        there = Frame(frame.function, frame.block, frame.line + 1, {k: registers[k] for k in needed if k in registers})
        return Thread((*thread.frames[:-1], there), thread.view)

    def _value(self, thread: Thread, text: str) -> Any:
        if text.startswith("%"):
            return thread.frames[-1].registers[text]
        return (
            {"true": True, "false": False, "null": 0}.get(text)
            if text.isalpha()
            else text
            if "@" in text
            else int(text)
        )


def _reached(final: Sequence[int], before: Mapping[int, Sequence[int]]) -> set[int]:
    """Return the states from which one of the final ones can be reached."""
    found, waiting = set(final), list(final)
    while waiting:
        new = set(before.get(waiting.pop(), ())) - found
        found |= new
        waiting += new
    return found
