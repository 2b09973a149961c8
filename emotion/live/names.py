"""Names that a site, events and conditions share."""

NAME = "emotion"
"""The listener's, and that of its section."""
FACTS = ("angry_calls_today",)
"""What conditions may read as ``heard.emotion.…`` beside what every listener has."""
