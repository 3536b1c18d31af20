"""The front door: every public name is there on purpose, says what it is, and shows itself at work."""

from __future__ import annotations

import ast
import doctest
import inspect
import types
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest

import microgradx as mx

ROOT = Path(mx.__file__).parent


def public(module: types.ModuleType) -> dict[str, Any]:
    """Return the public names that a module's text binds by itself: imports `as` themselves, functions, classes."""
    names: list[str] = []
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.ImportFrom):
            names += [alias.asname for alias in node.names if alias.asname == alias.name]
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.append(node.name)
    return {name: getattr(module, name) for name in names if not name.startswith("_")}


DOOR = public(mx)
ROOMS = {name: x for name, x in DOOR.items() if isinstance(x, types.ModuleType)}
CALLABLE = {name: x for name, x in DOOR.items() if callable(x)}
INSIDE = {f"{room}.{name}": x for room, module in ROOMS.items() for name, x in public(module).items() if callable(x)}
EVERYTHING = [pytest.param(x, id=name) for name, x in (CALLABLE | INSIDE).items()]


def test_nothing_else_leaks() -> None:
    """What stands in the package beside the door's names are its own modules."""
    modules = {path.stem for path in ROOT.glob("*.py")} | {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert {name for name in vars(mx) if not name.startswith("_")} <= set(DOOR) | modules


def test_pinned_names_are_there() -> None:
    """The names that the design pins are there."""
    pinned = """Value grad value_and_grad jacobian hessian hvp jvp exp log tanh sigmoid relu sum max min softmax
        logsumexp where fit check_gradients compare draw draw_network clip_grad_norm clip_grad_value DomainError
        StaleGraphError ShapeError LoadError nn.Module nn.Neuron nn.Layer nn.MLP nn.Sequential nn.Residual
        losses.mse_loss losses.cross_entropy optim.SGD optim.Adam optim.AdamW optim.RMSprop schedules datasets"""
    for name in pinned.split():
        attrgetter(name)(mx)


@pytest.mark.parametrize("x", EVERYTHING)
def test_public_name_is_documented(x: Any) -> None:
    """A public function or class has a docstring that begins with a sentence, and an example, unless it is an error."""
    text = inspect.getdoc(x) or ""
    assert text.split("\n\n")[0].endswith((".", ":"))
    if not (inspect.isclass(x) and issubclass(x, Exception)):
        texts = [text, *(inspect.getdoc(member) or "" for member in (vars(x).values() if inspect.isclass(x) else ()))]
        assert any(map(doctest.DocTestParser().get_examples, texts)), "an example is missing"


@pytest.mark.parametrize("x", EVERYTHING)
def test_public_methods_are_documented(x: Any) -> None:
    """Every public method and property of a public class has a docstring."""
    if inspect.isclass(x):
        for name, member in vars(x).items():
            if not name.startswith("_") and (inspect.isfunction(member) or isinstance(member, property)):
                assert inspect.getdoc(member), f"{x.__name__}.{name}"


@pytest.mark.parametrize("x", EVERYTHING)
def test_public_signature_is_typed(x: Any) -> None:
    """Every parameter and result of a public function, and of a public class's own __init__, has a type."""
    function = vars(x).get("__init__") if inspect.isclass(x) else x
    if isinstance(function, types.FunctionType):
        parameters = [p for p in inspect.signature(function).parameters.values() if p.name != "self"]
        assert all(p.annotation is not p.empty for p in parameters)
