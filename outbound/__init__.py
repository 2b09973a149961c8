"""Campaigns, pacing and contact rules, on top of the offers of ``acd``."""
