"""The vocabulary of the event log: everything that happens to a call or an agent, as immutable facts.

The log is the truth (docs/adr/0003): live state, call records, ``queue_log``, metrics and screens are
folds of these.  Facts carry opaque ids only; a person's values (numbers, digits) live in the subject
vault under the call's ``subject``.  Times are the envelope's; durations are seconds.
"""

from __future__ import annotations

from datetime import datetime
from typing import Union

import msgspec

from records.events.access import (
    DeliveryGivenUp,
    DeliveryRenewed,
    PersonErased,
    SubscriptionEnded,
    SubscriptionMade,
    TokenIssued,
    TokenRevoked,
)
from records.events.agents import (
    AgentLeaseChanged,
    AgentPendingSet,
    AgentProfiled,
    AgentStateChanged,
    LoginRefused,
    PhoneStateChanged,
)
from records.events.base import Event
from records.events.callbacks import (
    CallbackHurried,
    CallbackPromised,
    CallbackSettled,
    CallbackTried,
    PlaceGivenUp,
    PlaceHeld,
)
from records.events.calls import (
    CallAnswered,
    CallArrived,
    CallEnded,
    CallPlaced,
    DialEnded,
    DialStarted,
    StageEntered,
)
from records.events.dialing import (
    AgentDialed,
    AgentDialOver,
    AgentReached,
    CallBlocked,
    DialAnswered,
    DialRefused,
    TrunkStateChanged,
)
from records.events.listening import (
    ConsentGiven,
    ConsentRefused,
    EmotionAlarm,
    HintGiven,
    ListeningBegan,
    ListeningEnded,
    SignalNoted,
    SignalUsed,
    is_withheld,
)
from records.events.menus import (
    CallerIdentified,
    ChoiceMade,
    DigitsCollected,
    HttpAsked,
    LanguageChosen,
    NoticeGiven,
    StepEntered,
    SurveyAnswered,
    VariableSet,
)
from records.events.messages import (
    MessageChanged,
    MessagePosted,
    MessageSettled,
    RecordingBegun,
    RecordingDropped,
    RecordingKept,
)
from records.events.outbound import (
    AbandonedListed,
    AbandonedReached,
    AttemptBegun,
    AttemptDisposed,
    AttemptMessage,
    CampaignChanged,
    GreetingJudged,
    LeadsErased,
    LeadsToErase,
    RemovalAsked,
)
from records.events.quality import LegQuality
from records.events.queues import (
    GOES_ON,
    CallConnected,
    OfferAnswered,
    OfferEnded,
    OfferMade,
    OfferRang,
    PreferenceLapsed,
    QueueEntered,
    QueueLeft,
    QueueRefused,
    TalkEnded,
    TermsRelaxed,
    WaitAnnounced,
)
from records.events.recordings import (
    CallRecordingDeleted,
    CallRecordingFetched,
    CallRecordingKept,
    CallRecordingLost,
    CallRecordingPaused,
    CallRecordingRefused,
    CallRecordingResumed,
    CallRecordingsErased,
    CallRecordingStarted,
    CallRecordingsToErase,
    CallRecordingStopped,
    CallRecordingWished,
)
from records.events.supervision import SupervisionBegan, SupervisionChanged, SupervisionEnded
from records.events.system import (
    AlarmCleared,
    AlarmRaised,
    ControllerStarted,
    ControllerStopped,
    HoursClosed,
    HoursReopened,
    SecurityNoticed,
    SiteLoaded,
    SiteRefused,
)
from records.events.talks import (
    PART,
    CallTransferred,
    ConsultBegan,
    ConsultEnded,
    ConsultJoined,
    TalkHeld,
    TalkResumed,
    TransferFailed,
    call_of,
    is_part,
    of_part,
)

