"""fit: what wrong data, wrong settings and divergence are told, and what they leave behind."""

import math

import pytest

from microgradx.compile import compile
from microgradx.engine import Value
from microgradx.errors import DivergenceError, DomainError, ShapeError
from microgradx.module import Module
from microgradx.nn import MLP, Neuron
from microgradx.optim import SGD, Adam
from microgradx.train import History, fit
from tests.training import X, Y, network, weights


class Broken(Module):
    """Computes w·x until the epoch in which it gives something else."""

    def __init__(self, number, after):
        self.w = Value(1.0)
        self.number, self.after, self.calls = number, after, 0

    def __call__(self, x):
        self.calls += 1
        return self.w * x[0] * (self.number if self.calls > self.after else 1.0)


class Sparse:
    """Looks as the sparse matrices of SciPy do."""

    def __iter__(self):
        raise TypeError("not subscriptable")

    def toarray(self):
        """Return the entries."""
        return X


@pytest.mark.parametrize(("number", "shown"), [(math.nan, "nan"), (math.inf, "(inf|nan)"), (1e200, "inf")])
def test_divergence_keeps_the_last_finite_weights(number, shown):
    """An inf or NaN ends training with an error that names the epoch, and the weights from before that step stay."""
    model, reference = Broken(number, after=3), Broken(1.0, after=99)
    with pytest.raises(DivergenceError, match=f"(?s)became {shown} in epoch 4; .*smaller learning rate") as caught:
        fit(model, [1.0], [3.0], optimizer=SGD(lr=0.1), epochs=9, compile=False)
    fit(reference, [1.0], [3.0], optimizer=SGD(lr=0.1), epochs=3, compile=False)
    assert model.w.data == reference.w.data
    assert len(caught.value.history.loss) == 3
    assert caught.value.history.checkpoint.epoch == 3
    assert isinstance(caught.value, FloatingPointError)


def test_too_large_a_learning_rate_diverges_with_finite_weights():
    """Gradient descent that blows up ends with an error, and with finite weights."""
    model = Neuron(2)
    with pytest.raises(DivergenceError, match=r"as large as .*e\+\d+: make the model anew\.\n.*\n .* SGD"):
        fit(model, X, Y, optimizer=SGD(lr=1e3), epochs=200)
    assert all(map(math.isfinite, weights(model)))


def test_remedies_stand_one_on_a_line():
    """A diverged run names the remedies, each on a line of its own, and not those that it uses already."""
    for clip_norm, count in ((None, 3), (1e9, 2)):
        with pytest.raises(DivergenceError) as caught:
            fit(Broken(math.inf, after=0), [1.0], [3.0], clip_norm=clip_norm, compile=False)
        _, heading, *remedies = str(caught.value).split("\n")
        assert heading == "Try one of these:"
        assert len(remedies) == count
        assert all(line.startswith("  ") for line in remedies)
        assert any("clip_norm" in line for line in remedies) == (clip_norm is None)


def test_errors_name_the_example():
    """An error in the model or the loss goes on with a note that says at which example it arose."""
    with pytest.raises(DomainError) as caught:
        fit(Neuron(1, init="zeros"), [1.0], [1.0], loss=lambda y, t: y.log())
    assert "in training, with example 0: inputs [1.0], target 1.0" in caught.value.__notes__[0]


LOSSES = [
    (lambda outputs, targets: sum(y * y for y in outputs), "'Value' object is not iterable"),
    (lambda y: y * y, "takes 1 positional argument but 2 were given"),
    (lambda y, t: ((y - t) ** 2).mean(), "no attribute 'mean'"),
    (lambda y, t: None, "it gave None"),
    (lambda y, t: [y - t], r"it gave \[Value"),
]


