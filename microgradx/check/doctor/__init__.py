"""The doctor of `compare`: why a hand derivation is wrong."""

from .consult import Doctor as Doctor
from .diagnosis import KINDS as KINDS
from .diagnosis import Diagnosis as Diagnosis
from .evidence import Case as Case
from .kinks import is_slope as is_slope
