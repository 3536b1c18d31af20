"""Scalar reverse-mode autodiff with neural nets on top: see every number, partial and error signal of a gradient."""

from . import datasets as datasets
from . import features as features
from . import losses as losses
from . import metrics as metrics
from . import nn as nn
from . import optim as optim
from . import plots as plots
from . import schedules as schedules
from .apply import apply as apply
from .calculus import grad as grad
from .calculus import hessian as hessian
from .calculus import hvp as hvp
from .calculus import jacobian as jacobian
from .calculus import value_and_grad as value_and_grad
from .check import check_gradients as check_gradients
from .check import compare as compare
from .clipping import clip_grad_norm as clip_grad_norm
from .clipping import clip_grad_value as clip_grad_value
from .compile import compile as compile
from .compile import compile_graph as compile_graph
from .conformance import conformance as conformance
from .derive import derive as derive
from .derive import paths as paths
from .derive import program_listing as program_listing
from .descend import descend as descend
from .diagnose import cost as cost
from .diagnose import diagnose as diagnose
from .diagnose import difference_error as difference_error
from .draw import draw as draw
from .draw import draw_network as draw_network
from .dual import jvp as jvp
from .engine import Value as Value
from .errors import DivergenceError as DivergenceError
from .errors import DomainError as DomainError
from .errors import FormulaError as FormulaError
from .errors import LoadError as LoadError
from .errors import ShapeError as ShapeError
from .errors import StaleGraphError as StaleGraphError
from .errors import TraceError as TraceError
from .exercises import exercise as exercise
from .expand import expand as expand
from .export import from_torch as from_torch
from .export import to_onnx as to_onnx
from .export import to_torch as to_torch
from .formula import formula as formula
from .functions import abs as abs
from .functions import cos as cos
from .functions import detach as detach
from .functions import dot as dot
from .functions import exp as exp
from .functions import expm1 as expm1
from .functions import gaussian as gaussian
from .functions import leaky_relu as leaky_relu
from .functions import linear as linear
from .functions import log as log
from .functions import log1p as log1p
from .functions import log_softmax as log_softmax
from .functions import logsumexp as logsumexp
from .functions import max as max
from .functions import min as min
from .functions import pow as pow
from .functions import relu as relu
from .functions import sigmoid as sigmoid
from .functions import sign as sign
from .functions import sin as sin
from .functions import softmax as softmax
from .functions import softplus as softplus
from .functions import sqrt as sqrt
from .functions import step as step
from .functions import sum as sum
from .functions import tanh as tanh
from .functions import where as where
from .lookup import lookup as lookup
from .minimize import least_squares as least_squares
from .minimize import minimize as minimize
from .nonfinite import explain_nonfinite as explain_nonfinite
from .primitives import TABLE as TABLE
from .primitives import Primitive as Primitive
from .stepper import Step as Step
from .stepper import backward_steps as backward_steps
from .stepper import stepper as stepper
from .study import Study as Study
from .study import study as study
from .train import Checkpoint as Checkpoint
from .train import History as History
from .train import fit as fit

__version__ = "0.1.0"


def __dir__() -> list[str]:
    """Return what is meant for users: none of the other modules of the package, which stand here once imported."""
    rooms = (datasets, features, losses, metrics, nn, optim, plots, schedules)
    return [name for name, x in globals().items() if x in rooms or not isinstance(x, type(nn))]
