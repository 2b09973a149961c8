"""Benchmarks: each runs the live code and prints its conditions."""
