"""PyTorch: networks and their weights go there and come back, with equal outputs and equal gradients."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

import microgradx as mx
from microgradx import nn

from .exports import NETWORKS, REFUSED, ROWS, Named, outputs

torch = pytest.importorskip("torch", reason="needs PyTorch, which is never declared: python -m pip install torch")

THERE = {name: entry for name, entry in NETWORKS.items() if name not in ("gaussian", "step")}


def computed(module: Any, rows: list[list[float]]) -> list[list[float]]:
    """Return what a module of PyTorch computes."""
    found: list[list[float]] = module(torch.tensor(rows, dtype=torch.float64)).tolist()
    return found


def flat(rows: list[list[float]]) -> list[float]:
    """Return the entries of all rows."""
    return [x for row in rows for x in row]


@pytest.mark.parametrize("name", THERE)
def test_outputs_are_equal_there_and_back(name: str) -> None:
    """A model, its module of PyTorch, and the model made of that module compute the same."""
    width, make = THERE[name]
    model, rows = make(), ROWS[width]
    module = mx.to_torch(model)
    back = mx.from_torch(module)
    right = pytest.approx(flat(outputs(model, rows)), rel=1e-13, abs=1e-15)
    assert type(module) is torch.nn.Sequential
    assert flat(computed(module, rows)) == right
    assert flat(outputs(back, rows)) == right
    assert [v.data for v in back.parameters()] == [v.data for v in model.parameters()]


@pytest.mark.parametrize("name", THERE)
def test_gradients_are_equal(name: str) -> None:
    """PyTorch's derivatives of a loss by every parameter are the ones that the model gets."""
    width, make = THERE[name]
    model, rows = make(), ROWS[width]
    weights = [0.3, -0.7, 1.1, 0.2]

    def loss(y: Any) -> Any:
        return mx.sum([c * v for c, v in zip(weights, y if isinstance(y, list) else [y], strict=False)])

    mx.sum([loss(model(row)) for row in rows]).backward()
    module = mx.to_torch(model)
    y = module(torch.tensor(rows, dtype=torch.float64))
    (y * torch.tensor(weights[: y.shape[1]], dtype=torch.float64)).sum().backward()
    theirs: list[float] = []
    for linear in (m for m in module.modules() if isinstance(m, torch.nn.Linear)):
        for w, b in zip(linear.weight.grad.tolist(), linear.bias.grad.tolist(), strict=True):
            theirs += [*w, b]
    assert theirs == pytest.approx([v.grad for v in model.parameters()], rel=1e-9, abs=1e-12)


def test_another_weight_is_noticed() -> None:
    """The tests above can fail: a copy is made, so that a weight which changes later makes the outputs differ."""
    model = nn.MLP(2, [3, 1], seed=1)
    module = mx.to_torch(model)
    model.layers[1].neurons[0].b.data += 1e-9
    assert flat(computed(module, ROWS[2])) != pytest.approx(flat(outputs(model, ROWS[2])), rel=1e-13, abs=1e-15)


def test_weights_trained_there_come_back() -> None:
    """A network that PyTorch has trained gives its weights back to the model that it came from."""
    model = nn.MLP(2, [4, 1], activation="tanh", seed=1)
    module = mx.to_torch(model)
    descent = torch.optim.SGD(module.parameters(), lr=0.1)
    x, t = torch.tensor(ROWS[2], dtype=torch.float64), torch.tensor([[1.0], [-1.0], [0.5]], dtype=torch.float64)
    before = ((module(x) - t) ** 2).mean().item()
    for _ in range(50):
        descent.zero_grad()
        cost = ((module(x) - t) ** 2).mean()
        cost.backward()
        descent.step()
    assert cost.item() < 0.5 * before
    model.load_state_dict(mx.from_torch(module).state_dict())
    assert flat(outputs(model, ROWS[2])) == pytest.approx(flat(computed(module, ROWS[2])), rel=1e-13)


def test_pytorch_keeps_its_random_numbers() -> None:
    """Making a module draws nothing from PyTorch's generator."""
    torch.manual_seed(7)
    mx.to_torch(nn.MLP(2, [3, 1]))
    after = torch.rand(3)
    torch.manual_seed(7)
    assert after.tolist() == torch.rand(3).tolist()


def test_a_module_copies_and_saves_its_state(tmp_path: Any) -> None:
    """A module with skip connections can be copied, and saved and loaded by its state."""
    model = THERE["residual"][1]()
    module = mx.to_torch(model)
    torch.save(module.state_dict(), tmp_path / "state.pt")
    twin = copy.deepcopy(module)
    for x in twin.parameters():
        x.data.zero_()
    twin.load_state_dict(torch.load(tmp_path / "state.pt"))
    assert computed(twin, ROWS[4]) == computed(module, ROWS[4])


