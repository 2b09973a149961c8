"""Which calls are recorded: shares, notices, and how that is written."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from callflow.call_recording.rule import Record, RecordRule

RECORD: TypeAdapter[RecordRule | None] = TypeAdapter(Record)


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ("yes", RecordRule()),
        ("no", None),
        ({"share": 20, "keep": "30d"}, RecordRule(share=20, keep=30)),
        ({"consent": "recording", "waiting": "yes"}, RecordRule(consent="recording", waiting=True)),
    ],
)
def test_what_an_admin_writes(written: object, rule: RecordRule | None) -> None:
    assert RECORD.validate_python(written) == rule


@pytest.mark.parametrize(
    "written",
    [
        "maybe",
        {"share": 0},
        {"share": 101},
        {"keep": "90"},
        {"keep": "0d"},
        {"shares": 5},
        {"consent": "A b"},
    ],
)
def test_what_says_nothing_sensible_is_refused(written: object) -> None:
    with pytest.raises(ValidationError):
        RECORD.validate_python(written)


def test_a_share_is_drawn_by_the_call_alone_and_holds() -> None:
    rule, calls = RecordRule(share=20), [f"call{number}" for number in range(5000)]
    chosen = [call for call in calls if rule.chooses(call)]
    assert chosen == [call for call in calls if rule.chooses(call)]
    assert len(chosen) == pytest.approx(1000, abs=120)
    assert set(chosen) <= {call for call in calls if RecordRule(share=40).chooses(call)}
    assert all(RecordRule().chooses(call) for call in calls)


@pytest.mark.parametrize(
    ("rule", "notices", "objection"),
    [
        (RecordRule(), {}, ""),
        (RecordRule(announced="r"), {}, "not_announced"),
        (RecordRule(announced="r"), {"r": "heard"}, ""),
        (RecordRule(announced="r"), {"r": "unanswered"}, "not_announced"),
        (RecordRule(announced="r"), {"r": "refused"}, "no_consent"),
        (RecordRule(consent="r"), {"r": "heard"}, "no_consent"),
        (RecordRule(consent="r"), {"r": "accepted"}, ""),
        (RecordRule(consent="r", announced="a"), {"r": "accepted"}, "not_announced"),
    ],
)
def test_notices_stand_against_it(rule: RecordRule, notices: dict[str, str], objection: str) -> None:
    assert rule.objection(notices) == objection
