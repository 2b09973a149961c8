"""Values as people say them, and that no call can need a fragment that was not rendered."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callflow.spoken import KINDS, Kind, SpokenError, fragments, kind_of, vocabulary

NUMBERS = [
    ("0", "零", "zero"),
    ("2", "二", "two"),
    ("10", "十", "ten"),
    ("12", "十二", "twelve"),
    ("20", "二十", "twenty"),
    ("101", "一百零一", "one hundred and one"),
    ("110", "一百一十", "one hundred and ten"),
    ("111", "一百一十一", "one hundred and eleven"),
    ("200", "两百", "two hundred"),
    ("1010", "一千零一十", "one thousand and ten"),
    ("2005", "两千零五", "two thousand and five"),
    ("2222", "两千两百二十二", "two thousand two hundred and twenty-two"),
    ("10500", "一万零五百", "ten thousand five hundred"),
    ("20002", "两万零二", "twenty thousand and two"),
    ("100010", "十万零一十", "one hundred thousand and ten"),
    ("110000", "十一万", "one hundred and ten thousand"),
    ("100000005", "一亿零五", "one hundred million and five"),
    ("102000000", "一亿零两百万", "one hundred and two million"),
    ("200010001", "两亿零一万零一", "two hundred million ten thousand and one"),
    ("-3.50", "负三点五", "minus three point five"),
    ("0.05", "零点零五", "zero point zero five"),
    ("007", "七", "seven"),
]
MONEY = [
    ("12.5", "十二元五角", "twelve dollars and fifty cents", "十二美元五十美分"),
    ("12.05", "十二元零五分", "twelve dollars and five cents", "十二美元五美分"),
    ("12.55", "十二元五角五分", "twelve dollars and fifty-five cents", "十二美元五十五美分"),
    ("0.5", "五角", "fifty cents", "五十美分"),
    ("0", "零元", "zero dollars", "零美元"),
    ("1.01", "一元零一分", "one dollar and one cent", "一美元一美分"),
    ("2", "两元", "two dollars", "两美元"),
    ("-2000", "负两千元", "minus two thousand dollars", "负两千美元"),
    ("0.22", "两角两分", "twenty-two cents", "二十二美分"),
    ("9.995", "十元", "ten dollars", "十美元"),
]
DATES = [
    ("2026-12-24", "二零二六年十二月二十四日星期四",
     "Thursday, the twenty-fourth of December twenty twenty-six"),
    ("20050101", "二零零五年一月一日星期六", "Saturday, the first of January two thousand and five"),
    ("1900-02-28T10:00:00", "一九零零年二月二十八日星期三",
     "Wednesday, the twenty-eighth of February nineteen hundred"),
    ("1905-03-31", "一九零五年三月三十一日星期五", "Friday, the thirty-first of March nineteen oh five"),
]  # fmt: skip
TIMES = [
    ("18:05", "下午六点零五分", "six oh five p.m.", "十八点零五分", "eighteen oh five"),
    ("00:00", "凌晨零点整", "midnight", "零点整", "zero hundred hours"),
    ("12:00", "中午十二点整", "noon", "十二点整", "twelve hundred hours"),
    ("2:30", "凌晨两点三十分", "two thirty a.m.", "两点三十分", "two thirty"),
    ("2026-12-24 12:15", "中午十二点十五分", "twelve fifteen p.m.", "十二点十五分", "twelve fifteen"),
    ("00:09", "凌晨零点零九分", "twelve oh nine a.m.", "零点零九分", "zero oh nine"),
    ("21:45:10", "晚上九点四十五分", "nine forty-five p.m.", "二十一点四十五分", "twenty-one forty-five"),
]  # fmt: skip


def zh(kind: Kind, value: str) -> str:
    return "".join(fragments(kind, value, "zh") or ["-"])


def en(kind: Kind, value: str) -> str:
    return " ".join(fragments(kind, value, "en-GB") or ["-"])


@pytest.mark.parametrize(("value", "mandarin", "english"), NUMBERS)
def test_numbers(value: str, mandarin: str, english: str) -> None:
    assert (zh(kind_of("number"), value), en(kind_of("number"), value)) == (mandarin, english)


@pytest.mark.parametrize(("value", "yuan", "dollars", "meiyuan"), MONEY)
def test_money(value: str, yuan: str, dollars: str, meiyuan: str) -> None:
    assert zh(kind_of("money", "CNY"), value) == yuan
    assert en(kind_of("money", "USD"), value) == dollars
    assert zh(kind_of("money", "USD"), value) == meiyuan


def test_money_without_hundredths() -> None:
    assert en(kind_of("money", "JPY"), "1499.5") == "one thousand five hundred yen"


@pytest.mark.parametrize(("value", "mandarin", "english"), DATES)
def test_dates(value: str, mandarin: str, english: str) -> None:
    assert (zh(kind_of("date"), value), en(kind_of("date"), value)) == (mandarin, english)


def test_short_dates() -> None:
    assert zh(kind_of("date", "short"), "2026-12-24") == "十二月二十四日"
    assert en(kind_of("date", "short"), "2026-10-02") == "the second of October"


@pytest.mark.parametrize(("value", "zh12", "en12", "zh24", "en24"), TIMES)
def test_times(value: str, zh12: str, en12: str, zh24: str, en24: str) -> None:
    half, whole = kind_of("time"), kind_of("time", "24")
    assert (zh(half, value), en(half, value)) == (zh12, en12)
    assert (zh(whole, value), en(whole, value)) == (zh24, en24)


def test_digits_and_letters_one_by_one() -> None:
    assert en(kind_of("digits"), "aB-10") == "A B one zero"
    assert zh(kind_of("digits"), "110") == "一一零"
    assert zh(kind_of("phone"), "+86 110") == "加八六幺幺零"


@pytest.mark.parametrize(
    ("kind", "value"),
    [("number", "abc"), ("number", ""), ("money", "1,5"), ("date", "2026-02-29"), ("date", "24.12.2026"),
     ("time", "24:00"), ("time", "noon"), ("digits", "—"), ("date", "0000-01-01")],
)  # fmt: skip
def test_what_is_not_of_the_kind(kind: str, value: str) -> None:
    for language in ("en", "zh"):
        assert fragments(kind_of(kind, "CNY" if kind == "money" else ""), value, language) is None


def test_a_number_that_is_too_long_is_read_digit_by_digit() -> None:
    assert en(kind_of("number"), "1234567890123").startswith("one two three four")


@pytest.mark.parametrize(
    ("name", "option", "told"),
    [("mony", "", "no way to speak"), ("money", "", "which currency"), ("money", "CNX", "not possible"),
     ("digits", "4", "takes no"), ("time", "13", "not possible")],
)  # fmt: skip
def test_kinds_that_are_not_possible(name: str, option: str, told: str) -> None:
    with pytest.raises(SpokenError, match=told) as raised:
        kind_of(name, option)
    assert raised.value.remedy


def test_other_languages_are_refused() -> None:
    with pytest.raises(SpokenError, match='"de"'):
        vocabulary(kind_of("number"), "de")


EVERY_KIND = [Kind(name, option) for name, way in KINDS.items() for option in (way.options or ("",))]
values = st.one_of(
    st.integers(-(10**13), 10**13).map(str),
    st.integers(0, 10**12).map(lambda number: f"{number / 100:.2f}"),
    st.decimals(-10000, 10**12, allow_nan=False, places=4).map(str),
    st.dates().map(str),
    st.datetimes().map(lambda moment: moment.isoformat()),
    st.times().map(lambda moment: moment.isoformat()),
    st.text(alphabet="0123456789ABCxyz+-. :T", max_size=60),
)


@settings(max_examples=1500, deadline=None)
@given(st.sampled_from(EVERY_KIND), values, st.sampled_from(["en", "zh"]))
def test_every_fragment_is_in_the_vocabulary(kind: Kind, value: str, language: str) -> None:
    words = fragments(kind, value, language)
    assert words is None or (words and set(words) <= set(vocabulary(kind, language)))
    assert len(words or ()) < 120
    assert len(vocabulary(kind, language)) < 400


@settings(max_examples=300)
@given(st.dates())
def test_weekdays_are_right(day: object) -> None:
    words = fragments(kind_of("date"), str(day), "en")
    assert words is not None
    assert words[0] == f"{day:%A},"
