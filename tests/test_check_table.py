"""The gradient check of the table of primitives passes it as it is, and finds every partial that is made wrong."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from microgradx.check import check_table
from microgradx.primitives import TABLE, row


def test_the_table_is_right() -> None:
    """Every row of the table passes at every sampled point."""
    report = check_table()
    report.assert_ok()
    assert [row.name for row in report.rows] == [p.name for p in TABLE]
    assert report.max_error < 1e-14


@pytest.mark.parametrize("name", [p.name for p in TABLE if any(d is not None for d in p.partials)])
def test_every_wrong_partial_of_the_table_is_found(name: str) -> None:
    """The table's check can fail: each partial, made 0.05 % too large, is reported with point and slope."""
    p = row(name)
    for i, partial in enumerate(p.partials):
        if partial is None:
            continue
        wrong = dataclasses.replace(p, partials=(*p.partials[:i], _larger(partial, p.blocks), *p.partials[i + 1 :]))
        report = check_table([wrong])
        assert not report.ok
        assert "but its partial" in " ".join(str(report).split())


def _larger(partial: Any, blocks: bool) -> Any:
    if not callable(partial):
        return partial * 1.0005
    if blocks:
        return lambda m, *numbers: [1.0005 * slope for slope in partial(m, *numbers)]
    return lambda m, *numbers: 1.0005 * partial(m, *numbers)
