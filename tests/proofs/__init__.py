"""Long runs of what the tests promise: `python -m tests.proofs --programs 1000000`."""
