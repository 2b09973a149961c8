"""The E-model, against G.107 and the paper it is simplified by."""

from __future__ import annotations

import pytest

from callflow.quality import emodel
from telephony.asterisk.quality import parse


@pytest.mark.parametrize(
    ("r", "mos"),
    # ITU-T G.107, table B.1: R at its limits of satisfaction
    [(90, 4.34), (80, 4.03), (70, 3.60), (60, 3.10), (50, 2.58), (0, 1.0), (-5, 1.0), (100, 4.5)],
)
def test_scores_are_those_of_g107(r: float, mos: float) -> None:
    assert emodel.score(r) == pytest.approx(mos, abs=0.01)


def test_delay_hurts_from_177_ms_on() -> None:
    losses = [emodel.R_BEST - emodel.rating(0.0, ms / 1000) for ms in (100, 177.3, 300, 400)]
    assert losses == pytest.approx([2.4, 4.26, 20.7, 34.1], abs=0.05)


def test_loss_and_jitter_lower_the_score() -> None:
    assert emodel.mos(0.0, 0.001, 0.02) == pytest.approx(4.4, abs=0.02)
    by_loss = [emodel.mos(loss, 0.0, None) for loss in (0.0, 0.01, 0.05, 0.2, 1.0)]
    assert by_loss == sorted(by_loss, reverse=True)
    assert by_loss[2] == pytest.approx(3.9, abs=0.1)
    assert by_loss[-1] < 1.2
    assert emodel.mos(0.0, 0.1, None) == pytest.approx(4.14, abs=0.02), "a buffer of 200 ms"


TOLD = (
    "ssrc=1;themssrc=2;lp={lp};rxjitter=0.001125;rxcount=752;txjitter={tj};txcount=603;rlp={rlp};"
    "rtt={rtt};rxmes=88.087887;txmes=88.087887"
)


def test_what_asterisk_tells_is_read() -> None:
    heard = parse("leg", TOLD.format(lp=48, tj="0.002", rlp=3, rtt="0.040500"))
    assert heard is not None
    assert (heard.to_us.packets, heard.to_us.lost, heard.to_us.loss) == (752, 48, 0.06)
    assert heard.from_us is not None
    assert (heard.from_us.packets, heard.from_us.lost) == (600, 3)
    assert heard.rtt_s == 0.0405


def test_a_party_that_never_reported_says_nothing_of_its_side() -> None:
    heard = parse("leg", TOLD.format(lp=0, tj="0.000000", rlp=0, rtt="0.000000"))
    assert heard is not None
    assert heard.from_us is None
    assert heard.rtt_s is None


def test_trips_and_counts_below_zero_are_none() -> None:
    heard = parse("leg", TOLD.format(lp=4294967290, tj="0.001", rlp=0, rtt="65535.999588"))
    assert heard is not None
    assert heard.to_us.lost == 0
    assert heard.rtt_s == 0.0
    assert parse("leg", "nonsense") is None
