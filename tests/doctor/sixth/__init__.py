"""The sixth catalogue of the doctor: seventeen graphs, and the words that name each mistake, fixed before the run."""
