"""XAD's Python binding: scalars on a tape in C++, in the loops that users of scalars write."""

from __future__ import annotations

from typing import Any

from .. import tasks
from ..tasks import TASKS


def gradient(name: str, rows: int) -> Any:
    """Return the mean squared error and its gradient over all rows, recorded anew."""
    from xad.adj_1st import Real, Tape
    from xad.math import max as larger
    from xad.math import tanh

    task = TASKS[name]
    X, Y = (x.tolist() for x in task.data(rows))
    layers = task.start()
    shapes = [(m, n + 1) for m, n in (W.shape for W, _ in layers)]
    start = tasks.packed(layers)

    def step() -> list[float]:
        with Tape() as tape:
            w = [Real(x) for x in start]
            tape.registerInputs(w)
            tape.newRecording()
            rest = iter(w)
            net = [[[next(rest) for _ in range(n)] for _ in range(m)] for m, n in shapes]
            total = Real(0.0)
            for x, y in zip(X, Y, strict=True):
                a = x
                for k, layer in enumerate(net):
                    z = [sum((wᵢ * aᵢ for wᵢ, aᵢ in zip(row[:-1], a, strict=True)), row[-1]) for row in layer]
                    if k < len(net) - 1:
                        a = [tanh(v) for v in z] if task.activation == "tanh" else [larger(v, 0.0) for v in z]
                error = z[0] - y
                total = total + error * error
            total = total / rows
            tape.registerOutput(total)
            total.setDerivative(1.0)
            tape.computeAdjoints()
            return [total.getValue(), *(v.getDerivative() for v in w)]

    return step, step
