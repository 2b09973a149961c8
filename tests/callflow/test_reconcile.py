"""What must have happened while nobody listened, case by case."""

from callflow.ids import new_call_id
from callflow.reconcile import compare
from telephony.switch import Cause, LegAnswered, LegArrived, LegEnded, LegKind, LegRinging, LegView, Survey

CALL = new_call_id(1_790_000_000)
OTHER = new_call_id(1_790_000_001)
AGENT_LEG = f"{CALL}-a1"


def survey(*legs: LegView, talks: dict[str, frozenset[str]] | None = None) -> Survey:
    return Survey(legs={view.leg: view for view in legs}, talks=talks or {}, waiting=frozenset(), phones={})


def arrived(leg: str) -> LegView:
    return LegView(
        leg=leg,
        up=False,
        arrived=LegArrived(leg=leg, kind=LegKind.TRUNK, dialed="1000", caller_number="", endpoint="trunk"),
    )


def ours(leg: str, *, up: bool, rings: bool = False) -> LegView:
    return LegView(leg=leg, up=up, arrived=None, rings=rings)


def test_nothing_happened() -> None:
    repair = compare({"c": CALL}, {AGENT_LEG: True}, survey(arrived("c"), ours(AGENT_LEG, up=True)))
    assert (repair.missed, repair.arrivals, repair.orphans, repair.empty_talks) == ([], [], [], [])


def test_legs_that_are_gone_have_ended() -> None:
    repair = compare({"c": CALL}, {AGENT_LEG: True}, survey())
    assert repair.missed == [
        LegEnded(leg="c", cause=Cause.FAILURE),
        LegEnded(leg=AGENT_LEG, cause=Cause.FAILURE),
    ]


def test_a_phone_that_is_up_has_answered_once() -> None:
    up = survey(arrived("c"), ours(AGENT_LEG, up=True))
    assert compare({"c": CALL}, {AGENT_LEG: False}, up).missed == [LegAnswered(leg=AGENT_LEG)]
    assert compare({"c": CALL}, {AGENT_LEG: True}, up).missed == []


def test_a_phone_that_rings_has_given_a_sign_of_life() -> None:
    rings = survey(arrived("c"), ours(AGENT_LEG, up=False, rings=True))
    assert compare({"c": CALL}, {AGENT_LEG: False}, rings).missed == [LegRinging(leg=AGENT_LEG)]
    silent = survey(arrived("c"), ours(AGENT_LEG, up=False))
    assert compare({"c": CALL}, {AGENT_LEG: False}, silent).missed == []


def test_a_caller_whom_nobody_serves_has_arrived() -> None:
    new = arrived("new")
    assert compare({"c": CALL}, {}, survey(arrived("c"), new)).arrivals == [new.arrived]


def test_legs_and_talks_of_calls_that_are_no_more_are_ended() -> None:
    left = f"{OTHER}-a1"
    found = survey(arrived("c"), ours(left, up=True), talks={OTHER: frozenset({left}), CALL: frozenset()})
    repair = compare({"c": CALL}, {}, found)
    assert repair.orphans == [left]
    assert repair.empty_talks == [OTHER]


def test_channels_of_others_on_the_same_asterisk_are_left_alone() -> None:
    assert compare({}, {}, survey(ours("1790000000.7", up=True), ours("tool-1", up=True))).orphans == []
