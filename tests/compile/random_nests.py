"""Plans drawn at random: nests of all operations, addresses of every form, one nest reading what others wrote."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from microgradx.compile.nests.nests import Address, Plan, Segment, Space
from microgradx.compile.tape.tape import LESS, LESS_EQUAL, SUM

from .sketches import GRAD, ONE, PARAM, ROW, Sketch, op, places

UNARY = ("exp", "expm1", "sin", "cos", "tanh", "abs", "sign", "step")
BINARY = (op("div"), op("equal"), LESS, LESS_EQUAL)
EXTENTS = (1, 2, 3, 4, 5, 7, 8, 9, 16, 17)


class Drawn:
    """Draws a plan; `sums` for sums of products alone."""

    def __init__(self, seed: int, nests: int, *, sums: bool = False, gradients: bool = True) -> None:
        self.rng = np.random.default_rng(seed)
        self.sketch = Sketch(11, 300, weighted=True, constants=(0.0, 1.5, 1.5, 1.5, -2.0))
        self.sums = sums
        self.used = 0
        self.filled = [(ROW, 0, 12), (ONE, 0, 5), (PARAM, 0, 300)]  # numbers side by side, all of them written
        self.last: list[tuple[tuple[int, ...], Address]] = []
        for _ in range(nests):
            extents = self.extents()
            kind = self.pick((ROW, ROW, ROW, ONE, GRAD) if gradients else (ROW, ROW, ROW, ONE))
            self.nest(extents, kind)
        for n, (extents, a) in enumerate(self.last):
            if prod(extents) and self.rng.random() < 0.7:
                self.sketch.outputs[str(n)] = tuple((a.space, int(p)) for p in _places(a, extents).ravel()[:20])

    def plan(self) -> Plan:
        """Return the plan."""
        return self.sketch.plan()

    def pick(self, choices: Any) -> Any:
        """Return one of several things."""
        return choices[int(self.rng.integers(len(choices)))]

    def extents(self) -> tuple[int, ...]:
        """Return extents: those of an earlier nest, or others, rarely none at all."""
        if self.last and self.rng.random() < 0.5:
            return self.pick(self.last)[0]  # type: ignore[no-any-return]
        found = tuple(self.pick(EXTENTS) for _ in range(int(self.rng.integers(0, 4))))
        if prod(found) > 300:
            found = found[:1]
        return (*found, 0) if self.rng.random() < 0.03 else found

    def nest(self, extents: tuple[int, ...], kind: Space) -> None:
        """Append a nest."""
        code, segments = self.operation(extents, kind)
        before = self.used
        out = self.out(extents, kind)
        if out is None:
            self.used = before
            return
        self.sketch.nest(code, extents, out, *segments)
        if kind is not GRAD:
            self.last.append((extents, out))
            found = _places(out, extents)
            if found.size and np.ptp(found) == found.size - 1:
                self.filled.append((kind, int(found.min()), found.size))

    def operation(self, extents: tuple[int, ...], kind: Space) -> tuple[int, list[Segment]]:
        """Return an operation with its operands."""
        draw = self.rng.random()
        if self.sums or draw < 0.5:
            lengths = [self.pick((0, 1, 1, 1, 2, 3, 9, 20)) for _ in range(int(self.rng.integers(0, 4)))]
            return SUM, [
                Segment(
                    n,
                    self.address(extents, n, kind),
                    self.address(extents, n, kind) if self.rng.random() < 0.7 else None,
                    self.pick((1.0, -1.0)),
                )
                for n in lengths
            ]
        if draw < 0.7:
            return op(self.pick(UNARY)), [Segment(1, self.address(extents, 1, kind))]
        if draw < 0.8:
            return self.pick(BINARY), [Segment(1, self.address(extents, 1, kind)) for _ in range(2)]
        if draw < 0.9:
            return op("select"), [
                Segment(n, self.address(extents, n, kind)) for n in self.pick(((3,), (1, 1, 1), (1, 2)))
            ]
        lengths = self.pick(((2,), (1, 1, 1), (12,), (1, 20, 2)))
        return op(self.pick(("max", "min"))), [Segment(n, self.address(extents, n, kind)) for n in lengths]

    def address(self, extents: tuple[int, ...], length: int, kind: Space) -> Address:
        """Return an address of numbers that are there."""
        readable = [(e, a) for e, a in self.last if e == extents and (a.space is ONE or kind is not ONE)]
        if length == 1 and readable and self.rng.random() < 0.6:
            return self.pick(readable)[1]  # type: ignore[no-any-return]
        space, start, size = self.pick([f for f in self.filled if kind is not ONE or f[0] is not ROW])
        shape = (*extents, max(length, 1))
        if self.rng.random() < 0.15:
            return Address(space, 0, (0,) * len(extents), 0, start + self.rng.integers(0, size, (*extents, length)))
        natural = [prod(shape[d + 1 :]) for d in range(len(shape))]
        for limit in (9, 3, 1, 0):  # if the strides lead too far, shorter ones
            strides = [int(np.clip(self.pick((0, 0, 1, -1, 2, n, n, -n)), -limit, limit)) for n in natural]
            reach = [s * (n - 1) for s, n in zip(strides, shape, strict=True) if n]
            low, high = sum(min(r, 0) for r in reach), sum(max(r, 0) for r in reach)
            if high - low < size:
                break
        base = start + int(self.rng.integers(-low, size - high))
        return Address(space, base, tuple(strides[:-1]), strides[-1])

    def out(self, extents: tuple[int, ...], kind: Space) -> Address | None:
        """Return an address of places that nothing else writes to."""
        total = prod(extents)
        gap = self.pick((1, 1, 1, 2))
        order = self.rng.permutation(len(extents)) if self.rng.random() < 0.3 else range(len(extents))
        strides, running = [0] * len(extents), gap
        for d in reversed([int(d) for d in order]):
            strides[d], running = running, running * extents[d]
        if kind is GRAD:
            base, self.used = self.used, self.used + total * gap + 1
            if self.used > self.sketch.parameters:
                return None
        else:
            base = self.sketch.block(total * gap + 1, kind)
        if self.rng.random() < 0.1:
            return Address(kind, 0, (0,) * len(extents), 0, base + self.rng.permutation(total).reshape(*extents, 1))
        for d, n in enumerate(extents):
            if n and self.rng.random() < 0.1:
                base, strides[d] = base + strides[d] * (n - 1), -strides[d]
        return Address(kind, base, tuple(strides))


def _places(a: Address, extents: tuple[int, ...]) -> Any:
    return places(a, extents, 1)[..., 0]
