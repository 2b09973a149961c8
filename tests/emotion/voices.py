"""Made-up measurements of known truth: speakers differ, and so do classes, by as much as is asked for."""

from __future__ import annotations

import numpy as np

from emotion.training.table import Table

EMOTIONS = ("anger", "neutral", "happy", "sad")


def table(
    *,
    speakers: int = 12,
    each: int = 8,
    apart: float = 1.5,
    own: float = 1.0,
    features: int = 6,
    corpora: tuple[str, ...] = ("one", "two"),
    seed: int = 1,
) -> Table:
    """Give utterances of each emotion by each speaker of each corpus.

    ``apart``: how far the means of classes are apart, ``own``: those of speakers; in standard deviations.
    """
    dice = np.random.default_rng(seed)
    means = np.zeros((len(EMOTIONS), features))
    means[range(len(EMOTIONS)), range(len(EMOTIONS))] = apart
    rows, emotions, where, who, sexes = [], [], [], [], []
    for corpus in corpora:
        for number in range(speakers):
            voice = dice.normal(0, own, features)
            for kind, emotion in enumerate(EMOTIONS):
                rows.append(means[kind] + voice + dice.normal(0, 1, (each, features)))
                emotions += [emotion] * each
                where += [corpus] * each
                who += [f"{corpus}_{number:02}"] * each
                sexes += ["mf"[number % 2]] * each
    count = len(emotions)
    return Table(
        np.concatenate(rows),
        np.array(emotions),
        np.array(where),
        np.array(who),
        np.array(["en"] * count),
        np.array(sexes),
    )
