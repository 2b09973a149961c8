"""Agents, queues and the router: a pure core with one owner, and its stages."""
