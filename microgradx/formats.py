"""How the numbers of a model are written: as JSON, or as safetensors.

The safetensors format is a length, a JSON header and raw little-endian doubles
(https://github.com/huggingface/safetensors, "Format"), few enough lines to need no package and to run wherever Python
does. Texts about the numbers stand under "__metadata__", in JSON too.
"""

from __future__ import annotations

import json
import reprlib
import struct
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from .errors import LoadError

State = dict[str, float | list[float]]
Texts = Mapping[str, str]

METADATA = "__metadata__"


def entries(numbers: Any) -> list[Any]:
    """Return a list of numbers, or a single number as the list of it."""
    return list(numbers) if isinstance(numbers, list | tuple) else [numbers]


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


def _write_json(state: State, texts: Texts) -> bytes:
    whole = state | ({METADATA: dict(texts)} if texts else {})
    lines = [f"  {json.dumps(name)}: {json.dumps(x)}" for name, x in whole.items()]
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def _read_json(data: bytes) -> tuple[State, Texts]:
    state = parse_json(data, parse_int=float)
    texts = _texts(state)
    for name, numbers in state.items():
        for x in entries(numbers):
            if not isinstance(x, float):
                raise LoadError(f"{name!r} holds {reprlib.repr(x)}, which is not a number")
    return state, texts


def _texts(found: dict[str, Any]) -> Texts:
    """Take out the texts about the numbers, and return them."""
    about = found.pop(METADATA, {})
    if not isinstance(about, dict):
        raise LoadError(f"{METADATA!r} holds {reprlib.repr(about)} where an object of texts belongs")
    return {what: text for what, text in about.items() if isinstance(text, str)}


def _write_safetensors(state: State, texts: Texts) -> bytes:
    header: dict[str, Any] = {METADATA: dict(texts)} if texts else {}
    end = 0
    for name, numbers in state.items():
        begin, end = end, end + 8 * len(entries(numbers))
        shape = [len(numbers)] if isinstance(numbers, list) else []
        header[name] = {"dtype": "F64", "shape": shape, "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)  # so that the numbers are aligned for readers that map the file
    every = [x for numbers in state.values() for x in entries(numbers)]
    return struct.pack("<Q", len(text)) + text + struct.pack(f"<{len(every)}d", *every)


def _read_safetensors(data: bytes) -> tuple[State, Texts]:
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > len(data) - 8:
        raise LoadError(f"its header should end at byte {8 + length}, but the file has {len(data)} bytes")
    header, body = parse_json(data[8 : 8 + length], parse_int=int), data[8 + length :]
    texts = _texts(header)
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
    return state, texts


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


class Format(NamedTuple):
    """How a state, and texts about it, become bytes, and how they are read from them."""

    write: Callable[[State, Texts], bytes]
    read: Callable[[bytes], tuple[State, Texts]]


FORMATS = {".json": Format(_write_json, _read_json), ".safetensors": Format(_write_safetensors, _read_safetensors)}
