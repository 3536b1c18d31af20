"""What a traced number refuses: to be frozen unseen, or to outlive its trace."""

from __future__ import annotations

import copy
import math
import pickle
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.tracing.trace import trace
from microgradx.compile.tracing.traced import Traced
from microgradx.errors import ShapeError, TraceError
from microgradx.nn import MLP
from microgradx.operators import Operators

HERE = Path(__file__).name
W = [Value(0.75, "w0"), Value(-1.25, "w1"), Value(2.0, "w2")]
NET = MLP(2, [3, 2], activation="tanh", seed=1)


def set_data(x: Any) -> None:
    x.data = 3.0


REFUSED: list[tuple[str, Callable[[Any], Any], str]] = [
    ("float(v)", lambda x: float(x), r"mx\.exp\(v\) and the like, not math\.exp\(v\).*mx\.where"),
    ("int(v)", lambda x: int(x), "indices="),
    ("complex(v)", lambda x: complex(x), "real numbers"),
    ("float(v)", lambda x: math.exp(x), r"not math\.exp"),
    ("float(v)", lambda x: math.isnan(x), r"not math\.exp"),
    ("truth of v", lambda x: 1 if x else 2, "compare it, as in v > 0"),
    ("truth of v", lambda x: mx.where(x, 1.0, 2.0), "compare it, as in v > 0"),
    ("use as an index", lambda x: [1, 2][x], r"mx\.lookup\(table, i\)"),
    ("use as an index", lambda x: list(range(x)), r"range\(len\(xs\)\), with mx\.where\(k < n, xs\[k\], 0\.0\)"),
    ("use as an index", lambda x: "a" * x, r"mx\.lookup"),
    ("round(v)", lambda x: round(x), "no derivative"),
    ("round(v)", lambda x: round(x, 2), "no derivative"),
    ("math.floor(v)", lambda x: math.floor(x), "no derivative"),
    ("math.ceil(v)", lambda x: math.ceil(x), "no derivative"),
    ("math.trunc(v)", lambda x: math.trunc(x), "no derivative"),
    ("v.data", lambda x: x.data, r"compute with v itself, or with mx\.detach\(v\)"),
    ("v.data", set_data, "compute with v itself"),
    ("v.grad", lambda x: x.grad, r"program\.gradients"),
    ("v.backward()", lambda x: x.backward(), r"program\.value_and_grad"),
    ("v.backward()", lambda x: x.backward(2.0), r"program\.value_and_grad"),
    ("v.operands", lambda x: x.operands, "on Values"),
    ("a copy or pickle of v", lambda x: copy.deepcopy(x), "compute it again"),
    ("a copy or pickle of v", lambda x: pickle.dumps(x), "compute it again"),
]


@pytest.mark.parametrize(("what", "f", "way_out"), REFUSED)
def test_what_would_freeze_a_number_is_refused(what: str, f: Callable[[Any], Any], way_out: str) -> None:
    """TraceError says what was done, at which file and line of the user, to which number, and what to write instead."""

    def caller(x: Any) -> Any:
        return f(x)

    line = f.__code__.co_firstlineno + (f.__name__ == "set_data")
    with pytest.raises(TraceError, match=way_out) as caught:
        trace(caller, [()], example=[1.0])
    message = str(caught.value)
    assert message.startswith(f"{what} at {HERE}:{line}: <traced x> stands for a number in every row")


def test_the_line_is_the_users() -> None:
    """The line in a TraceError is the user's also where our own code, or Python's library, asks for the number."""

    def f(x: Any) -> Any:
        y = x + 1
        return mx.where(y, 1.0, 2.0)

    with pytest.raises(TraceError, match=rf"truth of v at {HERE}:{f.__code__.co_firstlineno + 2}:"):
        trace(f, [()])


