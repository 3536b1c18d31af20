"""What the tests of training share: a small network, and seven examples for it."""

from microgradx.nn import MLP

X = [[-1.0, 0.5], [0.0, 1.0], [0.5, -0.5], [1.0, 0.25], [2.0, -1.0], [-0.5, -0.75], [0.25, 0.75]]
Y = [0.5, 1.0, -0.25, 0.75, -1.0, 0.25, 0.0]


def network(seed=0):
    """Return a network of two inputs, three tanh units and one output."""
    return MLP(2, [3, 1], activation="tanh", seed=seed)


def weights(model):
    """Return the numbers of all parameters."""
    return [v.data for v in model.parameters()]
