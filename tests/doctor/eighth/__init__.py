"""The eighth catalogue of the doctor: what is derived in the five lectures, with the mistakes that students make."""
