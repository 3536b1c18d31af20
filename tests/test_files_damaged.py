"""Files that are not honest are refused by name, and change no model."""

import json
import math
import struct

import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st

from microgradx import files
from microgradx.errors import LoadError

from .test_files import FORMS, Small, bits


def tensors(header, body=b"", length=None):
    """Return a safetensors file with this header, honest or not."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + body


def entry(begin, end, shape=(), dtype="F64"):
    """Return a safetensors entry."""
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end]}


@pytest.fixture
def reading(tmp_path):
    """Return a function that loads bytes into a model as a file of the given form."""

    def read(model, form, data):
        path = tmp_path / f"model{form}"
        path.write_bytes(data)
        files.load(model, path)

    return read


GOOD = {"w": [0.5, 1.0], "deep.b": 2.0}
BODY = struct.pack("<3d", 0.5, 1.0, 2.0)
PLACES = {"w": entry(0, 16, [2]), "deep.b": entry(16, 24)}

DISHONEST = {
    "empty": (".json", b"", "not JSON"),
    "truncated": (".json", b'{"w": [0.5, 1.0], "deep', "not JSON"),
    "more after the end": (".json", json.dumps(GOOD).encode() + b"{}", "Extra data"),
    "not UTF-8": (".json", b'{"w\xff": 1}', "utf-8"),
    "UTF-16": (".json", json.dumps(GOOD).encode("utf-16"), "utf-8"),
    "a list": (".json", b"[1, 2]", r"holds \[1.0, 2.0\] where an object"),
    "a number": (".json", b"1", "where an object"),
    "a program": (".json", b"cos\nsystem\n(S'true'\ntR.", "not JSON"),
    "a key twice": (".json", b'{"w": [1, 2], "deep.b": 2, "w": [0, 0]}', "the key 'w' twice"),
    "a key twice inside": (".json", b'{"w": {"a": 1, "a": 2}, "deep.b": 2}', "the key 'a' twice"),
    "a key too few": (".json", b'{"w": [1, 2]}', "lacks 'deep.b'"),
    "a key too many": (".json", json.dumps(GOOD | {"c": 1.0}).encode(), "has 'c', which the model does not"),
    "another key": (".json", json.dumps({"w": [1, 2], "b": 1.0}).encode(), "lacks 'deep.b'"),
    "NaN": (".json", b'{"w": [1, NaN], "deep.b": 2}', "holds NaN"),
    "Infinity": (".json", b'{"w": [1, Infinity], "deep.b": 2}', "holds Infinity"),
    "-Infinity": (".json", b'{"w": [1, 2], "deep.b": -Infinity}', "holds -Infinity"),
    "overflow": (".json", b'{"w": [1, 2], "deep.b": 1e400}', "'deep.b' holds inf"),
    "digits without end": (".json", b'{"w": [1, 2], "deep.b": ' + b"9" * 9999 + b"}", "'deep.b' holds inf"),
    "true": (".json", b'{"w": [1, true], "deep.b": 2}', "'w' holds True, which is not a number"),
    "null": (".json", b'{"w": [1, 2], "deep.b": null}', "'deep.b' holds None"),
    "text": (".json", b'{"w": [1, "2"], "deep.b": 2}', "'w' holds '2'"),
    "an object": (".json", b'{"w": {"0": 1, "1": 2}, "deep.b": 2}', "'w' holds {"),
    "nested": (".json", b'{"w": [[1, 2]], "deep.b": 2}', r"'w' holds \[1.0, 2.0\]"),
    "nested without end": (".json", b'{"w": ' + b"[" * 30_000, "recursion"),
    "nested deep": (".json", b'{"w": ' + b"[" * 900 + b"]" * 900 + b', "deep.b": 2}', "'w' holds|recursion"),
    "too few": (".json", b'{"w": [1], "deep.b": 2}', "'w' has 2 numbers in the model, 1 in the state"),
    "too many": (".json", b'{"w": [1, 2, 3], "deep.b": 2}', "2 numbers in the model, 3"),
    "a list for a number": (".json", b'{"w": [1, 2], "deep.b": [2]}', r"'deep.b' holds \[2.0\]"),
    "a number for a list": (".json", b'{"w": 1, "deep.b": 2}', "'w' is a list of 2 numbers"),
    "huge": (".json", json.dumps(GOOD).encode() + b" " * 100_000, "larger than 66"),
    "no length": (".safetensors", b"\x07", "the file has 1 bytes"),
    "no file": (".safetensors", b"", "the file has 0 bytes"),
    "header past the end": (".safetensors", tensors(PLACES, BODY, length=10**6), "should end at byte 1000008"),
    "header without end": (".safetensors", tensors(PLACES, BODY, length=2**64 - 1), "should end at byte"),
    "header not JSON": (".safetensors", tensors(b"{'w': 1}", BODY), "not JSON"),
    "header a list": (".safetensors", tensors([PLACES], BODY), "where an object"),
    "entry twice": (".safetensors", tensors(b'{"w": 1, "w": 2}', BODY), "the key 'w' twice"),
    "entry not a table": (".safetensors", tensors(PLACES | {"w": 3}, BODY), "'w' needs dtype, shape"),
    "entry lacks a key": (".safetensors", tensors(PLACES | {"w": {"dtype": "F64"}}, BODY), "'w' needs dtype"),
    "entry has a key more": (".safetensors", tensors(PLACES | {"w": entry(0, 16, [2]) | {"a": 1}}, BODY), "'w' needs"),
    "single precision": (".safetensors", tensors(PLACES | {"w": entry(0, 8, [2], "F32")}, BODY), "dtype 'F32', not"),
    "dtype a list": (".safetensors", tensors(PLACES | {"w": entry(0, 16, [2], ["F64"])}, BODY), "dtype"),
    "matrix": (".safetensors", tensors(PLACES | {"w": entry(0, 16, [1, 2])}, BODY), r"shape \[1, 2\]"),
    "negative shape": (".safetensors", tensors(PLACES | {"w": entry(0, 16, [-2])}, BODY), r"shape \[-2\]"),
    "shape true": (".safetensors", tensors(PLACES | {"w": entry(0, 8, [True])}, BODY), r"shape \[True\]"),
    "shape not whole": (".safetensors", tensors(PLACES | {"w": entry(0, 16, [2.0])}, BODY), r"shape \[2.0\]"),
    "shape not fitting": (".safetensors", tensors(PLACES | {"w": entry(0, 16, [3])}, BODY), "'w' needs 24 bytes"),
    "shape beyond numbers": (".safetensors", tensors(PLACES | {"w": entry(0, 16, [10**4299])}, BODY), "shape"),
    "digits without end in the header": (".safetensors", tensors(b'{"w": ' + b"9" * 9999 + b"}"), "not JSON"),
    "offsets backwards": (".safetensors", tensors(PLACES | {"w": entry(16, 0, [2])}, BODY), "'w' needs 16 bytes"),
    "three offsets": (".safetensors", tensors({"w": entry(0, 16, [2]) | {"data_offsets": [0, 16, 16]}}), "'w' needs"),
    "offsets overlap": (".safetensors", tensors(PLACES | {"deep.b": entry(8, 16)}, BODY), "bytes 8 to 16, where"),
    "offsets leave a gap": (".safetensors", tensors(PLACES | {"deep.b": entry(24, 32)}, BODY + BODY), "bytes 24 to 32"),
    "offsets past the end": (".safetensors", tensors(PLACES, BODY[:-1]), "bytes 16 to 24, where only 16 to 23"),
    "bytes left over": (".safetensors", tensors(PLACES, BODY + b"\0"), "1 bytes follow"),
    "not a number": (".safetensors", tensors(PLACES, BODY[:-8] + struct.pack("<d", math.nan)), "'deep.b' holds nan"),
    "list for a number": (".safetensors", tensors(PLACES | {"deep.b": entry(16, 24, [1])}, BODY), r"holds \[2.0\]"),
    "no entries": (".safetensors", tensors({}), "lacks"),
    "larger than the model": (".safetensors", tensors(PLACES, BODY) + b"\0" * 100_000, "larger than 66"),
}


@pytest.mark.parametrize(("form", "data", "message"), DISHONEST.values(), ids=DISHONEST)
def test_refused(reading, form, data, message):
    """A dishonest file is a LoadError that names the file and the reason, and the model keeps every bit."""
    model = Small()
    before = bits(model)
    with pytest.raises(LoadError, match=rf"model\{form}: (.|\n)*({message})"):
        reading(model, form, data)
    assert bits(model) == before


@pytest.mark.parametrize(
    ("form", "data"), [(".json", json.dumps(GOOD).encode()), (".safetensors", tensors(PLACES, BODY))]
)
def test_honest_twins_load(reading, form, data):
    """What the dishonest files were made from does load, so that they fail for the reason given."""
    model = Small()
    reading(model, form, data)
    assert bits(model) == BODY


MUTATION = st.tuples(
    st.sampled_from(["flip", "set", "insert", "delete", "cut"]), st.integers(0, 10**6), st.integers(0, 255)
)


def mutate(data, mutations):
    """Return the bytes with bits flipped, bytes set, inserted or deleted, or the end cut off."""
    for kind, position, byte in mutations:
        i = position % (len(data) + 1)
        replacement = {
            "flip": bytes(b ^ 1 << byte % 8 for b in data[i : i + 1]),
            "set": bytes([byte]) if i < len(data) else b"",
            "insert": bytes([byte]) + data[i : i + 1],
        }
        data = data[:i] + replacement.get(kind, b"") + (b"" if kind == "cut" else data[i + 1 :])
    return data


def independent(form, data):
    """Return what another reader finds in the file."""
    if form == ".json":
        return json.loads(data)
    return {name: x.tolist() for name, x in safetensors.numpy.load(data).items()}


def loads(path, form, data):
    """Return whether the file loads; then the numbers are another reader's, else the model keeps every bit."""
    path.write_bytes(data)
    model = Small([7.0, 8.0, 9.0])
    before = bits(model)
    try:
        files.load(model, path)
    except LoadError:
        assert bits(model) == before
        return False
    assert model.state_dict() == independent(form, data)
    assert all(math.isfinite(v.data) for v in model.parameters())
    return True


@pytest.mark.parametrize("form", FORMS)
def test_each_bit_flipped(tmp_path, form):
    """With any one bit flipped a file is refused, or valid still and read as another reader reads it; both occur."""
    path = tmp_path / f"flipped{form}"
    files.save(Small(), path)
    data = path.read_bytes()
    outcomes = {loads(path, form, mutate(data, [("flip", i, bit)])) for i in range(len(data)) for bit in range(8)}
    assert outcomes == {True, False}


@pytest.mark.parametrize("form", FORMS)
@settings(derandomize=True, max_examples=400, deadline=None)
@given(mutations=st.lists(MUTATION, min_size=1, max_size=4))
def test_mutated_files(tmp_path_factory, form, mutations):
    """Bytes flipped, set, inserted, deleted or cut off never do anything else either."""
    path = tmp_path_factory.getbasetemp() / f"mutated{form}"
    files.save(Small(), path)
    loads(path, form, mutate(path.read_bytes(), mutations))
