"""Checkpoints: every run resumes bit for bit, wherever it was interrupted, and only as what it was."""

import linecache
import math
import signal
import sys

import pytest

from microgradx import schedules
from microgradx.errors import LoadError
from microgradx.nn import MLP
from microgradx.optim import SGD, Adam, AdamW, RMSprop
from microgradx.train import fit
from tests.training import X, Y, network, weights

OPTIMIZERS = {
    "sgd": lambda: SGD(lr=0.05),
    "nesterov": lambda: SGD(lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.01),
    "adam": lambda: Adam(lr=0.05),
    "adamw": lambda: AdamW(lr=0.05),
    "rmsprop": lambda: RMSprop(lr=0.01, momentum=0.5, centered=True),
}
SCHEDULES = {
    "none": None,
    "step": schedules.Step(3, gamma=0.5),
    "exponential": schedules.Exponential(0.9),
    "linear": schedules.Linear(10),
    "cosine": schedules.Cosine(3, multiplier=2),
    "triangular": schedules.Triangular(4),
    "one cycle": schedules.OneCycle(10),
    "warm-up": schedules.WarmUp(2, then=schedules.Cosine(8)),
    "callable": lambda t: 1.0 / (1.0 + t),
}


@pytest.mark.parametrize("batch_size", [None, 1, 3])
@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES)
@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_resumed_run_is_bit_equal(make, schedule, batch_size, tmp_path):
    """A run of 6 epochs that is cut after 2, saved, loaded and resumed ends with the same weights and history."""
    settings = {"schedule": schedule, "batch_size": batch_size, "l2": 0.01, "validation": 0.3, "metrics": {"n": _count}}
    whole, part, resumed = network(), network(), network(seed=9)
    full = fit(whole, X, Y, optimizer=make(), epochs=6, **settings)
    fit(part, X, Y, optimizer=make(), epochs=2, **settings).checkpoint.save(tmp_path / "run.json")
    again = fit(resumed, X, Y, optimizer=make(), epochs=6, resume=tmp_path / "run.json", **settings)
    assert weights(resumed) == weights(whole)
    assert again == full
    assert again.checkpoint == full.checkpoint


def _count(predictions, targets):
    return float(len(predictions))


class Interruption:
    """Raises KeyboardInterrupt at the n-th line of library code that runs inside an epoch, as Ctrl-C may."""

    def __init__(self, n):
        self.n = n
        self.lines = 0
        self.changing = []  # the lines inside the changes that must not be left half made

    def __enter__(self):
        sys.settrace(self.watch)

    def __exit__(self, *error):
        sys.settrace(None)

    def watch(self, frame, event, argument):
        return self.trace if frame.f_code.co_name == "_train_epoch" else None

    def trace(self, frame, event, argument):
        sys.settrace(self.trace)
        if event == "line":
            self.lines += 1
            if frame.f_code.co_name in ("surely", "_accept", "accept", "_record"):
                self.changing.append(self.lines)
            # A tracer meets the line of a `with` again when its block has ended and the lock is still held; no signal
            # is delivered there, so the next line is interrupted instead.
            line = linecache.getline(frame.f_code.co_filename, frame.f_lineno)
            if self.lines >= self.n and not line.lstrip().startswith("with "):
                sys.settrace(None)
                raise KeyboardInterrupt
        if event == "return" and frame.f_code.co_name == "_train_epoch":
            sys.settrace(self.watch)
        return self.trace


def test_interrupted_anywhere_a_run_resumes_bit_equal():
    """Whatever line Ctrl-C hits, no step is left half made: the run resumes to the same weights and history."""
    settings = {"epochs": 2, "batch_size": 2, "validation": (X[:2], Y[:2]), "patience": 5, "compile": False}
    examples = X[:4], Y[:4]
    whole = network()
    every = Interruption(math.inf)
    with every:
        full = fit(whole, *examples, optimizer=Adam(lr=0.1), **settings)
    assert every.lines > 1000
    for n in {*range(1, every.lines, 47), *every.changing, every.lines}:
        model = network()
        with Interruption(n):
            cut = fit(model, *examples, optimizer=Adam(lr=0.1), **settings)
        assert cut.stopped.startswith("interrupted in epoch"), n
        again = fit(model, *examples, optimizer=Adam(lr=0.1), resume=cut.checkpoint, **settings)
        assert again == full, n
        assert weights(model) == weights(whole), n


