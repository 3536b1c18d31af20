"""The fifth catalogue of the doctor: nineteen graphs with plain data, lists and kinks."""
