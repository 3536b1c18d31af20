"""Tests of the doctor: which mistake it finds in a hand derivation.

Catalogues of planted mistakes and of right derivations, each over graphs of its own, from the `first` to the `seventh`;
`judge` says what counts as named. The files beside them test one part each, on the graphs of `examples`.
"""
