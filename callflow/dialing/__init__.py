"""Dialing out: which numbers may be called at all, over which trunks in which order; and who is turned away."""
