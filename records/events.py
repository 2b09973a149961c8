"""The vocabulary of the event log: everything that happens to a call or an agent, as immutable facts.

The log is the truth (docs/adr/0003): live state, call records, ``queue_log``, metrics and screens are
folds of these.  Facts carry opaque ids only; a person's values (numbers, digits) live in the subject
vault under the call's ``subject``.  Times are the envelope's; durations are seconds.
"""

from __future__ import annotations

from datetime import datetime
from typing import Union

import msgspec


class Event(msgspec.Struct, frozen=True, tag_field="type", tag=True, kw_only=True, omit_defaults=True):
    """One thing that happened.  Field names shared by many: call, agent, queue, offer."""


# ── a call's life ────────────────────────────────────────────────────────────────────────────────


class CallArrived(Event, frozen=True, tag=True, kw_only=True):
    """A caller reached us and hears ringing."""

    call: str
    leg: str
    dialed: str
    trunk: str
    subject: str


class CallPlaced(Event, frozen=True, tag=True, kw_only=True):
    """We begin a call of our own; whoever it is placed to stands where a caller does.

    Nobody has been dialed yet: DialStarted of ``leg`` says when.
    """

    call: str
    leg: str
    purpose: str
    """Which part placed it: callback, …"""
    reference: str
    """What that part knows it by: a callback's id, …"""
    to: str
    """The number without all but its last two digits; the number itself is in the vault."""
    trunk: str
    subject: str
    language: str = ""
    follows: str = ""
    """The call that it follows from; empty when there is none."""


class CallAnswered(Event, frozen=True, tag=True, kw_only=True):
    """The caller's line was answered; of a call that we placed, by whoever was dialed."""

    call: str


class StageEntered(Event, frozen=True, tag=True, kw_only=True):
    """A stage took the call over."""

    call: str
    stage: str


class StepEntered(Event, frozen=True, tag=True, kw_only=True):
    """A step of a menu began: where the call resumes after a restart."""

    call: str
    menu: str
    step: int
    kind: str
    version: str
    """Content hash of the site's dialplan, its first 12 hex digits."""
    line: int
    """Line in ``file`` where the step is written."""
    file: str
    returns: list[tuple[str, int]] = []
    """(menu, step) to which called menus go back, the innermost last."""


class LanguageChosen(Event, frozen=True, tag=True, kw_only=True):
    """The caller chose, or was given, a language (BCP 47 tag)."""

    call: str
    language: str


class ChoiceMade(Event, frozen=True, tag=True, kw_only=True):
    """A menu key was taken.  ``result`` is chosen, invalid or no_input."""

    call: str
    menu: str
    result: str
    key: str = ""


class DigitsCollected(Event, frozen=True, tag=True, kw_only=True):
    """Digits were entered into a variable; the digits themselves are in the vault, or nowhere if secret."""

    call: str
    variable: str
    count: int
    secret: bool = False


class VariableSet(Event, frozen=True, tag=True, kw_only=True):
    """A variable was given a value; the value is in the vault, or nowhere if secret."""

    call: str
    variable: str
    secret: bool = False


class NoticeGiven(Event, frozen=True, tag=True, kw_only=True):
    """A caller was told something.  ``result`` is heard, accepted, refused or unanswered."""

    call: str
    notice: str
    result: str


class HttpAsked(Event, frozen=True, tag=True, kw_only=True):
    """A step asked a server, or posted to it.  The address is not kept: it may hold personal values."""

    call: str
    method: str
    host: str
    outcome: str
    """done, not_found, failure."""
    status: int
    """0 when no answer came."""
    detail: str = ""
    """Why it failed."""
    tries: int = 1
    cached: bool = False
    took_s: float
    variables: list[str] = []
    """Those that were set; the values are in the vault."""


