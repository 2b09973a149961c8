"""What an admin does with a dialplan apart from taking calls by it: draw, compare, simulate, explain."""
