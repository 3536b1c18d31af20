"""The tour: what the library is for, shown on real data in under a minute."""

from .tour import tour as tour
