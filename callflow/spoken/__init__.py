"""Numbers, money, dates and times as speech: which fragments to play for a value.

Fragments are rendered when a site loads, never during a call; so each language gives for every kind its
whole vocabulary (some hundred fragments), and a value becomes a sequence of those.  Fragments are as long as
their number allows, since joins can be heard.
"""

from callflow.spoken.kinds import KINDS, Kind, SpokenError, fragments, kind_of, speakable, vocabulary

__all__ = ["KINDS", "Kind", "SpokenError", "fragments", "kind_of", "speakable", "vocabulary"]
