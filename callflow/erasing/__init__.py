"""Erasing a person: whoever calls from a number, or made a call, is known no more."""