class CallerIdentified(Event, frozen=True, tag=True, kw_only=True):
    """A caller was asked who they are.  The digits are in the vault, or nowhere."""

    call: str
    subject: str
    """Of the phone number: wrong answers are counted by it, over calls."""
    check: str
    """Name of the check; each counts for itself."""
    result: str
    """identified, unknown (a wrong answer), locked (was not asked at all)."""
    locked_until: float | None = None
    """Steady seconds; set by the wrong answer that locks the number."""
    variables: list[str] = []
    """Those that were set; the values are in the vault."""


class DialStarted(Event, frozen=True, tag=True, kw_only=True):
    """A phone or an outside number is being called for a caller."""

    call: str
    leg: str
    to: str
    """A phone's name; an outside number without all but its last two digits."""
    trunk: str = ""
    """Empty for a phone of the house."""


class DialEnded(Event, frozen=True, tag=True, kw_only=True):
    """What came of dialing."""

    call: str
    leg: str
    """Empty when nothing was dialed."""
    outcome: str
    """completed, busy, no_answer, not_allowed, failed, caller_gone; of a call that we placed answered, busy,
    rejected, no_answer, not_allowed, trunk_full, failed, given_up (by us)."""
    rang_s: float = 0.0
    talk_s: float = 0.0


class RecordingBegun(Event, frozen=True, tag=True, kw_only=True):
    """A caller's words are being recorded."""

    call: str
    recording: str
    kind: str
    """voicemail or record."""
    box: str
    """Mailbox, or the label that the step gives."""
    subject: str
    language: str


class RecordingKept(Event, frozen=True, tag=True, kw_only=True):
    """A recording was fetched from the switch and lies in a file of its own."""

    call: str
    recording: str
    kind: str
    box: str
    subject: str
    file: str
    """Below the home folder."""
    seconds: float
    language: str = ""


class RecordingDropped(Event, frozen=True, tag=True, kw_only=True):
    """There was nothing to keep: nothing said, or it failed."""

    call: str
    recording: str
    reason: str


class MessageChanged(Event, frozen=True, tag=True, kw_only=True):
    """A message of a mailbox was heard, or deleted with its file."""

    message: str
    """Its recording."""
    state: str
    """heard, deleted."""


class CallbackPromised(Event, frozen=True, tag=True, kw_only=True):
    """A caller is to be called back; the number is in the vault under ``callback:ID``."""

    call: str
    callback: str
    queue: str
    subject: str
    when: str
    """now, next_opening."""
    hours: str = ""
    """The opening hours that are meant; empty when the step names none."""
    due: float | None = None
    """Steady seconds before which nobody is to call; None when the hours don't open within 400 days."""
    language: str
    since: float = 0.0
    """Steady seconds of the place in the queue that is kept; 0 for the envelope's time."""
    waited: bool = False
    """True when the call has waited in that queue: the place is that of its last wait."""
    priority: int | None = None
    """Of that wait; None for the queue's."""
    customer_class: str = ""


class CallbackTried(Event, frozen=True, tag=True, kw_only=True):
    """A call that was to keep a promise is over, and did not settle it."""

    callback: str
    call: str
    outcome: str
    """As the call's."""
    tries: int
    """Calls that were dialed for this promise, this one included if it was."""
    next_at: float
    """Steady seconds: not tried again before."""
    since: float
    """Steady seconds of the place in the queue from now on."""


class CallbackHurried(Event, frozen=True, tag=True, kw_only=True):
    """Somebody asked for a promise to be kept now, whoever else waits."""

    callback: str
    by: str


class CallbackSettled(Event, frozen=True, tag=True, kw_only=True):
    """A promised callback needs nothing more."""

    callback: str
    outcome: str
    """done, withdrawn, declined (by the person called), called_in (they reached the queue by themselves),
    given_up (tried as often as may be), not_allowed (the trunk may not dial the number), erased."""
    call: str = ""
    """The call that brought it about, if one did."""


class SurveyAnswered(Event, frozen=True, tag=True, kw_only=True):
    """A caller answered a question about the service."""

    call: str
    survey: str
    score: int


class MessagePosted(Event, frozen=True, tag=True, kw_only=True):
    """A message to another system waits to be sent; what it says is in the vault under ``message:ID``."""

    call: str
    message: str
    webhook: str
    kind: str
    """webhook or sms."""
    subject: str


