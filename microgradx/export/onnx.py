"""to_onnx: a network as a file in the Open Neural Network Exchange format, which viewers open and runtimes run."""

from __future__ import annotations

from math import inf
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from ..files import write_atomically
from ..module import Module
from .parts import Dense, Function, Part, Skip, check_widths, inputs, parts

OPSET, IR = 13, 8
"""The versions of operations and of the format, of 2020: any runtime of today reads them."""

LARGEST = (2.0 - 2.0**-23) * 2.0**127
"""The largest number in 32 bits."""

Steps = tuple[tuple[str, tuple[str, ...], dict[str, Any]], ...]

STEPS: dict[str, Steps] = {
    "sigmoid": (("Sigmoid", ("x",), {}),),
    "tanh": (("Tanh", ("x",), {}),),
    "relu": (("Relu", ("x",), {}),),
    "leaky_relu": (  # relu(x) − slope·relu(−x)
        ("Relu", ("x",), {}),
        ("Neg", ("x",), {}),
        ("Relu", ("1",), {}),
        ("Mul", ("2", "slope"), {}),
        ("Sub", ("0", "3"), {}),
    ),
    "softplus": (  # relu(x) + log(1 + e^−|x|)
        ("Relu", ("x",), {}),
        ("Abs", ("x",), {}),
        ("Neg", ("1",), {}),
        ("Exp", ("2",), {}),
        ("Add", ("3", "one"), {}),
        ("Log", ("4",), {}),
        ("Add", ("0", "5"), {}),
    ),
    "gaussian": (("Mul", ("x", "x"), {}), ("Mul", ("0", "minus_half"), {}), ("Exp", ("1",), {})),
    "step": (("Greater", ("x", "zero"), {}), ("Cast", ("0",), {"to": "dtype"})),
    "softmax": (("Softmax", ("x",), {"axis": -1}),),
    "log_softmax": (("LogSoftmax", ("x",), {"axis": -1}),),
}
"""Each activation as operations of ONNX: name, what it takes (x, an earlier step or a constant) and its attributes.

ONNX has LeakyRelu and Softplus too, but runtimes compute these in 32 bits alone.
"""


def to_onnx(model: Module, path: str | PathLike[str], *, dtype: str = "float64") -> None:
    """Write a model to an .onnx file, which any viewer opens and onnxruntime runs.

    Its input "x" takes rows of inputs, (n, inputs), for any n, and its output "y" gives rows of outputs, (n, outputs),
    also if there is one output: (n, 1). With dtype="float64" outputs are those of the model up to rounding; "float32",
    for runtimes on phones and in browsers, keeps about seven digits. The file appears whole or not at all. TypeError
    for models that are not made of Neuron, Layer, MLP, Sequential and Residual with activations by name, ValueError
    for another suffix or dtype. ImportError without the package onnx.

    >>> import tempfile
    >>> from microgradx.nn import MLP
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     to_onnx(MLP(2, [3, 1]), f"{folder}/model.onnx")
    ...     Path(folder, "model.onnx").stat().st_size > 0
    True
    """
    if Path(path).suffix != ".onnx":
        raise ValueError(f"the file of an ONNX model ends in .onnx, not as {fspath(path)!r} does")
    if dtype not in ("float64", "float32"):
        raise ValueError(f"the numbers of an ONNX model are 'float64' or 'float32', not {dtype!r}")
    found = parts(model, "to_onnx")
    try:
        import onnx
    except ImportError as error:
        raise ImportError('to_onnx needs the package onnx: python -m pip install "microgradx[export]"') from error
    made = _Graph(onnx, dtype).model(found)
    onnx.checker.check_model(made, full_check=True)
    write_atomically(path, made.SerializeToString())


class _Graph:
    """The nodes and constants of a graph in the making."""

    def __init__(self, onnx: Any, dtype: str) -> None:
        self.onnx = onnx
        self.kind = onnx.TensorProto.DOUBLE if dtype == "float64" else onnx.TensorProto.FLOAT
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}

    def model(self, found: list[Part]) -> Any:
        """Return the model that takes x, computes the parts, and gives y."""
        helper = self.onnx.helper
        width = inputs(found)
        if width is None:
            raise ValueError("the model has no layer, so that the number of its inputs is not known")
        self.chain(found, "x")
        self.nodes[-1].output[:] = ["y"]
        rows = [
            helper.make_tensor_value_info(name, self.kind, ["n", size])
            for name, size in (("x", width), ("y", check_widths(found)))
        ]
        graph = helper.make_graph(self.nodes, "model", rows[:1], rows[1:], list(self.constants.values()))
        versions = [helper.make_opsetid("", OPSET)]
        return helper.make_model(graph, opset_imports=versions, ir_version=IR, producer_name="microgradx")

    def chain(self, found: Any, x: str) -> str:
        """Add parts one after the other, and return what the last one gives."""
        for part in found:
            x = self.part(part, x)
        return x

    def part(self, part: Part, x: str) -> str:
        """Add a part, and return what it gives."""
        if isinstance(part, Dense):
            weights = self.constant(
                _below(part.name, "weight"), part.weights, (len(part.weights), len(part.weights[0]))
            )
            biases = self.constant(_below(part.name, "bias"), part.biases, (len(part.biases),))
            return self.add("Gemm", [x, weights, biases], _below(part.name, "z"), transB=1)
        if isinstance(part, Skip):
            return self.add("Add", [x, self.chain(part.parts, x)], _below(part.name, "sum"))
        return self.activation(part, x)

    def activation(self, function: Function, x: str) -> str:
        """Add the steps of an activation, and return what the last one gives."""
        numbers = {"one": 1.0, "zero": 0.0, "minus_half": -0.5, "slope": function.slope}
        names = {"x": x}
        for i, (operation, taken, attributes) in enumerate(STEPS[function.name]):
            for name in filter(numbers.__contains__, taken):
                names[name] = self.constant(f"{name} = {numbers[name]!r}", [numbers[name]], ())
            attributes = {key: self.kind if value == "dtype" else value for key, value in attributes.items()}
            names[str(i)] = self.add(operation, [names[name] for name in taken], "", **attributes)
        return names[str(len(STEPS[function.name]) - 1)]

    def constant(self, name: str, numbers: list[Any], shape: tuple[int, ...]) -> str:
        """Keep numbers under a name, once."""
        if name not in self.constants:
            flat = [x for row in numbers for x in row] if len(shape) == 2 else numbers
            if self.kind == self.onnx.TensorProto.FLOAT and any(LARGEST < abs(x) < inf for x in flat):
                raise ValueError(f"{name} has a number beyond the range of float32, ±3.4e38; write float64")
            self.constants[name] = self.onnx.helper.make_tensor(name, self.kind, shape, flat)
        return name

    def add(self, operation: str, taken: list[str], name: str, **attributes: Any) -> str:
        """Add a node, and return the name of what it gives."""
        name = name or f"{operation}_{len(self.nodes)}"
        self.nodes.append(self.onnx.helper.make_node(operation, taken, [name], name, **attributes))
        return name


def _below(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
