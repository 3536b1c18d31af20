"""Modules that keep Values where attributes do not lead: what is trained is saved, loaded, restored and printed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import microgradx as mx
from microgradx import LoadError, Value
from microgradx.nn import Module, Neuron

X, Y = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.5, 0.25]], [0.0, 0.5, 0.25, 1.0, 0.3]


class Unit:
    """A neuron written by hand, which is no Module."""

    def __init__(self, start: float = 0.1) -> None:
        self.w, self.b = [Value(start), Value(-start)], Value(0.0)

    def __call__(self, x: Any) -> Any:
        return mx.tanh(self.w[0] * x[0] + self.w[1] * x[1] + self.b)


class Net(Module):
    """A module in micrograd's manner: it says itself what its parameters are."""

    def __init__(self, start: float = 0.1) -> None:
        self.n = Unit(start)

    def __call__(self, x: Any) -> Any:
        return self.n(x)

    def parameters(self) -> list[Value]:
        return [*self.n.w, self.n.b]


class Whole(Module):
    """A module with everything: own Values, a part, a part that says what its parameters are, and Values added."""

    def __init__(self) -> None:
        self.scale, self.W = Value(2.0), [[Value(1.0), Value(2.0)], [Value(3.0)]]
        self.part, self.net, self.hidden = Neuron(2), Net(), Unit()

    def parameters(self) -> list[Value]:
        return [*super().parameters(), self.hidden.b]


def numbers(model: Module) -> list[float]:
    """Return the data of a model's parameters."""
    return [v.data for v in model.parameters()]


@pytest.mark.parametrize("form", ["json", "safetensors"])
def test_overridden_parameters_are_saved(form: str, tmp_path: Path) -> None:
    """Values that only `parameters` names are written to the file and come back into a new model."""
    model, other = Net(), Net(0.7)
    mx.fit(model, X, Y, epochs=5)
    model.save(tmp_path / f"net.{form}")
    other.load(tmp_path / f"net.{form}")
    assert numbers(other) == numbers(model)
    assert model.state_dict() == {"parameters": numbers(model)}
    assert [name for name, _ in model.named_parameters()] == ["parameters.0", "parameters.1", "parameters.2"]


def test_a_state_without_them_is_refused() -> None:
    """A state that lacks the Values which only `parameters` names is a LoadError, and nothing changes."""
    model = Net()
    with pytest.raises(LoadError, match="lacks 'parameters'"):
        model.load_state_dict({})
    assert numbers(model) == numbers(Net())


def test_patience_restores_them() -> None:
    """Early stopping restores the weights of the best epoch of such a model too."""
    model, seen = Net(), []
    history = mx.fit(
        model, X, Y, epochs=60, validation=([[1.0, 0.0], [0.0, 1.0]], [0.5, 0.0]), patience=3,
        optimizer=mx.optim.SGD(lr=0.5), callbacks=lambda run: seen.append(numbers(run.model)),
    )  # fmt: skip
    losses = history.validation_loss
    best = losses.index(min(losses))
    assert best < len(losses) - 1
    assert numbers(model) == seen[best]


def test_resume_goes_on_from_them() -> None:
    """A resumed run of such a model ends with the bits of one that never stopped."""
    whole, part, resumed = Net(), Net(), Net(0.9)
    mx.fit(whole, X, Y, epochs=6)
    history = mx.fit(part, X, Y, epochs=2)
    mx.fit(resumed, X, Y, epochs=6, resume=history)
    assert numbers(resumed) == numbers(whole)


def test_every_parameter_is_in_the_state_once() -> None:
    """The state of a module has every Value of its `parameters`, under the names of the parts that add it."""
    model = Whole()
    names = {id(v): name for name, v in model.named_parameters()}
    assert names.keys() == {id(v) for v in model.parameters()}
    assert len(model.parameters()) == len(names) == 11
    assert {"net.parameters.2", "parameters.0", "W.0.1", "part.w.0"} <= set(names.values())
    assert list(model.state_dict()) == ["scale", "W.0", "W.1", "part.w", "part.b", "net.parameters", "parameters"]


def test_two_keys_of_one_name_are_refused() -> None:
    """Entries of a dictionary whose keys are written alike are a ValueError, since a file could not tell them apart."""
    model = Net()
    model.table = {1: Value(1.0), "1": Value(2.0)}  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match=r"called 'table\.1'"):
        model.state_dict()


