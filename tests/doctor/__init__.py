"""Tests of the doctor: which mistake it finds in a hand derivation."""
