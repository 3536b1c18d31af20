"""From observations to the names of bugs: each check relies only on what an earlier one has found right."""

from __future__ import annotations

from collections.abc import Mapping

from .case import Bug, Case, Check
from .judge_corners import judge_corners
from .judge_graph import (
    judge_again,
    judge_chain,
    judge_data,
    judge_depth,
    judge_equal_numbers,
    judge_order,
    judge_start,
)
from .judge_operations import judge_partials, judge_passing_on, judge_same_operand, judge_values
from .operations import OPERATIONS
from .watch import Observation


def judge(seen: Mapping[str, Observation]) -> tuple[list[Bug], list[Check]]:
    """Return the bugs that explain the observations, and every check with its verdict.

    >>> from microgradx import Value
    >>> from .experiments import experiments
    >>> judge({key: Observation(run(Value)) for key, run in experiments().items()})[0]
    []
    """
    case = Case(seen)
    _judge_fresh(case)
    if "fresh" in case.broken:
        return list(case.bugs.values()), case.checks
    judge_values(case)
    judge_start(case)
    total, product = (next(op for op in OPERATIONS if op.text == text) for text in ("x + y", "x * y"))
    judge_partials(case, product, ("backward",))
    judge_chain(case)
    judge_partials(case, total, ("backward", "chain"))
    judge_equal_numbers(case)
    for op in OPERATIONS:
        if op is not product and op is not total:
            judge_partials(case, op, ("backward", "chain", "equal numbers"))
        judge_passing_on(case, op)
    judge_same_operand(case)
    judge_order(case)
    judge_data(case)
    judge_again(case)
    judge_depth(case)
    judge_corners(case)
    return list(case.bugs.values()), case.checks


def _judge_fresh(case: Case) -> None:
    seen, name = case.seen["fresh"], "a new Value"
    if case.right("fresh"):
        case.passed(name)
    elif seen.error:
        advice = "let Value(2.5) make a leaf, with the attributes data and grad"
        case.failed(name, "no data or grad", case.told("fresh", "Value(2.5)"), advice, "fresh")
    elif seen.numbers["data"] != 2.5:
        case.failed(name, "data is not kept", case.told("fresh", "Value(2.5)"), "set self.data = data", "fresh")
    else:
        advice = "set self.grad = 0.0 in __init__"
        case.failed(name, "gradient does not start at 0", case.told("fresh", "Value(2.5)"), advice, "fresh")
