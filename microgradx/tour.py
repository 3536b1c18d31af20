"""The tour: what the library is for, shown on real data in under a minute, printed and written as one HTML page."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import datasets, functions
from .calculus import hessian
from .check import check_gradients, compare
from .compile import compile
from .draw import draw, draw_network
from .engine import Value
from .info import INSTALL, missing
from .nn import MLP, Neuron
from .optim import SGD, Adam
from .page import Page
from .train import fit


def tour(output: str | Path = "tour") -> Path:
    """Run the main job, print what it does, write pictures and results to `output`/index.html, and return that path."""
    folder = Path(output)
    folder.mkdir(parents=True, exist_ok=True)
    page = Page("microgradx: a tour")
    page.text("Each number on this page was computed by the run that wrote it; the page needs no network.")
    sections = [(heading, missing(needs), show) for heading, needs, show in _SECTIONS]
    if absent := {name: None for _, lacks, _ in sections for name in lacks}:
        _say(page, f"Not installed: {', '.join(absent)}. What needs them is left out; install: {INSTALL}")
    started = time.perf_counter()
    for heading, lacks, show in sections:
        _begin(page, heading)
        if lacks:
            _say(page, f"Left out, for it needs {' and '.join(lacks)}.")
        else:
            show(page)
    seconds = time.perf_counter() - started
    page.text(f"The whole tour took {seconds:.0f} s.")
    path = folder / "index.html"
    page.save(path)
    print(f"\nThe whole tour took {seconds:.0f} s. Open {path} in a browser: pictures, tables and curves are there.")
    return path


def _say(page: Page, text: str) -> None:
    print(text)
    page.text(text)


def _begin(page: Page, heading: str) -> None:
    print(f"\n== {heading}")
    page.section(heading)


def _logistic_least_squares(w: Any, b: Any, x: Any = 2.0, t: Any = 1.0) -> dict[str, Any]:
    """z = wx + b, y = σ(z), L = ½(y − t)² (CSC 311, lecture 4), each with its name."""
    z = w * x + b
    y = functions.sigmoid(z)
    return {"z": z, "y": y, "L": (y - t) ** 2 / 2}


def _by_hand(page: Page) -> None:
    w, b = Value(0.5, "w"), Value(-1.5, "b")
    x, t = Value(2.0, "x"), Value(1.0, "t")
    graph = _logistic_least_squares(w, b, x, t)
    for name, v in graph.items():
        v.label = name
    L = graph["L"]
    L.backward()
    _say(page, f"z = wx + b, y = σ(z), L = ½(y − t)²: L = {L.data:.6f}; backward gives ∂L/∂w = {w.grad:.6f}.")
    page.picture(draw(L).svg(), "Each node with its number and its error signal")
    hand = {"y": "y - t", "z": "(y - t) * y * (1 - y)", "w": "(y - t) * y * (1 - y) * x", "b": "(y - t) * y * (1 - y)"}
    report = compare(L, hand)
    report.assert_ok()
    _say(page, "The error signals derived on paper, as formulas in the names of the nodes, beside backprop's:")
    print(report)
    page.table(report)
    differences = check_gradients(lambda p: _logistic_least_squares(*p)["L"], [w, b])
    differences.assert_ok()
    _say(page, "The same gradient against finite differences:")
    print(differences)
    page.table(differences)


def _second_derivatives(page: Page) -> None:
    H = hessian(lambda p: _logistic_least_squares(p[0], p[1])["L"], [0.5, -1.5])
    _say(
        page, "A gradient is a graph of the same primitives, so it can be differentiated again. The Hessian in (w, b):"
    )
    listing = "\n".join("  ".join(f"{h: .6f}" for h in row) for row in H)
    print(listing)
    page.listing(listing)
    _say(page, f"∂²L/∂w² / ∂²L/∂b² = {H[0][0] / H[1][1]:.12g}, which is x² = 4, since z = wx + b.")


def _motorcycle(page: Page) -> None:
    from matplotlib.figure import Figure

    from .plots import regression

    X, y = datasets.mcycle()
    inputs, (x_mean, x_scale) = datasets.standardize(X)
    targets, (y_mean, y_scale) = datasets.standardize(y)
    model = MLP(1, [10, 1], activation="sigmoid")
    _say(
        page,
        f"{len(X)} measurements of head acceleration after an impact (Silverman 1985); one input, 10 logistic units.",
    )
    history = fit(model, inputs, targets, optimizer=Adam(lr=0.2), epochs=200)
    rms = y_scale * history.loss[-1] ** 0.5
    _say(
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


def _iris(page: Page) -> None:
    from matplotlib.figure import Figure

    from .plots import decision_regions

    X, y = datasets.iris()
    petals, _ = datasets.standardize([[row[2], row[3]] for row in X])
    train, test = datasets.split(petals, y, fraction=0.3, stratified=True)
    model = MLP(2, [10, 3], activation="sigmoid")
    fit(model, *train, loss="cross_entropy", optimizer=Adam(lr=0.05), epochs=150)
    right = sum(_largest(model(x)) == k for x, k in zip(*test, strict=True))
    _say(page, f"Petal length and width, 10 logistic units, softmax: {right} of {len(test[1])} test flowers right.")
    figure = Figure(figsize=(6, 4), layout="constrained")
    names = ("setosa", "versicolor", "virginica")
    ax = decision_regions(model, petals, y, ax=figure.subplots(), names=names)
    ax.set(xlabel="petal length (standardised)", ylabel="petal width (standardised)", title="decision regions")
    page.plot(figure, "Which class the network predicts where, with all 150 flowers")


def _largest(outputs: list[Any]) -> int:
    numbers = [v.data for v in outputs]
    return numbers.index(max(numbers))


def _xor(page: Page) -> None:
    X, y = datasets.xor()
    either, both = Neuron(2, "step", init=[1, 1, -0.5]), Neuron(2, "step", init=[1, 1, -1.5])
    but_not = Neuron(2, "step", init=[1, -1, -0.5])
    by_hand = [int(but_not([either(x), both(x)]).data) for x in X]
    _say(page, f"By hand, h₁ = x₁ OR x₂, h₂ = x₁ AND x₂, y = h₁ AND NOT h₂: {by_hand}, wanted {y}.")
    model = MLP(2, [4, 1], activation="tanh", seed=1)
    native = not missing(["numpy"])
    history = fit(model, X, y, loss="bce_with_logits", optimizer=SGD(lr=1.0), epochs=300, compile=native)
    learnt = [int(model(x).data > 0) for x in X]
    _say(
        page,
        f"Learnt by gradient descent with 4 tanh units: {learnt}, loss {history.loss[0]:.3f} → {history.loss[-1]:.4f}.",
    )
    page.picture(draw_network(model).svg(), "The network that learnt XOR: width is size, colour is sign")


def _timing(page: Page) -> None:
    X, y = datasets.moons(100, noise=0.1, seed=1)
    model = MLP(2, [16, 16, 1])
    optimizer = SGD(model.parameters(), lr=0.1)

    def loss() -> Any:
        return functions.sum([(1 - (2 * t - 1) * model(x)).relu() for x, t in zip(X, y, strict=True)]) / len(X)

    def step() -> None:
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()

    def slope(v: Value, h: float = 1e-5) -> float:
        recorded = v.data
        v.data = recorded + h
        above = loss().data
        v.data = recorded - h
        below = loss().data
        v.data = recorded
        return float(above - below) / (2 * h)

    some = model.parameters()[::80]
    by_backprop = _median_seconds(step, 5)
    by_differences = _median_seconds(lambda: [slope(v) for v in some], 3) / len(some) * len(model.parameters())
    _say(
        page,
        f"100 points, {len(model.parameters())} parameters: one step, loss, gradient and update, takes "
        f"{1e3 * by_backprop:.0f} ms. Two-sided differences, timed on {len(some)} parameters, would take "
        f"{by_differences:.0f} s for the gradient alone: backprop is {by_differences / by_backprop:.0f} times as fast.",
    )


def _compiled(page: Page) -> None:
    X, y = datasets.moons(1000, noise=0.1, seed=1)
    model = MLP(2, [16, 16, 1])

    def loss(x: Any, t: Any) -> Any:
        return (model(x) - (2 * t - 1)) ** 2

    page.picture(draw_network(model, X[0]).svg(), "The network that is compiled, with the activations for one input")
    program = compile(loss, parameters=model.parameters())
    started = time.perf_counter()
    program.value_and_grad(X, y)
    first = time.perf_counter() - started
    explanation = str(program.explain())
    print(explanation)
    page.listing(explanation)
    import numpy

    inputs, targets = numpy.array(X), numpy.array(y, float)
    fast = _median_seconds(lambda: program.value_and_grad(inputs, targets), 21)
    few = 20

    def by_values() -> None:
        model.zero_grad()
        for x, t in zip(X[:few], y[:few], strict=True):
            loss(x, t).backward()

    slow = _median_seconds(by_values, 5) / few * len(X)
    history = program.train(X, y, optimizer=SGD(lr=0.02), epochs=30, batch_size=1)
    right = sum((x > 0) == (t > 0.5) for x, t in zip(compile(model.__call__)(X), y, strict=True))
    _say(
        page,
        f"Tracing and compiling took {1e3 * first:.0f} ms. Then the gradient of {len(X)} rows takes "
        f"{1e6 * fast:.0f} µs; on Values, timed on {few} rows, {1e3 * slow:.0f} ms: {slow / fast:.0f} times as long. "
        f"{30 * len(X)} steps of one row each: loss {history.loss[0]:.3f} → {history.loss[-1]:.3f}, {right} of "
        f"{len(X)} points right.",
    )


def _median_seconds(job: Callable[[], Any], times: int) -> float:
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        job()
        seconds.append(time.perf_counter() - started)
    return sorted(seconds)[times // 2]


_SECTIONS: tuple[tuple[str, tuple[str, ...], Callable[[Page], None]], ...] = (
    ("Logistic least squares, by hand and by backprop", (), _by_hand),
    ("Second derivatives", (), _second_derivatives),
    ("Motorcycle data: a regression", ("matplotlib",), _motorcycle),
    ("Iris: three classes", ("matplotlib", "scikit-learn"), _iris),
    ("XOR, by hand and learnt", (), _xor),
    ("What a training step costs", (), _timing),
    ("The same code at machine speed", ("numpy",), _compiled),
)
"""Each section of the tour: its heading, the distributions that it needs besides the core, and what shows it."""
