"""Losses of epochs as machine code: sums from left to right, as Python adds them, which NumPy makes in no less time.

    epochs(totals, count, left, batches, total, sums)

adds up the totals of `count` batches, of which the first `left` belong to an epoch that has begun with `total`, and
later ones to epochs of `batches` each; `sums` receives that of each epoch, the last of which need not be complete.
"""

from __future__ import annotations

from .arithmetic import Arithmetic
from .target import Target
from .writer import Module, Writer

SIGNATURE = "ptr %totals, i64 %count, i64 %left, i64 %batches, double %total, ptr %sums"


def epochs_ir(target: Target) -> str:
    """Return the module as text.

    >>> from .target import BASELINE
    >>> "define void @epochs(" in epochs_ir(BASELINE)
    True
    """
    w = Writer(Module(target))
    m = Arithmetic(w, 1)

    def add(b: str, held: list[str]) -> list[str]:
        epoch, left, total = held
        total = m.add(total, w.load(w.shifted("%totals", b), 1))
        w.store(total, w.shifted("%sums", epoch), 1)
        left = w.value(f"sub i64 {left}, 1")
        ended = w.value(f"icmp eq i64 {left}, 0")
        epoch = w.value(f"add i64 {epoch}, {w.value(f'zext i1 {ended} to i64')}")
        return [epoch, w.value(f"select i1 {ended}, i64 %batches, i64 {left}"), m.select(ended, 0.0, total)]

    w.loop("%count", [("i64", "0"), ("i64", "%left"), ("double", "%total")], add)
    w.define("epochs", SIGNATURE)
    return w.module.text()
