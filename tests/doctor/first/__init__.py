"""The first catalogue of the doctor: the lectures' graphs with planted mistakes, random ones with random slips."""
