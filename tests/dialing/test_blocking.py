"""Who is turned away, however their carrier writes the number."""

from __future__ import annotations

import pytest

from callflow.dialing.blocking import rule_for
from callflow.dialing.definitions import BlockedDefinition

BLOCKED = {
    "one": BlockedDefinition(callers=("+44 20 7123 4567",), cause="busy"),
    "many": BlockedDefinition(callers=("+46 900 *", "+1 *")),
    "hidden": BlockedDefinition(hidden=True, trunks=("main",), cause="unallocated"),
    "local": BlockedDefinition(callers=("555 *",), trunks=("branch",)),
}


@pytest.mark.parametrize(
    ("caller", "trunk", "found"),
    [
        ("+442071234567", "main", ("one", "busy")),
        ("00442071234567", "main", ("one", "busy")),
        ("442071234567", "main", ("one", "busy")),
        ("+442071234568", "main", None),
        ("0900 123 456", "main", None),
        ("+46900123456", "main", ("many", "rejected")),
        ("12125550100", "main", ("many", "rejected")),
        ("", "main", ("hidden", "unallocated")),
        ("anonymous", "main", ("hidden", "unallocated")),
        ("", "branch", None),
        ("5551", "branch", ("local", "rejected")),
        ("5551", "main", None),
        ("+8613812345678", "main", None),
    ],
)
def test_who_is_turned_away(caller: str, trunk: str, found: tuple[str, str] | None) -> None:
    assert rule_for(BLOCKED, trunk, caller, "CN") == found


def test_nobody_is_where_nothing_is_written() -> None:
    assert rule_for({}, "main", "+442071234567", "CN") is None
