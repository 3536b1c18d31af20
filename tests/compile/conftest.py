"""What tests of compiled functions share."""

from __future__ import annotations

import pytest

from microgradx.compile.backends.llvm import untouched


def pytest_configure(config: pytest.Config) -> None:
    """Let examples be functions that use none of their parameters, of which a warning tells."""
    config.addinivalue_line("filterwarnings", "ignore:the function uses none of its parameters")


@pytest.fixture
def passed_by_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have small containers passed by too, from the first call on."""
    monkeypatch.setattr(untouched, "SMALL", -1)
    monkeypatch.setattr(untouched, "CALLS", 1)
