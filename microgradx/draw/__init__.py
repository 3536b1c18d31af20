"""Pictures of computation graphs and networks."""

from .graph import Graph as Graph
from .graph import RendererNotFound as RendererNotFound
from .graph import draw as draw
from .network import NetworkPicture as NetworkPicture
from .network import draw_network as draw_network
