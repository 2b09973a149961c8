"""Metrics as a fold of the log: counters by quarter hour, and the figures that follow from them."""
