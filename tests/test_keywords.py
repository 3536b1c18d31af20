"""Keywords that nothing takes: each is told what to write instead."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

import microgradx as mx
from microgradx.activations import ACTIVATIONS
from microgradx.inits import INITS
from microgradx.keywords import ELSEWHERE, keywords
from microgradx.losses import LOSSES
from tests.training import X, Y, network

MODEL = network()
PROGRAM = mx.compile(lambda x, y: (MODEL(x) - y) ** 2, parameters=MODEL.parameters())


def fit(**settings: Any) -> Any:
    """Call fit."""
    return mx.fit(MODEL, X, Y, **settings)


def train(**settings: Any) -> Any:
    """Call the method of a program."""
    return PROGRAM.train(X, Y, **settings)


def descend(**settings: Any) -> Any:
    """Call descend."""
    return mx.descend(lambda w: w[0] ** 2, [1.0], **settings)


def graph(**settings: Any) -> Any:
    """Compile a graph."""
    return mx.compile_graph(mx.Value(1.0) * 2.0, **settings)


def compiled(**settings: Any) -> Any:
    """Compile a function."""
    return mx.compile(abs, **settings)


MISTAKES: list[tuple[Callable[..., Any], str, Any, str]] = [
    (fit, "lr", 0.1, "write optimizer=mx.optim.SGD(lr=0.1)"),
    (fit, "learning_rate", 0.1, "write optimizer=mx.optim.SGD(lr=0.1)"),
    (fit, "alpha", 0.1, "write optimizer=mx.optim.SGD(lr=0.1)"),
    (fit, "momentum", 0.9, "write optimizer=mx.optim.SGD(momentum=0.9)"),
    (fit, "betas", (0.9, 0.99), "write optimizer=mx.optim.Adam(betas=(0.9, 0.99))"),
    (fit, "centered", True, "write optimizer=mx.optim.RMSprop(centered=True)"),
    (fit, "n_epochs", 3, "did you mean 'epochs'?"),
    (fit, "max_iter", 3, "did you mean 'epochs'?"),
    (fit, "batchsize", 3, "did you mean 'batch_size'?"),
    (fit, "verbose", 1, "did you mean 'progress'?"),
    (fit, "validation_data", (X, Y), "did you mean 'validation'?"),
    (fit, "callback", print, "did you mean 'callbacks'?"),
    (fit, "random_state", 1, "did you mean 'seed'?"),
    (fit, "criterion", "mse", "did you mean 'loss'?"),
    (fit, "device", "cpu", "there are 'model', 'X', 'y', 'loss'"),
    (train, "learning_rate", 0.1, "write optimizer=mx.optim.SGD(lr=0.1)"),
    (train, "verbose", 1, "did you mean 'progress'?"),
    (train, "device", "cpu", "there are 'optimizer', 'epochs', 'batch_size'"),
    (descend, "lr", 0.1, "write optimizer=mx.optim.SGD(lr=0.1)"),
    (descend, "n_steps", 9, "did you mean 'steps'?"),
    (mx.optim.SGD, "learning_rate", 0.1, "did you mean 'lr'?"),
    (mx.optim.Adam, "beta1", 0.1, "did you mean 'betas'?"),
    (mx.optim.RMSprop, "rho", 0.1, "did you mean 'alpha'?"),
    (mx.schedules.Cosine, "T_max", 9, "did you mean 'period'?"),
    (mx.schedules.Step, "step_size", 9, "did you mean 'every'?"),
    (compiled, "params", [], "did you mean 'parameters'?"),
    (compiled, "static_argnums", 0, "did you mean 'indices'?"),
    (compiled, "device", "cpu", "did you mean 'target'?"),
    (compiled, "jit", True, "there are 'f', 'parameters', 'indices', 'strict', 'target'"),
    (compiled, "n_epochs", 9, "there are 'f', 'parameters'"),
    (compiled, "iterations", 9, "write program.train(…, epochs=9)"),
    (mx.compile, "params", [], "did you mean 'parameters'?"),
    (mx.compile, "fun", abs, "did you mean 'f'?"),
    (graph, "params", [], "did you mean 'parameters'?"),
    (graph, "x", [], "did you mean 'inputs'?"),
    (graph, "batch_size", 9, "write program.train(…, batch_size=9)"),
    (mx.nn.MLP, "hidden_layer_sizes", [3], "did you mean 'nouts'?"),
    (mx.nn.MLP, "nonlinearity", "relu", "did you mean 'activation'?"),
    (mx.nn.MLP, "output_activation", "relu", "did you mean 'output'?"),
    (mx.nn.MLP, "bias", False, "there are 'nin', 'nouts', 'activation'"),
    (mx.nn.Layer, "in_features", 2, "did you mean 'nin'?"),
    (mx.nn.Neuron, "random_state", 2, "did you mean 'seed'?"),
]


@pytest.mark.parametrize(("function", "name", "given", "way_out"), MISTAKES)
def test_an_unknown_setting_is_told_what_to_write(
    function: Callable[..., Any], name: str, given: Any, way_out: str
) -> None:
    """A name of another library's, or a misspelt one, is a TypeError with the name that it has here, or its place."""
    with pytest.raises(TypeError) as caught:
        function(**{name: given})
    assert f"has no setting {name!r}; {way_out}" in str(caught.value)


