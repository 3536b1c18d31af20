"""Pictures of computation graphs and networks."""

from .drawing import draw as draw
from .graph import Graph as Graph
from .graph import RendererNotFound as RendererNotFound
from .network import NetworkPicture as NetworkPicture
from .network import draw_network as draw_network
