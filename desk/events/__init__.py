"""The log's events as they come, for those who listen: over WebSocket, with resume from a sequence number."""