__all__ = [
    "GOES_ON",
    "PART",
    "AbandonedListed",
    "AbandonedReached",
    "AgentDialOver",
    "AgentDialed",
    "AgentLeaseChanged",
    "AgentPendingSet",
    "AgentProfiled",
    "AgentReached",
    "AgentStateChanged",
    "AlarmCleared",
    "AlarmRaised",
    "AnyEvent",
    "AttemptBegun",
    "AttemptDisposed",
    "AttemptMessage",
    "CallAnswered",
    "CallArrived",
    "CallBlocked",
    "CallConnected",
    "CallEnded",
    "CallPlaced",
    "CallRecordingDeleted",
    "CallRecordingFetched",
    "CallRecordingKept",
    "CallRecordingLost",
    "CallRecordingPaused",
    "CallRecordingRefused",
    "CallRecordingResumed",
    "CallRecordingStarted",
    "CallRecordingStopped",
    "CallRecordingWished",
    "CallRecordingsErased",
    "CallRecordingsToErase",
    "CallTransferred",
    "CallbackHurried",
    "CallbackPromised",
    "CallbackSettled",
    "CallbackTried",
    "CallerIdentified",
    "CampaignChanged",
    "ChoiceMade",
    "ConsentGiven",
    "ConsentRefused",
    "ConsultBegan",
    "ConsultEnded",
    "ConsultJoined",
    "ControllerStarted",
    "ControllerStopped",
    "DeliveryGivenUp",
    "DeliveryRenewed",
    "DialAnswered",
    "DialEnded",
    "DialRefused",
    "DialStarted",
    "DigitsCollected",
    "EmotionAlarm",
    "Event",
    "GreetingJudged",
    "HintGiven",
    "HoursClosed",
    "HoursReopened",
    "HttpAsked",
    "LanguageChosen",
    "LeadsErased",
    "LeadsToErase",
    "LegQuality",
    "ListeningBegan",
    "ListeningEnded",
    "LoginRefused",
    "MessageChanged",
    "MessagePosted",
    "MessageSettled",
    "NoticeGiven",
    "OfferAnswered",
    "OfferEnded",
    "OfferMade",
    "OfferRang",
    "PersonErased",
    "PhoneStateChanged",
    "PlaceGivenUp",
    "PlaceHeld",
    "PreferenceLapsed",
    "QueueEntered",
    "QueueLeft",
    "QueueRefused",
    "Recorded",
    "RecordingBegun",
    "RecordingDropped",
    "RecordingKept",
    "RemovalAsked",
    "SecurityNoticed",
    "SignalNoted",
    "SignalUsed",
    "SiteLoaded",
    "SiteRefused",
    "StageEntered",
    "StepEntered",
    "SubscriptionEnded",
    "SubscriptionMade",
    "SupervisionBegan",
    "SupervisionChanged",
    "SupervisionEnded",
    "SurveyAnswered",
    "TalkEnded",
    "TalkHeld",
    "TalkResumed",
    "TermsRelaxed",
    "TokenIssued",
    "TokenRevoked",
    "TransferFailed",
    "TrunkStateChanged",
    "VariableSet",
    "WaitAnnounced",
    "call_of",
    "is_part",
    "is_withheld",
    "of_part",
]

AnyEvent = Union[  # noqa: UP007 - msgspec reads the union at run time
    CallArrived, CallAnswered, StageEntered, StepEntered, LanguageChosen, ChoiceMade, DigitsCollected,
    VariableSet, NoticeGiven,
    CallPlaced, CallbackTried, CallbackHurried, PlaceHeld, PlaceGivenUp,
    HttpAsked, CallerIdentified, DialStarted, DialEnded, RecordingBegun, RecordingKept, RecordingDropped,
    AttemptBegun, AttemptDisposed, AttemptMessage, CampaignChanged, GreetingJudged, LeadsErased, LeadsToErase,
    RemovalAsked, AbandonedListed, AbandonedReached,
    MessageChanged, CallbackPromised, CallbackSettled, SurveyAnswered, MessagePosted, MessageSettled,
    CallEnded, QueueEntered, TermsRelaxed, PreferenceLapsed, QueueRefused, OfferMade, OfferRang,
    OfferAnswered, OfferEnded, CallConnected, QueueLeft, WaitAnnounced, TalkEnded,
    TalkHeld, TalkResumed, ConsultBegan, ConsultJoined, ConsultEnded, CallTransferred, TransferFailed,
    SupervisionBegan, SupervisionChanged, SupervisionEnded,
    AgentStateChanged, AgentPendingSet, AgentProfiled, AgentLeaseChanged, LoginRefused, PhoneStateChanged,
    CallBlocked, DialAnswered, DialRefused, TrunkStateChanged, AgentDialed, AgentReached, AgentDialOver,
    HoursClosed, HoursReopened, ListeningBegan, SignalNoted, ListeningEnded, SignalUsed, HintGiven,
    EmotionAlarm, ConsentGiven, ConsentRefused,
    CallRecordingWished, CallRecordingRefused, CallRecordingStarted, CallRecordingPaused,
    CallRecordingResumed, CallRecordingStopped, CallRecordingKept, CallRecordingLost, CallRecordingFetched,
    CallRecordingDeleted, CallRecordingsToErase, CallRecordingsErased, LegQuality,
    ControllerStarted, ControllerStopped, SiteLoaded, SiteRefused, AlarmRaised, AlarmCleared, SecurityNoticed,
    TokenIssued, TokenRevoked, SubscriptionMade, SubscriptionEnded, DeliveryGivenUp, DeliveryRenewed,
    PersonErased,
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
