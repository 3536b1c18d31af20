"""Sections of the tour on learning: a regression, three classes, and XOR."""

from __future__ import annotations

from typing import Any

from .. import datasets
from ..draw import draw_network
from ..info import missing
from ..nn import MLP, Neuron
from ..optim import SGD, Adam
from ..page import Page
from ..train import fit
from .telling import say


def motorcycle(page: Page) -> None:
    """Show a regression on the motorcycle data, with its fit, its training curve and its network."""
    from matplotlib.figure import Figure

    from ..plots import regression

    X, y = datasets.mcycle()
    inputs, (x_mean, x_scale) = datasets.standardize(X)
    targets, (y_mean, y_scale) = datasets.standardize(y)
    model = MLP(1, [10, 1], activation="sigmoid")
    say(
        page,
        f"{len(X)} measurements of head acceleration after an impact (Silverman 1985); one input, 10 logistic units.",
    )
    history = fit(model, inputs, targets, optimizer=Adam(lr=0.2), epochs=200)
    rms = y_scale * history.loss[-1] ** 0.5
    say(
        page, f"200 epochs of Adam: mean squared error {history.loss[0]:.3f} → {history.loss[-1]:.3f}, {rms:.1f} g rms."
    )
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2)

    def predict(x: list[float]) -> float:
        return float(y_mean + y_scale * model([(x[0] - x_mean[0]) / x_scale[0]]).data)

    regression(predict, X, y, ax=left)
    left.set(xlabel="time after impact (ms)", ylabel="acceleration (g)", title="fit")
    history.plot(ax=right)
    right.set(title="training curve")
    page.plot(figure, "Motorcycle data, the fitted network, and its loss over the epochs")
    page.picture(draw_network(model, inputs[60]).svg(), "The network, with the activations for one input")


def iris(page: Page) -> None:
    """Show a classification of iris flowers, with its decision regions."""
    from matplotlib.figure import Figure

    from ..plots import decision_regions

    X, y = datasets.iris()
    petals, _ = datasets.standardize([[row[2], row[3]] for row in X])
    train, test = datasets.split(petals, y, fraction=0.3, stratified=True)
    model = MLP(2, [10, 3], activation="sigmoid")
    fit(model, *train, loss="cross_entropy", optimizer=Adam(lr=0.05), epochs=150)
    right = sum(_largest(model(x)) == k for x, k in zip(*test, strict=True))
    say(page, f"Petal length and width, 10 logistic units, softmax: {right} of {len(test[1])} test flowers right.")
    figure = Figure(figsize=(6, 4), layout="constrained")
    names = ("setosa", "versicolor", "virginica")
    ax = decision_regions(model, petals, y, ax=figure.subplots(), names=names)
    ax.set(xlabel="petal length (standardised)", ylabel="petal width (standardised)", title="decision regions")
    page.plot(figure, "Which class the network predicts where, with all 150 flowers")


def _largest(outputs: list[Any]) -> int:
    numbers = [v.data for v in outputs]
    return numbers.index(max(numbers))


def xor(page: Page) -> None:
    """Show XOR by hand, with hard thresholds, and learnt."""
    X, y = datasets.xor()
    either, both = Neuron(2, "step", init=[1, 1, -0.5]), Neuron(2, "step", init=[1, 1, -1.5])
    but_not = Neuron(2, "step", init=[1, -1, -0.5])
    by_hand = [int(but_not([either(x), both(x)]).data) for x in X]
    say(page, f"By hand, h₁ = x₁ OR x₂, h₂ = x₁ AND x₂, y = h₁ AND NOT h₂: {by_hand}, wanted {y}.")
    model = MLP(2, [4, 1], activation="tanh", seed=1)
    native = not missing(["numpy"])
    history = fit(model, X, y, loss="bce_with_logits", optimizer=SGD(lr=1.0), epochs=300, compile=native)
    learnt = [int(model(x).data > 0) for x in X]
    say(
        page,
        f"Learnt by gradient descent with 4 tanh units: {learnt}, loss {history.loss[0]:.3f} → {history.loss[-1]:.4f}.",
    )
    page.picture(draw_network(model).svg(), "The network that learnt XOR: width is size, colour is sign")
