"""Dialing out: which numbers may be called, over which trunks in which order; and who is turned away."""
