"""Gaps: the NONEs of outputs, which passes need not carry along; most of a network's gradients stand within vectors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from .tape import NONE, Tape


def without_gaps(tape: Tape) -> tuple[Tape, Callable[[Tape], Tape]]:
    """Return the tape with outputs of nodes alone, and what puts the NONEs back where they were.

    That takes the tape, or what passes have made of it: these change no output's order.

    >>> from .tape import INPUT, Builder
    >>> b = Builder()
    >>> x = b.leaves(INPUT, [0, 1])
    >>> short, restored = without_gaps(b.tape(gradients=[x[1], NONE, NONE, x[0]]))
    >>> short.outputs["gradients"].tolist(), restored(short).outputs["gradients"].tolist()
    ([1, 0], [1, -1, -1, 0])
    """
    there = {name: nodes != NONE for name, nodes in tape.outputs.items()}

    def restored(other: Tape) -> Tape:
        outputs = {name: np.full(len(mask), NONE) for name, mask in there.items()}
        for name, mask in there.items():
            outputs[name][mask] = other.outputs[name]
        return replace(other, outputs=outputs)

    return replace(tape, outputs={name: nodes[there[name]] for name, nodes in tape.outputs.items()}), restored
