"""Exercises: derivations by hand with fresh numbers, checked with a diagnosis."""

from .exercise import COURSE as COURSE
from .exercise import Exercise as Exercise
from .exercise import exercise as exercise
from .exercise import listing as listing
from .feedback import Feedback as Feedback
from .kinds import KINDS as KINDS