class MessageSettled(Event, frozen=True, tag=True, kw_only=True):
    """A message to another system was taken, or given up."""

    call: str
    message: str
    outcome: str
    """sent, failed."""
    tries: int
    detail: str = ""


class CallEnded(Event, frozen=True, tag=True, kw_only=True):
    """The terminal fact of a call; exactly one each."""

    call: str
    outcome: str
    """completed, abandoned, hung_up_in_menu, ended_by_menu, failed, …"""
    by: str
    """caller, agent, system."""
    cause: str
    found_after_restart: bool = False
    """True when the call ended while no controller watched; the time is then that of the discovery."""


# ── in a queue ───────────────────────────────────────────────────────────────────────────────────


class QueueEntered(Event, frozen=True, tag=True, kw_only=True):
    """A call began to wait."""

    call: str
    queue: str
    priority: int
    needs: dict[str, int]
    """Skill → least level."""
    position: int
    """1 for the caller who is next."""
    since: float = 0.0
    """Steady seconds since when the caller waits, by which the place is kept; 0 for the envelope's time."""
    max_wait: float | None = None
    """Seconds; with the fields below, the queue as it was defined when the caller entered it."""
    strategy: str = "longest_idle"
    ring_s: float = 20.0
    wrap_up_s: float = 10.0
    music: str = "default"
    prefers: dict[str, int] = {}
    """Skill → level that is wished for."""
    customer_class: str = ""
    ageing_s: float = 0.0
    """Seconds of waiting that weigh as much as one point of priority; 0: no wait outweighs one."""
    target_s: float = 0.0
    """Calls that have waited for less are favoured (strategy ``index``); 0 where none are."""
    relax: list[tuple[float, dict[str, int], dict[str, int]]] = []
    """(steady seconds, needs, prefers): what the call asks for from then on."""
    overflow: list[tuple[float, str]] = []
    """(steady seconds, queue): where the call moves at that time, if nobody has taken it."""
    preferred_agent: str = ""
    preferred_until: float = 0.0
    """Steady seconds until which only that agent is offered the call."""
    blocked: list[str] = []
    """Agents who are never offered the call."""
    after_no_answer: str = "missed"
    """State of an agent who did not take an offer: missed, or ready."""
    wrap_up_most_s: float = 0.0
    """Seconds to which a wrap-up can be extended; never less than ``wrap_up_s``."""
    auto_answer: bool = False
    """The agent's phone is asked to answer by itself."""
    came_from: list[str] = []
    """Queues in which the call has waited before it overflowed to this one, the first first."""

    dials_s: float = 0.0
    """Seconds within which an agent who has answered is to be connected with somebody who is then dialed; 0
    when the caller is there already."""


class TermsRelaxed(Event, frozen=True, tag=True, kw_only=True):
    """A call that nobody took asks for less from now on."""

    call: str
    queue: str
    needs: dict[str, int]
    prefers: dict[str, int] = {}


class PreferenceLapsed(Event, frozen=True, tag=True, kw_only=True):
    """A call has waited long enough for one agent; others may be offered it now."""

    call: str
    queue: str
    agent: str


class PlaceHeld(Event, frozen=True, tag=True, kw_only=True):
    """Somebody who is not on the line stands in a queue: counted, but offered to nobody."""

    holder: str
    """A callback's id."""
    queue: str
    priority: int
    since: float
    position: int
    ageing_s: float = 0.0
    """As in QueueEntered."""


class PlaceGivenUp(Event, frozen=True, tag=True, kw_only=True):
    """A held place is no more: its holder is on the line, or needs it no longer."""

    holder: str
    queue: str


class QueueRefused(Event, frozen=True, tag=True, kw_only=True):
    """A call was not let into a queue: it is full (too many wait), empty (nobody serves it), closed or gone.

    One that waits already does so on, and would have overflowed to that queue.
    """

    call: str
    queue: str
    reason: str


