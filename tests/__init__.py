"""The tests: each one-sentence docstring is a promise that the library keeps."""
