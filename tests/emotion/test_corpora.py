"""Corpora are read as they are published; what can't be used is told by file, and the rest is used."""

from __future__ import annotations

from pathlib import Path

import pytest

from emotion.corpora.folder import CorpusError, data_hash, load
from emotion.corpora.utterance import Utterance
from tests.emotion.folders import NAMES, corpus, put, wav

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "speech"

EXPECTED = {
    "ravdess": [
        ("ravdess_01", "en", "anger", "m", "Kids are talking by the door"),
        ("ravdess_02", "en", "fear", "f", "Dogs are sitting by the door"),
    ],
    "crema-d": [
        ("crema-d_1001", "en", "anger", "", "Don't forget a jacket"),
        ("crema-d_1002", "en", "happy", "", "It's eleven o'clock"),
    ],
    "emodb": [
        ("emodb_03", "de", "anger", "m", "Der Lappen liegt auf dem Eisschrank."),
        ("emodb_16", "de", "neutral", "f", "Die wird auf dem Platz sein, wo wir sie immer hinlegen."),
    ],
    "esd": [("esd_0001", "zh", "neutral", "f", ""), ("esd_0011", "en", "anger", "m", "")],
    "casia": [
        ("casia_zhaozuoxiang", "zh", "neutral", "", "sentence 250"),
        ("casia_wangzhe", "zh", "anger", "", "sentence 201"),
    ],
    "banglaser": [
        ("banglaser_01", "bn", "anger", "m", "এ কেমন উপহার"),
        ("banglaser_34", "bn", "neutral", "f", "১২ টা বেজে গেছে"),
    ],
}


@pytest.mark.parametrize("layout", sorted(NAMES))
def test_layout_is_found_and_read(tmp_path: Path, layout: str) -> None:
    read = load(corpus(tmp_path, layout))
    assert read.layout == layout
    assert read.troubles == ()
    assert [
        (one.speaker, one.language, one.emotion, one.sex, one.text) for one in read.utterances
    ] == EXPECTED[layout]
    assert all(one.corpus == layout and read.path(one).is_file() for one in read.utterances)
    assert read.licence


def test_crema_d_knows_the_sex_by_its_table(tmp_path: Path) -> None:
    corpus(tmp_path, "crema-d")
    (tmp_path / "VideoDemographics.csv").write_text(
        "ActorID,Age,Sex,Race,Ethnicity\n1001,51,Male,x,y\n1002,21,Female,x,y\n"
    )
    assert [one.sex for one in load(tmp_path).utterances] == ["m", "f"]
    assert [one.sex for one in load(tmp_path / "AudioWAV").utterances] == ["m", "f"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030"])
def test_esd_knows_the_words_by_its_tables(tmp_path: Path, encoding: str) -> None:
    corpus(tmp_path, "esd")
    (tmp_path / "0001" / "0001.txt").write_text("0001_000001\t打远一看\t中立\n", encoding=encoding)
    assert [one.text for one in load(tmp_path).utterances] == ["打远一看", ""]


def test_songs_and_films_are_left_out(tmp_path: Path) -> None:
    corpus(tmp_path, "ravdess")
    put(tmp_path, "Actor_01/03-02-05-01-01-01-01.wav")
    put(tmp_path, "Actor_01/01-01-05-01-01-01-01.wav")
    read = load(tmp_path)
    assert (len(read.utterances), read.left_out, read.troubles) == (2, 2, ())


def test_names_that_two_layouts_share_are_asked_about(tmp_path: Path) -> None:
    put(tmp_path, "03-01-05-01-01-01-01.wav")
    with pytest.raises(CorpusError, match=r"--layout ravdess, or --layout banglaser"):
        load(tmp_path)
    assert [one.emotion for one in load(tmp_path, "ravdess").utterances] == ["anger"]
    assert [one.emotion for one in load(tmp_path, "banglaser").utterances] == ["neutral"]


def test_what_cannot_be_used_is_told_by_file_and_the_rest_is_used(tmp_path: Path) -> None:
    corpus(tmp_path, "emodb")
    put(tmp_path, "wav/03a01Xa.wav")
    put(tmp_path, "wav/03a99Wa.wav")
    put(tmp_path, "wav/03a02Wa.wav", b"no sound at all")
    put(tmp_path, "wav/03a04Wa.wav", wav(b""))
    put(tmp_path, "wav/03a05Wa.wav", wav(b"\0" * 33, encoding=0x31, bits=0))
    put(tmp_path, "wav/03a07Wa.wav", wav(b"\0\1" * 99, rate=6000))
    put(tmp_path, "wav/notes.flac", b"")
    read = load(tmp_path)
    assert len(read.utterances) == 2
    told = {trouble.name: trouble.why for trouble in read.troubles}
    assert set(told) == {
        *(f"wav/{name}.wav" for name in ("03a01Xa", "03a99Wa", "03a02Wa", "03a04Wa", "03a05Wa", "03a07Wa")),
        "wav/notes.flac",
    }
    assert "'X' is no code of an emotion; there are A, E, F, L, N, T, W" in told["wav/03a01Xa.wav"]
    assert "'a99' is no code of a sentence" in told["wav/03a99Wa.wav"]
    assert "no WAV file" in told["wav/03a02Wa.wav"]
    assert "holds no sound" in told["wav/03a04Wa.wav"]
    assert "GSM" in told["wav/03a05Wa.wav"]
    assert "6000 samples a second" in told["wav/03a07Wa.wav"]
    assert "make one of it: sox" in told["wav/notes.flac"]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda root: None, "there is no WAV file in"),
        (lambda root: put(root, "hello.wav"), "write a labels.csv beside them"),
        (
            lambda root: put(root, "03a01Xa.wav"),
            "none of 1 files can be used as emodb; the first: 03a01Xa.wav",
        ),
        (
            lambda root: (root / "labels.csv").write_text("file,who\n"),
            "labels.csv:1: there is no column path, speaker",
        ),
    ],
)
def test_no_corpus_is_said_to_be_none(tmp_path: Path, make: object, words: str) -> None:
    put(tmp_path, "below/.hidden.wav")
    make(tmp_path)  # type: ignore[operator]
    if (tmp_path / "labels.csv").exists():
        put(tmp_path, "a.wav")
    with pytest.raises(CorpusError) as raised:
        load(tmp_path)
    assert words in str(raised.value)