@pytest.mark.parametrize(("loss", "said"), LOSSES)
def test_a_loss_that_takes_something_else_is_told_what_it_is_given(loss, said):
    """A loss of a whole batch, or that gives no number, is a TypeError with what it gets, an example and the reason."""
    given = (
        r"the prediction and the target of one example, here Value\(.* and 1\.0, .* as in lambda y, t: \(y - t\)\*\*2"
    )
    with pytest.raises(TypeError, match=f"{given}; fit takes the mean. This one did not: .*{said}"):
        fit(Neuron(1), [1.0], [1.0], loss=loss)


def test_an_entry_that_no_example_has_is_named():
    """An index beyond the columns of X is told with what is written there, its line and its number."""
    with pytest.raises(IndexError) as caught:
        fit(Neuron(1), [1.0], [[1.0, 2.0]], loss=lambda y, t: (y - t[2]) ** 2)
    assert any(note.startswith("Out of range is t[2] at test_train_errors.py:") for note in caught.value.__notes__)


MISTAKES = [
    ({"X": []}, ShapeError, "X has 0 rows, y has 7"),
    ({"X": [], "y": []}, ValueError, "nothing to train on: X and y have 0 rows"),
    ({"y": Y[:-1]}, ShapeError, "X has 7 rows, y has 6"),
    ({"X": [*X[:-1], [1.0]]}, ShapeError, "has 2 inputs, but x has 1"),
    ({"X": [[1.0, 2.0, 3.0]] * 7}, ShapeError, "has 2 inputs, but x has 3"),
    ({"X": [*X[:-1], [1.0, math.nan]]}, ValueError, r"X\[6\]\[1\] is nan"),
    ({"y": [*Y[:-1], math.inf]}, ValueError, r"y\[6\] is inf"),
    ({"X": "abc"}, TypeError, "X is a list"),
    ({"X": 3.0}, TypeError, "X is a list"),
    ({"y": {0.0, 1.0}}, TypeError, "y is a list"),
    ({"y": b"1234567"}, TypeError, "y is a list"),
    ({"y": [*Y[:-1], 10**400]}, OverflowError, r"y\[6\] is a whole number beyond the range"),
    ({"X": {"a": [1.0] * 99}}, TypeError, "^X is a list.{,80}$"),
    ({"X": Sparse()}, TypeError, r"X is a list .*; it is sparse: write x\.toarray\(\)"),
    ({"X": [*X[:-1], [1.0, None]]}, TypeError, r"X\[6\]\[1\] is no number; it is missing: fill it in, or drop the row"),
    ({"y": [*Y[:-1], None]}, TypeError, r"y\[6\] is no number; it is missing"),
    ({"y": ["a"] * 7}, TypeError, r"y\[0\] is no number, but 'a'; write .* 0, 1, 2, … for the classes"),
    ({"X": [*X[:-1], [1.0, True]]}, TypeError, r"X\[6\]\[1\] is no number, but True; .* x\.astype\(float\)"),
    ({"X": [{"a": 1.0}] * 7}, TypeError, r"X\[0\] is no number, but .*; write rows as lists with"),
    ({"loss": "rmse"}, ValueError, "no loss named 'rmse'"),
    ({"loss": lambda y, t: [y]}, TypeError, "it gave"),
    ({"model": lambda x: x}, TypeError, r"not an object of type function.*compile\(loss, .*train\(X, y\)"),
    ({"model": compile(lambda x, y: x * y)}, TypeError, r"a Module, not <compiled .* program\.train\(X, y\)"),
    ({"model": Module()}, ValueError, "the Module has no parameters"),
    ({"optimizer": "adam"}, TypeError, "such as mx.optim.Adam.*not 'adam'"),
    ({"optimizer": SGD([Value(1.0)], lr=0.1)}, ValueError, "not the model's; make a new one"),
    ({"epochs": 0}, ValueError, "epochs must be a whole number of at least 1, not 0"),
    ({"epochs": 2.5}, ValueError, "epochs must be .* not 2.5"),
    ({"batch_size": 0}, ValueError, "batch_size must be .* not 0"),
    ({"patience": True, "validation": 0.3}, ValueError, "patience must be .* not True"),
    ({"patience": 3}, ValueError, "patience watches the validation loss"),
    ({"l2": -1.0}, ValueError, "l2 must be at least 0 and finite, not -1.0"),
    ({"seed": 1.5}, ValueError, "seed must be a whole number, not 1.5"),
    ({"clip_norm": 0.0}, ValueError, "clip_norm must be above 0 and finite, not 0.0"),
    ({"clip_value": -1.0}, ValueError, "clip_value must be above 0 and finite, not -1.0"),
    ({"validation": 1.5}, ValueError, "1.5"),
    ({"validation": 3}, ValueError, r"a fraction, such as 0.2, or a pair \(X, y\), not 3"),
    ({"validation": ([[1.0]], [1.0])}, ShapeError, "1 and 2"),
    ({"validation": ([], [])}, ValueError, "nothing to validate on: validation X and y have 0 rows"),
    ({"validation": (X, Y[:2])}, ShapeError, "validation X needs one target in y: X has 7 rows, y has 2"),
    ({"validation": (X, [*Y[:-1], math.inf])}, ValueError, r"validation y\[6\] is inf"),
    ({"loss": "cross_entropy", "model": MLP(2, [2]), "y": [1, 2, 1, 2, 1, 2, 1]}, ValueError, "from 0 to 1, not 2"),
    ({"loss": "cross_entropy", "model": MLP(2, [2]), "y": [0, 1, 0, -1, 0, 1, 0]}, ValueError, "from 0 to 1, not -1"),
    ({"metrics": ["f1"]}, ValueError, "no metric named 'f1'"),
    ({"schedule": lambda t: math.nan}, ValueError, "gave nan at 0"),
    ({"schedule": lambda t: None}, ValueError, "lambda.* gave None at 0"),
    ({"schedule": lambda t: "a"}, ValueError, "lambda.* gave 'a' at 0"),
    ({"metrics": {"loss": max}}, ValueError, "no metric can be named 'loss'"),
    ({"metrics": {"epoch": max}}, ValueError, "no metric can be named 'epoch'"),
    ({"metrics": {"validation_loss": max}}, ValueError, "no metric can be named 'validation_loss'"),
    ({"metrics": {1: max}}, ValueError, "no metric can be named 1"),
    ({"metrics": {"f": 1.0}}, TypeError, "'f' is 1.0"),
    ({"loss": ["mse"]}, ValueError, "no loss named"),
    ({"metrics": 3}, ValueError, "no metric named 3"),
    ({"callbacks": 3}, TypeError, "a callback is a function of the Run, not 3"),
    ({"callbacks": lambda epoch, loss: None}, TypeError, "given the Run, and nothing else, .* argument: 'loss'"),
    ({"callbacks": [3]}, TypeError, "a callback is a function of the Run, not 3"),
    ({"epochs": 1, "resume": 3}, TypeError, "a History, a Checkpoint or the path of one, not 3"),
    ({"epochs": 1, "resume": History([0.5])}, ValueError, "this History has no checkpoint"),
]


@pytest.mark.parametrize(("change", "kind", "message"), MISTAKES)
def test_mistakes_are_explained(change, kind, message):
    """Data or settings that cannot be trained with raise an error that says which and why, and move no weight."""
    model = network()
    arguments = {"model": model, "X": X, "y": Y} | change
    with pytest.raises(kind, match=message):
        fit(**arguments)
    assert weights(model) == weights(network())


def test_bound_optimizer_goes_on_where_it_was():
    """A second call with the same optimiser trains on with its memory; with another model it is refused."""
    whole, twice = network(), network()
    fit(whole, X, Y, optimizer=Adam(lr=0.1), epochs=4)
    adam = Adam(lr=0.1)
    fit(twice, X, Y, optimizer=adam, epochs=2)
    fit(twice, X, Y, optimizer=adam, epochs=2)
    assert weights(twice) == weights(whole)
    with pytest.raises(ValueError, match="make a new one"):
        fit(network(), X, Y, optimizer=adam)
