"""Calls that agents begin: to outside numbers, and to each other (docs/agents.md)."""
