"""A model's file gives what was trained, or a reason why not; never an answer about other features."""

from __future__ import annotations

import json

import msgspec
import numpy as np
import pytest

from emotion.models.classifier import Calibration, Classifier, Net
from emotion.models.kernel import EVEN, Kernel
from emotion.models.written import Card, Features, ModelError, ModelFile, Source, decode, encode

OURS = Features(3, ("pitch", "tilt", "rate"))
TWO = Classifier(
    classes=("rest", "anger"),
    mean=(1.0, 0.0, 0.0),
    scale=(2.0, 1.0, 1.0),
    weights=((1.0, -1.0, 0.5),),
    bias=(0.25,),
    limit=4.0,
    calibration=Calibration("platt", 2.0, -1.0),
)
THREE = Classifier(
    classes=("anger", "neutral", "sad"),
    mean=(0.0, 0.0, 0.0),
    scale=(1.0, 1.0, 1.0),
    weights=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    bias=(0.0, 0.0, 0.0),
    limit=5.0,
    calibration=Calibration("temperature", 0.5),
)
FILE = ModelFile(
    features=OURS,
    classifiers={"anger_rest": TWO, "three": THREE},
    card=Card(
        "logistic", "abc", "CC0-1.0", "2026-11-26", (Source("emodb", 9, 2, "CC0-1.0"),), {"two": {"uar": 0.9}}
    ),
)


def test_probabilities_are_reckoned_as_it_is_written() -> None:
    (answer,) = TWO.ready().probabilities(np.array([[3.0, 1.0, 1.0]]))
    # (3 − 1) ÷ 2 − 1 + 0.5 + 0.25 = 0.75, twice that less 1 is 0.5
    assert answer[1] == pytest.approx(1 / (1 + np.exp(-0.5)))
    (answer,) = THREE.ready().probabilities(np.array([[2.0, 0.0, -2.0]]))
    odds = np.exp([1, 0, -1])
    assert answer == pytest.approx(odds / odds.sum())


def test_a_score_is_the_mean_of_the_regression_s_and_the_networks() -> None:
    two_units = Net(((1.0, 0.0, 0.0), (0.0, -1.0, 0.0)), (0.5, 0.25), ((2.0, 3.0),), (0.125,))
    one_unit = Net(((0.0, 0.0, 1.0),), (0.0,), ((-4.0,),), (1.0,))
    model = msgspec.structs.replace(TWO, nets=(two_units, one_unit)).ready()
    (scores,) = model.scores(np.array([[3.0, 1.0, 0.5]]))
    regression = 1 - 1 + 0.25 + 0.25
    # the second unit's −1 + 0.25 is below 0 and says nothing
    assert scores == pytest.approx([0.0, (regression + (2 * 1.5 + 0.125) + (-4 * 0.5 + 1)) / 3])


NEAR = Kernel(
    gamma=0.1,
    voices=np.array([[127, 0, 0], [0, 127, 0]], np.int8).tobytes(),
    weights=((1.0, 0.0), (0.0, 0.0), (0.0, -1.0)),
    bias=(0.0, 0.05, 0.0),
    share=0.5,
)


def test_a_kernel_gives_each_pair_a_vote() -> None:
    near = msgspec.structs.replace(THREE, weights=((0.0,) * 3,) * 3, kernel=NEAR).ready()
    # where the first voice is, at 5: the first pair is won; the second by half of what a vote takes; the last
    # is even, the second voice being 50 ** 0.5 away, e ** −5
    (scores,) = near.scores(np.array([[5.0, 0.0, 0.0]]))
    last = np.exp(-5) / EVEN
    assert scores == pytest.approx([0.5 * (1 + 0.5), 0.5 * (-1 - last), 0.5 * (-0.5 + last)], abs=1e-5)
    file = msgspec.structs.replace(FILE, classifiers={"three": near.written})
    assert decode(encode(file), OURS) == file


