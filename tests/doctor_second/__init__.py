"""A second catalogue of mistakes in hand-derived gradients, written without sight of the doctor's code."""
