"""Training is not disturbed by what else is at work: callbacks that change rows, and other threads."""

from __future__ import annotations

import os
from _thread import start_new_thread
from collections.abc import Callable
from threading import Event, Lock, Thread
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile import compile
from microgradx.nn import Neuron
from microgradx.train.trainings import Trainings

ROWS = np.array([[1.0, 3.0], [2.0, 5.0], [-1.0, 0.5], [0.5, 1.0], [-2.0, 2.0]])
RATE = 0.01

LAYOUTS: dict[str, Callable[[Any], Any]] = {
    "as it is used": np.array,
    "of Fortran": np.asfortranarray,
    "in 32 bits": lambda x: np.array(x, np.float32),
    "lists": lambda x: x.tolist(),
}


def squared(w: Any, row: Any) -> Any:
    """The squared error of a row that holds its target."""
    return (w * row[0] - row[1]) ** 2


def bent(w: Any, x: Any, y: Any) -> Any:
    """The same of a row whose target is another argument, with an if."""
    d = w * x[0] - y
    return d * d if d < 1.0 else 2.0 * d - 1.0


def change(x: Any) -> None:
    """Change all numbers of an array or of lists."""
    for i in range(len(x)):
        if isinstance(x[i], list):
            change(x[i])
        else:
            x[i] += 7.0


@pytest.mark.parametrize("by", ["callbacks", "schedule"])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("loss", [squared, bent])
def test_rows_are_those_that_training_began_with(loss: Callable[..., Any], layout: str, by: str) -> None:
    """What a callback or a schedule changes in the rows, or in those of the validation, has no effect on training."""
    columns = (ROWS,) if loss is squared else (ROWS[:, :1], ROWS[:, 1])
    f: Callable[..., Any] = (lambda x: loss(w, x)) if loss is squared else (lambda x, y: loss(w, x, y))
    found, w = [], Value(0.0, "w")
    program = compile(f, [w])
    for changed in (change, lambda x: None):
        w.data = 0.5
        rows, held_out = ([LAYOUTS[layout](x) for x in columns] for _ in range(2))

        def spoil(_: Any, lists: Any = (*rows, *held_out), changed: Callable[[Any], None] = changed) -> float:
            for x in lists:
                changed(x)
            return 1.0

        given: dict[str, Any] = {by: spoil, "validation": held_out, "optimizer": mx.optim.SGD(lr=RATE)}
        history = program.train(*rows, epochs=4, batch_size=2, **given)
        found.append((w.data, history.loss, history.validation_loss))
    assert found[0] == found[1]


def met(work: Callable[[], object]) -> BaseException | None:
    """Return what error another thread meets in some work."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    thread = Thread(target=run, name="second")
    thread.start()
    thread.join()
    return errors[0] if errors else None


@pytest.mark.parametrize("way", ["the same program", "another program", "fit", "fit on Values"])
def test_two_threads_do_not_train_the_same_parameters(way: str) -> None:
    """While one thread trains parameters, another that begins to train them is told so, and changes nothing."""
    neuron = Neuron(1, init=[0.5, 0.0])
    X, Y = ROWS[:, :1], ROWS[:, 1]
    first, second = (compile(lambda x, y: (neuron(x) - y) ** 2, neuron.parameters()) for _ in range(2))
    given: dict[str, Any] = {"epochs": 3, "progress": False}
    ways: dict[str, Callable[[], object]] = {
        "the same program": lambda: first.train(X, Y, **given),
        "another program": lambda: second.train(X, Y, **given),
        "fit": lambda: mx.fit(neuron, X, Y, **given),
        "fit on Values": lambda: mx.fit(neuron, X, Y, compile=False, **given),
    }
    errors = []

    def begin(run: Any) -> None:
        before = run.model.state_dict()
        errors.append(met(ways[way]))
        assert run.model.state_dict() == before

    first.train(X, Y, callbacks=begin, **given)
    assert [type(error) for error in errors] == 3 * [RuntimeError]
    assert "the thread 'MainThread' is training these parameters" in str(errors[0])
    assert met(ways[way]) is None  # when it has ended


def test_trainings_side_by_side() -> None:
    """Threads train other parameters at the same time, and a callback the same ones, in its own thread."""
    v, w = Value(0.5, "v"), Value(0.5, "w")
    of_v, of_w = (compile(lambda x, u=u: (u * x - 2.0) ** 2, [u]) for u in (v, w))
    errors = []

    def others(run: Any) -> None:
        errors.append(met(lambda: of_w.train([1.0, 2.0])))
        of_v.train([1.0, 2.0], epochs=1)

    of_v.train([1.0, 2.0], epochs=2, callbacks=others)
    assert errors == [None, None]


def test_a_training_whose_thread_has_ended_is_none() -> None:
    """A thread that ended in the midst of a training, as all but one do in a forked process, keeps nobody waiting."""
    optimizer, trainings = mx.optim.SGD([Value(1.0)], lr=RATE), Trainings()
    begun = []

    def begin() -> None:
        begun.append(trainings.on(optimizer))
        begun[0].__enter__()

    assert met(begin) is None
    with trainings.on(optimizer):
        pass


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes do not fork here")
@pytest.mark.filterwarnings("ignore:.*fork")  # of JAX, if another test has imported it, and of Python 3.12
def test_a_forked_process_trains_what_a_thread_of_another_make_was_training() -> None:
    """A thread that `threading` has not started, as those of libraries in C, is not there either after a fork."""
    optimizer, trainings, began, end = mx.optim.SGD([Value(1.0)], lr=RATE), Trainings(), Event(), Event()

    def train() -> None:
        with trainings.on(optimizer):
            began.set()
            end.wait()

    start_new_thread(train, ())
    began.wait()
    error = met(lambda: trainings.on(optimizer).__enter__())
    if (pid := os.fork()) == 0:
        os._exit(int(met(lambda: trainings.on(optimizer).__enter__()) is not None))
    end.set()
    assert isinstance(error, RuntimeError)
    assert os.waitpid(pid, 0)[1] == 0


@pytest.mark.parametrize("at", [None, [4.0]])
def test_threads_that_evaluate_do_not_disturb_a_step(at: Any) -> None:
    """A call in another thread that runs the function on Values, maybe at other numbers, spoils no step, nor a step it.

    The schedule is asked in the middle of a step, and lets the call begin; the function then waits for the step.
    """
    w, begun, inside, stepped = Value(0.5, "w"), Lock(), Lock(), Lock()
    trained = compile(lambda x: (w * x - 2.0) ** 2, [w], target="numpy")
    for lock in (begun, inside, stepped):
        lock.acquire()

    def f(x: Any) -> Any:
        if begun.acquire(blocking=False):
            inside.release()
            stepped.acquire(timeout=0.2)
        return (w * x - 1.0) ** 2

    evaluated = compile(f, [w])
    evaluated.value_and_grad([1.0])
    errors: list[Any] = []
    thread = Thread(target=lambda: errors.append(met(lambda: evaluated.value_and_grad([1.0, 3.0], at=at))))

    def schedule(t: float) -> float:
        begun.release()
        thread.start()
        inside.acquire(timeout=0.2)
        return 1.0

    optimizer = mx.optim.SGD(lr=RATE)
    trained.train([1.0], optimizer=optimizer, epochs=1, schedule=schedule, callbacks=lambda run: stepped.release())
    thread.join()
    assert errors == [None]
    assert w.data == 0.5 - RATE * 2.0 * (0.5 - 2.0)
