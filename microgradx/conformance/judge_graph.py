"""What is wrong with the backward pass: its start, its order, and what it leaves behind."""

from __future__ import annotations

import math

from .case import DIFFERS, Case, Check, near
from .experiments import DEPTHS
from .programs import ONE_STEP, TWO_STEPS

_SORT = (
    "sort the graph topologically and go through it in reverse: a node passes its gradient on once, when all of its "
    "users have added to it"
)


def judge_start(case: Case) -> None:
    """Judge whether a gradient is begun: at the output, with 1, in a place of its own."""
    if case.blocked("the output's gradient", ("x + y", "x * y"), "backward"):
        return
    seen = case.seen["bystander"]
    if seen.error:
        told = case.told("bystander", "(x * y).backward()")
        advice = "let backward() run on a product of two Values; leaves need a _backward that does nothing"
        case.failed("backward runs", "backward fails", told, advice, "backward")
        return
    if not case.right("bystander"):
        told = case.told("bystander", "after (x * y).backward(), of a Value that is in no graph, and of a new one")
        advice = "make grad an attribute of the instance: self.grad = 0.0 in __init__, and self.grad += … after"
        case.failed("a bystander keeps grad 0", "grad shared by all Values", told, advice, "backward")
        return
    case.passed("a bystander keeps grad 0")
    _judge_seed(case)


def _judge_seed(case: Case) -> None:
    numbers = case.seen["seed"].numbers
    name = "the output's gradient is 1"
    advice = "begin backward() with self.grad = 1.0, because ∂L/∂L = 1"
    if not near(numbers["y"], 1.0):
        told = f"after (x * y).backward() the output's grad is {numbers['y']:.6g}, should be 1"
        if near(numbers["y"], 0.0) and case.right("seed_by_hand"):
            told += "; with y.grad = 1 set by hand before, all is right"
        case.failed(name, "backward does not start with 1", told, advice, "backward")
        return
    ones = [case.seen[f"partials {i} {text}"].numbers.values() for text in ("x * y", "x ** 3") for i in range(2)]
    if all(near(x, 1.0) for numbers in ones for x in numbers) and all(ones):
        told = "x.grad is 1 after (x * y).backward() and after (x ** 3).backward(), whatever the numbers"
        advice = "set self.grad = 1 at the output only: let backward() call a helper that recurses, not itself"
        case.failed(name, "every node starts with 1", told, advice, "backward")
        return
    case.passed(name)
    if case.right("leaf"):
        case.passed("backward on a leaf")
    else:
        told = case.told("leaf", "x = Value(3.0); x.backward()")
        advice = "a leaf is an output too: its own gradient is 1, and it passes nothing on"
        case.failed("backward on a leaf", "backward on a leaf", told, advice)


def judge_chain(case: Case) -> None:
    """Judge whether gradients go on for more than one step, and to the right node."""
    name = "two steps in a row"
    if case.blocked(name, ("backward", "x * y"), "chain"):
        return
    numbers = case.seen["chain"].numbers
    told = case.told("chain", "u = x * 2, y = u * 5, y.backward()")
    if case.right("chain"):
        case.passed(name)
    elif case.seen["chain"].error:
        case.failed(name, "backward fails", told, "let backward() run on a chain of two products", "chain")
    elif near(numbers["u"], 5.0) and near(numbers["x"], 0.0):
        told += ": u passed its gradient on before it had any"
        advice = "go through the topological order in reverse, from the output to the leaves, and through all of it"
        case.failed(name, "gradient stops after one step", told, advice, "chain")
    elif near(numbers["u"], 5.0) and near(numbers["x"], 2.0):
        advice = "multiply the local partial by out.grad: the chain rule is x.grad += ∂out/∂x * out.grad"
        case.failed(name, "upstream gradient ignored", f"{told}: the 5 from above is ignored", advice, "chain", "x * y")
    else:
        case.failed(name, "chain rule", told, _SORT, "chain")


def judge_equal_numbers(case: Case) -> None:
    """Judge whether nodes are told apart that hold the same number."""
    name = "different nodes with equal numbers"
    if case.blocked(name, ("chain", "x + y", "x * y"), "equal numbers"):
        return
    if case.right("equal_numbers"):
        case.passed(name)
        return
    told = case.told("equal_numbers", "x * 3 + y * 3 with x = y = 2")
    advice = "compare nodes by identity: keep visited nodes in a set, and define no __eq__ that compares data"
    case.failed(name, "equal numbers taken for one node", told, advice, "equal numbers")


_ANEW = (
    "make `visited` and the order anew in each call of backward(): no marks that stay on nodes, no module variables, "
    "no mutable default arguments"
)
_DIAMONDS = {
    "diamond": "b = a * 2, y = b * 3 + b * 5",
    "short_path_first": "b = a * 2, y = b + b * 3 * 5",
    "long_path_first": "b = a * 2, y = b * 3 * 5 + b",
}


def judge_order(case: Case) -> None:
    """Judge whether a node waits for all of its users, and is passed once."""
    name = "a node with several users"
    if case.blocked(name, ("chain", "equal numbers", "x + y used twice", "x * y used twice"), "order"):
        return
    wrong = [key for key in _DIAMONDS if not case.right(key)]
    if wrong:
        key = wrong[0]
        told = case.told(key, _DIAMONDS[key])
        if not case.seen[key].error:
            more = case.seen[key].numbers["a"] > case.expected[key]["a"]
            told += f": b passed its gradient on {'more than once' if more else 'before it was complete'}"
        case.failed(name, "no topological order", told, _SORT, "order")
        return
    case.passed(name)
    if case.right("many_paths"):
        case.passed("forty diamonds in a row")
        return
    told = case.told("many_paths", "y = y * 0.5 + y * 0.5, forty times (120 nodes)")
    slow = case.seen["many_paths"].error in ("TimeLimit", "MemoryError")
    bug = "exponential time" if slow else "forty diamonds"
    why = ": each of the 2⁴⁰ paths is walked by itself" if slow else ""
    case.failed("forty diamonds in a row", bug, f"{told}{why}", f"visit each node once: {_SORT}", "order")


