"""What can be wrong with an expression or a template."""

from __future__ import annotations


class ExpressionError(ValueError):
    """An expression or template can't be read: what is wrong (no full stop), where, and the remedy."""

    def __init__(self, message: str, column: int, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.column = column
        """From 1, in characters of the text that was given."""
        self.remedy = remedy
        """What to do: a whole sentence."""
