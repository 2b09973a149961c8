"""What is said in anger is found, with the words that show it; what is taken back is not counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion.words import sentiment
from emotion.words.lists import ListError, languages, lexicon, parse, read
from emotion.words.phrases import Lexicon, Phrases, Said, words

if TYPE_CHECKING:
    from pathlib import Path

ANGRY = {
    "en": [
        "This is ridiculous, I have been waiting for two hours!",
        "I want to speak to your manager, I'm really fed up",
        "you people are useless and nobody cares",
        "It doesn't work and it is the third time I call",
    ],
    "de": [
        "Das ist eine Frechheit, ich will mein Geld zurück!",
        "Ich bin wirklich stinksauer, zum dritten Mal rufe ich an",
        "Mir reicht es, ich gehe zum Anwalt",
    ],
    "es": [
        "¡Estoy harto, es la tercera vez que llamo!",
        "Esto es una vergüenza, quiero hablar con su supervisor",
        "Me han mentido y el servicio no funciona",
    ],
    "zh": ["我要投诉你们，太过分了！", "叫你们经理来，我受够了", "这是第三次了，到底怎么回事，气死我了"],
    "bn": [
        "আমি খুব বিরক্ত, কেউ সাহায্য করে না!",
        "আমার টাকা ফেরত দিন, আমি মামলা করব",
        "ম্যানেজারের সাথে কথা বলতে চাই, অনেক হয়েছে",
    ],
}
CALM = {
    "en": [
        "Good morning, I would like to change my address please",
        "No, I'm not angry at all, thank you very much",
        "I don't want to complain, it is just a question",
        "Could you tell me when the parcel comes",
    ],
    "de": [
        "Guten Tag, ich möchte meine Adresse ändern",
        "Nein, ich bin nicht wütend, danke schön",
        "Ich ärgere mich nicht, ich habe nur eine Frage",
    ],
    "es": [
        "Buenos días, quisiera cambiar mi dirección",
        "No estoy enfadado, sólo tengo una pregunta",
        "Gracias, todo bien",
    ],
    "zh": ["你好，我想改一下地址", "我没有生气，谢谢你", "我不是要投诉，只想问一下"],
    "bn": ["শুভ সকাল, আমি ঠিকানা বদলাতে চাই", "আমি রাগ করিনি, ধন্যবাদ", "আমার কোনো অভিযোগ নেই"],
}


def said(text: str, language: str = "en") -> Said:
    known = lexicon(language)
    assert known is not None
    found = known.find(text)
    assert found is not None
    return found


def weights(text: str, language: str = "en") -> dict[str, float]:
    return {found.phrase: found.weight for found in said(text, language).evidence}


@pytest.mark.parametrize(
    ("language", "text"), [(one, text) for one, texts in ANGRY.items() for text in texts]
)
def test_angry_sentences(language: str, text: str) -> None:
    assert said(text, language).score > 0.6


@pytest.mark.parametrize(("language", "text"), [(one, text) for one, texts in CALM.items() for text in texts])
def test_calm_sentences(language: str, text: str) -> None:
    assert said(text, language).score == 0


def test_evidence_names_phrases_of_the_list_and_where() -> None:
    found = said("Well, this is so annoying and I am FURIOUS with Mr Smith")
    assert [(one.phrase, one.kind, one.weight, one.at) for one in found.evidence] == [
        ("annoy*", "anger", 1.3, 5),
        ("furious", "anger", 3.0, 9),
    ]
    assert found.words == 12
    assert "Smith" not in repr(found.evidence)


def test_negation_takes_back_within_its_clause_and_reach_alone() -> None:
    assert weights("I am not angry") == {"angry": 0}
    assert weights("no, I am angry") == {"angry": 2}
    assert weights("not now. Angry is what I am") == {"angry": 2}
    assert weights("not now Angry is what I am") == {"angry": 0}
    assert weights("no complaint") == {"complain*": 0}
    assert weights("no I want to complain") == {"complain*": 2}
    assert weights("I do not know why everybody here is so angry") == {"angry": 2.6}
    assert weights("I'm not very angry") == {"angry": 0}


def test_a_negation_within_a_phrase_is_part_of_it() -> None:
    assert weights("that is not good enough") == {"not good enough": 2}
    assert weights("it isn't working, and I am angry") == {"not working": 2, "angry": 2}
    assert weights("it is not working angry") == {"not working": 2, "angry": 2}
    assert weights("没有人管我", "zh") == {"没有人管": 2}


def test_what_only_looks_like_a_negation_is_none() -> None:
    assert weights("not only am I angry") == {"angry": 2}
    assert weights("对不起我生气了", "zh") == {"生气": 2}
    assert weights("我特别生气", "zh") == {"生气": 2.6}
    assert weights("我不得不投诉", "zh") == {"投诉": 2}
    assert weights("你们不退钱", "zh") == {"不退钱": 3}


def test_a_longer_phrase_wins() -> None:
    assert weights("আমি ভীষণ রাগ", "bn") == {"ভীষণ রাগ": 3}
    own = Lexicon(Phrases("xx", {"complaint": {1: ("waiting",), 3: ("waiting for ever",)}}))
    found = own.find("waiting for ever and waiting")
    assert found is not None
    assert [(one.phrase, one.at) for one in found.evidence] == [("waiting for ever", 0), ("waiting", 4)]
    assert weights("want my money back, never again") == {"want my money back": 3, "never again": 3}


def test_spelling_does_not_matter() -> None:
    assert words("It isn’t  WORKING—now!") == ["it", "is", "not", "working", "|", "now", "|"]
    assert words("我要投诉 NOW。") == ["我", "要", "投", "诉", "now", "|"]
    assert words("কাজ করছে না।") == ["কাজ", "করছে", "না", "|"]
    assert words("ＦＵＲＩＯＵＳ") == ["furious"]


def test_more_is_more_and_never_beyond_one() -> None:
    scores = [said(" and ".join(["I am angry"] * count)).score for count in (1, 2, 3, 30)]
    assert scores == sorted(scores)
    assert scores[0] < scores[1] < scores[3] <= 1


@pytest.mark.parametrize("language", ["xx", "", "ja", "../en", "english"])
def test_an_unknown_language_is_not_known(language: str) -> None:
    assert lexicon(language) is None


def test_regions_are_their_language() -> None:
    assert lexicon("zh-CN") is not None
    assert lexicon("EN_gb") is not None


@pytest.mark.parametrize("text", ["", "  ", "…!", "yes"])
def test_too_few_words_are_not_known(text: str) -> None:
    known = lexicon("en")
    assert known is not None
    assert known.find(text) is None


@given(st.text(), st.sampled_from(languages()))
def test_any_text_at_all_is_judged(text: str, language: str) -> None:
    known = lexicon(language)
    assert known is not None
    found = known.find(text)
    assert found is None or 0 <= found.score <= 1


@pytest.mark.parametrize("language", sorted(ANGRY))
def test_every_phrase_of_every_list_is_found(language: str) -> None:
    from importlib.resources import files

    known = parse((files("emotion.words.lists") / f"{language}.yaml").read_text(encoding="utf-8"), language)
    assert language == known.language
    assert language in languages()
    for kind, by_weight in known.phrases.items():
        for weight, phrases in by_weight.items():
            for phrase in phrases:
                found = said(f"x {phrase.replace('*', 'en')} x x", language).evidence
                assert [(one.phrase, one.kind, one.weight) for one in found] == [(phrase, kind, weight)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("language: en\nphrases: {anger: {5: [mad]}}", "own.yaml: a weight is 1, 2, 3 or 4, not 5"),
        ("language: en\nphrases: {anger: {1: [mad], 2: [mad]}}", "the phrase 'mad' is empty or there twice"),
        ("language: en\nphrases: {rage: {1: [mad]}}", "own.yaml: Invalid"),
        ("language: [", "own.yaml: while parsing"),
        ("phrases: {}", "missing required field `language`"),
    ],
)
def test_a_wrong_list_is_told(tmp_path: Path, text: str, message: str) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(text)
    with pytest.raises(ListError) as raised:
        read(own)
    assert message in str(raised.value)


def test_a_list_of_a_sites_own(tmp_path: Path) -> None:
    own = tmp_path / "nl.yaml"
    own.write_text("language: nl\nphrases: {anger: {2: [boos]}}\nbefore: {niet: 3}\n")
    found = read(own).find("ik ben boos")
    assert found is not None
    assert found.evidence[0].weight == 2


def test_sentiment_of_english_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = "This is horrible, awful service", "Thank you, that was wonderful"
    assert (sentiment.sentiment(bad, "en-GB") or 0) < -0.3
    assert (sentiment.sentiment(good, "en") or 0) > 0.3
    assert sentiment.sentiment(bad, "de") is None
    monkeypatch.setitem(__import__("sys").modules, "vaderSentiment.vaderSentiment", None)
    sentiment._analyser.cache_clear()
    assert sentiment.sentiment(bad, "en") is None
    monkeypatch.undo()
    sentiment._analyser.cache_clear()
