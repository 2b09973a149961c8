"""Figures have their definitions' values, and intervals hold the truth as often as they say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, recall_score, roc_auc_score

from emotion.training.intervals import draws, intervals
from emotion.training.metrics import auc, confusion, ece, mean_auc, uar


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_figures_are_those_of_a_library(classes: int) -> None:
    dice = np.random.default_rng(classes)
    truth = dice.integers(0, classes, 400)
    said = dice.dirichlet(np.ones(classes), 400).round(2)  # with ties
    said[:, 0] += 1 - said.sum(axis=1)
    answers = said.argmax(axis=1)
    assert (confusion(truth, answers, classes) == confusion_matrix(truth, answers)).all()
    assert uar(truth, answers, classes) == pytest.approx(recall_score(truth, answers, average="macro"))
    expected = [roc_auc_score(truth == number, said[:, number]) for number in range(classes)]
    assert mean_auc(truth, said) == pytest.approx(expected[1] if classes == 2 else np.mean(expected))


def test_what_is_not_defined_is_no_number() -> None:
    one = np.zeros(4, dtype=np.intp)
    assert math.isnan(uar(one, one, 2))
    assert math.isnan(auc(one > 0, np.arange(4.0)))
    assert math.isnan(ece(one[:0], np.zeros((0, 2))))


def test_uar_does_not_mind_how_frequent_a_class_is() -> None:
    truth = np.array([0] * 90 + [1] * 10)
    assert uar(truth, np.zeros(100, dtype=np.intp), 2) == 0.5
    assert uar(truth, truth, 2) == 1


def test_ece_of_two_classes_is_how_far_chances_are_off() -> None:
    dice = np.random.default_rng(1)
    chance = dice.uniform(0, 1, 100_000)
    truth = (dice.uniform(0, 1, 100_000) < chance).astype(np.intp)
    assert ece(truth, np.stack([1 - chance, chance], axis=1)) < 0.01
    sure = np.clip(chance + np.where(chance > 0.5, 0.1, -0.1), 0, 1)
    # 0.1 off but for the outer tenths, which are off by 0.05 in the mean
    assert ece(truth, np.stack([1 - sure, sure], axis=1)) == pytest.approx(0.09, abs=0.01)


def test_ece_of_more_classes_is_about_the_answer() -> None:
    said = np.full((100, 3), 0.1)
    said[:, 0] = 0.8
    truth = np.array([0] * 60 + [1] * 40)
    assert ece(truth, said) == pytest.approx(0.2)


def test_ece_by_weights_is_that_of_so_many_more() -> None:
    said = np.array([[0.7, 0.3]] * 4)
    truth = np.array([0, 0, 0, 1])
    assert ece(truth, said) == pytest.approx(0.05)
    assert ece(truth, said, np.array([1.0, 1, 1, 3])) == pytest.approx(0.2)


def cohort(dice: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Give right and wrong answers: 25 speakers, each with their own share of right ones, of mean 0.7."""
    shares = np.clip(dice.normal(0.7, 0.15, 25), 0, 1)
    right = (dice.uniform(size=(25, 20)) < shares[:, None]).astype(float).ravel()
    return right, np.repeat(np.arange(25), 20).astype(str)


def spans(dice: np.random.Generator, *, by_speaker: bool) -> tuple[float, float]:
    right, speakers = cohort(dice)
    who = speakers if by_speaker else np.arange(len(right)).astype(str)
    one = np.zeros(len(right)).astype(str)
    (span,) = intervals(
        lambda rows: [float(right[rows].mean())], draws(who, one, dice, 100), [float(right.mean())]
    )
    return span


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    dice = np.random.default_rng(1)
    held = [low <= 0.7 <= high for low, high in (spans(dice, by_speaker=True) for _ in range(150))]
    assert 0.88 <= np.mean(held) <= 0.99


def test_utterances_drawn_one_by_one_would_show_too_narrow_intervals() -> None:
    dice = np.random.default_rng(1)
    wide, narrow = (
        np.mean([np.subtract(*spans(dice, by_speaker=by)) for _ in range(15)]) for by in (True, False)
    )
    assert narrow / wide < 0.75


def test_an_interval_of_a_calibration_error_holds_the_error() -> None:
    """Draws have larger ones: of few answers most of it is luck, and that counts twice in them."""
    dice = np.random.default_rng(2)
    chance = dice.uniform(0, 1, 200)
    truth = (dice.uniform(0, 1, 200) < chance).astype(np.intp)
    said = np.stack([1 - chance, chance], axis=1)
    speakers, one = np.repeat(np.arange(20), 10).astype(str), np.zeros(200).astype(str)

    def figures(rows: np.ndarray) -> list[float]:
        return [ece(truth[rows], said[rows])]

    value = ece(truth, said)
    drawn = [figures(rows)[0] for rows in draws(speakers, one, dice, 200)]
    assert np.median(drawn) > 1.1 * value
    ((low, high),) = intervals(figures, draws(speakers, one, dice, 200), [value])
    assert low < value < high
    assert value - low == pytest.approx(high - value, rel=0.5)


def test_each_corpus_keeps_its_number_of_speakers() -> None:
    corpora = np.array(["a"] * 4 + ["b"] * 6)
    speakers = np.array(["a1", "a1", "a2", "a2", "b1", "b1", "b2", "b2", "b3", "b3"])
    for rows in draws(speakers, corpora, np.random.default_rng(1), 50):
        assert sorted(corpora[rows]) == sorted(corpora)
        assert all(
            np.sum(rows == row) == np.sum(rows == row + 1) for row in range(0, 10, 2)
        )  # whole speakers


def test_an_interval_that_most_draws_do_not_define_is_none() -> None:
    drawn = iter([np.arange(1)] * 10)
    (span,) = intervals(lambda _: [float("nan")], drawn, [0.5])
    assert all(map(math.isnan, span))
