"""What is wrong with single operations: their values, partials, and how they pass gradients on."""

from __future__ import annotations

from collections.abc import Callable

from .case import MISSING, Case, Check, close, near
from .operation import Operation
from .operations import OPERATIONS
from .suite import NOT_RUN

_MISSING_ERRORS = ("TypeError", "AttributeError", "NotImplementedError", "AssertionError")


def judge_values(case: Case) -> None:
    """Judge what each operation computes, without any gradient."""
    for op in OPERATIONS:
        _judge_value(case, op)


def _keys(kind: str, op: Operation) -> list[str]:
    return [f"{kind} {i} {op.text}" for i in range(len(op.points))]


def _judge_value(case: Case, op: Operation) -> None:
    name, keys = f"{op.text}: value", _keys("value", op)
    observed = [case.seen[key] for key in keys]
    if NOT_RUN in observed:
        case.skipped(name, NOT_RUN.message, op.text)
        return
    if all(each.error in _MISSING_ERRORS for each in observed):
        case.broken.add(op.text)
        case.missing.add(op.text)
        told = observed[0].failure
        if not op.required:
            case.checks.append(Check(name, MISSING, told))
        else:
            case.failed(name, "missing operation", f"{op.text} raises {told}", op.advice, op.text)
            case.checks[-1] = Check(name, MISSING, told)
        return
    wrong = [key for key in keys if not case.right(key)]
    if not wrong:
        case.passed(name)
        return
    bug, how, advice = _wrong_value(case, op)
    case.failed(name, bug, f"{case.told(wrong[0], _program(op, keys.index(wrong[0])))}{how}", advice, op.text)


def _wrong_value(case: Case, op: Operation) -> tuple[str, str, str]:
    seen = [case.seen[key] for key in _keys("value", op)]
    if any(each.error == "NoValue" for each in seen):
        return "an operation gives no Value", "", f"let {op.text} return a Value"
    if any(each.error for each in seen):
        return "an operation fails", "", f"let {op.text} be computed wherever it is defined"
    right = [case.expected[key] for key in _keys("value", op)]
    if all(near(a.numbers["z"], b["z"]) for a, b in zip(seen, right, strict=True)):
        return "an operation changes its operand", "", "make a new Value of the result, and leave self.data as it is"
    for how, call in op.wrong_values.items():
        if all(near(a.numbers["z"], call(*point)) for a, point in zip(seen, op.points, strict=True)):
            bug = "operands swapped" if "swapped" in how else "wrong value"
            return bug, f": {how}", f"correct the value of {op.text}"
    return "wrong value", "", f"correct the value of {op.text}"


def _program(op: Operation, i: int) -> str:
    where = ", ".join(f"{name} = {x:g}" for name, x in zip(op.names, op.points[i], strict=True))
    return f"{op.text} at {where}"


def judge_partials(case: Case, op: Operation, needs: tuple[str, ...]) -> None:
    """Judge the gradients that an operation gives its operands when it is the output itself."""
    name, keys = f"{op.text}: partial derivatives", _keys("partials", op)
    if op.text in case.broken or case.blocked(name, needs, op.text):
        return
    wrong = [key for key in keys if not case.right(key)]
    if not wrong:
        case.passed(name)
        return
    if blamed := _consequence(case, op):
        case.skipped(name, f"wrong, but so is what it is built on: {blamed}", op.text)
        return
    told = case.told(wrong[0], _program(op, keys.index(wrong[0])))
    if any(case.seen[key].error for key in keys):
        case.failed(name, "backward fails", told, f"look at the gradient of {op.text}", op.text)
        return
    how = _misreading(case, op)
    case.failed(name, "wrong partial derivative", f"{told}{how}", f"correct the gradient of {op.text}", op.text)


def judge_passing_on(case: Case, op: Operation) -> None:
    """Judge whether an operation multiplies by the gradient of its result, and adds to those of its operands."""
    if op.text not in case.broken:
        _judge_upstream(case, op)
    if op.text not in case.broken:
        _judge_fan_out(case, op)


def _consequence(case: Case, op: Operation) -> str:
    """Return the operation that is to blame: it is wrong, and written out with it the result is the same."""
    to_blame = _to_blame(case, op)
    for j in range(len(op.spelled)) if to_blame else ():
        pairs = [(case.seen[f"partials {i} {op.text}"], case.seen[f"spelled{j} {i} {op.text}"]) for i in range(2)]
        if all(a.error == b.error and close(a.numbers, b.numbers) for a, b in pairs):
            return to_blame[0]
    return ""


