"""The table of agent states, and the page that is drawn from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from acd.core.states import TRANSITIONS, IllegalTransition, State, Trigger, next_state, page

PAGE = Path(__file__).parents[2] / "docs" / "states.md"


def test_every_state_has_a_row_can_be_reached_and_be_left() -> None:
    assert set(TRANSITIONS) == set(State)
    reached = {after for row in TRANSITIONS.values() for after in row.values()}
    assert reached == set(State)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("trigger", Trigger)
def test_what_is_not_in_the_table_is_illegal(state: State, trigger: Trigger) -> None:
    if trigger in TRANSITIONS[state]:
        assert next_state("1001", state, trigger) is TRANSITIONS[state][trigger]
    else:
        with pytest.raises(IllegalTransition, match=rf"agent 1001 .*\({state}\): {trigger} is not possible"):
            next_state("1001", state, trigger)


def test_the_page_shows_the_table() -> None:
    """After a change of the table: ``python -m acd.core.states > docs/states.md``."""
    assert PAGE.read_text("utf-8") == page()