def test_other_names_stand_for_names_that_something_takes() -> None:
    """No name of ours in the table has gone: something takes each by keyword."""
    kinds = [getattr(module, name).__init__ for module in (mx.optim, mx.schedules, mx.nn) for name in module.__all__]
    functions = (mx.fit, mx.compile, mx.compile_graph, *kinds)
    taken = {name for function in functions for name in keywords(function)}
    assert ELSEWHERE.keys() <= {*taken, *LOSSES, *ACTIVATIONS, *INITS}


NAMES = [
    ("loss", "mae", "l1"),
    ("loss", "L1Loss", "l1"),
    ("loss", "l1_loss", "l1"),
    ("loss", "MSELoss", "mse"),
    ("loss", "mean_squared_error", "mse"),
    ("loss", "BCE", "bce"),
    ("loss", "binary_cross_entropy", "bce"),
    ("loss", "BCEWithLogitsLoss", "bce_with_logits"),
    ("loss", "ce", "cross_entropy"),
    ("loss", "CrossEntropyLoss", "cross_entropy"),
    ("loss", "sparse_categorical_crossentropy", "cross_entropy"),
    ("loss", "nll_loss", "nll"),
    ("loss", "hinge_loss", "hinge"),
    ("activation", "identity", "linear"),
    ("activation", "logistic", "sigmoid"),
    ("activation", "ReLU", "relu"),
    ("init", "glorot", "xavier"),
    ("init", "kaiming_uniform", "he"),
]


@pytest.mark.parametrize(("setting", "theirs", "ours"), NAMES)
def test_a_name_of_another_library_is_told_ours(setting: str, theirs: str, ours: str) -> None:
    """A loss, an activation or an initialisation as others call it is a ValueError with the name that it has here."""
    takes = fit if setting == "loss" else partial(mx.nn.Neuron, 2)
    with pytest.raises(ValueError, match=rf"^no \w+ named '{theirs}'; did you mean '{ours}'\?"):
        takes(**{setting: theirs})


def test_own_classes_take_what_they_take() -> None:
    """An optimiser of a user's may take anything by `**`, and one without `__init__` what Optimizer takes."""

    class Anything(mx.optim.SGD):
        def __init__(self, **settings: Any) -> None:
            super().__init__(lr=settings["learning_rate"])

    class Inherited(mx.optim.Optimizer):
        pass

    assert Anything(learning_rate=0.25).lr == 0.25
    assert Inherited(None, learning_rate=0.25).defaults == {"learning_rate": 0.25}
    assert "learning_rate" not in inspect.signature(mx.optim.SGD).parameters


def test_own_networks_take_what_they_take() -> None:
    """A class derived from MLP has the keywords of its own `__init__`."""

    class Network(mx.nn.MLP):
        def __init__(self, hidden: int, *, act: str) -> None:
            super().__init__(2, [hidden, 1], activation=act)

    assert Network(hidden=3, act="tanh").layers[0].activation_name == "tanh"
    with pytest.raises(TypeError, match="Network has no setting 'activation'"):
        Network(3, activation="tanh")  # type: ignore[call-arg]


@pytest.mark.parametrize("one", [mx.optim.Adam(lr=0.1), mx.schedules.Cosine(10, low=0.5), mx.nn.MLP(2, [3], seed=1)])
def test_copies_need_no_keywords(one: Any) -> None:
    """What is made with keywords is copied and pickled."""
    assert repr(copy.deepcopy(one)) == repr(pickle.loads(pickle.dumps(one))) == repr(one)


def test_who_asks_for_shuffling_is_told_what_decides_it() -> None:
    """Rows are shuffled always, by the seed, so `shuffle` is answered with that and not as if it were the seed."""
    program = mx.compile(lambda x: x)
    with pytest.raises(TypeError, match=r"no setting 'shuffle'; the rows are always shuffled .* 'seed'$"):
        program.train([1.0], shuffle=False)
