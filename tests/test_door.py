"""The front door: every public name is there on purpose, says what it is, and shows itself at work."""

from __future__ import annotations

import ast
import doctest
import inspect
import textwrap
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


def names_in_capitals(module: types.ModuleType) -> set[str]:
    """Return the constants of a module."""
    return {name for name in vars(module) if name.isupper() and not name.startswith("_")}


def test_tab_completion_shows_what_is_public() -> None:
    """dir() of the package and of its public modules gives the public names, and neither helpers nor imports."""
    for module in ROOMS.values():
        assert set(dir(module)) == set(module.__all__) == set(public(module)) | names_in_capitals(module)
    shown = {name for name in dir(mx) if not name.startswith("_")}
    assert shown == set(DOOR), "modules that users do not import stand beside the door's names"


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
    """A public function or class has a docstring that begins with a sentence, and an example."""
    text = inspect.getdoc(x) or ""
    assert text.split("\n\n")[0].endswith((".", ":"))
    texts = [text, *(inspect.getdoc(member) or "" for member in (vars(x).values() if inspect.isclass(x) else ()))]
    assert any(map(doctest.DocTestParser().get_examples, texts)), "an example is missing"


@pytest.mark.parametrize("x", EVERYTHING)
def test_public_methods_are_documented(x: Any) -> None:
    """Every public method and property of a public class has a docstring."""
    if inspect.isclass(x):
        for name, member in vars(x).items():
            if not name.startswith("_") and (inspect.isfunction(member) or isinstance(member, property)):
                assert inspect.getdoc(member), f"{x.__name__}.{name}"


def raised(function: Any) -> set[str]:
    """Return the names of the errors that a function itself raises, but for those that packages are missing."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    made = [node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)]
    return {error.func.id for error in made if isinstance(error.func, ast.Name)} - {"ImportError"}


def untold(x: Any) -> set[str]:
    """Return the errors that a function, or a method of a class, raises and that no docstring of it names."""
    whole = inspect.getdoc(x) or ""
    if not inspect.isclass(x):
        return {name for name in raised(x) if name not in whole}
    methods = [f for name, f in vars(x).items() if inspect.isfunction(f) and (name.startswith("__") or name[0] != "_")]
    own = [f for f in methods if ROOT in Path(inspect.unwrap(f).__code__.co_filename).parents]  # none of dataclasses
    return {name for f in own for name in raised(f) if name not in whole + (inspect.getdoc(f) or "")}


@pytest.mark.parametrize("x", EVERYTHING)
def test_public_errors_are_told(x: Any) -> None:
    """The docstring of a public function or class names every error that it raises itself."""
    assert not untold(x)


def test_an_error_that_is_not_told_is_noticed() -> None:
    """The test above can fail."""

    def silent(x: float) -> float:
        """Return x; TypeError if it is none."""
        if x < 0:
            raise ValueError("below 0")
        raise TypeError("none")

    assert untold(silent) == {"ValueError"}


@pytest.mark.parametrize("x", EVERYTHING)
def test_public_signature_is_typed(x: Any) -> None:
    """Every parameter and result of a public function, and of a public class's own __init__, has a type."""
    function = vars(x).get("__init__") if inspect.isclass(x) else x
    if isinstance(function, types.FunctionType):
        parameters = [p for p in inspect.signature(function).parameters.values() if p.name != "self"]
        assert all(p.annotation is not p.empty for p in parameters)
