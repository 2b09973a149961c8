"""What happened, kept: the event log and everything that is folded from it."""
