"""Dispatch: a gradient kernel made of those of several paths; it leads each row to its own, and computes it there.

    dispatch(rows, order, X, stride, weight, P, OUT, G, S)

is called as `kernel` says, but that X is a frame of 64-bit integers, and `order` is given:

    0 first, 1 chunk, 2 in_order  the state in which each row begins; so many rows at a time are led to their paths, and
                                  then computed: path after path, or in their order if `in_order` is not 0
    3 count, 4 records            (count, 9) the paths
    5 states, 6 some, 7 back      room for `chunk` integers each
    8 found                       room for the guards or the losses of so many rows
    9 lost                        set to how many rows there are whose paths are not known, whose numbers in X are then
                                  in `some`: these rows and all after them have NaN for a loss, and add nothing to G
    10 joint                      null, or the kernel for rows of all paths
    11 inputs, 12 width           its X, and the stride: the last input of a row is set to the number of its path

A state is the number of a path, as soon as it is found; before that it is −2 − the number of the path whose guards are
to be computed next, or −1 for no path that is known. The record of a path:

    0 guards, 1 X, 2 stride       its kernel that gives the guards of a row, and the path's inputs of all rows
    3 many, 4 expected, 5 next    how many guards there are; how each comes out on this path; and the state of a row
                                  for which guard j is the first that comes out otherwise, or none is (j = many)
    6 kernel                      its gradient kernel, whose X and stride are the same
    7 taken, 8 last               counts rows of this path, and is set to the number in X of the last one
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

from .framed import FRAME, RECORD, Framed
from .kernel import SIGNATURE
from .target import Target
from .writer import Module, Writer, number


@cache
def dispatch_ir(target: Target) -> str:
    """Return the module as text.

    >>> from .target import BASELINE
    >>> "define void @dispatch(i64 %rows" in dispatch_ir(BASELINE)
    True
    """
    w = Writer(Module(target))
    _Dispatch(w).write()
    w.define("dispatch", SIGNATURE.replace(" noalias", ""))
    return w.module.text()


class _Dispatch(Framed):
    """Writes the kernel."""

    def write(self) -> None:
        w = self._w
        self._frame = {name: self._field("%X", FRAME, name) for name in FRAME[: FRAME.index("lost")]}
        self._in_order = w.value(f"icmp ne i64 {self._frame['in_order']}, 0")
        self._some, self._back = self._frame["some"], self._frame["back"]
        w.when(w.value("icmp sgt i64 %rows, 0"), [], [], self._all)

    def _all(self) -> list[str]:
        self._w.repeat([("i64", "0")], self._next)
        return []

    def _next(self, carried: list[str]) -> tuple[str, list[str]]:
        """Compute the next rows, and return whether there are more, and where."""
        w, (first,) = self._w, carried
        left = w.value(f"sub i64 %rows, {first}")
        self._rows = w.minimum(left, self._frame["chunk"])
        self._order, self._out = w.shifted("%order", first), w.shifted("%OUT", first)
        w.loop(self._rows, [], lambda i, _: self._set(self._states(i), self._frame["first"]))
        w.repeat([("i64", "0")], self._guarded)
        known = w.value(f"icmp eq i64 {self._first(lambda state: w.value(f'icmp ne i64 {state}, -1'))}, {self._rows}")
        w.when(known, [], [], self._led)
        w.when(w.value(f"xor i1 {known}, true"), [], [], lambda: self._lose(left))
        after = w.value(f"add i64 {first}, {self._rows}")
        return w.value(f"and i1 {known}, {w.value(f'icmp slt i64 {after}, %rows')}"), [after]

    # Leading rows to their paths

    def _guarded(self, _: list[str]) -> tuple[str, list[str]]:
        """Compute the guards of a path for all rows that wait for them; return whether any row waited."""
        w = self._w
        i = self._first(lambda state: w.value(f"icmp sge i64 {state}, -1"))
        waits = w.value(f"icmp slt i64 {i}, {self._rows}")
        w.when(waits, [], [], lambda: self._lead(self._integer(self._states(i))))
        return waits, ["0"]

    def _lead(self, state: str) -> list[str]:
        """Give the rows in a state, which tells whose guards to compute, their next one."""
        w = self._w
        path = self._path(w.value(f"sub i64 -2, {state}"))
        of = {name: self._field(path, RECORD, name) for name in RECORD[:6]}
        many = self._gather(state)
        self._call(of["guards"], of, many, self._some, number(0.0), self._frame["found"], "null")

        def follow(k: str, _: list[str]) -> list[str]:
            guards = w.shifted(self._frame["found"], w.value(f"mul i64 {k}, {of['many']}"))

            def compare(held: list[str]) -> tuple[str, list[str]]:
                (j,) = held
                x, y = w.load(w.shifted(guards, j), 1), w.load(w.shifted(of["expected"], j), 1)
                after = w.value(f"add i64 {j}, {w.value(f'zext i1 {self._m.equal(x, y)} to i64')}")
                more = w.value(f"icmp slt i64 {after}, {of['many']}")
                return w.value(f"and i1 {w.value(f'icmp ne i64 {after}, {j}')}, {more}"), [after]

            (j,) = w.repeat([("i64", "0")], compare)
            return self._set(self._states(self._integer(w.shifted(self._back, k))), self._integer(of["next"], j))

        w.loop(many, [], follow)
        return []

    def _gather(self, state: str) -> str:
        """Put the numbers of the rows in a state, in X and among these rows, side by side; return how many they are."""
        w = self._w

        def take(i: str, held: list[str]) -> list[str]:
            (many,) = held
            self._set(w.shifted(self._some, many), self._integer(self._order, i))
            self._set(w.shifted(self._back, many), i)
            same = w.value(f"icmp eq i64 {self._integer(self._states(i))}, {state}")
            return [w.value(f"add i64 {many}, {w.value(f'zext i1 {same} to i64')}")]

        return w.loop(self._rows, [("i64", "0")], take)[0]

    def _first(self, passes: Callable[[str], str]) -> str:
        """Return the first row whose state does not pass, or how many rows there are."""
        w = self._w

        def look(held: list[str]) -> tuple[str, list[str]]:
            (i,) = held
            good = passes(self._integer(self._states(i)))
            after = w.value(f"add i64 {i}, {w.value(f'zext i1 {good} to i64')}")
            more = w.value(f"icmp slt i64 {after}, {self._rows}")
            return w.value(f"and i1 {good}, {more}"), [after]

        return w.repeat([("i64", "0")], look)[0]

    # Computing them

    def _led(self) -> list[str]:
        w = self._w
        w.when(self._in_order, [], [], self._one_after_the_other)
        w.when(w.value(f"xor i1 {self._in_order}, true"), [], [], self._path_by_path)
        return []

    def _one_after_the_other(self) -> list[str]:
        w, joint = self._w, self._field("%X", FRAME, "joint")
        alone = w.value(f"icmp eq ptr {joint}, null")
        w.when(alone, [], [], self._in_their_order)
        w.when(w.value(f"xor i1 {alone}, true"), [], [], lambda: self._side_by_side(joint))
        return []

    def _side_by_side(self, joint: str) -> list[str]:
        """Compute the rows in one call, in which each takes its path."""
        w, inputs, width = self._w, *(self._field("%X", FRAME, name) for name in ("inputs", "width"))

        def tell(i: str, _: list[str]) -> list[str]:
            q, number = self._integer(self._states(i)), self._integer(self._order, i)
            after = w.value(f"mul i64 {w.value(f'add i64 {number}, 1')}, {width}")
            last = w.shifted(inputs, w.value(f"sub i64 {after}, 1"))
            w.store(w.value(f"sitofp i64 {q} to double"), last, 1)
            self._count(q, "1", number)
            return []

        w.loop(self._rows, [], tell)
        of = {"X": inputs, "stride": width}
        self._call(joint, of, self._rows, self._order, "%weight", self._out, "%G")
        return []

    def _in_their_order(self) -> list[str]:
        """Compute the rows, so many at a time as follow one another on one path."""
        w = self._w

        def run(held: list[str]) -> tuple[str, list[str]]:
            (first,) = held
            state = self._integer(self._states(first))

            def goes_on(at: list[str]) -> tuple[str, list[str]]:
                (i,) = at
                known = w.minimum(i, w.value(f"sub i64 {self._rows}, 1"))
                same = w.value(f"icmp eq i64 {self._integer(self._states(known))}, {state}")
                good = w.value(f"and i1 {same}, {w.value(f'icmp slt i64 {i}, {self._rows}')}")
                return good, [w.value(f"add i64 {i}, {w.value(f'zext i1 {good} to i64')}")]

            (end,) = w.repeat([("i64", first)], goes_on)
            some = w.value(f"sub i64 {end}, {first}")
            self._along(state, some, w.shifted(self._order, first), w.shifted(self._out, first))
            return w.value(f"icmp slt i64 {end}, {self._rows}"), [end]

        w.repeat([("i64", "0")], run)
        return []

    def _path_by_path(self) -> list[str]:
        w = self._w

        def path(q: str, _: list[str]) -> list[str]:
            many = self._gather(q)
            w.when(w.value(f"icmp sgt i64 {many}, 0"), [], [], lambda: self._gathered(q, many))
            return []

        w.loop(self._frame["count"], [], path)
        return []

    def _gathered(self, q: str, many: str) -> list[str]:
        """Compute the rows that have been gathered, and put each loss to its place."""
        w, found = self._w, self._frame["found"]
        self._along(q, many, self._some, found)

        def put(k: str, _: list[str]) -> list[str]:
            w.store(w.load(w.shifted(found, k), 1), w.shifted(self._out, self._integer(w.shifted(self._back, k))), 1)
            return []

        w.loop(many, [], put)
        return []

    def _along(self, q: str, many: str, order: str, losses: str) -> None:
        """Add the gradients of rows along a path, and count them."""
        path = self._path(q)
        of = {name: self._field(path, RECORD, name) for name in ("kernel", "X", "stride")}
        self._call(of["kernel"], of, many, order, "%weight", losses, "%G")
        self._count(q, many, self._integer(order, self._w.value(f"sub i64 {many}, 1")))

    def _count(self, q: str, many: str, last: str) -> None:
        """Count rows that take a path, of which the last one has this number."""
        path = self._path(q)
        taken = self._w.value(f"add i64 {self._field(path, RECORD, 'taken')}, {many}")
        self._set(self._w.shifted(path, RECORD.index("taken")), taken)
        self._set(self._w.shifted(path, RECORD.index("last")), last)

    def _lose(self, left: str) -> list[str]:
        w = self._w
        self._set(w.shifted("%X", FRAME.index("lost")), self._gather("-1"))

        def spoil(k: str, _: list[str]) -> list[str]:
            w.store(number(math.nan), w.shifted(self._out, k), 1)
            return []

        w.loop(left, [], spoil)
        return []

    def _call(
        self, kernel: str, of: dict[str, str], rows: str, order: str, weight: str, found: str, gradient: str
    ) -> None:
        self._w.do(
            f"call void {kernel}(i64 {rows}, ptr {order}, ptr {of['X']}, i64 {of['stride']}, double {weight}, ptr %P, "
            f"ptr {found}, ptr {gradient}, ptr %S)"
        )
