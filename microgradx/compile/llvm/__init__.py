"""From nests to machine code by LLVM: text of its intermediate language, made of integers and hexadecimal floats only."""
