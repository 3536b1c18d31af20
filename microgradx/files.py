"""Models as files: JSON, which people can read, or safetensors, which other programs can. Never pickle.

A model is data. What is read is a table of names and finite numbers that must fit the model exactly, or nothing is
changed. JSON and safetensors both keep every bit of a float; `formats` has both.
"""

from __future__ import annotations

import math
import os
import reprlib
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from .errors import LoadError
from .formats import FORMATS, Format, entries
from .formats import parse_json as parse_json

NOTHING: Mapping[str, str] = MappingProxyType({})


class Stateful(Protocol):
    """Anything whose state is a table of names and numbers, such as a Module."""

    def state_dict(self) -> dict[str, Any]:
        """Return name → number, or list of numbers."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take on this state, or raise LoadError with nothing changed."""


def save(model: Stateful, path: str | os.PathLike[str], about: Mapping[str, str] = NOTHING) -> None:
    """Write the parameters of a model to `path`, as .json or .safetensors, and names `about` it, such as activations.

    The file appears whole or not at all: if anything fails, an older file at `path` is still there. ValueError if the
    suffix is another one, or a parameter is not finite.

    >>> import tempfile
    >>> from microgradx.nn import Neuron
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(Neuron(2, init=[0.5, -1.0, 0.1]), f"{folder}/neuron.json")
    ...     print(Path(folder, "neuron.json").read_text(), end="")
    {
      "w": [0.5, -1.0],
      "b": 0.1
    }
    """
    form = _form(path)
    state = {name: _floats(name, numbers) for name, numbers in model.state_dict().items()}
    write_atomically(path, form.write(state, about))


def load(model: Stateful, path: str | os.PathLike[str], about: Mapping[str, str] = NOTHING) -> None:
    """Set the parameters of a model from a file that `save` wrote, .json or .safetensors.

    LoadError, with the model unchanged, if the file is damaged, holds anything but finite numbers, or does not fit
    the model name by name and length by length, or was saved of a model about which it says another name. ValueError
    if the suffix is another one.

    >>> import tempfile
    >>> from microgradx.nn import Neuron
    >>> neuron = Neuron(2, init="zeros")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(Neuron(2, init=[0.5, -1.0, 0.1]), f"{folder}/neuron.safetensors")
    ...     load(neuron, f"{folder}/neuron.safetensors")
    >>> neuron.state_dict()
    {'w': [0.5, -1.0], 'b': 0.1}
    """
    form = _form(path)
    limit = _most_bytes(model.state_dict(), about)
    try:
        data = read_at_most(path, limit, ", more than the numbers of this model could need")
        state, found = form.read(data)
        _require_alike(found, about)
        model.load_state_dict(state)
    except LoadError as error:
        raise LoadError(f"{os.fspath(path)}: {error}") from None


def read_at_most(path: str | os.PathLike[str], limit: int, why: str = "") -> bytes:
    """Return the bytes of a file; LoadError, with no more of it read, if there are more than `limit`."""
    with open(path, "rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise LoadError(f"it is larger than {limit} bytes{why}")
    return data


def write_atomically(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a file by way of a temporary one in the same folder, so that `path` holds the old bytes or the new.

    An existing file keeps its permissions, and a link goes on pointing to the file that it names.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_atomically(f"{folder}/a.txt", b"new")
    ...     os.listdir(folder)
    ['a.txt']
    """
    target = Path(path).resolve()
    if not target.parent.is_dir():
        raise FileNotFoundError(f"cannot write {os.fspath(path)!r}: the folder {str(target.parent)!r} does not exist")
    if target.exists() and not target.is_file():  # a device or a pipe, which must not be replaced by a file
        target.write_bytes(data)
        return
    temporary = target.with_name(f".microgradx-{secrets.token_hex(8)}.part")
    try:
        with open(temporary, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, temporary)
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _floats(name: str, numbers: Any) -> float | list[float]:
    for x in entries(numbers):
        if not math.isfinite(x):
            raise ValueError(f"{name!r} holds {x!r}, and only finite numbers can be saved; nothing was written")
    return list(map(float, numbers)) if isinstance(numbers, list | tuple) else float(numbers)


def _require_alike(found: Mapping[str, str], about: Mapping[str, str]) -> None:
    """Raise LoadError if the model that was saved had another name for something than this one has."""
    for what, name in about.items():
        if found.get(what, name) != name:
            raise LoadError(
                f"it is of a model whose {what} is {reprlib.repr(found[what])}, but here it is {name!r}, which makes "
                f"another function of the same numbers; make the model as it was, or set the activation first"
            )


def _most_bytes(state: dict[str, Any], about: Mapping[str, str]) -> int:
    """Return a generous bound on the size of a file that holds this, however it is spaced or escaped."""
    texts = sum(256 + 12 * (len(what) + len(text)) for what, text in about.items())
    return 65_536 + texts + sum(256 + 12 * len(name) + 64 * len(entries(numbers)) for name, numbers in state.items())


def _form(path: str | os.PathLike[str]) -> Format:
    suffix = Path(path).suffix
    if suffix not in FORMATS:
        raise ValueError(f"a model is saved as {' or '.join(FORMATS)}, not {suffix!r} ({os.fspath(path)!r})")
    return FORMATS[suffix]
