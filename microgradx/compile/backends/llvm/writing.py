"""Writing: all that writes code, behind one door. It is many modules, and nobody needs them whose code is on disk."""

from __future__ import annotations

from .batches import batches_ir
from .columns import emit_columns
from .common import common_ir
from .dispatch import dispatch_ir
from .epochs import epochs_ir
from .kernel import emit
from .mean_code import sums_ir
from .shuffle import shuffle_ir


class Writing:
    """What writes kernels of plans, and modules that belong to no plan."""

    kernel = staticmethod(emit)
    columns = staticmethod(emit_columns)
    common = staticmethod(common_ir)
    sums = staticmethod(sums_ir)
    batches = staticmethod(batches_ir)
    shuffle = staticmethod(shuffle_ir)
    epochs = staticmethod(epochs_ir)
    dispatch = staticmethod(dispatch_ir)
