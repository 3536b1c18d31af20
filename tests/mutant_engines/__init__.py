"""Small engines of other people's making: two right ones, and what each of them is with one bug in it."""

from .graph import GRAPH
from .operations import OPERATIONS
from .right import CLOSURES as CLOSURES
from .right import EDGES as EDGES
from .right import Mutant as Mutant

MUTANTS = GRAPH + OPERATIONS