def test_half_a_step_is_caught(monkeypatch):
    """The check above fails if an interrupted step is not completed."""

    def once(change):
        change()

    monkeypatch.setattr("microgradx.train.run.surely", once)
    with pytest.raises((AssertionError, LoadError)):
        test_interrupted_anywhere_a_run_resumes_bit_equal()


def test_ctrl_c_ends_training_and_keeps_what_was_learnt():
    """A real interrupt signal in the middle of an epoch ends the run with its history, weights and a reason."""
    calls = []

    def loss(prediction, t):
        calls.append(t)
        if len(calls) == 3 * len(Y) + 2:
            signal.raise_signal(signal.SIGINT)
        return (prediction - t) ** 2

    model, reference = network(), network()
    history = fit(model, X, Y, loss=loss, epochs=100, compile=False)
    assert (len(history.loss), history.stopped) == (3, "interrupted in epoch 4")
    fit(reference, X, Y, epochs=3, compile=False)
    assert weights(model) == weights(reference)
    assert "stopped: interrupted in epoch 4" in repr(history)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"optimizer": Adam(lr=0.2)}, r"optimizer 'Adam\(lr=0.1"),
        ({"batch_size": 2}, "batch_size None, which is now 2"),
        ({"l2": 0.5}, "l2 0.0, which is now 0.5"),
        ({"seed": 1}, "seed 0, which is now 1"),
        ({"loss": "l1"}, "loss '<function mse_loss>', which is now '<function l1_loss>'"),
        ({"schedule": schedules.Step(1)}, "schedule"),
        ({"clip_norm": 1.0}, "clip_norm None, which is now 1.0"),
        ({"X": X[:-1], "y": Y[:-1]}, "examples 7, which is now 6"),
        ({"model": MLP(2, [4, 1])}, "has"),
    ],
)
def test_resuming_with_other_settings_is_refused(change, message):
    """A checkpoint is resumed only with what it was trained with; nothing is changed otherwise."""
    checkpoint = fit(network(), X, Y, optimizer=Adam(lr=0.1), epochs=2).checkpoint
    arguments = {"model": network(5), "X": X, "y": Y, "optimizer": Adam(lr=0.1), "epochs": 3} | change
    before = weights(arguments["model"])
    with pytest.raises(LoadError, match=message):
        fit(**arguments, resume=checkpoint)
    assert weights(arguments["model"]) == before


def test_resuming_behind_the_end_is_refused():
    """`epochs` counts from the start: a checkpoint that is further is refused, and one that is there does nothing."""
    model = network()
    history = fit(model, X, Y, epochs=3)
    with pytest.raises(ValueError, match="3 epochs behind it, more than epochs=2"):
        fit(model, X, Y, epochs=2, resume=history.checkpoint)
    assert fit(model, X, Y, epochs=3, resume=history.checkpoint) == history


def test_history_resumes_like_its_checkpoint():
    """fit takes the History itself, goes on from it, and leaves it as it was."""
    whole, part = network(), network()
    full = fit(whole, X, Y, epochs=4)
    first = fit(part, X, Y, epochs=2)
    assert fit(part, X, Y, epochs=4, resume=first) == full
    assert weights(part) == weights(whole)
    assert len(first.loss) == 2


def test_resuming_a_run_that_patience_ended():
    """It has ended, with the same weights and reason, however often it is resumed; more patience lets it go on."""
    settings = {"validation": ([[0.0, 0.0], [1.0, 1.0]], [3.0, -3.0]), "epochs": 1000}
    model = network()
    ended = fit(model, X, Y, optimizer=Adam(lr=0.1), patience=2, **settings)
    kept = weights(model)
    for _ in range(2):
        again = fit(model, X, Y, optimizer=Adam(lr=0.1), patience=2, resume=ended, **settings)
        assert again == ended
        assert weights(model) == kept
    more = fit(model, X, Y, optimizer=Adam(lr=0.1), patience=4, resume=ended, **settings)
    assert len(more.loss) >= len(ended.loss) + 2
