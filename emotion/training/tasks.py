"""What is told apart: which emotions make which class."""

from __future__ import annotations

import msgspec

from emotion.models.written import OWN


class Task(msgspec.Struct, frozen=True):
    """One question to a classifier."""

    name: str
    classes: tuple[str, ...]
    """Of two, the second one is what is looked for."""
    of_emotion: dict[str, str]
    """Emotion → class; whatever else is labelled, or not labelled, takes no part."""
    own: bool = False
    """Whether each utterance is heard against all else that its speaker said (:mod:`emotion.models.own`)."""


def _each(name: str, *emotions: str) -> Task:
    return Task(name, emotions, {emotion: emotion for emotion in emotions})


_REST = ("neutral", "happy", "sad", "fear", "disgust", "surprise", "boredom", "calm")

_PLAIN = (
    _each("anger_neutral", "neutral", "anger"),
    Task("anger_rest", ("rest", "anger"), {"anger": "anger", **dict.fromkeys(_REST, "rest")}),
    _each("four", "anger", "neutral", "happy", "sad"),
    _each("five", "anger", "neutral", "happy", "sad", "fear"),
)
_OWN = tuple(Task(task.name + OWN, task.classes, task.of_emotion, own=True) for task in _PLAIN)
TASKS: dict[str, Task] = {task.name: task for task in (*_PLAIN, *_OWN)}
