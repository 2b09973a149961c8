"""Killed and back."""
