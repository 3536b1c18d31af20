"""Checks of gradients: against finite differences and complex steps, and against derivations made by hand."""

from .doctor import KINDS as KINDS
from .doctor import Explanation as Explanation
from .gradients import GradientReport as GradientReport
from .gradients import check_gradients as check_gradients
from .hand import Comparison as Comparison
from .hand import compare as compare
from .rows import TableReport as TableReport
from .rows import check_table as check_table