def judge_depth(case: Case) -> None:
    """Judge long chains."""
    name = f"a chain of {DEPTHS[-1]:,} additions"
    if case.blocked(name, ("chain", "equal numbers", "x + y")):
        return
    wrong = [length for length in DEPTHS if not case.right(f"deep {length}")]
    if not wrong:
        case.passed(name)
        return
    told = case.told(f"deep {wrong[0]}", f"a chain of {wrong[0]:,} additions")
    bugs = {"RecursionError": "recursion limit", "Crash": "recursion limit", "TimeLimit": "too slow on long chains"}
    bug = bugs.get(case.seen[f"deep {wrong[0]}"].error, "long chains")
    advice = "sort the graph with an explicit stack (a list) in place of a function that calls itself"
    if bug == "too slow on long chains":
        advice = "keep visited nodes in a set: to look one up in a list takes as long as the list is"
    case.failed(name, bug, told, advice)


_SUMS = ("x + y used twice", "x * y used twice")
"""Where contributions do not add up in one pass, it says nothing that they do not in two."""


def judge_again(case: Case) -> None:
    """Judge what a second backward pass does: on the same graph, on the same leaves, on others."""
    needs = ("chain", "equal numbers", "x * y", "data")
    for judge in (_judge_independent, _judge_second, _judge_parameters):
        if case.blocked("backward a second time", needs):
            return
        judge(case)


def _judge_independent(case: Case) -> None:
    name = "two graphs that share nothing"
    if case.right("independent"):
        case.passed(name)
        return
    told = case.told("independent", "f of x, then g of y: after g.backward()")
    advice = _ANEW
    case.failed(name, "state kept between calls", told, advice, "x * y")


def _judge_second(case: Case) -> None:
    name = "backward twice on one output"
    seen, again = case.seen["twice"], case.seen["cleared"]
    if not case.right("cleared"):
        told = case.told("cleared", "after all gradients were set to 0, y.backward() again")
        silent = near(again.numbers.get("x", math.nan), 0.0)
        case.failed(name, "nodes stay visited" if silent else "state kept between calls", told, _ANEW)
        return
    told = case.told("twice", "after y.backward() twice")
    near_x, far = (seen.numbers.get(each, 0.0) for each in (ONE_STEP, TWO_STEPS))
    if case.right("twice"):
        case.passed(name, "gradients of the leaves add up")
    elif seen.error or again.error:
        case.failed(name, "backward fails", told, "let backward() run twice on one output")
    elif near(near_x, 3.0) and near(far, 15.0):
        if case.blocked(name, _SUMS):
            return
        case.checks.append(Check(name, DIFFERS, "every gradient starts at 0 again; in PyTorch those of leaves add up"))
    else:
        added = not near(near_x, 6.0)
        if added:
            advice = "begin with self.grad = 1.0, not self.grad += 1.0"
            case.failed(name, "1 is added to the output's old gradient", told, advice)
        if not near(far, 45.0 if added else 30.0):
            advice = "set the gradients of all nodes that are not leaves to 0 at the start of backward()"
            case.failed(
                name, "old gradients flow again", f"{told}: what the first call left between flows again", advice
            )


def _judge_parameters(case: Case) -> None:
    name = "a parameter in two graphs"
    if not case.right("retrained"):
        told = case.told("retrained", "w.grad = 0, then a new graph of w and backward()")
        advice = "let backward() use the nodes of its own graph only"
        case.failed(name, "old graphs flow again", told, advice)
    elif case.right("two_losses"):
        case.passed(name, "their gradients add up")
    elif not case.blocked(name, _SUMS):
        detail = case.told("two_losses", "(w * 2).backward(), then (w * 3).backward()")
        case.checks.append(Check(name, DIFFERS, f"{detail}; in PyTorch the gradients of two losses add up"))


def judge_data(case: Case) -> None:
    """Judge whether numbers stay as they were: after backward, and of an operand under `+=`."""
    if not case.blocked("data after backward", ("backward", "x + y", "x * y")):
        if case.right("untouched"):
            case.passed("data after backward")
        else:
            told = case.told("untouched", "u = x * y, z = u + x; after z.backward() the data")
            case.failed(
                "data after backward", "backward changes data", told, "write to grad only, never to data", "data"
            )
    if case.blocked("+= and *=", ("x + y", "x * y")):
        return
    if not case.right("augmented"):
        told = case.told("augmented", "b = a; b += Value(3) and d = c; d *= Value(3)")
        advice = "leave __iadd__ and the like out: Python then makes a new node, b = b + 3"
        case.failed("+= and *=", "in-place operator changes the operand", told, advice)
    elif not case.blocked("+= and *=", ("chain",)):
        if case.right("augmented_gradient"):
            case.passed("+= and *=")
        else:
            told = case.told("augmented_gradient", "b = a; b += Value(3); b *= Value(4); b.backward()")
            case.failed("+= and *=", "in-place operator loses the graph", told, "leave __iadd__ and the like out")
