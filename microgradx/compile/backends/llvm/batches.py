"""The loop over the batches of training, as machine code: gradient, L2, clipping by norm, and the optimiser's update.

It knows neither the network nor the optimiser: both are kernels, handed over as addresses. Other threads may help them,
until all is done: the board of `sharing` is at the beginning of the scratch. The weights and the
optimiser's memory stand in a matrix, one number a parameter in each row, weights first; the last row is the gradient.

    batches(count, starts, order, shape, kernels, rates, update, state, columns, p, stride, places, many,
            uniform, back, backs, l2, limit, checks, losses, totals, scratch)

    count, starts      batch b takes the rows order[starts[b]], …, order[starts[b + 1] − 1]
    shape, kernels     of batch b, shape[b], whose triple in `kernels` is the gradient kernel, X, and its stride
    rates              (count,) the learning rate of each batch
    update             a kernel whose rows are the parameters, its inputs and outputs the rows of the matrix. None,
                       null, is gradient descent: a gradient kernel in place adds −rate times the gradient;
                       batches of one row each that follow one another at one rate are one call of it
    state              the matrix: `columns` rows and one for the gradient, each `stride` numbers after the last; row 0
                       goes on behind the p weights with whatever else the gradient reads as parameters. Gradient
                       descent, which keeps no gradient, leaves in the last row the weights before the last batch
    places, many       in strict mode where the `many` parameters stand among the p numbers of a row, in the user's
                       order; else (p,) a mask, −1 for a parameter and 0 for a hole. p is a multiple of `layout.BLOCK`
    uniform            what the update reads for all parameters alike: first the learning rate, then the factor by which
                       the norm is clipped, which are set here
    back, backs        pairs (row, place): numbers that the update keeps for the next step in `uniform`
    l2, limit          of the penalty and of the norm; 0.0 and inf for none
    checks             not 0 if a gradient that is not finite might go unnoticed: its total becomes NaN
    losses             scratch for the losses of a batch; `totals` (count,) receives their sums with the penalty;
                       after one that is NaN no more steps are made
"""

from __future__ import annotations

import math

from .arithmetic import Arithmetic
from .sharing import CLOSED, HELP
from .target import Target
from .writer import Module, Writer, vector_type

SIGNATURE = (
    "i64 %count, ptr %starts, ptr %order, ptr %shape, ptr %kernels, ptr %rates, ptr %update, ptr %state, i64 %columns, "
    "i64 %p, i64 %stride, ptr %places, i64 %many, ptr %uniform, ptr %back, i64 %backs, double %l2, double %limit, "
    "i64 %checks, ptr %losses, ptr %totals, ptr %scratch"
)


def batches_ir(target: Target, strict: bool) -> str:
    """Return the module as text; strict adds squares in the order of the parameters, as Python does.

    >>> from .target import BASELINE
    >>> "@llvm.vector.reduce.fadd" in batches_ir(BASELINE, strict=True)
    False
    """
    w = Writer(Module(target))
    _Batches(w, strict).write()
    w.define("batches", SIGNATURE)
    w.module.define(HELP)
    return w.module.text()


