"""What all tests share."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from microgradx.compile.backends.cache import VARIABLE

from .browser import Browser, missing


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the examples in the docstrings of to_torch and from_torch where PyTorch, which we never declare, is not."""
    if find_spec("torch") is None:
        for item in items:
            if item.nodeid.startswith("microgradx/export/torch.py"):
                item.add_marker(pytest.mark.skip(reason="needs PyTorch"))


@pytest.fixture(autouse=True, scope="session")
def _cached(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep machine code for this run of the tests alone, in a folder that all of its processes share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "machine-code"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, str(folder))
        yield


@pytest.fixture(autouse=True, scope="session")
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C raise KeyboardInterrupt also where tests run in the background of a script, whose shell ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(autouse=True)
def _seeded() -> None:
    """Start each test from one state of Python's generator, which unseeded neurons draw from."""
    random.seed(0)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return the browser that this process drives; a test that asks for it is skipped where there is none."""
    if reason := missing():
        pytest.skip(reason)
    driven = Browser()
    yield driven
    driven.close()
