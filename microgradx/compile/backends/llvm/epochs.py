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

TOGETHER = 8
"""So many whole epochs are added up side by side, since an addition waits for the one before it in its epoch."""


def epochs_ir(target: Target) -> str:
    """Return the module as text.

    >>> from .target import BASELINE
    >>> "define void @epochs(" in epochs_ir(BASELINE)
    True
    """
    w = Writer(Module(target))
    _Epochs(w).write()
    w.define("epochs", SIGNATURE)
    return w.module.text()


class _Epochs:
    """Writes the function."""

    def __init__(self, w: Writer) -> None:
        self._w, self._m = w, Arithmetic(w, 1)

    def write(self) -> None:
        w = self._w
        begun = w.minimum("%left", "%count")
        self._add(1, "0", "%totals", begun, "%total")
        self._whole = w.shifted("%totals", begun)  # where whole epochs begin
        rest = w.value(f"sub i64 %count, {begun}")
        whole = w.value(f"sdiv i64 {rest}, %batches")
        blocks = w.value(f"sdiv i64 {whole}, {TOGETHER}")
        done = w.value(f"mul i64 {blocks}, {TOGETHER}")
        alone = w.value(f"sub i64 {whole}, {done}")
        w.loop(blocks, [], lambda i, _: self._from(w.value(f"mul i64 {i}, {TOGETHER}"), TOGETHER, "%batches"))
        w.loop(alone, [], lambda i, _: self._from(w.value(f"add i64 {done}, {i}"), 1, "%batches"))
        over = w.value(f"srem i64 {rest}, %batches")
        w.when(w.value(f"icmp sgt i64 {over}, 0"), [], [], lambda: self._from(whole, 1, over))

    def _from(self, epoch: str, many: int, length: str) -> list[str]:
        """Add up epochs from the whole one of this number on."""
        w = self._w
        first = w.shifted(self._whole, w.value(f"mul i64 {epoch}, %batches"))
        self._add(many, w.value(f"add i64 {epoch}, 1"), first, length, self._m.float(0.0))
        return []

    def _add(self, many: int, epoch: str, first: str, length: str, begin: str) -> None:
        """Add up `many` epochs side by side, each of so many batches."""
        w, m = self._w, self._m
        starts = [w.shifted(first, w.value(f"mul i64 {e}, {length}")) for e in range(many)]

        def batch(b: str, held: list[str]) -> list[str]:
            return [m.add(total, w.load(w.shifted(start, b), 1)) for total, start in zip(held, starts, strict=True)]

        for e, total in enumerate(w.loop(length, [("double", begin)] * many, batch)):
            w.store(total, w.shifted("%sums", w.value(f"add i64 {epoch}, {e}")), 1)
