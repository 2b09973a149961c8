"""What can happen to the ACD.  Late and repeated inputs are legal: they find nothing and change nothing."""

from __future__ import annotations

import msgspec


class Input(msgspec.Struct, frozen=True):
    """Something that happened, or that somebody asks for."""


class Enqueue(Input, frozen=True):
    """A call wants an agent of a queue.  Raises UnknownQueue and NotLetIn."""

    call: str
    queue: str
    priority: int | None = None
    """None for the queue's."""
    max_wait: float | None = None
    """Seconds; None for the queue's."""
    customer_class: str = ""
    """Gives the priority that the queue has for it, unless one is given."""
    only_if_served: bool = False
    """Don't wait where no agent with the skills is logged in."""
    since: float | None = None
    """Steady seconds of the original entry, for one who waited before; None for now."""
    subject: str = ""
    """Whose call it is: agents who are kept from this person are not offered it."""
    preferred_agent: str = ""
    """Number of the agent who is to have the call, waited for up to ``preferred_s``."""
    preferred_s: float = 0.0
    in_place_of: str = ""
    """The holder of a place that is now the call's, with its time and priority.  It is always let in."""
    dials_s: float = 0.0
    """Seconds within which an agent who has answered is to be connected with somebody who is then dialed."""


class HoldPlace(Input, frozen=True):
    """Somebody who is not on the line keeps a place in a queue.  Raises UnknownQueue."""

    holder: str
    queue: str
    since: float
    """Steady seconds."""
    priority: int | None = None
    """None for the queue's, or that of the customer's class."""
    customer_class: str = ""


class GiveUpPlace(Input, frozen=True):
    """A held place is needed no longer."""

    holder: str


class Rejoin(Input, frozen=True):
    """A call's task is back after a restart; only now may the call be offered again."""

    call: str


class Leave(Input, frozen=True):
    """A waiting call is to leave its queue.

    By a key (reason ``key``) at once, although a phone may ring; for another reason (``closed``, ``empty``)
    only while none does.  Not when an agent has just picked up.
    """

    call: str
    reason: str
    key: str = ""


class Announced(Input, frozen=True):
    """A waiting caller is told their position, or their wait, or both (see WaitAnnounced)."""

    call: str
    position: int
    within_s: float
    longer: bool


class CallGone(Input, frozen=True):
    """The caller hung up, wherever the call was."""

    call: str
    reason: str = "abandoned"
    """Why a call leaves its queue that still waits."""


class OfferProgress(Input, frozen=True):
    """The agent's phone gave a sign of life."""

    offer: str


class OfferAnswered(Input, frozen=True):
    """The agent picked up."""

    offer: str


class OfferConnected(Input, frozen=True):
    """Caller and agent hear each other."""

    offer: str


class OfferFailed(Input, frozen=True):
    """The agent's leg ended before the two were connected."""

    offer: str
    cause: str
    """A :class:`telephony.switch.Cause`."""


class ConnectFailed(Input, frozen=True):
    """The agent answered but the two could not be connected; the agent's leg is hung up by the sender."""

    offer: str


class TalkOver(Input, frozen=True):
    """The conversation ended."""

    call: str
    by: str
    """caller, agent, system."""


class AgentLost(Input, frozen=True):
    """The agent's line was lost in the talk, not hung up.  Raises NoTalk, UnknownQueue."""

    call: str


class HoldTalk(Input, frozen=True):
    """The caller is put on hold; one who is stays so.  Raises NoTalk, IllegalTransition."""

    call: str
    by: str


class ResumeTalk(Input, frozen=True):
    """The caller is taken off hold; one who is not on hold is fine.  Raises NoTalk."""

    call: str
    by: str


class Target(msgspec.Struct, frozen=True):
    """Whom a call is handed to, or who is consulted."""

    kind: str
    """agent, queue, menu, outside."""
    name: str
    """An agent's number, a queue's or menu's name, an outside number without all but its last two digits."""


