"""Repeated runs: what is sure about a training, over seeds, as a mean and a spread."""

from .result import Study as Study
from .run import study as study
