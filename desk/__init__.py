"""HTTP and WebSocket interface, and the screens on top of it."""
