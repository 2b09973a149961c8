"""Asterisk's words and ours: causes, names and addresses, translated without I/O."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from telephony.switch import Cause, LegArrived, LegKind

if TYPE_CHECKING:
    from telephony.ari.models import Channel

APP = "ringhall"
"""The Stasis application; ``asterisk-config/extensions.conf`` sends calls to it."""

MEDIA = "media-"
"""Ids of what carries sound between a leg and us begin so; they are no legs."""

# Q.850 numbers as in Asterisk's causes.h
_CAUSES = {
    1: Cause.UNALLOCATED,
    3: Cause.UNREACHABLE,
    16: Cause.NORMAL,
    17: Cause.BUSY,
    18: Cause.NO_ANSWER,
    19: Cause.NO_ANSWER,
    20: Cause.UNREACHABLE,
    21: Cause.REJECTED,
    26: Cause.NORMAL,
    27: Cause.UNREACHABLE,
    34: Cause.CONGESTION,
    38: Cause.CONGESTION,
    42: Cause.CONGESTION,
    44: Cause.CONGESTION,  # so does Asterisk end a channel on which no sound came for its rtp_timeout
    102: Cause.UNREACHABLE,
}

_REASONS = {
    Cause.NORMAL: "normal",
    Cause.BUSY: "busy",
    Cause.REJECTED: "rejected",
    Cause.NO_ANSWER: "no_answer",
    Cause.UNREACHABLE: "interworking",
    Cause.CONGESTION: "congestion",
    Cause.UNALLOCATED: "unallocated",
    Cause.FAILURE: "failure",
    Cause.ELSEWHERE: "answered_elsewhere",
}


def cause_of(q850: int | None) -> Cause:
    """Translate a Q.850 cause; 0 and None (no cause given) are a normal end."""
    return Cause.NORMAL if not q850 else _CAUSES.get(q850, Cause.FAILURE)


def unix_seconds(text: str) -> float:
    """Read one of Asterisk's times, ``2026-12-24T18:05:00.120+0000``; 0.0 for anything else."""
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()
    except ValueError:
        return 0.0


def reason_for(cause: Cause) -> str:
    """Give ARI's ``reason`` of a hangup."""
    return _REASONS[cause]


def endpoint_of(channel_name: str) -> str:
    """Give the endpoint's name from a channel's: ``PJSIP/phone-1-0000001a`` → ``phone-1``."""
    return channel_name.partition("/")[2].rpartition("-")[0]


def arrival(channel: Channel, args: list[str]) -> LegArrived | None:
    """Translate a channel that entered our application from the dialplan; None for one of our own.

    ``args`` are those of ``Stasis(ringhall,KIND,DIALED)``.
    """
    kinds = {kind.value for kind in LegKind}
    if not args or args[0] not in kinds:
        return None
    return LegArrived(
        leg=channel.id,
        kind=LegKind(args[0]),
        dialed=args[1] if len(args) > 1 else channel.dialplan.exten,
        caller_number=channel.caller.number,
        endpoint=endpoint_of(channel.name),
    )


def listed_arrival(channel: Channel) -> LegArrived | None:
    """Translate a channel found in a list: an arrival if the dialplan sent it to our application."""
    if channel.dialplan.app_name != "Stasis":
        return None
    app, *args = channel.dialplan.app_data.split(",")
    return arrival(channel, args) if app == APP else None
