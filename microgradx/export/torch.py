"""to_torch and from_torch: a network as a module of PyTorch, and back, with the same weights."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from ..module import Module, Sequential
from ..nn import MLP
from .build import model_of
from .parts import Dense, Function, Part, Skip, parts

ACTIVATION_MODULES: dict[str, tuple[str, dict[str, Any]]] = {
    "sigmoid": ("Sigmoid", {}),
    "tanh": ("Tanh", {}),
    "relu": ("ReLU", {}),
    "leaky_relu": ("LeakyReLU", {"negative_slope": 0.01}),
    "softplus": ("Softplus", {"beta": 1.0, "threshold": 40.0}),  # beyond 40, softplus(x) is x to the last bit
    "softmax": ("Softmax", {"dim": -1}),
    "log_softmax": ("LogSoftmax", {"dim": -1}),
}
"""Activations here → the class of torch.nn that computes them, and its arguments; PyTorch has no others of ours."""


def to_torch(model: Module) -> Any:
    """Return a torch.nn.Sequential of 64-bit floats that computes what the model does, with a copy of its weights.

    The module takes rows of inputs, (n, inputs), and gives rows of outputs, (n, outputs), also if there is one output:
    (n, 1). Skip connections become modules that add; save a module with such by its `state_dict`. TypeError for
    activations that PyTorch has not, and for models that are not made of Neuron, Layer, MLP, Sequential and Residual;
    ValueError for weights that are used twice, which would be trained apart. ImportError without PyTorch.

    >>> to_torch(MLP(2, [3, 1], activation="tanh"))
    Sequential(
      (0): Linear(in_features=2, out_features=3, bias=True)
      (1): Tanh()
      (2): Linear(in_features=3, out_features=1, bias=True)
    )
    """
    found = parts(model, "to_torch")
    torch = _torch("to_torch")
    made = torch.nn.Sequential(*(_module(torch, part) for part in found))
    _check_count(made, model)
    return made


def from_torch(module: Any) -> MLP | Sequential:
    """Return a model that computes what a module of PyTorch does, with a copy of its weights.

    The module is made of Linear (with bias), Identity, Sequential, the activations that `to_torch` writes, and its
    skip connections. A chain of Linear layers, each with at most one activation, comes back as an MLP, anything else
    as a Sequential. Softplus switches to x at its threshold, for PyTorch's own 20 with an error of 2e-9. TypeError for
    other modules, ValueError for other settings than those here, or weights that are used twice. ImportError without
    PyTorch.

    >>> model = MLP(2, [3, 1], activation="tanh", seed=1)
    >>> from_torch(to_torch(model)).state_dict() == model.state_dict()
    True
    """
    torch = _torch("from_torch")
    if not isinstance(module, torch.nn.Module):
        raise TypeError(f"from_torch takes a module, such as a torch.nn.Sequential, not {module!r}")
    made = model_of(list(_parts(torch, module, "module")))
    _check_count(module, made)
    return made


def _torch(purpose: str) -> Any:
    try:
        import torch
    except ImportError as error:
        raise ImportError(f"{purpose} needs PyTorch; install it as https://pytorch.org/get-started says") from error
    return torch


def _module(torch: Any, part: Part) -> Any:
    if isinstance(part, Dense):
        linear = torch.nn.utils.skip_init(torch.nn.Linear, len(part.weights[0]), len(part.weights), dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.tensor(part.weights, dtype=torch.float64))
            linear.bias.copy_(torch.tensor(part.biases, dtype=torch.float64))
        return linear
    if isinstance(part, Skip):
        return _skip_class(torch)(torch.nn.Sequential(*(_module(torch, inner) for inner in part.parts)))
    if part.name not in ACTIVATION_MODULES:
        raise TypeError(f"PyTorch has no module for {part.name!r}, but for {', '.join(ACTIVATION_MODULES)}")
    name, arguments = ACTIVATION_MODULES[part.name]
    own = {"negative_slope": part.slope} if part.name == "leaky_relu" else {}
    return getattr(torch.nn, name)(**arguments | own)


@cache
def _skip_class(torch: Any) -> Any:
    """Return the class of skip connections, the one of this process: PyTorch, which it derives from, is optional."""

    class Skip(torch.nn.Module):  # type: ignore[misc]  # PyTorch is not looked into, see pyproject.toml
        """x + f(x)."""

        def __init__(self, f: Any) -> None:
            super().__init__()
            self.f = f

        def forward(self, x: Any) -> Any:
            """Return x + f(x)."""
            return x + self.f(x)

    return Skip


def _parts(torch: Any, module: Any, name: str) -> Iterator[Part]:
    kind = type(module)
    if kind is torch.nn.Sequential:
        for i, inner in enumerate(module):
            yield from _parts(torch, inner, f"{name}[{i}]")
    elif kind is torch.nn.Linear:
        if module.bias is None:
            raise ValueError(f"{name} is a Linear without bias, and layers here have one: give it a bias of zeros")
        weights, biases = (x.detach().cpu().double().tolist() for x in (module.weight, module.bias))
        yield Dense(name, weights, biases)
    elif kind is _skip_class(torch):
        yield Skip(name, tuple(_parts(torch, module.f, f"{name}.f")))
    elif kind is not torch.nn.Identity:
        yield _function(torch, module, name)


def _function(torch: Any, module: Any, name: str) -> Function:
    names = {getattr(torch.nn, kind): activation for activation, (kind, _) in ACTIVATION_MODULES.items()}
    if type(module) not in names:
        known = ", ".join(kind for kind, _ in ACTIVATION_MODULES.values())
        raise TypeError(
            f"from_torch knows Linear, Identity, {known}, and Sequential of these, as which a network can be written; "
            f"{name} is a {type(module).__name__}"
        )
    activation = names[type(module)]
    if getattr(module, "dim", -1) not in (-1, 1):
        raise ValueError(f"{name} is {module!r}, and only dim=-1, over the outputs of a row, is the softmax here")
    if activation == "softplus" and (module.beta != 1.0 or module.threshold < 20.0):
        raise ValueError(f"{name} is {module!r}, and softplus here is log(1 + eˣ): beta=1, and a threshold from 20 on")
    return Function(activation, float(getattr(module, "negative_slope", 0.01)))


def _check_count(module: Any, model: Module) -> None:
    """Raise ValueError unless both have as many parameters: each weight that is used twice is one of its own then."""
    there, here = sum(x.numel() for x in module.parameters()), len(model.parameters())
    if there != here:
        raise ValueError(
            f"weights that are used in several places cannot be carried over, which would make each a parameter of its "
            f"own: PyTorch has {there} parameters, the model here {here}"
        )
