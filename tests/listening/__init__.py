"""Listeners on talks."""
