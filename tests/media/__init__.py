"""What legs say, streamed to Python, and what they alone hear."""
