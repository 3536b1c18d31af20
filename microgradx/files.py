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
    state = {name: _floats(name, numbers) for name, numbers in model.state_dict().items()}
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
    try:
        data = read_at_most(path, limit, ", more than the numbers of this model could need")
        model.load_state_dict(form.read(data))
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


def _entries(numbers: Any) -> list[Any]:
    return list(numbers) if isinstance(numbers, list | tuple) else [numbers]


def _floats(name: str, numbers: Any) -> float | list[float]:
    for x in _entries(numbers):
        if not math.isfinite(x):
            raise ValueError(f"{name!r} holds {x!r}, and only finite numbers can be saved; nothing was written")
    return list(map(float, numbers)) if isinstance(numbers, list | tuple) else float(numbers)


def _most_bytes(state: dict[str, Any]) -> int:
    """Return a generous bound on the size of a file that holds this state, however it is spaced or escaped."""
    return 65_536 + sum(256 + 12 * len(name) + 64 * len(_entries(numbers)) for name, numbers in state.items())


def parse_json(data: bytes, parse_int: Callable[[str], Any]) -> dict[str, Any]:
    """Return the JSON object in `data`; LoadError for anything that is not one, has a key twice, or has a NaN.

    >>> parse_json(b'{"w": [1, 2.5]}', parse_int=float)
    {'w': [1.0, 2.5]}
    """
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
            raise LoadError(f"it has the key {key!r} twice")
        found[key] = x
    return found


def _write_json(state: State) -> bytes:
    lines = [f"  {json.dumps(name)}: {json.dumps(numbers)}" for name, numbers in state.items()]
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def _read_json(data: bytes) -> State:
    state = parse_json(data, parse_int=float)
    for name, numbers in state.items():
        for x in _entries(numbers):
            if not isinstance(x, float):
                raise LoadError(f"{name!r} holds {reprlib.repr(x)}, which is not a number")
    return state


def _write_safetensors(state: State) -> bytes:
    header: dict[str, Any] = {}
    end = 0
    for name, numbers in state.items():
        begin, end = end, end + 8 * len(_entries(numbers))
        shape = [len(numbers)] if isinstance(numbers, list) else []
        header[name] = {"dtype": "F64", "shape": shape, "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)  # so that the numbers are aligned for readers that map the file
    every = [x for numbers in state.values() for x in _entries(numbers)]
    return struct.pack("<Q", len(text)) + text + struct.pack(f"<{len(every)}d", *every)


def _read_safetensors(data: bytes) -> State:
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > len(data) - 8:
        raise LoadError(f"its header should end at byte {8 + length}, but the file has {len(data)} bytes")
    header, body = parse_json(data[8 : 8 + length], parse_int=int), data[8 + length :]
    header.pop("__metadata__", None)  # texts about the file, which say nothing of the numbers
    places = {name: _place(name, entry) for name, entry in header.items()}
    state: State = {}
    reached = 0
    for name in sorted(places, key=places.__getitem__):
        begin, end = places[name]
        if begin != reached or end > len(body):
            raise LoadError(f"{name!r} takes bytes {begin} to {end}, where only {reached} to {len(body)} are left")
        numbers = struct.unpack(f"<{(end - begin) // 8}d", body[begin:end])
        state[name] = list(numbers) if header[name]["shape"] else numbers[0]
        reached = end
    if reached != len(body):
        raise LoadError(f"{len(body) - reached} bytes follow its last entry")
    return state


def _place(name: str, entry: Any) -> tuple[int, int]:
    """Return where the numbers of a safetensors entry begin and end, in bytes, if it says so as it should."""
    if not isinstance(entry, dict) or entry.keys() != {"dtype", "shape", "data_offsets"}:
        raise LoadError(f"{name!r} needs dtype, shape and data_offsets, not {reprlib.repr(entry)}")
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if dtype != "F64":
        raise LoadError(f"{name!r} has the dtype {reprlib.repr(dtype)}, not 'F64'; convert it to 64-bit floats first")
    if not _counts(shape) or len(shape) > 1:
        raise LoadError(f"{name!r} has the shape {reprlib.repr(shape)}, not [] for a number or [n] for a list")
    size = 8 * shape[0] if shape else 8
    if not _counts(offsets) or len(offsets) != 2 or offsets[1] - offsets[0] != size:
        raise LoadError(f"{name!r} needs {size} bytes for its shape, but its offsets are {reprlib.repr(offsets)}")
    return offsets[0], offsets[1]


def _counts(x: Any) -> bool:
    return isinstance(x, list) and all(type(n) is int and 0 <= n < 2**63 for n in x)


class _Form(NamedTuple):
    write: Callable[[State], bytes]
    read: Callable[[bytes], State]


FORMS = {".json": _Form(_write_json, _read_json), ".safetensors": _Form(_write_safetensors, _read_safetensors)}


def _form(path: str | os.PathLike[str]) -> _Form:
    suffix = Path(path).suffix
    if suffix not in FORMS:
        raise ValueError(f"a model is saved as {' or '.join(FORMS)}, not {suffix!r} ({os.fspath(path)!r})")
    return FORMS[suffix]
