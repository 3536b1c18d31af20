"""The fourth catalogue of the doctor: over twenty other graphs, written without sight of its code."""
