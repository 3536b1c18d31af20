"""A process that is forked while other threads are inside a program works, with locks and threads of its own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROGRAM = """
import multiprocessing, os, signal, sys, threading, warnings

import numpy as np

import microgradx as mx

warnings.simplefilter("ignore")
model = mx.nn.MLP(2, [8, 1], seed=0)
rng = np.random.default_rng(0)
X, y = rng.normal(size=(4000, 2)), rng.normal(size=4000)
stop = threading.Event()


def made(scale):
    def loss(x, y):
        return (model(x) * scale if x[0] > scale else model(x) - y) ** 2

    return mx.compile(loss, parameters=model.parameters(), target=sys.argv[1], threads=2, cache=False)


def trained():
    net = mx.nn.MLP(2, [4, 1], seed=0)
    fresh = mx.compile(lambda x, y: (net(x) - y) ** 2, net.parameters(), target=sys.argv[1], threads=2, cache=False)
    fresh.train(X[:64], y[:64], epochs=2, batch_size=8, progress=False)
    return [v.data for v in net.parameters()]


program, numbers = made(0.1), trained()
expected = program.value_and_grad(X, y)
at = np.array([v.data + 1.0 for v in model.parameters()])


def again():
    while not stop.is_set():
        program.value_and_grad(X, y, at=at)
        program([[0.0, np.nan]], [0.0])
        made(0.2).value_and_grad(X[:9], y[:9])
        trained()


def child():
    signal.alarm(30)  # ends a process that waits for ever
    for each in (program, made(0.1)):
        value, gradient = each.value_and_grad(X, y)
        assert value == expected[0] and gradient.tolist() == expected[1].tolist()
    assert trained() == numbers


threads = [threading.Thread(target=again) for _ in range(2)]
for thread in threads:
    thread.start()
try:
    for i in range(6):
        if i % 2:
            process = multiprocessing.get_context("fork").Process(target=child)
            process.start()
            process.join()
            assert process.exitcode == 0, process.exitcode
        elif (pid := os.fork()) == 0:
            try:
                child()
            except BaseException as error:
                print(error, flush=True)
                os._exit(1)
            os._exit(0)
        else:
            assert (status := os.waitpid(pid, 0)[1]) == 0, status
finally:
    stop.set()
for thread in threads:
    thread.join()
print("right")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes do not fork here")
@pytest.mark.parametrize("target", ["numpy", "llvm"])
def test_a_child_computes_what_its_parent_does(target: str) -> None:
    """Forked while threads call, move parameters, trace, compile and train, a child waits for none of them."""
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, target], capture_output=True, text=True, timeout=300, check=False
    )
    assert run.stdout.strip() == "right", run.stdout + run.stderr


IMPORTING = """
import os, signal, sys, threading, time, warnings

import microgradx as mx

warnings.simplefilter("ignore")
action, slow = sys.argv[1:]
w, entered = mx.Value(1.0), threading.Event()
rows = [0.5, 1.0], [1.0, 2.0]


def loss(x, y):
    return (w * x - y) ** 2


class Slow:
    def find_spec(self, name, path=None, target=None):
        if name in (slow, "microgradx.compile." + slow) and not entered.is_set():
            entered.set()
            time.sleep(0.5)


def act():
    if action == "fit":
        return mx.fit(mx.nn.Neuron(1), [[x] for x in rows[0]], rows[1], epochs=1)
    if action == "compile_graph":
        return mx.compile_graph(loss(*[x[0] for x in rows]), parameters=[w])
    program = mx.compile(loss, [w], cache=False)
    if action == "train":
        return program.train(*rows, optimizer=mx.optim.SGD(lr=0.1), epochs=1, progress=False)
    return program(*rows) if action == "compile" else getattr(program, action)()


if action in ("explain", "source"):
    ready = mx.compile(loss, [w], cache=False)
    ready(*rows)
    mx.compile = lambda *given, **settings: ready
sys.meta_path.insert(0, Slow())
thread = threading.Thread(target=act)
thread.start()
entered.wait()
if (pid := os.fork()) == 0:
    signal.alarm(30)  # ends a process that waits for ever
    act()
    os._exit(0)
status = os.waitpid(pid, 0)[1]
thread.join()
print(status)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes do not fork here")
@pytest.mark.parametrize(
    ("action", "module"),
    [
        ("compile", "program"),
        ("compile", "backends.llvm.backend"),
        ("compile_graph", "graph"),
        ("train", "training.training"),
        ("train", "training.leap"),
        ("fit", "fitting"),
        ("explain", "printing.explain"),
        ("explain", "numpy.ma"),
        ("source", "printing.source"),
    ],
)
def test_a_child_waits_for_no_import_of_its_parent(action: str, module: str) -> None:
    """Forked while a thread imports a module that this library, or NumPy, imports late, a child can use that module."""
    run = subprocess.run(
        [sys.executable, "-c", IMPORTING, action, module], capture_output=True, text=True, timeout=120, check=False
    )
    assert run.stdout.strip() == "0", run.stdout + run.stderr
