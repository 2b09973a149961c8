"""What a caller says, where there is a transcript: phrases of complaint and anger, and which were said."""
