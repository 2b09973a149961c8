"""How well callers and agents hear each other (docs/quality.md)."""
