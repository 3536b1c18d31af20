"""Diagnostics: why a model does not learn, what a gradient costs, and how wrong differences are."""

from .cost import Cost as Cost
from .cost import cost as cost
from .difference import DifferenceError as DifferenceError
from .difference import difference_error as difference_error
from .health import diagnose as diagnose
from .report import Diagnosis as Diagnosis
from .report import Finding as Finding
