"""What tests of compiled functions share."""

from __future__ import annotations

import pytest

from microgradx.compile.backends.llvm import untouched


@pytest.fixture
def passed_by_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have small containers passed by too, from the first call on."""
    monkeypatch.setattr(untouched, "SMALL", -1)
    monkeypatch.setattr(untouched, "CALLS", 1)
