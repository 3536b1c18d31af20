"""fit: what it computes, in which order, on which examples, and what it judges by."""

import math
import random

import numpy
import pytest

from microgradx import datasets
from microgradx.nn import MLP, Layer, Neuron
from microgradx.optim import SGD, Adam
from microgradx.train import fit
from microgradx.train.checkpoint import Checkpoint
from tests.training import X, Y, network, weights


def train_by_hand(model, epochs, lr, l2=0.0, limit=math.inf):
    """Full-batch gradient descent as a student would write it, in the order of operations that `fit` promises."""
    recorded = []
    for _ in range(epochs):
        model.zero_grad()
        total = 0.0
        for x, t in zip(X, Y, strict=True):
            loss = (model(x) - t) ** 2
            loss.backward(1 / len(X))
            total += loss.data
        ws = model.parameters()
        squares = 0.0
        for w in ws:
            squares += w.data * w.data
            w.grad += l2 * w.data
        recorded.append((total + len(X) * l2 * (squares / 2)) / len(X))
        norm = math.hypot(*[w.grad for w in ws])
        for w in ws:
            w.data -= lr * (w.grad * (limit / norm) if norm > limit else w.grad)
    return recorded


@pytest.mark.parametrize("settings", [{}, {"l2": 0.1}, {"clip_norm": 0.25}], ids=str)
def test_fit_is_the_loop_written_by_hand(settings):
    """Full-batch training gives the weights and losses of a loop written out by hand, bit for bit."""
    fitted, by_hand = network(), network()
    history = fit(fitted, X, Y, optimizer=SGD(lr=0.1), epochs=5, strict=True, **settings)
    recorded = train_by_hand(by_hand, 5, 0.1, settings.get("l2", 0.0), settings.get("clip_norm", math.inf))
    assert weights(fitted) == weights(by_hand)
    assert history.loss == pytest.approx(recorded, rel=1e-15) if settings else history.loss == recorded
    assert not history.stopped


def test_clipping_by_value():
    """With clip_value no entry of the gradient moves a weight by more than the learning rate times the limit."""
    model = network()
    before = weights(model)
    fit(model, X, [100.0 * t for t in Y], optimizer=SGD(lr=0.5), epochs=1, clip_value=0.25)
    moved = [abs(b - a) for a, b in zip(before, weights(model), strict=True)]
    assert max(moved) == pytest.approx(0.125)


def test_batches_cover_every_example_once_in_an_order_told_by_seed_and_epoch():
    """Each epoch takes each example once, in an order told by the seed; a full batch keeps theirs."""

    def orders(**settings):
        seen = []

        def loss(prediction, t):
            seen.append(t)
            return (prediction - t) ** 2

        fit(network(), X, Y, loss=loss, epochs=3, compile=False, **settings)
        return [seen[i : i + len(Y)] for i in range(0, len(seen), len(Y))]

    assert orders() == [Y] * 3
    for size in (1, 3, 100):
        first = orders(batch_size=size)
        assert all(sorted(order) == sorted(Y) for order in first)
        assert first[0] != first[1] != first[2] != Y
        assert orders(batch_size=size) == first != orders(batch_size=size, seed=1)


def test_one_point_at_a_time_is_stochastic_gradient_descent():
    """With batch_size=1 there is one step for each example."""
    steps = []

    class Counting(SGD):
        def propose(self, scale=1.0):
            steps.append(scale)
            return super().propose(scale)

    settings = {"epochs": 2, "batch_size": 1, "schedule": lambda t: 1.0 - t / 4}
    fit(network(), X, Y, optimizer=Counting(lr=0.01), compile=False, **settings)
    assert steps == pytest.approx([1.0 - k / 7 / 4 for k in range(14)])


def test_random_state_is_left_alone():
    """Training neither uses nor moves Python's shared random generator."""
    random.seed(5)
    state = random.getstate()
    fit(network(), X, Y, epochs=2, batch_size=2, validation=0.3)
    assert random.getstate() == state


def test_early_stopping_restores_the_best_weights():
    """With patience, training ends after so many epochs without a lower validation loss, at the best weights."""
    snapshots = []
    model = network()
    history = fit(
        model,
        X,
        Y,
        validation=([[0.0, 0.0], [1.0, 1.0]], [3.0, -3.0]),
        patience=4,
        optimizer=Adam(lr=0.1),
        epochs=1000,
        callbacks=[lambda run: snapshots.append(weights(run.model))],
    )
    assert history.validation_loss[history.best_epoch - 1] == min(history.validation_loss)
    assert len(history.loss) == history.best_epoch + 4 < 1000
    assert weights(model) == snapshots[history.best_epoch - 1] != snapshots[-1]
    assert history.stopped == f"no lower validation loss in 4 epochs; best in epoch {history.best_epoch}"
    assert Checkpoint(**vars(history.checkpoint)).model == _state_after(snapshots[-1])


def _state_after(numbers):
    model = network()
    for v, x in zip(model.parameters(), numbers, strict=True):
        v.data = x
    return model.state_dict()


