"""Nobody is trained on and tested; what is learnt is what there is to learn, and its chances hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from emotion.models.classifier import Calibration
from emotion.models.kernel import FINEST, Nearness
from emotion.training.evaluation import answered, held_out, judge, train
from emotion.training.folds import Fold, TooFew, leave_corpus_out, leave_speakers_out
from emotion.training.recipes import RECIPES
from emotion.training.recipes.logistic import Logistic
from emotion.training.recipes.mixed import Mixed
from emotion.training.table import pose
from emotion.training.tasks import TASKS
from tests.emotion import voices


def test_a_task_takes_what_it_is_about() -> None:
    heard = voices.table(speakers=2, each=3)
    two, rest, four = (pose(TASKS[name], heard) for name in ("anger_neutral", "anger_rest", "four"))
    assert (len(two.table), len(rest.table), len(four.table)) == (24, 48, 48)
    assert [two.task.classes[number] for number in two.classes] == two.table.emotions.tolist()
    assert rest.classes.sum() == 12


def test_every_class_of_every_corpus_weighs_the_same() -> None:
    heard = voices.table(speakers=4, each=5)
    posed = pose(TASKS["anger_rest"], heard.rows((heard.corpora == "one") | (heard.speakers == "two_01")))
    for corpus in ("one", "two"):
        for number in (0, 1):
            cell = (posed.table.corpora == corpus) & (posed.classes == number)
            assert posed.weights[cell].sum() == pytest.approx(len(posed.table) / 4)


@pytest.mark.parametrize("seed", [1, 2])
def test_no_speaker_is_on_both_sides_and_everybody_is_tested_once(seed: int) -> None:
    posed = pose(TASKS["four"], voices.table(speakers=11))
    folds = leave_speakers_out(posed, 5, seed)
    assert len(folds) == 5
    for fold in folds:
        assert not set(posed.table.speakers[fold.train]) & set(posed.table.speakers[fold.test])
        assert len(fold.train) + len(fold.test) == len(posed.table)
        # balanced: of 22 speakers, 4 or 5, and 2 or 3 of each corpus
        assert np.sum(np.unique(posed.table.speakers[fold.test]) >= "two") in {2, 3}
        assert len(set(np.bincount(posed.classes[fold.test]).tolist())) == 1
    assert sorted(np.concatenate([fold.test for fold in folds]).tolist()) == list(range(len(posed.table)))


def test_fewer_speakers_than_folds_and_too_few() -> None:
    assert len(leave_speakers_out(pose(TASKS["four"], voices.table(speakers=3, corpora=("one",))))) == 3
    with pytest.raises(TooFew, match="1 speakers say 32 files"):
        leave_speakers_out(pose(TASKS["four"], voices.table(speakers=1, corpora=("one",))))


def test_corpora_are_held_out_whole() -> None:
    posed = pose(TASKS["four"], voices.table(speakers=2))
    folds = leave_corpus_out(posed)
    assert [fold.name for fold in folds] == ["one", "two"]
    for fold in folds:
        assert set(posed.table.corpora[fold.test]) == {fold.name}
        assert fold.name not in posed.table.corpora[fold.train]
    with pytest.raises(TooFew, match="name two folders at least"):
        leave_corpus_out(pose(TASKS["four"], voices.table(speakers=2, corpora=("one",))))


def test_voices_alone_teach_nothing() -> None:
    """Labels that go by speaker, at random: who knew the speaker would know the label."""
    heard = voices.table(speakers=10, apart=0, own=6, each=2, features=40)
    dice = np.random.default_rng(3)
    angry = {name: dice.integers(2) for name in np.unique(heard.speakers)}
    emotions = np.array([("neutral", "anger")[angry[name]] for name in heard.speakers])
    posed = pose(
        TASKS["anger_neutral"],
        type(heard)(heard.features, emotions, heard.corpora, heard.speakers, heard.languages, heard.sexes),
    )
    report = judge(*held_out(posed, leave_speakers_out(posed), Logistic(strength=10)), count=2)
    assert report.rows[0].auc.value == pytest.approx(0.5, abs=0.25)
    known = train(posed, Logistic(strength=10)).probabilities(posed.table.features)
    assert judge(posed, known, count=2).rows[0].auc.value > 0.95


def test_what_there_is_to_learn_is_learnt_and_its_chances_hold() -> None:
    posed = pose(TASKS["anger_neutral"], voices.table(speakers=30, each=12, own=0.0, apart=1.5))
    report = judge(*held_out(posed, leave_speakers_out(posed), Logistic()), count=50)
    everybody = report.rows[0]
    # two normal classes 1.5 √2 apart: the best AUC is Φ(1.5), the best UAR Φ(1.5 ÷ √2)
    assert everybody.auc.value == pytest.approx(0.933, abs=0.015)
    assert everybody.uar.value == pytest.approx(0.856, abs=0.02)
    assert everybody.ece.value < 0.04
    assert everybody.uar.low < everybody.uar.value < everybody.uar.high


@pytest.mark.parametrize("task", ["anger_neutral", "four"])
def test_calibration_mends_a_model_that_is_too_sure(task: str, monkeypatch: pytest.MonkeyPatch) -> None:
    posed = pose(TASKS[task], voices.table(speakers=8, each=4, own=1.2, apart=1.0, features=40))
    folds = leave_speakers_out(posed)
    loose = Logistic(strength=100.0)
    mended = judge(*held_out(posed, folds, loose), count=2).rows[0].ece.value
    monkeypatch.setattr("emotion.training.recipes.logistic._calibration", lambda *_: Calibration())
    raw = judge(*held_out(posed, folds, loose), count=2).rows[0].ece.value
    assert mended < 0.7 * raw


def test_scores_are_the_librarys() -> None:
    for task in ("anger_rest", "four"):
        posed = pose(TASKS[task], voices.table(speakers=6))
        model = train(posed, Logistic()).written.ready()
        standard = model.standardised(posed.table.features)
        library = LogisticRegression(C=0.01, max_iter=2000).fit(standard, posed.classes, posed.weights)
        expected = library.decision_function(standard)
        ours = model.scores(posed.table.features)
        if task == "four":
            assert np.allclose(ours, expected, atol=1e-3)
        else:
            assert np.allclose(ours[:, 1] - ours[:, 0], expected, atol=1e-3)
        assert np.allclose(answered(posed, model).sum(axis=1), 1)


def test_votes_are_the_librarys() -> None:
    posed = pose(TASKS["four"], voices.table(speakers=6, own=1.5))
    written = train(posed, Mixed()).written
    assert written.kernel is not None
    assert train(pose(TASKS["anger_rest"], voices.table(speakers=6)), Mixed()).written.kernel is None
    features = len(written.mean)
    near = Nearness(written.kernel, features, 4, written.limit)
    steps = np.rint(written.ready().standardised(posed.table.features) * FINEST / written.limit)
    standard = steps * written.limit / FINEST
    library = SVC(C=1.0, gamma=written.kernel.gamma, decision_function_shape="ovo")
    library.fit(standard, posed.classes, sample_weight=posed.weights)
    # its weights are rounded in the file
    assert np.allclose(near.margins(standard), library.decision_function(standard), atol=0.01)


def test_features_that_cannot_always_be_measured_teach_what_they_can() -> None:
    heard = voices.table(speakers=8, own=0.0, apart=2.0)
    holes = np.random.default_rng(1).uniform(size=heard.features.shape) < 0.2
    patchy = replace(heard, features=np.where(holes, np.nan, heard.features))
    patchy.features[:, 5] = np.nan
    posed = pose(TASKS["anger_neutral"], patchy)
    written = train(posed, Logistic()).written
    assert written.mean[0] == pytest.approx(np.nanmean(posed.table.features[:, 0]), abs=1e-9)
    assert written.weights[0][5] == 0
    assert judge(*held_out(posed, leave_speakers_out(posed), Logistic()), count=2).rows[0].auc.value > 0.9


def test_answers_stand_in_the_tasks_order() -> None:
    posed = pose(TASKS["four"], voices.table(speakers=4))
    model = train(posed, Logistic())
    turned = pose(TASKS["five"], voices.table(speakers=4))
    with pytest.raises(ValueError, match=r"it tells apart anger, neutral, happy, sad, not anger, .*fear"):
        answered(turned, model)


def test_the_same_examples_give_the_same_model() -> None:
    posed = pose(TASKS["four"], voices.table(speakers=5))
    assert train(posed, Logistic()).written == train(posed, Logistic()).written
    assert RECIPES["logistic"]().described.startswith("logistic regression, L2, C = 0.01")


def test_a_class_that_nobody_speaks_is_told() -> None:
    heard = voices.table(speakers=4)
    calm = heard.rows(heard.emotions != "anger")
    with pytest.raises(TooFew, match="there is no example of anger"):
        train(pose(TASKS["four"], calm), Logistic())
    # a fold without which a class lacks is left out, the others count
    one = heard.rows((heard.emotions != "sad") | (heard.corpora == "one"))
    posed = pose(TASKS["four"], one)
    rows, _ = held_out(posed, leave_corpus_out(posed), Logistic())
    assert set(rows.table.corpora) == {"two"}
    posed = pose(TASKS["four"], heard.rows((heard.emotions != "sad") | (heard.speakers == "one_00")))
    alone = posed.table.speakers == "one_00"
    fold = Fold("one speaker", np.flatnonzero(~alone), np.flatnonzero(alone))
    with pytest.raises(TooFew, match="without one speaker: there is no example of sad"):
        held_out(posed, [fold], Logistic())


def test_rows_by_corpus_and_sex() -> None:
    posed = pose(TASKS["anger_neutral"], voices.table(speakers=6))
    report = judge(*held_out(posed, leave_speakers_out(posed), Logistic()), count=20)
    assert [(row.of, row.name, row.files, row.speakers) for row in report.rows] == [
        ("all", "all", 192, 12),
        ("corpus", "one", 96, 6),
        ("corpus", "two", 96, 6),
        ("sex", "f", 96, 6),
        ("sex", "m", 96, 6),
    ]
    assert np.array(report.confusion).sum() == 192
