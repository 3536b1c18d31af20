"""The third catalogue of the doctor: over eight other graphs, written without sight of its code."""
