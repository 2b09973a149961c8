"""Listeners on talks: who hears which call, and what becomes of what they report."""
