"""A recorded day lived once more on the same core, under another strategy or with other people."""