def test_validation_holds_out_a_fraction():
    """A fraction of the examples is held out at random, told by the seed; they are not trained on."""
    trained = []

    def loss(prediction, t):
        trained.append(t)
        return (prediction - t) ** 2

    history = fit(network(), X, Y, loss=loss, epochs=1, validation=0.3, compile=False)
    assert sorted(trained) == sorted(Y)
    assert len(set(trained[:5]) | set(trained[5:])) == 7  # 5 to train on, then 2 to validate on
    assert len(history.validation_loss) == 1


@pytest.mark.parametrize(
    ("loss", "classes", "output"),
    [
        ("bce_with_logits", (0, 1), "linear"),
        ("bce", (0, 1), "sigmoid"),
        ("mse", (0, 1), "sigmoid"),
        ("mse", (-1, 1), "tanh"),
        ("hinge", (-1, 1), "linear"),
    ],
)
def test_accuracy_fits_the_loss(loss, classes, output):
    """The metric "accuracy" parts the scores where the loss does: separable classes are learnt to 100 %."""
    inputs, labels = datasets.linear(40, margin=0.3)
    model = Neuron(2, output)
    history = fit(
        model,
        inputs,
        [classes[c] for c in labels],
        loss=loss,
        optimizer=Adam(lr=0.2),
        epochs=60,
        metrics=["accuracy"],
        validation=0.25,
    )
    assert history.metrics["accuracy"][-1] == 1.0
    assert history.metrics.keys() == {"accuracy", "validation_accuracy"}


def test_classes_by_cross_entropy():
    """Three classes given by index are learnt with a row of three logits, and the same one-hot."""
    inputs, labels = [[-1.0], [0.0], [1.0]] * 3, [0, 1, 2] * 3
    models = [Layer(1, 3, seed=0), Layer(1, 3, seed=0)]
    targets = [labels, [[float(k == c) for k in range(3)] for c in labels]]
    for model, y in zip(models, targets, strict=True):
        history = fit(model, inputs, y, loss="cross_entropy", optimizer=Adam(lr=0.2), epochs=100, metrics="accuracy")
        assert history.metrics["accuracy"][-1] == 1.0
    assert weights(models[0]) == weights(models[1])


def test_arrays_and_tables_are_lists():
    """NumPy arrays, columns, tables with `to_numpy` and plain numbers give the same weights as lists."""

    class Table:
        def __init__(self, rows):
            self.rows = rows

        def to_numpy(self):
            return numpy.array(self.rows)

    def trained(x, y, nin=2):
        model = MLP(nin, [2, 1], activation="tanh")
        fit(model, x, y, epochs=2, batch_size=3)
        return weights(model)

    column = [[t] for t in Y]
    expected = trained(X, Y)
    for x, y in [(numpy.array(X), numpy.array(Y)), (X, column), (Table(X), Table(column)), (map(tuple, X), tuple(Y))]:
        assert trained(x, y) == expected
    assert trained([x[0] for x in X], Y, nin=1) == trained([[x[0]] for x in X], Y, nin=1)


def test_optimizer_of_some_parameters_freezes_the_others():
    """An optimiser that has only some of the model's parameters trains those alone."""
    model = network()
    frozen = [v.data for v in model.layers[0].neurons[0].w]
    fit(model, X, Y, optimizer=SGD(model.layers[1].neurons[0].w, lr=0.1), epochs=3)
    assert [v.data for v in model.layers[0].neurons[0].w] == frozen
    assert weights(model) != weights(network())


def test_one_callback_needs_no_list():
    """A single function is taken for callbacks as it is."""
    seen = []
    fit(network(), X, Y, epochs=2, callbacks=lambda run: seen.append(run.epoch))
    assert seen == [1, 2]


def test_numbers_of_numpy_are_numbers():
    """NumPy's whole numbers and floats are taken for settings, and give the same weights as Python's."""
    plain, other = network(), network()
    settings = {"epochs": 3, "batch_size": 2, "patience": 9, "seed": 4}
    fit(plain, X, Y, l2=0.25, validation=0.3, **settings)
    given = {name: numpy.int64(n) for name, n in settings.items()}
    history = fit(other, X, Y, l2=numpy.float32(0.25), validation=0.3, schedule=None, **given)
    assert weights(other) == weights(plain)
    assert type(history.checkpoint.settings["l2"]) is float


def test_callbacks_see_the_run_and_can_stop_it(tmp_path):
    """A callback sees model, optimiser, history and epoch, may save a checkpoint, and may stop the run."""
    seen = []

    def watch(run):
        seen.append((run.epoch, len(run.history.loss), run.optimizer.param_groups[0]["lr"]))
        run.checkpoint().save(tmp_path / "run.json")
        if run.epoch == 3:
            run.stop("good enough")

    history = fit(network(), X, Y, optimizer=SGD(lr=0.1), epochs=9, callbacks=[watch])
    assert seen == [(1, 1, 0.1), (2, 2, 0.1), (3, 3, 0.1)]
    assert history.stopped == "good enough"
    assert Checkpoint.load(tmp_path / "run.json") == history.checkpoint
