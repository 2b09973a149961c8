"""Campaigns: what a site writes about them, what is going on in each, and who works for which."""
