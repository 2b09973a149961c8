"""Asterisk as seen from Python; the only place that knows Asterisk's words."""
