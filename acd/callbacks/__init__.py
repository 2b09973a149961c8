"""Callbacks that keep the caller's place: which promise is kept when, and the calls that keep them."""
