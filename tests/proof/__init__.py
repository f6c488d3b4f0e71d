"""A day of the whole engine against ground truth, for a test and a benchmark."""
