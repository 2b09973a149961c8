"""Lists as they come: what is taken, what is refused with line and reason, and what makes a file unusable."""

from __future__ import annotations

import json
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from outbound.commands import app
from outbound.leads.csv_list import CsvList, ListError
from outbound.leads.lead import Lead, Refused
from outbound.leads.numbers import Number, NumberError, read_number

if TYPE_CHECKING:
    from pathlib import Path

LONDON = "020 7946 0018"


def written(folder: Path, text: str | bytes, name: str = "list.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def lines(path: Path, **given: Any) -> list[Lead | Refused]:
    return list(CsvList(path, **({"home": "GB"} | given)).lines())


def why(path: Path, **given: Any) -> dict[int, str]:
    return {one.line: one.why for one in lines(path, **given) if isinstance(one, Refused)}


# ── numbers ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "home", "e164", "mobile"),
    [
        (LONDON, "GB", "+442079460018", False),
        ("+44 (0)20 7946-0018", "DE", "+442079460018", False),
        ("0044 7400 123456", "GB", "+447400123456", True),
        ('="02079460018"', "GB", "+442079460018", False),
        ("\N{NO-BREAK SPACE}030 901820 ", "DE", "+4930901820", False),
        ("13812345678", "CN", "+8613812345678", True),
    ],
)
def test_numbers_as_people_write_them(text: str, home: str, e164: str, mobile: bool) -> None:
    found = read_number(text, home, {"GB", "DE", "CN"})
    assert (found.e164, found.mobile) == (e164, mobile)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no number"),
        ("n/a", "not a telephone number"),
        ("999", "an emergency number"),
        ("112", "an emergency number"),
        ("020 79", "too short"),
        ("020 7946 0018 020 7946 0018", "too long"),
        ("0" * 50, "a number has no 50 signs"),
        ("4.42079E+11", "a spreadsheet has shortened the number"),
        ("4,42079E+11", "a spreadsheet has shortened the number"),
        ("0909 8790879", "a premium number"),
        ("+1 212 555 2368", "a number of US; the list is for GB"),
        ("+999 123 4567", "no such country code"),
        ("020 7946 0018 ext 5", "an extension"),
        ("=HYPERLINK(\"http://x\")", "not a telephone number"),
    ],
)  # fmt: skip
def test_numbers_that_nobody_should_call(text: str, words: str) -> None:
    with pytest.raises(NumberError, match=words) as refused:
        read_number(text, "GB", {"GB"})
    assert not text or text not in str(refused.value)


@given(st.text(max_size=60))
def test_no_text_does_harm(text: str) -> None:
    try:
        found = read_number(text, "GB", {"GB"})
    except NumberError:
        return
    assert isinstance(found, Number)
    assert found.e164.startswith("+44")


# ── files ────────────────────────────────────────────────────────────────────────────────────────


def test_a_good_list(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "Phone,Name,Time zone,Consent source,Branch\n"
        f'{LONDON},"Lovelace, Ada",Europe/London,web form v2,Soho\n'
        "\n"
        "07400 123456,Bob,,,\n",
    )
    first, second = lines(path)
    assert isinstance(first, Lead)
    assert (first.line, first.name, first.zone, first.consent) == (
        2,
        "Lovelace, Ada",
        "Europe/London",
        "web form v2",
    )
    assert first.more == {"branch": "Soho"}
    assert isinstance(second, Lead)
    assert (second.line, second.number.e164) == (4, "+447400123456")


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (f"\ufeffnumber;name\n{LONDON};Zoë\n".encode(), ""),
        (f"number\tname\n{LONDON}\tZoë\n".encode("utf-16"), ""),
        (f"number|name\r\n{LONDON}|Zoë\r\n".encode("cp1252"), "cp1252"),
        (f"number,name\r{LONDON},Zoë\r".encode(), ""),
    ],
)
def test_separators_encodings_and_line_ends(tmp_path: Path, data: bytes, encoding: str) -> None:
    (lead,) = lines(written(tmp_path, data), encoding=encoding)
    assert isinstance(lead, Lead)
    assert lead.name == "Zoë"


