"""Models as files: JSON, which people can read, or safetensors, which other programs can. Never pickle.

A model is data. What is read is a table of names and finite numbers that must fit the model exactly, or nothing is
changed. JSON and safetensors both keep every bit of a float. The safetensors format is a length, a JSON header and
raw little-endian doubles (https://github.com/huggingface/safetensors, "Format"), few enough lines to need no package
and to run wherever Python does.
"""

from __future__ import annotations

import json
import math
import os
import reprlib
import secrets
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from .errors import LoadError

State = dict[str, float | list[float]]


class Stateful(Protocol):
    """Anything whose state is a table of names and numbers, such as a Module."""

    def state_dict(self) -> dict[str, Any]:
        """Return name → number, or list of numbers."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take on this state, or raise LoadError with nothing changed."""


def save(model: Stateful, path: str | os.PathLike[str]) -> None:
    """Write the parameters of a model to `path`, as .json or .safetensors.

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
    state = {name: _finite(name, numbers) for name, numbers in model.state_dict().items()}
    write_atomically(path, form.write(state))


def load(model: Stateful, path: str | os.PathLike[str]) -> None:
    """Set the parameters of a model from a file that `save` wrote, .json or .safetensors.

    LoadError, with the model unchanged, if the file is damaged, holds anything but finite numbers, or does not fit
    the model name by name and length by length. ValueError if the suffix is another one.

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
    limit = _most_bytes(model.state_dict())
    with open(path, "rb") as file:
        data = file.read(limit + 1)
    try:
        if len(data) > limit:
            raise LoadError(f"it is larger than {limit} bytes, more than the numbers of this model could need")
        model.load_state_dict(form.read(data))
    except LoadError as error:
        raise LoadError(f"{os.fspath(path)}: {error}") from None


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


def _finite(name: str, numbers: Any) -> float | list[float]:
    if isinstance(numbers, list | tuple):
        return [x for entry in numbers if isinstance(x := _finite(name, entry), float)]
    if not math.isfinite(numbers):
        raise ValueError(f"{name!r} holds {numbers!r}, and only finite numbers can be saved; nothing was written")
    return float(numbers)


def _most_bytes(state: dict[str, Any]) -> int:
    """Return a generous bound on the size of a file that holds this state, however it is spaced or escaped."""
    counts = {name: len(numbers) if isinstance(numbers, list) else 1 for name, numbers in state.items()}
    return 65_536 + sum(256 + 12 * len(name) + 64 * count for name, count in counts.items())


def _parse(data: bytes, parse_int: Callable[[str], Any]) -> dict[str, Any]:
    """Return the JSON object in `data`; LoadError for anything that is not one, or has a key twice."""
    try:
        found = json.loads(
            data.decode("utf-8"), parse_int=parse_int, parse_constant=_refuse, object_pairs_hook=_without_duplicates
        )
    except LoadError:
        raise
    except (ValueError, RecursionError) as error:
        raise LoadError(f"it is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise LoadError(f"it holds {reprlib.repr(found)} where an object of names and numbers belongs")
    return found


def _refuse(token: str) -> None:
    raise LoadError(f"it holds {token}, which is not a finite number")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, x in pairs:
        if key in found:
            raise LoadError(f"it has the key {reprlib.repr(key)} twice")
        found[key] = x
    return found


def _write_json(state: State) -> bytes:
    lines = [f"  {json.dumps(name)}: {json.dumps(numbers)}" for name, numbers in state.items()]
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def _read_json(data: bytes) -> State:
    state = _parse(data, parse_int=float)
    for name, numbers in state.items():
        for x in numbers if isinstance(numbers, list) else [numbers]:
            if not isinstance(x, float):
                raise LoadError(f"{reprlib.repr(name)} holds {reprlib.repr(x)}, which is not a number")
    return state


def _write_safetensors(state: State) -> bytes:
    header, body = {}, b""
    for name, numbers in state.items():
        entries = numbers if isinstance(numbers, list) else [numbers]
        ...
    return body


def _read_safetensors(data: bytes) -> State:
    ...
