"""``ringhall emotion``: a model is trained, written, read and judged; a mistake gets a remedy."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from emotion.commands import app
from emotion.commands.common import OURS
from emotion.models.written import decode
from tests.emotion.folders import put, speakers, wav

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = speakers(tmp_path_factory.mktemp("calls"), takes=3)
    put(root, "wav/03a01Xa.wav")
    return root


@pytest.fixture(scope="module")
def model(calls: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("model") / "model.json"
    result = run("train", calls, "--out", out)
    assert result.exit_code == 0
    return out


def test_a_model_is_trained_written_and_good(calls: Path, tmp_path: Path) -> None:
    out = tmp_path / "model.json"
    result = run("train", calls, "--out", out, "--licence", "ours alone", "--json")
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    everybody = report["tasks"][0]["rows"][0]
    assert (everybody["files"], everybody["speakers"]) == (60, 10)
    assert everybody["auc"]["value"] > 0.95
    lacking = "four is left out: there is no example of happy, sad"
    assert lacking in report["notes"]
    assert "60 files" in result.stderr
    assert "wav/03a01Xa.wav: 'X' is no code of an emotion" in result.stderr
    assert f"{out} written: anger_neutral, anger_rest" in result.stderr
    made = decode(out.read_bytes(), OURS)
    assert set(made.classifiers) == {"anger_neutral", "anger_rest", "anger_neutral_own", "anger_rest_own"}
    assert made.card.licence == "ours alone"
    assert made.card.data_hash == report["data_hash"]
    assert [(one.name, one.files, one.speakers) for one in made.card.sources] == [("emodb", 60, 10)]
    assert made.card.figures["anger_neutral"]["auc"] == round(everybody["auc"]["value"], 4)
    assert not list(tmp_path.glob(".new-*"))


def test_a_model_is_judged_on_speakers_that_it_did_not_hear(model: Path, tmp_path: Path) -> None:
    others = speakers(tmp_path / "others", takes=2, pitch=20)
    result = run("evaluate", others, "--model", model, "--task", "anger_neutral")
    assert result.exit_code == 0
    assert "anger_neutral: neutral | anger" in result.stdout
    assert "The model was trained on emodb too" in result.stdout
    told = json.loads(run("evaluate", others, "--model", model, "--json").stdout)
    assert told["tasks"][0]["rows"][0]["auc"]["value"] > 0.95
    assert {row["name"] for row in told["tasks"][0]["rows"]} == {"all", "f", "m"}


def test_a_model_is_judged_over_a_bad_line(model: Path, tmp_path: Path) -> None:
    others = speakers(tmp_path / "others", takes=1, pitch=20)
    words = ("evaluate", others, "--model", model, "--task", "anger_neutral", "--json")
    clean, spoilt, again = (
        json.loads(run(*words, *line).stdout) for line in ((), ("--line", "babble"), ("--line", "babble"))
    )
    assert spoilt["what"].endswith("line: babble")
    assert spoilt == again
    assert spoilt["tasks"][0]["rows"] != clean["tasks"][0]["rows"]


def test_a_model_judged_on_what_it_learnt_is_said_to_be(calls: Path, model: Path) -> None:
    assert "exactly this: the figures flatter it" in run("evaluate", calls, "--model", model).stdout


def test_the_way_to_a_model_is_judged_with_speakers_or_a_corpus_held_out(calls: Path, tmp_path: Path) -> None:
    told = json.loads(run("evaluate", calls, "--leave", "speakers", "--folds", "3", "--json").stdout)
    assert "speakers held out" in told["what"]
    own = speakers(tmp_path / "own", takes=2, pitch=15)
    lines = ["path,speaker,emotion"]
    for path in sorted(own.rglob("*.wav")):
        emotion = "anger" if "W" in path.stem else "neutral"
        lines.append(f"{path.relative_to(own)},{path.stem[:2]},{emotion}")
    (own / "labels.csv").write_text("\n".join(lines))
    page = run("evaluate", calls, own, "--leave", "corpus", "--task", "anger_neutral", "--markdown").stdout
    assert "a corpus held out" in page
    assert "| corpus emodb | 60 | 10 |" in page
    assert "| corpus own | 40 | 10 |" in page


def test_a_model_is_judged_without_scikit_learn_and_training_says_what_lacks(
    calls: Path, model: Path, tmp_path: Path
) -> None:
    blocked = (
        "import sys; sys.modules.update(dict.fromkeys(('sklearn', 'scipy', 'threadpoolctl')));"
        "from callflow.cli import main; sys.argv = ['ringhall', 'emotion', *sys.argv[1:]]; main()"
    )

    def without(*words: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", blocked, *map(str, words)], capture_output=True, text=True, check=False
        )

    judged = without("evaluate", calls, "--model", model, "--json")
    assert judged.returncode == 0, judged.stderr
    assert json.loads(judged.stdout)["tasks"]
    for words in (("train", calls, "--out", tmp_path / "m.json"), ("evaluate", calls, "--leave", "speakers")):
        refused = without(*words)
        assert refused.returncode == 1
        assert "training needs scikit-learn" in refused.stderr
        assert ".venv/bin/pip install scikit-learn" in refused.stderr
        assert "Traceback" not in refused.stderr


def test_mistakes_get_a_remedy(
    calls: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emotion.commands.common.SHIPPED", tmp_path / "none.json")
    other = tmp_path / "other.json"
    other.write_text(model.read_text().replace(f'"{OURS.names[0]}"', '"pitch of old"'))
    silent = tmp_path / "silent"
    put(silent, "a.wav", wav(bytes(16000)))
    (silent / "labels.csv").write_text("path,speaker,emotion\na.wav,1,anger\n")
    for words, message in (
        (("train", tmp_path / "nowhere", "--out", other), "is no folder; name the one"),
        (("train", calls, "--out", tmp_path / "no" / "m.json"), f"there is no folder {tmp_path / 'no'}"),
        (
            ("train", calls, "--out", other, "--task", "joy"),
            "--task joy: there are anger_neutral, anger_rest",
        ),
        (("train", calls, "--out", other, "--recipe", "magic"), "--recipe magic: there are mixed, logistic"),
        (("train", calls, "--out", other, "--task", "four"), "nothing can be trained: four is left out"),
        (("train", silent, "--out", other), "none of what is labelled can be used"),
        (("train", calls, "--out", calls / "wav"), "Is a directory"),
        (("evaluate", calls, "--model", model, "--line", "g729"), "--line g729: there are gain+12"),
        (("evaluate", calls), "no model is shipped with this version: name one with --model"),
        (("evaluate", calls, "--model", tmp_path / "gone.json"), "No such file"),
        (("evaluate", calls, "--model", other), "no longer measured: pitch of old"),
        (("evaluate", calls, "--model", model, "--leave", "speakers"), "--leave trains models of its own"),
        (("evaluate", calls, "--leave", "corpus"), "there is one corpus, emodb"),
        (("evaluate", calls, "--model", model, "--task", "five"), "the model does not tell it apart"),
    ):
        result = run(*words)
        assert result.exit_code == 1, words
        assert message in result.stderr, (words, result.stderr)


@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_help_has_an_example(command: str) -> None:
    assert "ringhall emotion" in run(command, "--help").stdout
