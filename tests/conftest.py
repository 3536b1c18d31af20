"""What all tests share."""

from __future__ import annotations

import random

import pytest


@pytest.fixture(autouse=True)
def _seeded() -> None:
    """Start each test from one state of Python's generator, which unseeded neurons draw from."""
    random.seed(0)
