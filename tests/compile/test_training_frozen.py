"""What a training leaves as it is: Values that its loss uses and that were not given as parameters are named."""

from __future__ import annotations

from typing import Any

import pytest

import microgradx as mx
from microgradx import Value

X, Y = [1.0, 2.0, 3.0], [3.0, 5.0, 7.0]


def trained(loss: Any, parameters: list[Value], **settings: Any) -> mx.train.History:
    """Return the history of a short training."""
    return mx.compile(loss, parameters, cache=False, **settings).train(X, Y, optimizer=mx.optim.SGD(lr=0.01), epochs=2)


@pytest.mark.parametrize("strict", [False, True])
def test_a_forgotten_parameter_is_named(strict: bool) -> None:
    """By its label, or by the variable that it is in where it has none."""
    w, b, slope = Value(1.0, "w"), Value(0.5), [Value(1.0), Value(2.0)]
    history = trained(lambda x, y: (w * x * slope[0] + b - y) ** 2, [w], strict=strict)
    assert history.frozen == "slope, b"
    assert str(history).splitlines()[-1] == "  no parameters, and left as they were: slope, b"
    assert (b.data, slope[0].data) == (0.5, 1.0)


def test_a_layer_is_named_once() -> None:
    """Of a frozen layer the blocks of weights are named, not each of them."""
    model = mx.nn.MLP(1, [3, 1], seed=0)
    history = trained(lambda x, y: (model([x]) - y) ** 2, model.layers[1].parameters())
    assert history.frozen == "w1, b1"


def test_what_is_no_parameter_on_purpose_is_not_named() -> None:
    """Nothing is said of what all is given of, of what is detached, and of what the function makes by itself."""
    w, b = Value(1.0, "w"), Value(0.5, "b")
    assert not trained(lambda x, y: (w * x + b - y) ** 2, [w, b]).frozen
    assert not trained(lambda x, y: (w * x + mx.detach(b) - y) ** 2, [w]).frozen
    assert not trained(lambda x, y: (w * x + Value(0.5) - y) ** 2, [w]).frozen
    assert "left as they were" not in str(trained(lambda x, y: (w * x - y) ** 2, [w]))


def test_what_only_some_rows_use_is_named() -> None:
    """Also Values that stand behind an if which the first row does not take."""
    w, late = Value(1.0, "w"), Value(0.5, "late")
    assert trained(lambda x, y: (w * x - y) ** 2 if x < 2.5 else (w * x + late - y) ** 2, [w]).frozen == "late"


def test_arguments_of_different_lengths_are_named() -> None:
    """Lists are told apart by their names, as arrays are in other calls; a fraction of the rows is no validation."""
    w = Value(1.0, "w")
    program = mx.compile(lambda x, y: (w * x - y) ** 2, [w], cache=False)
    with pytest.raises(mx.ShapeError, match="need as many rows: 'x' has 3, 'y' has 2"):
        program.train(X, Y[:2])
    with pytest.raises(TypeError, match=r"validation is other rows of all arguments, as in .*, not 0\.2"):
        program.train(X, Y, validation=0.2)
    assert w.data == 1.0
