"""Functions on any kind of number: floats give floats, Values record, Duals carry their tangents along.

Where PyTorch has a name, this is it. `sum`, `max`, `min` and `abs` take Python's names on purpose: each records one
node, whatever the number of terms.
"""

from .elementwise import abs as abs
from .elementwise import cos as cos
from .elementwise import detach as detach
from .elementwise import exp as exp
from .elementwise import expm1 as expm1
from .elementwise import gaussian as gaussian
from .elementwise import leaky_relu as leaky_relu
from .elementwise import linear as linear
from .elementwise import log as log
from .elementwise import log1p as log1p
from .elementwise import pow as pow
from .elementwise import relu as relu
from .elementwise import sigmoid as sigmoid
from .elementwise import sign as sign
from .elementwise import sin as sin
from .elementwise import softplus as softplus
from .elementwise import sqrt as sqrt
from .elementwise import step as step
from .elementwise import tanh as tanh
from .elementwise import where as where
from .reductions import dot as dot
from .reductions import log_softmax as log_softmax
from .reductions import logsumexp as logsumexp
from .reductions import max as max
from .reductions import min as min
from .reductions import softmax as softmax
from .reductions import sum as sum
