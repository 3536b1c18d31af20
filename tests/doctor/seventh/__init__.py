"""The seventh catalogue of the doctor: networks at given points, and the words that name each mistake, fixed before."""
