"""One number in all the ways in which trunks show it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callflow.erasing.forms import WrongNumber, forms_of


def test_a_number_with_its_country_code_is_looked_for_in_every_form() -> None:
    assert set(forms_of("+46 70 812 34 56", ["SE", "DE"])) == {
        "+46708123456", "46708123456", "0708123456", "708123456", "0046708123456",
    }  # fmt: skip


@pytest.mark.parametrize("written", ["0708123456", "0046708123456", "070-812 34 56"])
def test_a_number_as_it_is_dialed_here_is_the_same_person(written: str) -> None:
    assert set(forms_of(written, ["SE"])) == set(forms_of("+46708123456", ["SE"])) | {
        "".join(sign for sign in written if sign.isdigit())
    }


def test_nobody_is_erased_for_somebody_else_of_another_country() -> None:
    assert "0708123456" not in forms_of("+46708123456", ["DE"])
    with pytest.raises(WrongNumber, match="with its country code"):
        forms_of("02079460018", ["GB", "IT"])


@pytest.mark.parametrize("written", ["", "Alice", "+", "+1", "+99912345678"])
def test_what_is_no_number_is_refused(written: str) -> None:
    with pytest.raises(WrongNumber):
        forms_of(written, ["SE"])


def test_an_extension_is_itself() -> None:
    assert forms_of("1001", ["SE"]) == ("1001",)
    assert forms_of("1001", []) == ("1001",)


@given(st.text(max_size=24), st.lists(st.sampled_from(["SE", "US", "CN", "IT", ""]), max_size=3))
def test_any_text_gives_numbers_or_is_refused(text: str, countries: list[str]) -> None:
    try:
        forms = forms_of(text, countries)
    except WrongNumber:
        return
    assert forms
    assert all(form.removeprefix("+").isdigit() for form in forms)
