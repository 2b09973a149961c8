"""The file of a model: classifiers of the same features, and the card that says where they come from."""

from __future__ import annotations

from typing import Any

import msgspec

from emotion.models.classifier import Classifier
from emotion.models.own import Prior

KIND = "ringhall emotion model"
VERSION = 1
OWN = "_own"
"""How the names of classifiers end that take features against the speaker's own baseline."""


class ModelError(ValueError):
    """A file that is no model, or one that was made for other features; the message says the remedy."""


class Source(msgspec.Struct, frozen=True):
    """A corpus that a model was trained on."""

    name: str
    files: int
    speakers: int
    licence: str = ""


class Card(msgspec.Struct, frozen=True):
    """Where a model comes from."""

    recipe: str
    """Name and settings of what was done; the same on the same data gives the same model."""
    data_hash: str
    """See :func:`emotion.corpora.folder.data_hash`."""
    licence: str
    """Under which the model may be used."""
    made: str
    """ISO date."""
    sources: tuple[Source, ...] = ()
    figures: dict[str, dict[str, float]] = msgspec.field(default_factory=dict)
    """Classifier → figure → value, on speakers held out."""
    notes: tuple[str, ...] = ()
    """What the figures can't say."""


class Features(msgspec.Struct, frozen=True):
    """What a model hears."""

    version: int
    names: tuple[str, ...]


class ModelFile(msgspec.Struct, frozen=True, kw_only=True):
    """See the module."""

    kind: str = KIND
    version: int = VERSION
    features: Features
    classifiers: dict[str, Classifier]
    """By what they tell apart: ``anger_neutral``, ``anger_rest``, …; those whose name ends in ``_own`` take
    features against the speaker's own baseline (:mod:`emotion.models.own`)."""
    speakers: Prior | None = None
    """What speakers are like in general; the baselines begin with it."""
    card: Card


class _Head(msgspec.Struct):
    kind: str = ""
    version: int = 0


def encode(model: ModelFile) -> bytes:
    """Give the bytes of a file: JSON that a person can look at, a row of numbers on a line."""
    return _laid_out(msgspec.to_builtins(model), b"\n") + b"\n"


def _laid_out(value: Any, line: bytes) -> bytes:
    """Give JSON with a line for each part that has parts of its own; ``line``: how this one begins."""
    deeper = line + b" "
    if isinstance(value, dict) and value:
        pairs = (msgspec.json.encode(key) + b": " + _laid_out(part, deeper) for key, part in value.items())
        return b"{" + deeper + (b"," + deeper).join(pairs) + line + b"}"
    if isinstance(value, (list, tuple)) and any(isinstance(part, (dict, list, tuple)) for part in value):
        return b"[" + deeper + (b"," + deeper).join(_laid_out(part, deeper) for part in value) + line + b"]"
    return msgspec.json.encode(value)


def decode(data: bytes, features: Features) -> ModelFile:
    """Read a model for these features.

    Raises :class:`ModelError` when it is none, is of another version, or was made for other features: numbers
    that mean something else would give a wrong answer, not none.
    """
    try:
        head = msgspec.json.decode(data, type=_Head)
        if head.kind != KIND:
            raise ModelError("it is no emotion model; `ringhall emotion train` makes one")
        if head.version != VERSION:
            raise ModelError(
                f"it is a model file of version {head.version}, this program reads {VERSION}; train it again"
            )
        model = msgspec.json.decode(data, type=ModelFile)
    except msgspec.DecodeError as error:
        raise ModelError(f"it is no emotion model, or a damaged one: {error}") from None
    _same(model.features, features)
    prior = model.speakers
    if prior is None and any(name.endswith(OWN) for name in model.classifiers):
        raise ModelError(
            "it has classifiers against a speaker's own baseline, and does not say what speakers are like"
        )
    if prior is not None and len(prior.mean) != len(features.names):
        raise ModelError(f"its speakers have {len(prior.mean)} features of {len(features.names)}")
    for name, classifier in model.classifiers.items():
        if len(classifier.mean) != len(features.names):
            raise ModelError(
                f"its classifier {name} has {len(classifier.mean)} weights for {len(features.names)} features"
            )
    return model


def _same(made_for: Features, ours: Features) -> None:
    """Raise ModelError unless they are the same."""
    if made_for == ours:
        return
    if made_for.names == ours.names:
        what = (
            f"version {made_for.version} of the features, and they are now measured as version {ours.version}"
        )
    else:
        unknown = [name for name in made_for.names if name not in ours.names]
        new = [name for name in ours.names if name not in made_for.names]
        parts = [
            f"no longer measured: {_few(unknown)}" if unknown else "",
            f"not known to it: {_few(new)}" if new else "",
            "" if unknown or new else "they stand in another order",
        ]
        what = f"other features ({'; '.join(part for part in parts if part)})"
    raise ModelError(f"it was made for {what}; train it again: ringhall emotion train CORPUS… --out FILE")


def _few(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
