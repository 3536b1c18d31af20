"""Models as files: every bit comes back, and nothing but an honest file changes a model."""

import json
import math
import os
import stat
import struct

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import example, given, settings
from hypothesis import strategies as st

from microgradx import files
from microgradx.engine import Value
from microgradx.errors import LoadError
from microgradx.module import Module
from microgradx.nn import MLP

FORMS = [".json", ".safetensors"]
EDGES = [0.0, -0.0, 5e-324, -2.2250738585072014e-308, 0.1, 1 / 3, math.pi, -1.7976931348623157e308]


class Small(Module):
    """A model with a list of numbers, a nested one and a single number."""

    def __init__(self, numbers=(1.5, -2.5, 0.25)):
        *w, b = numbers
        self.w = [Value(x) for x in w]
        self.deep = {"b": Value(b)}


def bits(model):
    """Return the parameters of a model as bytes."""
    numbers = [v.data for v in model.parameters()]
    return struct.pack(f"{len(numbers)}d", *numbers)


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


@pytest.mark.parametrize("form", FORMS)
@settings(derandomize=True, max_examples=50, deadline=None)
@given(numbers=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=9))
@example(numbers=EDGES)
def test_round_trip(tmp_path_factory, form, numbers):
    """Every finite float comes back bit for bit."""
    path = tmp_path_factory.mktemp("round") / f"m{form}"
    files.save(Small(numbers), path)
    other = Small([7.0] * len(numbers))
    files.load(other, path)
    assert bits(other) == bits(Small(numbers))


@pytest.mark.parametrize("form", FORMS)
def test_round_trip_of_a_network(tmp_path, form):
    """A network takes on another's parameters, so that it computes the same; gradients and labels stay its own."""
    one, other = MLP(2, [8, 8, 3], seed=1), MLP(2, [8, 8, 3], seed=2)
    other.parameters()[0].grad = 5.0
    files.save(one, str(tmp_path / f"net{form}"))
    files.load(other, str(tmp_path / f"net{form}"))
    assert [y.data for y in one([0.3, -0.7])] == [y.data for y in other([0.3, -0.7])]
    assert (other.parameters()[0].grad, other.parameters()[0].label) == (5.0, one.parameters()[0].label)


def test_json_is_for_people(tmp_path):
    """JSON has one parameter a line; respaced by hand, and with whole numbers, it still loads."""
    path = tmp_path / "m.json"
    files.save(Small(), path)
    assert path.read_text() == '{\n  "w": [1.5, -2.5],\n  "deep.b": 0.25\n}\n'
    path.write_text(json.dumps({"deep.b": 3, "w": [4, -7]}, indent=20))
    model = Small()
    files.load(model, path)
    assert bits(model) == struct.pack("3d", 4.0, -7.0, 3.0)


def test_safetensors_package_reads_ours(tmp_path):
    """The package safetensors reads our files: names, shapes, numbers."""
    files.save(MLP(3, [4, 2]), tmp_path / "m.safetensors")
    found = safetensors.numpy.load_file(tmp_path / "m.safetensors")
    state = MLP(3, [4, 2]).state_dict()
    assert {name: x.tolist() for name, x in found.items()} == state
    assert {x.dtype for x in found.values()} == {np.dtype("float64")}


def test_ours_reads_safetensors_package(tmp_path):
    """We read the package's files, whatever the order of their entries, and skip their metadata."""
    numbers = {"w": np.array([3.0, 5e-324]), "deep.b": np.array(-0.0)}
    safetensors.numpy.save_file(numbers, tmp_path / "m.safetensors", metadata={"made": "by hand"})
    model = Small()
    files.load(model, tmp_path / "m.safetensors")
    assert bits(model) == struct.pack("3d", 3.0, 5e-324, -0.0)


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


@pytest.mark.parametrize("path", ["model.pkl", "model", "model.JSON", "json", ".json.gz"])
def test_other_suffixes(path):
    """Another suffix is a ValueError that names it and the two there are, when saving and when loading."""
    for act in (files.save, files.load):
        with pytest.raises(ValueError, match=r"\.json or \.safetensors, not '.*model|json.*'"):
            act(Small(), path)


def test_missing_file(tmp_path):
    """A file that is not there is a FileNotFoundError, as everywhere in Python."""
    with pytest.raises(FileNotFoundError):
        files.load(Small(), tmp_path / "nothing.json")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("x", [math.nan, math.inf])
def test_only_finite_numbers_are_saved(tmp_path, form, x):
    """A model with NaN or inf in it is not saved over a good file; the error names the parameter."""
    path = tmp_path / f"m{form}"
    files.save(Small(), path)
    good = path.read_bytes()
    model = Small()
    model.w[1].data = x
    with pytest.raises(ValueError, match=f"'w' holds {x}.*nothing was written"):
        files.save(model, path)
    assert path.read_bytes() == good


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()], ids=["disk full", "interrupt"])
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_atomic(tmp_path, monkeypatch, step, error):
    """A failure while writing leaves the old file whole and no other file behind."""
    path = tmp_path / "m.json"
    files.save(Small(), path)
    good = path.read_bytes()

    def fail(*arguments):
        raise error

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(type(error)):
        files.save(Small([4.0, 5.0, 6.0]), path)
    assert (os.listdir(tmp_path), path.read_bytes()) == (["m.json"], good)


def test_permissions(tmp_path):
    """A new file has the permissions that any new file gets here, and an old one keeps its own."""
    plain, path = tmp_path / "plain", tmp_path / "m.json"
    plain.touch()
    files.save(Small(), path)
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)
    path.chmod(0o640)
    files.save(Small(), path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_links(tmp_path):
    """Saving to a link writes the file that it points to."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "link.json").symlink_to("folder/m.json")
    files.save(Small(), tmp_path / "link.json")
    assert (tmp_path / "link.json").is_symlink()
    files.load(Small(), tmp_path / "folder" / "m.json")


def test_devices_are_not_read_to_their_end(tmp_path):
    """A file that never ends is refused after as many bytes as the model could need."""
    (tmp_path / "zero.json").symlink_to("/dev/zero")
    with pytest.raises(LoadError, match="larger than"):
        files.load(Small(), tmp_path / "zero.json")
