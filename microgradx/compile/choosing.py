"""Choices as they are recorded: selects, of which strict mode notes that Values record none of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .. import primitives as rows
from .choices import Choosing
from .condition import is_number
from .recording import Column
from .tape import INPUT, NONE

if TYPE_CHECKING:
    from .recorder import Recorder


def may_choose(recorder: Recorder, entries: Sequence[Any]) -> bool:
    """Return whether a choice between these is made at run time: one that is not becomes a guard."""
    if not all(map(is_number, entries)):
        return False
    if not recorder.strict or recorder.choosing is Choosing.ALL:
        return True
    nodes = map(recorder.entry, entries)
    return recorder.choosing is Choosing.LEAVES and all(
        recorder.ops[i] <= INPUT or i in recorder.choices for i in nodes
    )


def chosen(recorder: Recorder, condition: int, x: Any, y: Any) -> int:
    """Append a select: x where the condition, a node, is not 0, else y."""
    entries = recorder.entry(x), recorder.entry(y)
    place = recorder.row_over_blocks(rows.select, ((condition, *entries),), (NONE,))
    if recorder.strict:
        by, outcome = recorder.hots.get(condition, (condition, 0))
        recorder.choices[place] = by, (1 << outcome, ~(1 << outcome)), entries
    return place


def looked_up(recorder: Recorder, column: Column, hots: Sequence[int], entries: Sequence[Any]) -> int:
    """Append the entry at an index, bit for bit: Σⱼ (entryⱼ if index = j else −0.0), which adding changes nothing."""
    nothing = recorder.constant(-0.0)
    nodes, each = [recorder.entry(x) for x in entries], []
    for j, (hot, node) in enumerate(zip(hots, nodes, strict=True)):
        each.append(recorder.row_over_blocks(rows.select, ((hot, node, nothing),), (NONE,)))
        recorder.choices[each[-1]] = column, (1 << j,), (node,)
    place = recorder.row_over_blocks(rows.total, (each,), (NONE,))
    recorder.choices[place] = column, tuple([1 << j for j in range(len(nodes))]), tuple(nodes)
    return place
