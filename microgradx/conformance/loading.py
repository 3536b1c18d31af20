"""Find a class that a user names: path/to/engine.py:Value, or package.module:Value."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from functools import partial
from pathlib import Path
from typing import Any

from ..errors import LoadError
from ..names import near_names


def load(name: str) -> Any:
    """Return the class that is named; LoadError if there is none. The module's code is run.

    >>> load("microgradx.engine:Value").__name__
    'Value'
    """
    where, found, attribute = name.rpartition(":")
    if not found or not where or not attribute.isidentifier():
        raise LoadError(f"{name!r} names no class; write path/to/engine.py:Value or package.module:Value")
    is_file = where.endswith(".py") or "/" in where or "\\" in where
    module = _from_file(Path(where)) if is_file else _from_name(where)
    if not hasattr(module, attribute):
        classes = [key for key, x in vars(module).items() if isinstance(x, type)]
        raise LoadError(f"{where} has no {attribute!r}{near_names(attribute, classes)}")
    return getattr(module, attribute)


def _from_file(path: Path) -> Any:
    if not path.is_file():
        raise LoadError(f"there is no file {str(path)!r}; write path/to/engine.py:Value or package.module:Value")
    path = path.resolve()
    folder, parts = path.parent, [path.stem]
    while (folder / "__init__.py").is_file():  # a package, whose modules may import each other by relative names
        parts.insert(0, folder.name)
        folder = folder.parent
    sys.path.insert(0, str(folder))
    if len(parts) > 1:
        return _from_name(".".join(parts))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise LoadError(f"{str(path)!r} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    _run(str(path), partial(spec.loader.exec_module, module))
    return module


def _from_name(name: str) -> Any:
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    return _run(name, lambda: importlib.import_module(name))


def _run(name: str, load: Any) -> Any:
    try:
        return load()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit too: it is somebody else's program
        text = " ".join(str(error).split())
        raise LoadError(f"{name} cannot be loaded: {type(error).__name__}: {text}") from error