def test_no_folder_and_no_layout_of_that_name(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="is no folder"):
        load(tmp_path / "nowhere")
    with pytest.raises(CorpusError, match="there is no layout 'ravdes'; there are labelled, ravdess"):
        load(corpus(tmp_path, "ravdess"), "ravdes")


def test_own_calls_are_read_from_a_table(tmp_path: Path) -> None:
    for name in ("a.wav", "b/c.wav", "d.wav", "e.wav", "f.wav", "g.wav"):
        put(tmp_path, name)
    (tmp_path / "labels.csv").write_text(
        "path,dataset,speaker,language,emotion,sex,text,note\n"
        'a.wav,,1,en,Anger,f,"Well, no",\n'
        "b/c.wav,sales,sales_2,de,,,,length=long;gender=m\n"
        "d.wav,,3,en,furious,,,\n"
        "e.wav,,,en,anger,,,\n"
        "f.wav,,3,en,anger,x,,\n"
        "gone.wav,,3,en,anger,,,\n"
        "../a.wav,,3,en,anger,,,\n"
        "g.wav,,3,en,anger,,,\n"
        "g.wav,,3,en,neutral,,,\n",
        encoding="utf-8-sig",
    )
    read = load(tmp_path)
    assert read.utterances == (
        Utterance("a.wav", tmp_path.name, f"{tmp_path.name}_1", "en", "anger", "f", "Well, no"),
        Utterance("b/c.wav", "sales", "sales_2", "de", "", "m", ""),
    )
    told = {trouble.name: trouble.why for trouble in read.troubles}
    assert told["d.wav"].startswith("labels.csv:4: 'furious' is no emotion; there are anger, neutral")
    assert told["e.wav"].startswith("labels.csv:5: no speaker")
    assert told["f.wav"].startswith("labels.csv:6: the sex is f, m or nothing")
    assert "No such file" in told["gone.wav"]
    assert told["../a.wav"].startswith("labels.csv:8: the path leads out")
    assert told["g.wav"] == "labels.csv:10: it has a line already; which one is right?"
    assert "Well" not in repr(read.utterances[0])  # what people said is in no log line


@pytest.mark.parametrize("start", ["path,speaker,emotion\n", "path,speaker,emotion,"])
def test_a_table_in_another_encoding_is_told_to_be_saved_as_utf_8(tmp_path: Path, start: str) -> None:
    put(tmp_path, "a.wav")
    (tmp_path / "labels.csv").write_bytes(f"{start}jürgen\na.wav,jürgen,anger\n".encode("latin-1"))
    with pytest.raises(CorpusError, match="save it as UTF-8"):
        load(tmp_path)


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    load(corpus(tmp_path, "emodb"), told=lambda done, of: told.append((done, of)))
    assert told == [(1, 2), (2, 2)]


def test_the_hash_vouches_for_names_labels_and_contents(tmp_path: Path) -> None:
    first, second = tmp_path / "one", tmp_path / "two"
    corpus(first, "emodb")
    corpus(second, "ravdess")
    one, two = load(first), load(second)
    whole = data_hash([one, two])
    assert whole == data_hash([two, one])
    assert data_hash([one, two], lambda each: each.corpus == "emodb") == data_hash([one]) != whole
    (first / "wav" / "03a01Wa.wav").rename(first / "wav" / "03a01Wb.wav")
    renamed = data_hash([load(first)])
    put(first, "wav/03a01Wb.wav", wav(b"\1\2" * 50))
    changed = data_hash([load(first)])
    (first / "wav" / "03a01Wb.wav").rename(first / "wav" / "03a01Fb.wav")
    labelled = data_hash([load(first)])
    assert (
        len({data_hash([one, two], lambda each: each.corpus == "ravdess"), whole, renamed, changed, labelled})
        == 5
    )


@pytest.mark.skipif(not SHARED.is_dir(), reason="the speech data is not beside the project")
@pytest.mark.parametrize("layout", ["emodb", "banglaser", "ravdess"])
def test_real_corpora_are_labelled_as_their_table_says(layout: str) -> None:
    by_name = {one.name: one for one in load(SHARED / layout).utterances}
    by_table = [one for one in load(SHARED).utterances if one.corpus == layout]
    assert len(by_table) == len(by_name) > 100
    for one in by_table:
        other = by_name[one.name.removeprefix(f"{layout}/")]
        assert (other.speaker, other.emotion, other.language, other.sex, other.text) == (
            one.speaker, one.emotion, one.language, one.sex, one.text,
        )  # fmt: skip
