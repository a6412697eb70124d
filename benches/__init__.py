"""Benchmarks: kneepose against the usual ways to compute the same results."""
