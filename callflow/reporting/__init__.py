"""Metrics and queue_log of a running controller, and ``ringhall report``."""