@pytest.mark.parametrize(
    "wrong",
    [{"voices": b"12345"}, {"weights": ((1.0, 0.0),) * 2}, {"bias": (0.0,)}, {"weights": ((1.0,),) * 3}],
)
def test_a_kernel_that_does_not_fit_is_refused(wrong: dict[str, object]) -> None:
    kernel = msgspec.structs.replace(NEAR, **wrong)
    with pytest.raises(ValueError, match="a kernel's voices and weights do not fit"):
        msgspec.structs.replace(THREE, kernel=kernel)


def test_two_classes_have_no_kernel() -> None:
    with pytest.raises(ValueError, match="a kernel's"):
        msgspec.structs.replace(TWO, kernel=NEAR)


def test_what_is_far_from_all_that_was_heard_counts_for_no_more_than_the_limit() -> None:
    model = TWO.ready()
    far = model.probabilities(np.array([[1e9, 0.0, 0.0], [1.0 + 2 * 4, 0.0, 0.0]]))
    assert far[0] == pytest.approx(far[1])
    assert np.isfinite(model.probabilities(np.full((1, 3), 1e300))).all()


def test_what_could_not_be_measured_counts_as_the_mean() -> None:
    one, other = TWO.ready().probabilities(np.array([[np.nan, 1.0, np.nan], [1.0, 1.0, 0.0]]))
    assert one == pytest.approx(other)


def test_features_of_another_number_are_refused() -> None:
    with pytest.raises(ValueError, match=r"shape \(2, 4\), not \(n, 3\)"):
        TWO.ready().probabilities(np.zeros((2, 4)))


def test_a_file_gives_what_was_put_into_it() -> None:
    assert decode(encode(FILE), OURS) == FILE


@pytest.mark.parametrize(
    ("ours", "words"),
    [
        (
            Features(4, OURS.names),
            "made for version 3 of the features, and they are now measured as version 4",
        ),
        (Features(3, ("pitch", "tilt", "jitter")), r"no longer measured: rate; not known to it: jitter"),
        (Features(3, ("tilt", "pitch", "rate")), "they stand in another order"),
        (Features(3, (*OURS.names, "a", "b", "c", "d")), "not known to it: a, b, c and 1 more"),
    ],
)
def test_other_features_are_refused(ours: Features, words: str) -> None:
    with pytest.raises(ModelError, match=words) as raised:
        decode(encode(FILE), ours)
    assert "train it again: ringhall emotion train" in str(raised.value)


def changed(**keys: object) -> bytes:
    return json.dumps({**json.loads(encode(FILE)), **keys}).encode()


def broken(**keys: object) -> bytes:
    whole = json.loads(encode(FILE))
    whole["classifiers"]["anger_rest"] |= keys
    return json.dumps(whole).encode()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no emotion model, or a damaged one"),
        (b"[]", "no emotion model, or a damaged one"),
        (b'{"kind": "something else"}', "it is no emotion model; `ringhall emotion train` makes one"),
        (changed(version=2), "of version 2, this program reads 1; train it again"),
        (broken(scale=[1.0, 0.0, 1.0]), "a scale or the limit is not above 0"),
        (broken(bias=[1.0, 2.0]), "2 classes need 1 rows"),
        (broken(mean=[1.0, 2.0]), "not of the same number of features"),
        (broken(classes=["a", "a"]), "two different classes at least"),
        (broken(mean=[0.0] * 2, scale=[1.0] * 2, weights=[[1.0] * 2]), "has 2 weights for 3 features"),
        (encode(FILE).replace(b"-1.0", b"1e999"), "damaged"),
    ],
)
def test_what_is_no_model_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        decode(data, OURS)


def test_a_classifier_of_no_numbers_is_refused() -> None:
    with pytest.raises(ValueError, match="some number is none"):
        msgspec.structs.replace(TWO, bias=(float("nan"),))
