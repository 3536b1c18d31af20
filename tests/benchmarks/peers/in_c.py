"""Plain C, compiled by the system's compiler when it is needed, called through ctypes."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from .. import tasks
from ..tasks import TASKS, Layers, Task

FLAGS = ("-O3", "-march=native", "-ffast-math", "-shared", "-fPIC")
WIDE = "-mprefer-vector-width=512"


@cache
def compiler() -> str:
    """Return the command of the system's C compiler; ImportError, which leaves the contender out, if there is none."""
    for name in (os.environ.get("CC", "cc"), "gcc", "clang"):
        if path := shutil.which(name):
            return path
    raise ImportError("no C compiler")


def version() -> str:
    """Return the first line that the compiler says about itself."""
    try:
        return subprocess.run([compiler(), "--version"], capture_output=True, text=True).stdout.partition("\n")[0]
    except (ImportError, OSError):
        return "no C compiler"


def built(source: str, *defines: str) -> ctypes.CDLL:
    """Return a source beside this file as a library, with vectors of 512 bits if the compiler knows that wish."""
    with tempfile.TemporaryDirectory() as folder:
        command = [compiler(), *FLAGS, *(f"-D{define}" for define in defines), str(Path(__file__).with_name(source))]
        library = str(Path(folder) / "library.so")
        for extra in ((WIDE,), ()):
            made = subprocess.run([*command, *extra, "-o", library, "-lm"], capture_output=True, text=True)
            if made.returncode == 0:
                return ctypes.CDLL(library)
        raise RuntimeError(made.stderr)


def call(function: Any, *arguments: Any) -> Callable[[], Any]:
    """Return a call of a C function on numbers and arrays, whose memory it keeps."""
    places = [ctypes.c_void_p(x.ctypes.data) if isinstance(x, np.ndarray) else x for x in arguments]
    assert all(x.flags.c_contiguous for x in arguments if isinstance(x, np.ndarray))

    def step(_keep: Any = arguments) -> Any:
        return function(*places)

    return step


def aligned(numbers: Any) -> Any:
    """Return a copy that begins at a multiple of 64 bytes and is as long, as the C declares it."""
    count = -(-len(numbers) // 8) * 8
    raw = np.zeros(count + 8)
    memory = raw[(-raw.ctypes.data % 64) // 8 :][:count]
    memory[: len(numbers)] = numbers
    return memory


def flat(layers: Layers) -> Any:
    """Return the parameters as the C keeps them: each layer's weights input by input, then its biases."""
    return aligned(np.concatenate([part for w, b in layers for part in (w.T.ravel(), b)]))


def unflat(task: Task, memory: Any) -> Layers:
    """Return the layers of such numbers."""
    layers, place = [], 0
    for n, m in pairwise(task.sizes):
        w, b = memory[place : place + n * m].reshape(n, m).T, memory[place + n * m :][:m]
        layers.append((w, b))
        place += (n + 1) * m
    return layers


def gradient(name: str, rows: int, source: str = "small.c") -> Any:
    """Return the mean squared error's gradient over all rows."""
    task = TASKS[name]
    library = built(source, *(["TANH"] if task.activation == "tanh" else []))
    library.gradient.restype = ctypes.c_double
    p = flat(task.start())
    g = aligned(0.0 * p)
    step = call(library.gradient, p, g, *task.data(rows), ctypes.c_long(rows))
    return lambda: [step(), *tasks.packed(unflat(task, g))], step


def limit(name: str, rows: int) -> Any:
    """Return the same with vectors and register tiles written by hand."""
    return gradient(name, rows, "limit.c")


def train(name: str, batch: int, epochs: int) -> Any:
    """Return gradient descent over the rows."""
    task = TASKS[name]
    n, h, m = task.sizes[0], task.sizes[1], task.sizes[-1]
    knee = [] if task.knee is None else [f"KNEE={task.knee}"]
    source, own = ("digits.c", [f"D={n}", f"H={h}", f"O={m}"]) if task.classes else ("small.c", knee)
    library = built(source, f"BATCH={batch}", *own)
    p = flat(task.start())
    X, Y = task.data()

    def run(epochs: int) -> Callable[[], Any]:
        order = tasks.order(batch, epochs)
        return call(library.train, p, X, Y, order, ctypes.c_long(len(order)), ctypes.c_double(task.rate))

    def first() -> list[float]:
        run(1)()
        return tasks.packed(unflat(task, p))

    return first, run(epochs)


def transformer(length: int) -> Any:
    """Return loss and gradient of the transformer over one document."""
    library = built("transformer.c")
    library.gradient.restype = ctypes.c_double
    p = flat_matrices()
    g, tokens = 0.0 * p, np.array(tasks.sentence(length))
    step = call(library.gradient, p, g, tokens, ctypes.c_int(length))
    return lambda: [step(), *g.tolist()], step


def flat_matrices() -> Any:
    """Return the transformer's parameters as the C keeps them."""
    return np.concatenate([w.ravel() for w in tasks.matrices().values()])


def transformer_training() -> dict[str, float]:
    """Return the seconds of 1000 steps of Adam, those of the compiler included, and the loss after some."""
    documents = tasks.documents()
    begin = time.perf_counter()
    library = built("transformer.c")
    tokens = np.concatenate([np.array(document) for document in documents])
    starts = np.cumsum([0, *map(len, documents)])
    order, losses = tasks.order(1, 1, len(documents))[:, 0].copy(), np.zeros(len(documents))
    settings = [ctypes.c_double(x) for x in (tasks.ADAM["lr"], *tasks.ADAM["betas"], tasks.ADAM["eps"])]
    steps = ctypes.c_long(len(order))
    call(library.train, flat_matrices(), tokens, starts, order, steps, *settings, losses)()
    return tasks.trained(time.perf_counter() - begin, losses)
