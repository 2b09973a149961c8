"""Calls recorded whole: caller on the left, agent on the right (docs/recording.md).

What callers leave as a message (``voicemail``, ``record``) is not here but in ``callflow.stages.recordings``.
"""
