"""Check digits: published examples, and that one wrong digit is found."""

import pytest

from ivr.check_digits import CHECKS

GOOD = {
    "luhn": ["4111111111111111", "79927398713", "0"],
    "mod11": ["036536", "12345678909"],
    "mod97": ["3214282912345698765432161182", "98"],
    "damm": ["5724", "0"],
    "ean": ["4006381333931", "5901234123457", "0"],
}


@pytest.mark.parametrize(
    ("method", "digits"), [(name, digits) for name, all_ in GOOD.items() for digits in all_]
)
def test_good_ones(method: str, digits: str) -> None:
    assert CHECKS[method](digits)


@pytest.mark.parametrize("method", CHECKS)
def test_one_wrong_digit_is_found(method: str) -> None:
    check, digits = CHECKS[method], GOOD[method][0]
    for place, digit in enumerate(digits):
        for other in set("0123456789") - {digit}:
            wrong = digits[:place] + other + digits[place + 1 :]
            assert not check(wrong), wrong
