"""LLVM is asked in threads that are not interrupted: Ctrl-C at any time leaves no lock of it taken."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from microgradx.compile.backends.future import apart

pytest.importorskip("llvmlite")

ALL = """
import threading
from llvmlite.binding import ffi

def noted():
    if threading.current_thread() is threading.main_thread():
        raise KeyboardInterrupt

ffi.register_lock_callback(noted, lambda: None)

import sys

import microgradx as mx
import microgradx.nn
from microgradx.compile.backends.llvm import objects

if sys.argv[1:] == ["by LLVM"]:  # as on other systems
    objects.linked = lambda objects: None

model = mx.nn.MLP(9, [9, 1], activation="tanh")
programs = []
for strict in (False, True):
    for _ in range(2):  # the second time from disk
        program = mx.compile(lambda x, y: (model(x) - y) ** 2, model.parameters(), strict=strict)
        rows = [[[0.1 * i] * 9 for i in range(50)], [1.0] * 50]
        program(*rows), program.value_and_grad(*rows), program.gradients(*rows)
        program.train(*rows, optimizer=mx.optim.Adam(lr=0.01), epochs=3, batch_size=4)
        program.train(*rows, optimizer=mx.optim.SGD(lr=0.01), epochs=3, batch_size=1)
        programs.append(program)  # what is finalised is another matter
leaky = mx.compile(lambda x: model(x) if x[0] > 2 else 0.0 * model(x), model.parameters())
leaky.train(rows[0], epochs=2)
print("done", flush=True)
import os
os._exit(0)
"""


@pytest.mark.parametrize("linked", ["here", "by LLVM"])
def test_the_first_thread_never_takes_the_lock(linked: str, tmp_path: Path) -> None:
    """An interrupt wherever the first thread had taken the lock of llvmlite would be raised here."""
    environment = dict(os.environ, MICROGRADX_CACHE=str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", ALL, linked], capture_output=True, text=True, timeout=100, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout == "done\n"


def test_other_threads_do_it_themselves() -> None:
    """Only the first thread hands its calls over; errors and results come back."""
    where = apart(threading.current_thread)
    found = [where()]
    thread = threading.Thread(target=lambda: found.append(where()))
    thread.start()
    thread.join()
    assert found[0] is not threading.main_thread()
    assert found[1] is thread
    with pytest.raises(ZeroDivisionError):
        apart(lambda: 1 // 0)()
