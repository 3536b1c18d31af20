"""From nests to machine code by LLVM: its intermediate language as text, of integers and hexadecimal floats only."""
