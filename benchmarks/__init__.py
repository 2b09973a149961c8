"""Measurements on a real Asterisk, each a module with ``--json`` and ``--quick``."""