def test_print_shows_own_values() -> None:
    """The table of a module has a row for each attribute with Values of its own, so that the rows make up the total."""
    assert repr(Whole()).splitlines() == [
        "Whole",
        "              part               parameters  multiply-adds",
        "  part        Neuron(2, linear)           3              2",
        "  net         Net                         3              –",
        "  scale       Value                       1              –",
        "  W           Values                      3              –",
        "  parameters  Value                       1              –",
        "  total                                  11              2",
    ]


class Partly(Module):
    """A module with a parameter, a part whose Values it does not name, and a Value made anew in each call."""

    def __init__(self, constant: bool = False, used: bool = True) -> None:
        self.scale, self.unit = Value(1.0, "scale"), Unit()
        self.unit.b.label = "b"
        self.constant, self.used = constant, used

    def __call__(self, x: Any) -> Any:
        y = self.unit(x) + Value(0.0, "new")
        return (mx.detach(y) if self.constant else y) * (self.scale if self.used else 1.0)


class OneLeft(Partly):
    """A module that lists all its parameters but one."""

    def parameters(self) -> list[Value]:
        return [*self.unit.w, self.scale]


def test_values_that_fit_does_not_change_are_named() -> None:
    """A Value that the loss depends on and that is no parameter is named in a warning; one made in each call is not."""
    with pytest.warns(UserWarning, match="the loss depends on .*, b, which fit leaves as they are") as caught:
        mx.fit(Partly(), X, Y, epochs=1)
    assert len(caught) == 1
    assert "new" not in str(caught[0].message)
    assert caught[0].filename == __file__
    with pytest.warns(UserWarning, match="depends on b, which fit leaves as it is, .* does not list it: add it"):
        mx.fit(OneLeft(), X, Y, epochs=1)


def test_constants_are_not_named() -> None:
    """What is detached, or belongs to a module whose parameters are listed without it, is no reason for a warning."""

    class Frozen(Module):
        def __init__(self) -> None:
            self.body, self.head = Neuron(2), Neuron(1)

        def __call__(self, x: Any) -> Any:
            return self.head([self.body(x)])

        def parameters(self) -> list[Value]:
            return self.head.parameters()

    mx.fit(Partly(constant=True), X, Y, epochs=1)
    model = Frozen()
    before = model.state_dict()
    mx.fit(model, X, Y, epochs=1)
    assert {name for name, x in model.state_dict().items() if x != before[name]} == {"head.w", "head.b"}


def test_nothing_to_train_is_refused() -> None:
    """A model none of whose parameters any loss depends on is a ValueError that names what it does depend on."""
    with pytest.raises(ValueError, match=r"no loss has a derivative by a parameter of the Partly.* depends on .*, b:"):
        mx.fit(Partly(used=False), X, Y, epochs=1)


def test_one_example_is_enough() -> None:
    """A parameter that only a later example needs can be trained."""

    class Late(Module):
        def __init__(self) -> None:
            self.w = Value(1.0)

        def __call__(self, x: Any) -> Any:
            return mx.where(x[0] > 0.5, lambda: self.w * x[0], lambda: 0.0 * x[1])

    model = Late()
    mx.fit(model, X, Y, epochs=1)
    assert model.w.data != 1.0


class Listed(mx.nn.Module, list[Value]):
    """A module that is a list as well, of Values that are no attributes of its own."""


def test_parameters_are_those_with_names_in_their_order() -> None:
    """Weights that several parts share come once, where they come first; what is computed, or no Value, not at all."""
    shared = mx.nn.Layer(2, 1)
    extra = Listed([Value(7.0)])
    vars(extra)["own"] = Value(8.0)
    model = mx.nn.Sequential(shared, mx.nn.Sequential(mx.nn.Layer(1, 2), shared), extra)
    rest = {1: [Value(1.0), Value(2.0) * 3.0], "mixed": (Value(4.0), 5.0), "none": [], "again": model}
    vars(model).update(rest=rest, first=(shared.parameters()[0], Value(6.0)))
    found = model.parameters()
    assert found == [v for _, v in model.named_parameters()]
    assert len(found) == len(set(found)) == 3 + 4 + 1 + 1 + 1 + 1
    assert [v.data for v in found[-4:]] == [8.0, 1.0, 4.0, 6.0]
