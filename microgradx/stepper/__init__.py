"""Backpropagation one node at a time: as an iterator, and as a page that is stepped through by key."""

from .page import Stepper as Stepper
from .page import stepper as stepper
from .steps import Contribution as Contribution
from .steps import Step as Step
from .steps import backward_steps as backward_steps