def from_here(*modules: Any) -> Any:
    """Return a Sequential as users of PyTorch write it."""
    return torch.nn.Sequential(*modules)


def test_modules_written_in_pytorch_are_taken() -> None:
    """Nested Sequentials, Identity, 32-bit weights and a single Linear come over; a chain of layers is an MLP."""
    torch.manual_seed(0)
    linear = torch.nn.Linear
    module = from_here(from_here(linear(2, 4), torch.nn.Softplus()), torch.nn.Identity(), linear(4, 3), torch.nn.ReLU())
    model = mx.from_torch(module)
    assert isinstance(model, nn.MLP)
    assert [layer.activation_name for layer in model.layers] == ["softplus", "relu"]
    assert flat(outputs(model, ROWS[2])) == pytest.approx(flat(module(torch.tensor(ROWS[2])).tolist()), rel=1e-4)
    alone = linear(2, 1, dtype=torch.float64)
    assert flat(outputs(mx.from_torch(alone), ROWS[2])) == pytest.approx(flat(computed(alone, ROWS[2])), rel=1e-13)


def test_a_subclass_that_computes_the_same_is_taken() -> None:
    """A subclass of MLP with sizes of its own is carried over as the MLP that it is."""
    assert flat(computed(mx.to_torch(Named()), ROWS[2])) == pytest.approx(flat(outputs(Named(), ROWS[2])))


def tied() -> nn.Sequential:
    """Return a network that uses one layer twice."""
    layer = nn.Layer(2, 2)
    return nn.Sequential(layer, layer)


@pytest.mark.parametrize("name", [*REFUSED, "gaussian", "step", "tied"])
def test_models_that_pytorch_cannot_have_are_refused(name: str) -> None:
    """A model with parts that PyTorch could not have, or weights used twice, is an error that says so."""
    more: dict[str, Any] = {
        "gaussian": (NETWORKS["gaussian"][1], TypeError, "PyTorch has no module for 'gaussian', but for sigmoid"),
        "step": (NETWORKS["step"][1], TypeError, "PyTorch has no module for 'step'"),
        "tied": (tied, ValueError, "PyTorch has 12 parameters, the model here 6"),
    }
    make, error, message = (REFUSED | more)[name]
    with pytest.raises(error, match=message):
        mx.to_torch(make())


BACK: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "a model": (lambda: nn.MLP(2, [1]), TypeError, "from_torch takes a module"),
    "a convolution": (lambda: from_here(torch.nn.Conv1d(1, 1, 3)), TypeError, r"module\[0\] is a Conv1d"),
    "dropout": (lambda: from_here(torch.nn.Linear(2, 2), torch.nn.Dropout()), TypeError, r"module\[1\] is a Dropout"),
    "no bias": (lambda: torch.nn.Linear(2, 2, bias=False), ValueError, "a Linear without bias"),
    "softmax over rows": (
        lambda: from_here(torch.nn.Linear(2, 2), torch.nn.Softmax(dim=0)),
        ValueError,
        "only dim=-1",
    ),
    "softmax over what": (lambda: from_here(torch.nn.Linear(2, 2), torch.nn.Softmax()), ValueError, "only dim=-1"),
    "steep softplus": (lambda: from_here(torch.nn.Linear(2, 2), torch.nn.Softplus(beta=2.0)), ValueError, "beta=1"),
    "activation alone": (lambda: from_here(torch.nn.ReLU()), ValueError, "'relu' has no matrix before it"),
    "nothing": (from_here, ValueError, "computes nothing"),
    "widths": (lambda: from_here(torch.nn.Linear(2, 3), torch.nn.Linear(2, 3)), mx.ShapeError, "takes 2 inputs"),
    "tied": (lambda: from_here(*[torch.nn.Linear(2, 2)] * 2), ValueError, "PyTorch has 6 parameters"),
}


@pytest.mark.parametrize("name", BACK)
def test_modules_that_we_cannot_have_are_refused(name: str) -> None:
    """A module that has no counterpart here is an error that names it and its place."""
    make, error, message = BACK[name]
    with pytest.raises(error, match=message):
        mx.from_torch(make())


def test_without_pytorch_the_error_says_where_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways need PyTorch, and say so."""
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    with pytest.raises(ImportError, match=r"pytorch\.org"):
        mx.to_torch(nn.Neuron(1))
    with pytest.raises(ImportError, match=r"pytorch\.org"):
        mx.from_torch(None)
