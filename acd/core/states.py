"""The agent's states and what may lead from one to another, as one table (METRICS, *Agent states*)."""

from __future__ import annotations

from enum import StrEnum

from acd.core.errors import AcdError


class State(StrEnum):
    """What an agent is doing."""

    LOGGED_OUT = "logged_out"
    READY = "ready"
    RESERVED = "reserved"
    RINGING = "ringing"
    TALKING = "talking"
    HOLD = "hold"
    CONSULT = "consult"
    WRAP_UP = "wrap_up"
    PAUSED = "paused"
    DIALING = "dialing"
    MISSED = "missed"
    UNREACHABLE = "unreachable"


class Trigger(StrEnum):
    """What moves an agent from one state to another."""

    LOG_IN = "log_in"
    LOG_OUT = "log_out"
    READY = "ready"
    PAUSE = "pause"
    OFFER = "offer"
    RING = "ring"
    TALK = "talk"
    END_TALK = "end_talk"
    FINISH_WRAP_UP = "finish_wrap_up"
    EXTEND_WRAP_UP = "extend_wrap_up"
    MISS = "miss"
    LOSE = "lose"
    HOLD = "hold"
    UNHOLD = "unhold"
    CONSULT = "consult"
    END_CONSULT = "end_consult"
    DIAL = "dial"


TRANSITIONS: dict[State, dict[Trigger, State]] = {
    State.LOGGED_OUT: {Trigger.LOG_IN: State.PAUSED},
    State.PAUSED: {
        Trigger.READY: State.READY,
        Trigger.PAUSE: State.PAUSED,  # another reason ends one pause and begins the next
        Trigger.LOSE: State.UNREACHABLE,
        Trigger.DIAL: State.DIALING,
        Trigger.LOG_OUT: State.LOGGED_OUT,
    },
    State.READY: {
        Trigger.OFFER: State.RESERVED,
        Trigger.PAUSE: State.PAUSED,
        Trigger.LOSE: State.UNREACHABLE,
        Trigger.DIAL: State.DIALING,
        Trigger.LOG_OUT: State.LOGGED_OUT,
    },
    State.RESERVED: {
        Trigger.RING: State.RINGING,
        Trigger.TALK: State.TALKING,
        Trigger.DIAL: State.DIALING,  # a callback: the agent is there first
        Trigger.READY: State.READY,
        Trigger.PAUSE: State.PAUSED,
        Trigger.MISS: State.MISSED,
        Trigger.LOSE: State.UNREACHABLE,
        Trigger.LOG_OUT: State.LOGGED_OUT,
    },
    State.RINGING: {
        Trigger.TALK: State.TALKING,
        Trigger.DIAL: State.DIALING,
        Trigger.READY: State.READY,
        Trigger.PAUSE: State.PAUSED,
        Trigger.MISS: State.MISSED,
        Trigger.LOSE: State.UNREACHABLE,
        Trigger.LOG_OUT: State.LOGGED_OUT,
    },
    State.TALKING: {
        Trigger.HOLD: State.HOLD,
        Trigger.CONSULT: State.CONSULT,
        Trigger.END_TALK: State.WRAP_UP,
    },
    State.HOLD: {
        Trigger.UNHOLD: State.TALKING,
        Trigger.CONSULT: State.CONSULT,
        Trigger.END_TALK: State.WRAP_UP,
    },
    State.CONSULT: {Trigger.END_CONSULT: State.TALKING, Trigger.END_TALK: State.WRAP_UP},
    State.WRAP_UP: {
        Trigger.EXTEND_WRAP_UP: State.WRAP_UP,
        Trigger.DIAL: State.DIALING,
        Trigger.READY: State.READY,
        Trigger.PAUSE: State.PAUSED,
        Trigger.LOSE: State.UNREACHABLE,
        Trigger.LOG_OUT: State.LOGGED_OUT,
    },
    State.DIALING: {
        Trigger.TALK: State.TALKING,
        Trigger.READY: State.READY,
        Trigger.PAUSE: State.PAUSED,
        Trigger.MISS: State.MISSED,  # they hung up before anybody was there
        Trigger.LOSE: State.UNREACHABLE,
        Trigger.LOG_OUT: State.LOGGED_OUT,
    },
    State.MISSED: {
        Trigger.DIAL: State.DIALING,
        Trigger.READY: State.READY,
        Trigger.PAUSE: State.PAUSED,
        Trigger.LOSE: State.UNREACHABLE,
        Trigger.LOG_OUT: State.LOGGED_OUT,
    },
    State.UNREACHABLE: {
        Trigger.READY: State.READY,
        Trigger.PAUSE: State.PAUSED,
        Trigger.MISS: State.MISSED,
        Trigger.LOG_OUT: State.LOGGED_OUT,
    },
}

ON_A_CALL = frozenset({State.TALKING, State.HOLD, State.CONSULT, State.DIALING})
"""What is asked for in these states becomes a pending state."""
OFFERED = frozenset({State.RESERVED, State.RINGING})

_IN_WORDS = {
    State.LOGGED_OUT: "is not logged in",
    State.PAUSED: "is paused",
    State.READY: "is ready",
    State.RESERVED: "is being offered a call",
    State.RINGING: "is being rung",
    State.TALKING: "is talking",
    State.HOLD: "has a caller on hold",
    State.CONSULT: "is consulting",
    State.WRAP_UP: "is wrapping up",
    State.DIALING: "is dialing",
    State.MISSED: "missed a call and has not been ready since",
    State.UNREACHABLE: "can't be reached on the phone",
}


def in_words(state: State) -> str:
    """Say what an agent in that state does: ``is paused``."""
    return _IN_WORDS[state]


class IllegalTransition(AcdError):  # noqa: N818 - the field's word
    """An agent can't do that in the state that they are in; nothing was changed."""

    def __init__(self, agent: str, trigger: Trigger, state: State) -> None:
        super().__init__(f"agent {agent} {_IN_WORDS[state]} ({state}): {trigger} is not possible now")
        self.agent = agent
        self.trigger = trigger
        self.state = state


def next_state(agent: str, state: State, trigger: Trigger) -> State:
    """Look the transition up; raises :class:`IllegalTransition`."""
    try:
        return TRANSITIONS[state][trigger]
    except KeyError:
        raise IllegalTransition(agent, trigger, state) from None


def diagram() -> str:
    """Draw the table as a Mermaid state diagram (docs/states.md)."""
    lines = ["stateDiagram-v2", f"    [*] --> {State.LOGGED_OUT}"]
    for state, row in TRANSITIONS.items():
        lines += [f"    {state} --> {after}: {trigger}" for trigger, after in row.items()]
    return "\n".join(lines)


def page() -> str:
    """Write docs/states.md."""
    return f"""# States of an agent

Drawn from the table in `acd/core/states.py`; a test compares the two. After a change of the table:
`python -m acd.core.states > docs/states.md`. What each state means to a person is in [agents.md](agents.md).

```mermaid
{diagram()}
```

What is not drawn is illegal: it raises `IllegalTransition`, naming agent, state and what was asked for, and
changes nothing. What is asked for during a call (`talking`, `hold`, `consult`, `dialing`) is a *pending*
state, taken after the call and its wrap-up. In `unreachable` the pending state is the one to return to.
`dialing` is an agent who calls somebody, is called by a colleague, or has answered a callback while its
customer is being called. In `hold` the caller hears music and the agent nothing; in `consult` the agent talks
with somebody else for the call's sake. In a conference both are `talking`.
"""


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201 - this is what it is run for