class BeginConsult(Input, frozen=True):
    """An agent asks somebody for the call's sake.

    An agent or a queue is offered the consultation as a call, named CALL+N.  Raises NoTalk, CantTransfer,
    UnknownAgent, UnknownQueue.
    """

    call: str
    to: Target


class JoinConsult(Input, frozen=True):
    """Caller, agent and consulted talk together.  Raises NoTalk, CantTransfer."""

    call: str


class EndConsult(Input, frozen=True):
    """A consultation is over; the call stays with the agent."""

    call: str
    outcome: str


class TransferTalk(Input, frozen=True):
    """An agent hands the call over, to ``to`` or, without it, to whoever is consulted.

    Raises NoTalk, CantTransfer, UnknownAgent, UnknownQueue; nothing is changed then.
    """

    call: str
    to: Target | None = None


class TakeOver(Input, frozen=True):
    """A supervisor takes a call from its agent.  Raises NoTalk, CantTransfer."""

    call: str
    supervisor: str
    """Their number as an agent."""
    leg: str
    """Their line."""
    by: str


class ReturnTransfer(Input, frozen=True):
    """Nobody took a transferred call: it waits for the agent who gave it away, for a while."""

    call: str
    outcome: str


class Request(Input, frozen=True, kw_only=True):
    """Something that an agent may ask for, or somebody else for them."""

    by: str = ""
    """Who asks, if it is not the agent."""


class LogIn(Request, frozen=True):
    """An agent, proven or trusted, takes a phone.  Raises UnknownAgent, PhoneInUse, IllegalTransition."""

    agent: str
    phone: str


class RefuseLogin(Input, frozen=True):
    """Somebody could not prove to be an agent.  Too many such attempts lock number and phone."""

    agent: str
    """Empty when no agent has the number that was given."""
    phone: str
    reason: str
    """wrong_pin, unknown_agent, locked."""


class LogOut(Request, frozen=True):
    """An agent leaves; after the talk if there is one.  Raises UnknownAgent."""

    agent: str


class Pause(Request, frozen=True):
    """An agent wants no calls; after talk and wrap-up if there are."""

    agent: str
    reason: str


class Ready(Request, frozen=True):
    """An agent wants calls; takes back a pending pause or logout, ends a wrap-up."""

    agent: str


class FinishWrapUp(Request, frozen=True):
    """An agent has finished the work after a call.  Raises IllegalTransition outside of wrap-up."""

    agent: str


class ExtendWrapUp(Request, frozen=True):
    """An agent needs more time after a call.  Raises IllegalTransition, and WrapUpAtLimit."""

    agent: str
    seconds: float


class DialOut(Request, frozen=True):
    """An agent begins a call of their own.

    Raises UnknownAgent, UnknownQueue, ColleagueNotFree and IllegalTransition.
    """

    call: str
    agent: str
    """Empty on a phone where nobody is logged in."""
    phone: str
    leg: str
    """The agent's."""
    queue: str = ""
    """For which queue; empty for none."""
    colleague: str = ""
    """The agent who is called; empty for an outside number."""
    subject: str = ""


class DialConnected(Input, frozen=True):
    """An agent and whom they called hear each other."""

    call: str


class DialOver(Input, frozen=True):
    """An agent's own call is over, reached or not."""

    call: str
    outcome: str
    by: str = "system"
    """Who ended it: caller (the one who was called), agent, system."""


class PhoneSeen(Input, frozen=True):
    """The switch vouches for a phone: renews the lease of the agent who is logged in on it."""

    phone: str


class PhoneGone(Input, frozen=True):
    """The switch lost a phone."""

    phone: str


class SwitchLost(Input, frozen=True):
    """Nothing is heard from the switch: until it is back nobody is offered and no deadline counts."""


class SwitchBack(Input, frozen=True):
    """The switch is heard again."""


class Tick(Input, frozen=True):
    """A deadline may have come."""
