"""Tests of the switch port on a real Asterisk, with real phones."""
