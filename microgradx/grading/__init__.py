"""Marks for students' notebooks: run apart, answers read as plain data, checked where their code never runs."""

from .grade import grade as grade
from .marks import CellMark as CellMark
from .marks import Marks as Marks
