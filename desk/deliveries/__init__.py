"""Webhooks of the API: other systems are told of the log's events (docs/webhooks.md)."""
