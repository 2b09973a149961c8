"""Voice quality in Asterisk's words: the channel variable ``RTPAUDIOQOS``.

Asterisk sets it when a channel is about to hang up, whichever side wants that, and ``ari.conf`` has it put
into every event of the channel from then on: so it costs nothing but its place in these.  AMI's RTCP events
would be several a second for some tens of calls, and a question asked after the hangup is too late.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from telephony.ari import models
from telephony.quality import Direction, LegHeard

if TYPE_CHECKING:
    from collections.abc import Callable

    from telephony.ari.port import Message

VARIABLE = "RTPAUDIOQOS"
_NEVER_S = 60.0
"""A round trip of more is none: Asterisk's clock and the far end's disagree by less than one trip, and the
difference, below zero, shows as 65,536 s less a bit."""
_WRAPPED = 65_536.0
_NOT_NEGATIVE = 1 << 31
_TOLD_KEPT = 10_000


class AsteriskQuality:
    """:class:`telephony.quality.QualitySource`, fed with ARI's messages."""

    def __init__(self) -> None:
        self._takers: list[Callable[[LegHeard], None]] = []
        self._told: OrderedDict[str, None] = OrderedDict()
        """Channels that were told of: the variable is in each of their last events."""

    def on_leg_heard(self, take: Callable[[LegHeard], None]) -> None:
        """Have ``take`` called once for each leg."""
        self._takers.append(take)

    def hear(self, message: Message) -> None:
        """Take a message of ARI's."""
        match message:
            case (
                models.ChannelHangupRequest(channel=channel)
                | models.StasisEnd(channel=channel)
                | models.ChannelDestroyed(channel=channel)
            ):
                pass
            case _:
                return
        told = (channel.channelvars or {}).get(VARIABLE, "")
        if not told or channel.id in self._told:
            return
        self._told[channel.id] = None
        if len(self._told) > _TOLD_KEPT:
            self._told.popitem(last=False)
        heard = parse(channel.id, told)
        if heard is not None:
            for take in self._takers:
                take(heard)


def parse(leg: str, told: str) -> LegHeard | None:
    """Read ``lp=0;rxjitter=0.001;rxcount=752;txjitter=…;txcount=…;rlp=…;rtt=…``; None when it says nothing.

    lp and rx are what we have seen, rlp and tx what the far end reported.  Without any report rtt is 0.
    """
    fields = dict(pair.split("=", 1) for pair in told.split(";") if "=" in pair)
    try:
        received, sent = int(fields["rxcount"]), int(fields["txcount"])
        lost, their_lost = _count(fields["lp"]), _count(fields["rlp"])
        jitter, their_jitter = float(fields["rxjitter"]), float(fields["txjitter"])
        rtt = float(fields["rtt"])
    except (KeyError, ValueError):
        return None
    reported = rtt != 0 or their_jitter != 0 or their_lost != 0
    if rtt > _WRAPPED - _NEVER_S:
        rtt = 0.0
    return LegHeard(
        leg=leg,
        to_us=Direction(received, lost, jitter),
        from_us=Direction(max(0, sent - their_lost), their_lost, their_jitter) if reported else None,
        sent=sent,
        rtt_s=rtt if reported and rtt < _NEVER_S else None,
    )


def _count(text: str) -> int:
    """Read a count; packets that came twice make it negative, which shows as a huge one."""
    count = int(text)
    return 0 if count < 0 or count >= _NOT_NEGATIVE else count
