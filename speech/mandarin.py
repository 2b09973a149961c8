"""Mandarin text for espeak-ng, which misreads hanzi but speaks pinyin with tone numbers well.

Text becomes SSML for the voice ``cmn-latn-pinyin``: hanzi turn into pinyin, Latin words are given to an
English voice, digits that are a code rather than a quantity are read one by one.
"""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

_PIECE = re.compile(
    r"(?P<percent>\d+(?:\.\d+)?)[%％]"
    r"|(?P<time>\d{1,2}):(?P<minute>\d\d)(?!\d)"
    r"|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<hanzi>[\u3400-\u9fff\uf900-\ufaff〇]+)"
    r"|(?P<latin>[A-Za-z\u00c0-\u024f]+(?:['’\- ][A-Za-z\u00c0-\u024f]+)*)"
    r"|(?P<other>.)",
    re.DOTALL,
)
_DIGITS = "零一二三四五六七八九"
_LONGEST_QUANTITY = 4
"""A number with more digits than this (or with a leading zero) is read digit by digit."""
_SIGNS = {
    "#": "井号",
    "*": "星号",
    "+": "加",
    "=": "等于",
    "&": "和",
    "￥": "元",
    "¥": "元",
    "℃": "摄氏度",
}
_PAUSES = {"。": ".", "！": "!", "？": "?", "，": ",", "、": ",", "；": ";", "：": ",", "…": ".", "\n": "."}
_SYLLABIC_NASALS = {"n": "en", "m": "mu", "ng": "en"}
"""嗯 and 呣: the voice takes the bare consonants for English letters."""


def to_ssml(text: str) -> str:
    """Turn Mandarin text, mixed with Latin words, digits and signs, into SSML of pinyin."""
    return " ".join(filter(None, (_spoken(piece) for piece in _PIECE.finditer(text))))


def _spoken(piece: re.Match[str]) -> str:
    match piece.lastgroup:
        case "percent":
            return f"{_pinyin('百分之')} {_number(piece['percent'])}"
        case "minute":
            return f"{piece['time']} {_pinyin('点')} {_minutes(piece['minute'])}"
        case "number":
            return _number(piece[0])
        case "hanzi":
            return _pinyin(piece[0])
        case "latin":
            return _latin(piece[0])
        case _:
            return _sign(piece[0])


def _sign(text: str) -> str:
    if text in _SIGNS:
        return _pinyin(_SIGNS[text])
    if text in _PAUSES:
        return _PAUSES[text]
    return text if text in ".,;:!?" else ""


def _number(text: str) -> str:
    """Leave a quantity to the voice; spell a code."""
    whole, _, fraction = text.partition(".")
    if len(whole) > _LONGEST_QUANTITY or (whole.startswith("0") and len(whole) > 1):
        return _pinyin("".join(_DIGITS[int(digit)] for digit in whole + fraction))
    if fraction:
        return f"{whole} {_pinyin('点' + ''.join(_DIGITS[int(digit)] for digit in fraction))}"
    return whole


def _minutes(text: str) -> str:
    if text == "00":
        return _pinyin("整")
    minutes = text.lstrip("0")
    return f"{_pinyin('零') if text.startswith('0') else ''} {minutes} {_pinyin('分')}".strip()


def _latin(text: str) -> str:
    spelled = " ".join(text) if text.isupper() and len(text) <= 5 else text
    return f'<voice xml:lang="en">{escape(spelled)}</voice>'


def _pinyin(hanzi: str) -> str:
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415 - 0.3 s, and not needed for other languages

    syllables = lazy_pinyin(hanzi, style=Style.TONE3, neutral_tone_with_five=True, tone_sandhi=True)
    return " ".join(_SYLLABIC_NASALS.get(s[:-1], s[:-1]) + s[-1:] for s in syllables)
