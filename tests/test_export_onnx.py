"""ONNX: the files hold what the model computes, for any number of rows, and appear whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import microgradx as mx
from microgradx import nn

from .exports import NETWORKS, REFUSED, ROWS, Named, outputs

numpy = pytest.importorskip("numpy", reason="needs NumPy")
onnx = pytest.importorskip("onnx", reason="needs the package onnx")
onnxruntime = pytest.importorskip("onnxruntime", reason="needs the package onnxruntime")


def run(path: Path, rows: Any, dtype: str = "float64") -> Any:
    """Return what onnxruntime computes by the file at `path`."""
    return onnxruntime.InferenceSession(str(path)).run(["y"], {"x": numpy.array(rows, dtype)})[0]


@pytest.mark.parametrize("name", NETWORKS)
def test_onnxruntime_computes_what_the_model_does(name: str, tmp_path: Path) -> None:
    """A model's file gives its outputs, in 64 bits up to rounding and in 32 bits up to their seven digits."""
    width, make = NETWORKS[name]
    model, path = make(), tmp_path / "model.onnx"
    right = numpy.array(outputs(model, ROWS[width]))
    for dtype, tolerance in (("float64", 1e-14), ("float32", 1e-5)):
        mx.to_onnx(model, path, dtype=dtype)
        found = run(path, ROWS[width], dtype)
        assert found.dtype == dtype
        assert found.shape == right.shape
        assert numpy.allclose(found, right, rtol=tolerance, atol=tolerance), abs(found - right).max()


def test_another_weight_is_noticed(tmp_path: Path) -> None:
    """The test above can fail: a weight that is changed by 1e-9 after writing makes the outputs differ."""
    model = nn.MLP(2, [3, 1], seed=1)
    mx.to_onnx(model, tmp_path / "model.onnx")
    model.layers[1].neurons[0].b.data += 1e-9
    found = run(tmp_path / "model.onnx", ROWS[2])
    assert not numpy.allclose(found, outputs(model, ROWS[2]), rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("count", [0, 1, 1000])
def test_the_number_of_rows_is_free(count: int, tmp_path: Path) -> None:
    """One file takes any number of rows, and one output is a column."""
    model = nn.MLP(2, [3, 1], seed=1)
    mx.to_onnx(model, tmp_path / "model.onnx")
    rows = numpy.random.default_rng(0).normal(size=(count, 2))
    found = run(tmp_path / "model.onnx", rows)
    assert found.shape == (count, 1)
    assert numpy.allclose(found.ravel(), numpy.array([model(row).data for row in rows.tolist()]))


def test_the_file_says_what_it_holds(tmp_path: Path) -> None:
    """Names, sizes and versions are in the file, for viewers: parameters are called as the model calls them."""
    mx.to_onnx(nn.MLP(2, [3, 1], activation="tanh"), tmp_path / "model.onnx")
    found = onnx.load(tmp_path / "model.onnx")
    assert [node.op_type for node in found.graph.node] == ["Gemm", "Tanh", "Gemm"]
    assert {tensor.name: list(tensor.dims) for tensor in found.graph.initializer} == {
        "layers.0.weight": [3, 2],
        "layers.0.bias": [3],
        "layers.1.weight": [1, 3],
        "layers.1.bias": [1],
    }
    (x,), (y,) = found.graph.input, found.graph.output
    sizes = [[d.dim_param or d.dim_value for d in v.type.tensor_type.shape.dim] for v in (x, y)]
    assert (x.name, y.name, sizes) == ("x", "y", [["n", 2], ["n", 1]])
    assert (found.producer_name, found.opset_import[0].version) == ("microgradx", 13)


def test_one_model_gives_one_file(tmp_path: Path) -> None:
    """The same model gives the same bytes each time, and a path may be a text."""
    for name in ("a", "b"):
        mx.to_onnx(nn.MLP(2, [3, 1], activation="softplus"), f"{tmp_path}/{name}.onnx")
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()


def test_a_subclass_that_computes_the_same_is_taken(tmp_path: Path) -> None:
    """A subclass of MLP with sizes of its own is written as the MLP that it is."""
    mx.to_onnx(Named(), tmp_path / "model.onnx")
    assert numpy.allclose(run(tmp_path / "model.onnx", ROWS[2]), outputs(Named(), ROWS[2]))


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_written_is_refused(name: str, tmp_path: Path) -> None:
    """A model with parts that ONNX could not have is an error that names the part, and no file is written."""
    make, error, message = REFUSED[name]
    with pytest.raises(error, match=message):
        mx.to_onnx(make(), tmp_path / "model.onnx")  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_wrong_arguments_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other suffixes, dtypes and sizes of numbers, models without inputs, and a missing package are clear errors."""
    model, path = nn.Neuron(1, init=[1e300, 0.0]), tmp_path / "model.onnx"
    path.write_bytes(b"older")
    with pytest.raises(ValueError, match=r"ends in \.onnx, not as .*model\.pb"):
        mx.to_onnx(model, tmp_path / "model.pb")
    with pytest.raises(ValueError, match="'float64' or 'float32', not 'float16'"):
        mx.to_onnx(model, path, dtype="float16")
    with pytest.raises(ValueError, match="weight has a number beyond the range of float32"):
        mx.to_onnx(model, path, dtype="float32")
    with pytest.raises(ValueError, match="has no layer"):
        mx.to_onnx(nn.Sequential(mx.softmax), path)
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    with pytest.raises(ImportError, match=r"microgradx\[export\]"):
        mx.to_onnx(model, path)
    assert path.read_bytes() == b"older"