def test_errors_are_told_by_line(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "number,name,zone\n"
        f"{LONDON},Ada,\n"
        "999,Police,\n"
        "+44 20 7946 0018,Ada again,\n"
        "07400 123456,Bob\n"
        "07400 123457,Eve,Mars/Olympus\n"
        f'07400 123458,"{"x" * 2000}",\n'
        '07400 123459,"two\nlines",\n'
        "07400 123460,a\x01b,\n"
        "n/a,,\n",
    )
    assert why(path) == {
        3: "an emergency number",
        4: "the same number as in line 2",
        5: "2 columns, where the heading has 3",
        6: "'Mars/Olympus' is no time zone; right ones are Europe/London, Asia/Shanghai",
        7: "name has 2000 signs, 1000 are allowed",
        10: "name has signs that are none in UTF-8; name the file's encoding",
        11: "not a telephone number",
    }


def test_a_wrong_encoding_costs_the_lines_that_need_it(tmp_path: Path) -> None:
    path = written(tmp_path, f"number,name\n{LONDON},Zoë\n07400 123456,Bob\n".encode("cp1252"))
    assert why(path) == {2: "name has signs that are none in UTF-8; name the file's encoding"}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"\n020 7946 0018\n", "is empty, or its first line is"),
        (b"PK\x03\x04\0\0\0\0sheet", "export the sheet as CSV"),
        (b"name,city\nAda,London\n", r"no column is the telephone number.*there are: name, city"),
        (b"phone,mobile\n1,2\n", "two columns are named 'number'"),
        (b"a," * 200 + b"number\n", "201 columns, 100 are allowed"),
        (b"\xff\xfeab\xff", "has signs that are none in"),
    ],
)
def test_files_that_are_no_lists(tmp_path: Path, data: bytes, words: str) -> None:
    with pytest.raises(ListError, match=words):
        lines(written(tmp_path, data))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ListError, match="No such file"):
        lines(tmp_path / "none.csv")


def test_an_encoding_that_there_is_not(tmp_path: Path) -> None:
    with pytest.raises(ListError, match="'klingon' is no encoding"):
        lines(written(tmp_path, "number\n1\n"), encoding="klingon")


@given(st.binary(max_size=300))
def test_no_bytes_do_harm(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(b"number,name\n" + data)
    for one in lines(path):
        assert one.line >= 2


def test_a_long_list_takes_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    with path.open("w") as file:
        file.write("number,name\n")
        for number in range(4_000):
            file.write(f"+44 7400 {number:06},{'x' * 500}\n")
    tracemalloc.start()
    good = sum(isinstance(one, Lead) for one in CsvList(path, home="GB").lines())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert good == 4_000
    assert peak < 1_500_000  # the file has 2 MB; a hash and a line number of each is kept


# ── ringhall campaigns list-check ────────────────────────────────────────────────────────────────


def check(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["list-check", *arguments])
    return done.exit_code, done.output


def test_list_check(tmp_path: Path) -> None:
    path = written(tmp_path, f"number\n{LONDON}\n999\n020 7946 0018\n+1 212 555 2368\n")
    status, told = check(str(path), "--home", "gb")
    assert status == 1
    assert f"{path}:3: an emergency number" in told
    assert "1 can be called, 3 are refused" in told
    status, told = check(str(path), "--home", "GB", "--countries", "US", "--json", "--show", "1")
    assert json.loads(told) == {
        "good": 2,
        "refused": 2,
        "why": {"an emergency number": 1, "the same number as before": 1},
        "lines": [{"line": 3, "why": "an emergency number"}],
    }


def test_list_check_of_a_good_list(tmp_path: Path) -> None:
    status, told = check(str(written(tmp_path, f"number\n{LONDON}\n")), "--home", "GB")
    assert (status, told) == (0, "1 can be called, 0 are refused\n")


@pytest.mark.parametrize(
    ("home", "words"), [("XX", "XX: no such country; right ones are GB"), ("GB", "is empty")]
)
def test_list_check_with_what_is_wrong(tmp_path: Path, home: str, words: str) -> None:
    status, told = check(str(written(tmp_path, "")), "--home", home)
    assert (status, words in told) == (2, True)
