"""Which trace is at work here: the one thing through which code on plain Values and floats knows of it."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

AT_WORK: ContextVar[Any] = ContextVar("trace", default=None)
"""The recorder of the trace that is running in this thread, or None.

A traced number knows its recorder itself. But a comparison of two Values, parameters say, has nothing but Values in its
hands, and must become a guard nevertheless if a trace is running: so there is no way without a place that both know. A
context variable belongs to one thread, and nested traces restore it.
"""
