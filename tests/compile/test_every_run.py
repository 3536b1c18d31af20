"""The same seed gives the same bits in every run, whatever hash seeds, files on disk and memory are like."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

RUN = """
import random, sys
import microgradx as mx

rubbish = [object() for _ in range(random.randrange(10_000))]  # other addresses
model = mx.nn.MLP(2, [5, 3, 1], activation="tanh")
X, y = mx.datasets.moons(37)
loss = lambda x, t: mx.where(x[0] > 0.3, 2.0, 1.0) * (model(x) - t) ** 2 / (2 if x[1] > 0 else 3)
program = mx.compile(loss, parameters=model.parameters(), strict=sys.argv[1] == "strict")
mean, gradient = program.value_and_grad(X, y)
print(mean.hex(), [g.hex() for g in gradient], [g.hex() for g in program.gradients(X, y)[1].tolist()])
for optimizer, size in ((mx.optim.SGD(lr=0.1, momentum=0.9), 1), (mx.optim.Adam(lr=0.01), 8)):
    history = program.train(X, y, optimizer=optimizer, epochs=3, batch_size=size, seed=5)
    print([x.hex() for x in history.loss], [v.data.hex() for v in model.parameters()])
"""


def run(mode: str, hash_seed: str, cache: str) -> str:
    """Return what the program prints in a new process."""
    environment = os.environ | {"PYTHONHASHSEED": hash_seed, "MICROGRADX_CACHE": cache}
    command = [sys.executable, "-c", RUN, mode]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("mode", ["default", "strict"])
def test_every_run_gives_the_same_bits(mode: str, tmp_path: Path) -> None:
    """Values, gradients and trained weights: without a cache, into an empty one, and out of the one that was filled."""
    first = run(mode, "0", "0")
    assert first.count("0x") > 100
    assert first == run(mode, "1", str(tmp_path)) == run(mode, "4242", str(tmp_path))
    assert any(tmp_path.iterdir())
