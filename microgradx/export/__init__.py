"""Networks for other libraries: PyTorch and back, and ONNX."""

from .onnx import to_onnx as to_onnx
from .torch import from_torch as from_torch
from .torch import to_torch as to_torch
