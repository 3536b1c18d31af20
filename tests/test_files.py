"""Models as files: every bit comes back, and a file is written whole or not at all."""

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


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("activation", ["sigmoid", ["tanh", "relu"]])
def test_other_activations_are_refused(tmp_path, form, activation):
    """Numbers are not put into a network that computes another function of them; the error names both activations."""
    path = tmp_path / f"m{form}"
    MLP(2, [4, 4, 1], activation="tanh").save(path)
    model = MLP(2, [4, 4, 1], activation=activation, seed=1)
    before = bits(model)
    with pytest.raises(LoadError, match=r"layers\.[01]\.activation is 'tanh', but here it is '(sigmoid|relu)'"):
        model.load(path)
    assert bits(model) == before
    model.activation = "tanh"
    model.load(path)
    assert bits(model) != before


@pytest.mark.parametrize("form", FORMS)
def test_activations_that_are_not_known_are_not_compared(tmp_path, form):
    """A file without names, as it was before they were written, a lambda, and a module with none load as ever."""
    path = tmp_path / f"m{form}"
    files.save(MLP(2, [4, 1], activation="tanh"), path)
    MLP(2, [4, 1], activation="relu").load(path)
    MLP(2, [4, 1], activation="tanh", seed=3).save(path)
    model = MLP(2, [4, 1], activation=lambda z: z)
    model.load(path)
    assert bits(model) == bits(MLP(2, [4, 1], seed=3, activation="tanh"))
    Small().save(path)
    Small([0.0, 0.0, 0.0]).load(path)


def test_texts_that_are_none_are_refused(tmp_path):
    """What stands under __metadata__ in JSON is an object."""
    path = tmp_path / "m.json"
    path.write_text('{"w": [1.0, 2.0], "deep.b": 3.0, "__metadata__": 3}')
    with pytest.raises(LoadError, match="an object of texts"):
        Small().load(path)


def test_a_model_may_call_its_parts_parts(tmp_path):
    """An attribute named as a method of Module does not keep a model from being saved, and its parts are compared."""

    class Chain(Module):
        def __init__(self, activation):
            self.parts, self.whole = [MLP(1, [2, 1], activation=activation)], self

    Chain("tanh").save(tmp_path / "m.json")
    Chain("tanh").load(tmp_path / "m.json")
    with pytest.raises(LoadError, match=r"parts\.0\.layers\.0\.activation is 'tanh'"):
        Chain("relu").load(tmp_path / "m.json")
