"""The second catalogue of the doctor: mistakes in hand-derived gradients, written without sight of its code."""
