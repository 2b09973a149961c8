"""Dialing out."""