class _Batches:
    """Writes the loop, one method for each part of a step."""

    def __init__(self, w: Writer, strict: bool) -> None:
        self._w, self._strict = w, strict
        self._m, self._vectors = Arithmetic(w, 1), Arithmetic(w, w.target.vector)

    def write(self) -> None:
        w, m = self._w, self._m
        self._gradient = w.shifted("%state", w.value("mul i64 %columns, %stride"))
        self._last = w.value("sub i64 %count, 1")
        self._descends = w.value("icmp eq ptr %update, null")
        self._updates = w.value("icmp ne ptr %update, null")
        self._decays = m.compare("une", "%l2", 0.0)
        limited, checked = m.compare("une", "%limit", math.inf), w.value("icmp ne i64 %checks, 0")
        self._clips = w.value(f"or i1 {limited}, {checked}")
        w.when(w.value("icmp sgt i64 %count, 0"), [], [], self._all)
        w.do(f"store atomic i64 {CLOSED}, ptr %scratch release, align 8")

    def _all(self) -> list[str]:
        self._w.repeat([("i64", "0")], self._next)
        return []

    def _next(self, carried: list[str]) -> tuple[str, list[str]]:
        """Make the steps that are one call, or one step, and return whether there are more, and where."""
        w, (b,) = self._w, carried
        is_last = w.value(f"icmp eq i64 {b}, {self._last}")
        w.when(w.value(f"and i1 {self._descends}, {is_last}"), [], [], self._keep_weights)
        many = w.when(self._descends, ["i64"], ["0"], lambda: [self._alike(b)])[0]
        some = w.value(f"icmp sgt i64 {many}, 0")
        w.when(some, [], [], lambda: self._one_by_one(b, many))
        w.when(w.value(f"xor i1 {some}, true"), [], [], lambda: self._batch(b))
        after = w.value(f"add i64 {b}, {w.value(f'select i1 {some}, i64 {many}, i64 1')}")
        total = w.load(w.shifted("%totals", w.value(f"sub i64 {after}, 1")), 1)
        more = w.value(f"icmp slt i64 {after}, %count")
        return w.value(f"and i1 {more}, {self._m.compare('ord', total, 0.0)}"), [after]

    def _keep_weights(self) -> list[str]:
        count = self._w.value("mul i64 %p, 8")
        copy = [("ptr", self._gradient), ("ptr", "%state"), ("i64", count), ("i1", "false")]
        self._w.call("void", "llvm.memcpy.p0.p0.i64", copy)
        return []

    def _alike(self, b: str) -> str:
        """Return how many batches from b on have one row each, rows of one shape at one rate; the last one is alone."""
        w = self._w
        shape, rate = self._integer("%shape", b), self._integer("%rates", b)  # its bits
        is_before = w.value(f"icmp slt i64 {b}, {self._last}")
        last = w.value(f"sub i64 {self._last}, {w.value(f'zext i1 {is_before} to i64')}")

        def follow(carried: list[str]) -> tuple[str, list[str]]:
            (many,) = carried
            at = w.value(f"add i64 {b}, {many}")
            known = w.minimum(at, last)
            end = self._integer("%starts", w.value(f"add i64 {known}, 1"))
            rows = w.value(f"sub i64 {end}, {self._integer('%starts', known)}")
            same = w.value(f"icmp sle i64 {at}, {last}")
            for x, y in ((rows, "1"), (self._integer("%shape", known), shape), (self._integer("%rates", known), rate)):
                same = w.value(f"and i1 {same}, {w.value(f'icmp eq i64 {x}, {y}')}")
            return same, [w.value(f"add i64 {many}, 1")]  # whatever was found, so that none waits for the one before

        return w.value(f"sub i64 {w.repeat([('i64', '0')], follow)[0]}, 1")

    def _one_by_one(self, b: str, many: str) -> list[str]:
        """Let the kernel make steps of gradient descent: its rows change the weights one after the other."""
        w = self._w
        first, rate = self._integer("%starts", b), w.load(w.shifted("%rates", b), 1)
        self._call(b, w.shifted("%order", first), many, self._m.neg(rate), "%state", w.shifted("%totals", b))
        return []

    def _batch(self, b: str) -> list[str]:
        w = self._w
        first, end = self._integer("%starts", b), self._integer("%starts", w.value(f"add i64 {b}, 1"))
        rows = w.value(f"sub i64 {end}, {first}")
        size = w.value(f"sitofp i64 {rows} to double")
        rate = w.load(w.shifted("%rates", b), 1)
        self._differentiate(b, w.shifted("%order", first), rows, rate, self._m.div(1.0, size))
        (total,) = w.loop(rows, [("double", self._m.float(0.0))], self._add_loss)
        (total,) = w.when(self._decays, ["double"], [total], lambda: [self._penalised(total, size)])
        (total,) = w.when(self._clips, ["double"], [total], lambda: [self._clipped(total)])
        w.store(total, w.shifted("%totals", b), 1)
        w.when(self._updates, [], [], lambda: self._update(rate))
        return []

    def _differentiate(self, b: str, order: str, rows: str, rate: str, share: str) -> None:
        w, m = self._w, self._m
        w.when(self._updates, [], [], self._clear)
        down = m.neg(rate) if self._strict else m.mul(m.neg(rate), share)
        weight = m.select(self._descends, down, share)
        onto = w.value(f"select i1 {self._descends}, ptr %state, ptr {self._gradient}")
        self._call(b, order, rows, weight, onto, "%losses")

    def _call(self, b: str, order: str, rows: str, weight: str, onto: str, losses: str) -> None:
        """Run the gradient kernel of a batch."""
        w = self._w
        triple = w.shifted("%kernels", w.value(f"mul i64 {self._integer('%shape', b)}, 3"))
        kernel, x = (w.value(f"load ptr, ptr {w.shifted(triple, i)}") for i in (0, 1))
        width = self._integer(triple, 2)
        w.do(
            f"call void {kernel}(i64 {rows}, ptr {order}, ptr {x}, i64 {width}, double {weight}, ptr %state, "
            f"ptr {losses}, ptr {onto}, ptr %scratch)"
        )

    def _clear(self) -> list[str]:
        count = self._w.value("mul i64 %p, 8")
        zero = [("ptr", self._gradient), ("i8", "0"), ("i64", count), ("i1", "false")]
        self._w.call("void", "llvm.memset.p0.i64", zero)
        return []

    def _add_loss(self, i: str, total: list[str]) -> list[str]:
        return [self._m.add(total[0], self._w.load(self._w.shifted("%losses", i), 1))]

    def _penalised(self, total: str, size: str) -> str:
        """Add l2 · weights to the gradient, and return the total with rows · l2 · Σw²/2."""
        w, m, n = self._w, self._m, self._w.target.vector
        half = m.div(self._squares("%state"), 2.0)
        l2 = w.gathered(["%l2"] * n)

        def vector(i: str, _: list[str]) -> list[str]:
            at = w.value(f"mul i64 {i}, {n}")
            g, x = w.shifted(self._gradient, at), w.load(w.shifted("%state", at), n)
            w.store(self._vectors.add(w.load(g, n), self._vectors.mul(l2, x)), g, n)
            return []

        w.loop(w.value(f"sdiv i64 %p, {n}"), [], vector)
        return m.add(total, m.mul(m.mul(size, "%l2"), half))

    def _clipped(self, total: str) -> str:
        """Set the factor that brings the norm to the limit, and return the total, NaN if the norm is not finite."""
        m = self._m
        norm = m.sqrt(self._squares(self._gradient))
        factor = m.select(m.compare("ogt", norm, "%limit"), m.div("%limit", norm), 1.0)
        self._w.store(factor, self._w.shifted("%uniform", 1), 1)
        return m.add(total, m.mul(norm, 0.0))

    def _squares(self, pointer: str) -> str:
        return self._squares_in_order(pointer) if self._strict else self._squares_by_vectors(pointer)

    def _squares_in_order(self, pointer: str) -> str:
        w, m = self._w, self._m

        def add(i: str, total: list[str]) -> list[str]:
            x = w.load(w.shifted(pointer, self._integer("%places", i)), 1)
            return [m.add(total[0], m.mul(x, x))]

        (total,) = w.loop("%many", [("double", m.float(-0.0))], add)
        return total

    def _squares_by_vectors(self, pointer: str) -> str:
        w, m, n = self._w, self._vectors, self._w.target.vector
        of, whole = vector_type(n), vector_type(n, "i64")

        def add(i: str, total: list[str]) -> list[str]:
            at = w.value(f"mul i64 {i}, {n}")
            mask = w.value(f"load {whole}, ptr {w.shifted('%places', at)}, align 8")
            x = m.from_bits(m.ints("and", m.bits(w.load(w.shifted(pointer, at), n)), mask))
            return [m.fma(x, x, total[0])]

        (total,) = w.loop(w.value(f"sdiv i64 %p, {n}"), [(of, "zeroinitializer")], add)
        name = f"llvm.vector.reduce.fadd.v{n}f64"
        w.module.declare("double", name, ["double", of])
        return w.value(f"call reassoc double @{name}(double {self._m.float(-0.0)}, {of} {total})")

    def _update(self, rate: str) -> list[str]:
        w = self._w
        w.store(rate, "%uniform", 1)
        w.do(
            "call void %update(i64 %p, ptr null, ptr %state, i64 %stride, double 0.0, ptr %uniform, ptr %state, "
            "ptr null, ptr %scratch)"
        )
        w.loop("%backs", [], self._keep)
        return []

    def _keep(self, k: str, _: list[str]) -> list[str]:
        w = self._w
        pair = w.shifted("%back", w.value(f"mul i64 {k}, 2"))
        row, place = self._integer(pair, 0), self._integer(pair, 1)
        kept = w.load(w.shifted("%state", w.value(f"mul i64 {row}, %stride")), 1)
        w.store(kept, w.shifted("%uniform", place), 1)
        return []

    def _integer(self, pointer: str, i: str | int) -> str:
        """Return an entry of an array of integers, which are as wide as floats."""
        return self._w.value(f"load i64, ptr {self._w.shifted(pointer, i)}")