MISTAKES: list[tuple[Callable[[Any], Any], type[Exception], str]] = [
    (lambda x: None, TypeError, "not None of type NoneType; is a return missing"),
    (lambda x: np.array([x, x]), TypeError, r"of type ndarray; return what its tolist\(\) gives"),
    (lambda x: x > 0, TypeError, r"of type Condition; write mx\.where\(condition, 1\.0, 0\.0\)"),
    (lambda x: True, TypeError, r"of type bool; write mx\.where\(condition, 1\.0, 0\.0\)"),
    (lambda x: "x", TypeError, "not 'x'"),
    (lambda x: x > 0, TypeError, "not <traced 0.0 < x>"),
    (lambda x: [[x]], ShapeError, "not a list of lists"),
    (lambda x: x + "a", TypeError, "unsupported operand"),
    (lambda x: x * True, TypeError, "not True of type bool"),
    (lambda x: x * np.ones(2), TypeError, "lists of Values and loops over single numbers"),
    (lambda x: np.ones(2) * x, TypeError, "lists of Values and loops over single numbers"),
    (lambda x: Value(x), TypeError, r"not <traced x> of type Traced; it is a number already: leave Value"),
    (lambda x: mx.sum([x, "a"]), TypeError, "not 'a' of type str"),
    (lambda x: mx.pow(x, None), TypeError, "not None of type NoneType"),
    (lambda x: x % 2, TypeError, "unsupported operand"),
    (lambda x: setattr(x, "label", 3), TypeError, "a label is a string, not 3"),
    (
        lambda x: mx.apply(CUBE, x),
        TraceError,
        r"<primitive cube>, …\) at test_trace_errors.py:\d+: only rows of the table",
    ),
    (lambda x: mx.apply(CUBE, W[0]) * x, TraceError, "only rows of the table compile"),
    (lambda x: mx.losses.cross_entropy([x, x], x), TraceError, "name its argument in indices="),
    (lambda x: mx.lookup([1.0], x), TypeError, "takes it as an argument named in indices="),
    (
        lambda x: mx.grad(x * 2, x),
        TraceError,
        rf"gradient of or by <traced x> at {HERE}:\d+: .* mx\.jvp, but no reverse",
    ),
    (lambda x: mx.grad(x * W[0], W[0]), TraceError, r"program\.gradients"),
    (lambda x: mx.value_and_grad(lambda u: u[0] * x)([1.0])[0], TraceError, "no reverse mode"),
    (lambda x: mx.grad(x * x, x), TraceError, r"u′\(x\) is mx\.jvp\(lambda q: u\(q\[0\]\), \[x\], \[1\.0\]\)\[1\], "),
    (lambda x: mx.hessian(lambda u: u[0] * W[0], [x])[0][0], TraceError, r"program\.hessian"),
    (lambda x: [x, 1.0].index(mx.max(x, 0.0)), TraceError, "index, count, in and heapq: .* key="),
    (lambda x: x if (x, 1.0) < (x + 1, 2.0) else -x, TraceError, "tuples or lists asks == first"),
    (lambda x: mx.nn.Neuron(2)(x), ShapeError, r"not the single <traced x>"),
]
CUBE = mx.Primitive("cube", "x³", "", ((-1.0, 1.0),), lambda m, x: x * x * x, (lambda m, z, x: 3.0 * x * x,))


@pytest.mark.parametrize(("f", "error", "message"), MISTAKES)
def test_mistakes(f: Callable[[Any], Any], error: type[Exception], message: str) -> None:
    """Other mistakes raise what they raise on Values, or say what does not compile."""
    with pytest.raises(error, match=message):
        trace(f, [()], W, example=[1.0])


def test_parameters_are_checked() -> None:
    """Parameters are Values, leaves, and each is given once."""
    for wrong, error, message in (
        ([W[0] * 2], ValueError, "parameter 0 is computed"),
        ([1.0], TypeError, "entry 0 is 1.0"),
        ([W[0], W[1], W[0]], ValueError, r"0 and 2 are the same Value, Value\(0.75"),
    ):
        with pytest.raises(error, match=message):
            trace(lambda x: x, [()], wrong)


def test_a_comparison_needs_an_example() -> None:
    """Without an example, a comparison that decides a branch is an error with the user's line, not a guess."""
    with pytest.raises(TraceError, match=f"a comparison at {HERE}.*no example"):
        trace(lambda x: x if x > 0 else -x, [()])


LEAKS: list[Callable[[Any], Any]] = [
    lambda v: v + 1,
    lambda v: 1 + v,
    lambda v: W[0] * v,
    lambda v: -v,
    lambda v: v.tanh(),
    lambda v: mx.exp(v),
    lambda v: mx.sum([v, 1.0]),
    lambda v: v > 0,
    lambda v: W[0] < v,
    lambda v: setattr(v, "label", "z"),
    lambda v: NET([v, 1.0]),
]


@pytest.mark.parametrize("leak", LEAKS)
def test_leaked_numbers_are_refused(leak: Callable[[Any], Any]) -> None:
    """A traced number used after its trace, in another one, or in another thread raises TraceError."""
    kept: list[Any] = []
    message = r"<traced x> at .*: a traced number lives no longer than its trace, and in its thread"

    def keep(x: Any) -> Any:
        kept.append(x)
        return x

    def in_a_thread(x: Any) -> Any:
        errors: list[BaseException] = []

        def work() -> None:
            try:
                leak(x)
            except TraceError as error:
                errors.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        raise errors[0]

    trace(keep, [()])
    with pytest.raises(TraceError, match=message):
        leak(kept[0])
    with pytest.raises(TraceError, match=message):
        trace(lambda y: y * 1.0 + leak(kept[0]), [()])
    with pytest.raises(TraceError, match=message):
        trace(in_a_thread, [()])
    assert repr(kept[0]) == "<traced x>"


def test_numbers_of_two_traces_do_not_mix() -> None:
    """A number of an outer trace is refused in an inner one, also beside a number of that."""
    with pytest.raises(TraceError, match="lives no longer than its trace"):
        trace(lambda x: trace(lambda y: x * y, [()]), [()])
    with pytest.raises(TraceError, match="lives no longer than its trace"):
        trace(lambda x: trace(lambda y: y * x, [()]), [()])


def test_leaked_conditions_are_refused() -> None:
    """A condition of a trace that has ended decides nothing."""
    kept: list[Any] = []
    trace(lambda x: kept.append(x > 0) or x, [()], example=[1.0])
    for leak in (bool, lambda c: mx.where(c, 1.0, 2.0)):
        with pytest.raises(TraceError, match="lives no longer"):
            leak(kept[0])


def test_traced_numbers_have_all_methods() -> None:
    """Whatever may be written with a Value, or with other kinds of numbers, may be written with a traced one."""
    written = {name for name, x in vars(Operators).items() if callable(x)}
    assert written <= set(dir(Traced))
    assert {name for name in vars(Value) if not name.startswith("_")} <= set(dir(Traced))
