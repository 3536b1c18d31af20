"""The derivation of a gradient written out, as a program, and as a sum over paths."""

from .derivation import derive as derive
from .lines import Contribution as Contribution
from .lines import Derivation as Derivation
from .lines import Line as Line
from .listing import Listing as Listing
from .listing import program_listing as program_listing
from .paths import Path as Path
from .paths import Paths as Paths
from .paths import paths as paths
