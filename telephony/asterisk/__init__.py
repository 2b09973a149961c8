"""Asterisk behind the switch port: its home and process, its settings, and its words made into ours."""
