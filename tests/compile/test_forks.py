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
