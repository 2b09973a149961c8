"""A speaker's own baseline: nothing at first, and what they are like once they were heard."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.models.own import MEAN_WEIGHT, SPREAD_WEIGHT, Prior, Sums, against_others, prior_of

PRIOR = Prior((10.0, 0.0), (4.0, 1.0))
NOTHING = Sums.of(np.zeros((0, 2)))


def test_before_anything_was_heard_everybody_is_as_people_are() -> None:
    assert NOTHING.against(np.array([14.0, -1.0]), PRIOR) == pytest.approx([2.0, -1.0])


def test_it_comes_to_the_speakers_own_mean_and_spread() -> None:
    dice = np.random.default_rng(1)
    heard = Sums.of(dice.normal((20.0, 5.0), (3.0, 0.5), (4000, 2)))
    assert heard.against(np.array([23.0, 5.5]), PRIOR) == pytest.approx([1.0, 1.0], abs=0.05)


def test_one_window_counts_as_much_as_is_written() -> None:
    heard = Sums.of(np.array([[12.0, 0.0]]))
    mean = (12.0 + MEAN_WEIGHT * 10.0) / (1 + MEAN_WEIGHT)
    variance = ((12.0 - mean) ** 2 + SPREAD_WEIGHT * 4.0) / (1 + SPREAD_WEIGHT)
    assert heard.against(np.array([15.0, 0.0]), PRIOR)[0] == pytest.approx((15.0 - mean) / np.sqrt(variance))


def test_what_was_not_measured_changes_nothing() -> None:
    known = Sums.of(np.array([[12.0, 1.0], [14.0, 3.0]]))
    patchy = Sums.of(np.array([[12.0, np.nan], [14.0, 3.0], [np.nan, 1.0]]))
    assert patchy.against(np.array([9.0, 9.0]), PRIOR) == pytest.approx(
        known.against(np.array([9.0, 9.0]), PRIOR)
    )


def test_a_row_is_told_against_the_others_of_its_speaker_and_not_against_itself() -> None:
    dice = np.random.default_rng(2)
    features, speakers = dice.normal(size=(9, 2)), np.array(list("aabbabbab"))
    told = against_others(features, speakers, PRIOR)
    for row in range(9):
        others = (speakers == speakers[row]) & (np.arange(9) != row)
        assert told[row] == pytest.approx(Sums.of(features[others]).against(features[row], PRIOR))


def test_speakers_weigh_the_same_however_much_they_said() -> None:
    features = np.array([[0.0], [2.0], *[[10.0]] * 50, *[[14.0]] * 50])
    speakers = np.array(["a"] * 2 + ["b"] * 100)
    assert prior_of(features, speakers) == Prior((6.5,), (2.5,))