class OfferMade(Event, frozen=True, tag=True, kw_only=True):
    """A call and an agent were reserved for each other."""

    offer: str
    call: str
    queue: str
    agent: str
    phone: str
    deadline: float
    """Steady seconds (see callflow.clock)."""
    scores: list[tuple[str, float]] = []
    """(agent, score) of those who competed for the call, the best first; the strategy says what it is."""
    rivals: list[tuple[str, float]] = []
    """(call, urgency in seconds) of the calls that competed for an agent who had become free."""


class OfferRang(Event, frozen=True, tag=True, kw_only=True):
    """The agent's phone gave a sign of life."""

    offer: str
    call: str
    agent: str
    deadline: float


class OfferAnswered(Event, frozen=True, tag=True, kw_only=True):
    """The agent picked up; the two are about to be connected, and still may fail to be."""

    offer: str
    call: str
    agent: str
    deadline: float


class OfferEnded(Event, frozen=True, tag=True, kw_only=True):
    """An offer came to nothing; both sides are free of it."""

    offer: str
    call: str
    queue: str
    agent: str
    outcome: str
    """no_answer, rejected, busy, unreachable, caller_gone, withdrawn, failed, taken (by another agent)."""
    rang_s: float


class CallConnected(Event, frozen=True, tag=True, kw_only=True):
    """Caller and agent hear each other: the wait was over at the answer and the talk begins."""

    offer: str
    call: str
    queue: str
    agent: str
    wait_s: float
    """Queue entry to agent answer, ring included (METRICS, ASA)."""


class QueueLeft(Event, frozen=True, tag=True, kw_only=True):
    """A call left its queue without an agent: abandoned, max_wait, empty, closed, key, overflow, …

    A callback whose agent was there, and whose customer was not, leaves as callback_OUTCOME.
    """

    call: str
    queue: str
    reason: str
    wait_s: float
    position: int
    key: str = ""
    """The key by which the caller left; for the reason key."""

    @property
    def outcome(self) -> str:
        """What the queue stage ends with: the reason, and the key if it was one (``key 2``)."""
        return f"{self.reason} {self.key}" if self.key else self.reason


class WaitAnnounced(Event, frozen=True, tag=True, kw_only=True):
    """A waiting caller was told their position, or how long they will wait, or both."""

    call: str
    queue: str
    position: int = 0
    """0 when it was not told."""
    within_s: float = 0.0
    """Seconds within which they were told to be answered; 0 when they were not told, or told of no limit."""
    longer: bool = False
    """They were told before of a time that will not be kept, and that it won't."""


class TalkEnded(Event, frozen=True, tag=True, kw_only=True):
    """The agent's conversation with the caller is over."""

    call: str
    queue: str
    agent: str
    by: str
    """caller, agent, system."""
    talk_s: float


# ── agents and phones ────────────────────────────────────────────────────────────────────────────


class AgentStateChanged(Event, frozen=True, tag=True, kw_only=True):
    """An agent moved from one state of METRICS' vocabulary to another (or changed its reason)."""

    agent: str
    before: str
    after: str
    reason: str = ""
    phone: str = ""
    call: str = ""
    until: float | None = None
    """Steady seconds at which the state ends by itself (wrap_up).  A wrap-up that is extended is the same
    state with another ``until``."""
    most: float | None = None
    """Steady seconds to which ``until`` can be extended."""
    by: str = ""
    """Who asked for it, if it was not the agent."""


class AgentPendingSet(Event, frozen=True, tag=True, kw_only=True):
    """A state asked for during a call, to be taken after it; empty ``state`` takes it back."""

    agent: str
    state: str
    reason: str = ""


class AgentProfiled(Event, frozen=True, tag=True, kw_only=True):
    """What the directory says of an agent from now on; nothing personal.

    Written when it differs from what the log said last, so that a decision is explained by the skills of its
    time.
    """

    agent: str
    skills: dict[str, int] = {}
    """Skill → level, 1 to 5."""
    ranks: dict[str, int] = {}
    """Queue → rank; queues that are not named count as 1."""
    removed: bool = False
    """The directory does not have the agent any more."""


