"""Training: fit a model to examples, with a history, checkpoints, early stopping, and a clean end at any time."""

from .checkpoint import Checkpoint as Checkpoint
from .fit import fit as fit
from .history import History as History
from .run import Run as Run
