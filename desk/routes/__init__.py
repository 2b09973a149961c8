"""The routes of the API, a file for each area; other packages bring their own (docs/api.md)."""