class AgentLeaseChanged(Event, frozen=True, tag=True, kw_only=True):
    """A phone vouched for its agent until ``until`` (steady seconds); written when it changes hands."""

    agent: str
    phone: str
    until: float


class LoginRefused(Event, frozen=True, tag=True, kw_only=True):
    """A wrong agent number or PIN, or too many attempts."""

    phone: str
    agent: str
    reason: str


class PhoneStateChanged(Event, frozen=True, tag=True, kw_only=True):
    """A phone became reachable or was lost."""

    phone: str
    reachable: bool
    reason: str = ""
    """Why it was lost: gone (the switch says so), lapsed (no sign for too long), silent (an offer to it
    brought no sign of life)."""


# ── the system itself ────────────────────────────────────────────────────────────────────────────


class ControllerStarted(Event, frozen=True, tag=True, kw_only=True):
    """A controller took the stream over under a new epoch."""

    version: str
    live_calls: int


class ControllerStopped(Event, frozen=True, tag=True, kw_only=True):
    """A controller let go in good order."""


class SiteLoaded(Event, frozen=True, tag=True, kw_only=True):
    """A version of the site's dialplans went live."""

    version: str
    files: list[str]
    who: str = ""
    """The user who asked for it; ``watch`` for a saved file, ``start`` for a start."""
    how: str = ""
    """start, saved, reload or rollback."""
    time_zone: str = ""
    """The site's, IANA name."""


class SiteRefused(Event, frozen=True, tag=True, kw_only=True):
    """The site's dialplans have errors; what was live stays live."""

    version: str
    """Content hash of the refused files."""
    who: str
    errors: int
    first: str
    """The first of them, with its place."""


class HoursClosed(Event, frozen=True, tag=True, kw_only=True):
    """Somebody closed opening hours by hand."""

    hours: str
    until: float | None
    """Steady seconds; None until somebody opens them again."""
    by: str
    reason: str = ""


class HoursReopened(Event, frozen=True, tag=True, kw_only=True):
    """Somebody took such a closure back."""

    hours: str
    by: str


class AlarmRaised(Event, frozen=True, tag=True, kw_only=True):
    """Something needs a person."""

    alarm: str
    detail: str


class AlarmCleared(Event, frozen=True, tag=True, kw_only=True):
    """An alarm's cause is gone."""

    alarm: str


class SecurityNoticed(Event, frozen=True, tag=True, kw_only=True):
    """Asterisk reported a security event (wrong password, unknown account)."""

    kind: str
    account: str
    address: str


AnyEvent = Union[  # noqa: UP007 - msgspec reads the union at run time
    CallArrived, CallAnswered, StageEntered, StepEntered, LanguageChosen, ChoiceMade, DigitsCollected,
    VariableSet, NoticeGiven,
    CallPlaced, CallbackTried, CallbackHurried, PlaceHeld, PlaceGivenUp,
    HttpAsked, CallerIdentified, DialStarted, DialEnded, RecordingBegun, RecordingKept, RecordingDropped,
    MessageChanged, CallbackPromised, CallbackSettled, SurveyAnswered, MessagePosted, MessageSettled,
    CallEnded, QueueEntered, TermsRelaxed, PreferenceLapsed, QueueRefused, OfferMade, OfferRang,
    OfferAnswered, OfferEnded, CallConnected, QueueLeft, WaitAnnounced, TalkEnded,
    AgentStateChanged, AgentPendingSet, AgentProfiled, AgentLeaseChanged, LoginRefused, PhoneStateChanged,
    HoursClosed, HoursReopened,
    ControllerStarted, ControllerStopped, SiteLoaded, SiteRefused, AlarmRaised, AlarmCleared, SecurityNoticed,
]  # fmt: skip


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """An event as the log holds it.  Idempotent by (stream, seq)."""

    site: str
    node: str
    stream: str
    seq: int
    epoch: int
    """The owner's lease number; an owner with an older one is fenced off."""
    at: datetime
    """UTC."""
    event: AnyEvent
