"""Conformance: what somebody's own `Value` does wrong, told by the bug's name."""

from .case import Bug as Bug
from .report import ConformanceReport as ConformanceReport
from .run import conformance as conformance
