"""G.711 as the Recommendation has it."""

import numpy as np

from telephony.g711 import a_law_decode, mu_law_decode, mu_law_encode

EVERY = np.arange(-32768, 32768).astype(np.int16)


def test_mu_law_has_the_values_of_the_recommendation() -> None:
    # tables 2a and 2b of G.711, times four: 14 bits there, 16 here
    assert mu_law_decode(np.array([0xFF, 0x7F, 0x80, 0x00, 0xF0, 0xEF], np.uint8)).tolist() == [
        0,
        0,
        32124,
        -32124,
        120,
        132,
    ]


def test_a_law_has_the_values_of_the_recommendation() -> None:
    # table 1a, times eight: 13 bits there, 16 here
    assert a_law_decode(np.array([0xD5, 0x55, 0xAA, 0x2A], np.uint8)).tolist() == [8, -8, 32256, -32256]


def test_no_sample_is_off_by_more_than_half_a_step() -> None:
    within = EVERY[np.abs(EVERY.astype(int)) < 32_635].astype(int)
    coded = mu_law_decode(mu_law_encode(within.astype(np.int16)))
    step = 2.0 ** (np.floor(np.log2(np.abs(within) + 132)) - 4)
    assert (np.abs(within - coded) <= step / 2).all()
    assert mu_law_decode(mu_law_encode(np.array([32767, -32768], np.int16))).tolist() == [32124, -32124]


def test_what_was_coded_once_stays_as_it_is() -> None:
    once = mu_law_decode(mu_law_encode(EVERY))
    assert (mu_law_decode(mu_law_encode(once)) == once).all()