def _to_blame(case: Case, op: Operation) -> list[str]:
    return [text for text in op.built_on if text in case.broken or _twice(text) in case.broken]


def _twice(text: str) -> str:
    return f"{text} used twice"


def _misreading(case: Case, op: Operation) -> str:
    """Return what was done in place of the right partials, if it is one of the known mistakes."""
    seen = [case.seen[key].numbers for key in _keys("partials", op)]
    right = [case.expected[key] for key in _keys("partials", op)]

    def always(rule: Callable[[str, float, float], bool]) -> list[str]:
        pairs = list(zip(seen, right, strict=True))
        wrong = [name for name in op.names if any(not near(a[name], b[name]) for a, b in pairs)]
        return wrong if all(rule(name, a[name], b[name]) for name in wrong for a, b in pairs) else []

    if names := always(lambda name, a, b: near(a, 0.0)):
        return f": no gradient reaches {' and '.join(names)}"
    for how, call in op.wrong_partials.items():
        if all(
            all(near(a[name], partial) for name, partial in zip(op.names, call(*point), strict=True))
            for a, point in zip(seen, op.points, strict=True)
        ):
            return f": {how}"
    if names := always(lambda name, a, b: near(a, -b)):
        return f": the sign is wrong for {' and '.join(names)}"
    if len(op.names) == 2 and all(
        near(a["x"], b["y"]) and near(a["y"], b["x"]) for a, b in zip(seen, right, strict=True)
    ):
        return ": the gradients of x and y are exchanged"
    ratios = [a[name] / b[name] for a, b in zip(seen, right, strict=True) for name in op.names if b[name]]
    if ratios and all(near(ratio, ratios[0]) for ratio in ratios):
        return f": it is {ratios[0]:.4g} times what it should be"
    return ""


def _judge_upstream(case: Case, op: Operation) -> None:
    name, keys = f"{op.text}: times out.grad", _keys("upstream", op)
    if case.blocked(name, ("x * y", "chain", "equal numbers"), op.text):
        return
    wrong = [key for key in keys if not case.right(key)]
    if not wrong:
        case.passed(name)
        return
    told = case.told(wrong[0], f"5·({_program(op, keys.index(wrong[0]))})")
    if blamed := _to_blame(case, op):
        case.skipped(name, f"wrong, but so is what it is built on: {blamed[0]}", op.text)
        return
    alone = [case.seen[key].numbers for key in _keys("partials", op)]
    if all(close(case.seen[key].numbers, numbers) for key, numbers in zip(keys, alone, strict=True)):
        told += ": the 5 that arrives from above is ignored"
    case.failed(
        name,
        "upstream gradient ignored",
        told,
        "multiply the local partial by out.grad: the chain rule is x.grad += ∂out/∂x * out.grad",
        op.text,
    )


def _judge_fan_out(case: Case, op: Operation) -> None:
    name, keys = _twice(op.text), _keys("fan_out", op)
    if case.blocked(name, ("equal numbers", "x + y"), _twice(op.text)):
        return
    wrong = [key for key in keys if not case.right(key)]
    if not wrong:
        case.passed(name)
        return
    told = case.told(wrong[0], f"u + w, where u and w are both {_program(op, keys.index(wrong[0]))}")
    if blamed := _to_blame(case, op):
        case.skipped(name, f"wrong, but so is what it is built on: {blamed[0]}", name)
        return
    halves = all(
        near(2 * x, case.expected[key][each]) or near(x, case.expected[key][each])
        for key in keys
        for each, x in case.seen[key].numbers.items()
    )
    if halves and not any(case.seen[key].error for key in keys):
        case.failed(
            name,
            "= in place of +=",
            f"{told}: of two contributions only the last is kept",
            "write self.grad += …, not self.grad = …: at fan-out the contributions of all users add up",
            name,
        )
    else:
        case.failed(name, "contributions do not add up", told, f"look at how {op.text} adds to the gradients", name)


def judge_same_operand(case: Case) -> None:
    """Judge operations on one Value twice, x + x and x * x."""
    for op in OPERATIONS:
        key = f"same_operand {op.text}"
        name = op.text.replace("y", "x")
        if key not in case.seen or op.text in case.broken or case.blocked(name, ("equal numbers", _twice(op.text))):
            continue
        if case.right(key):
            case.passed(name)
            continue
        told = case.told(key, f"{name} at x = {op.points[0][0]:g}")
        case.failed(
            name,
            "same operand twice counts once",
            f"{told}: x gets one contribution, not two",
            "keep the operands of a node in a tuple or list; a set, or a dictionary by operand, holds x once",
        )
