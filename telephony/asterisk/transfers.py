"""SIP REFER as Asterisk tells of it: a phone's own transfer key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telephony.switch import TransferAsked

if TYPE_CHECKING:
    from telephony.ari.models import ChannelTransfer

TOLD_TO_US = {"PJSIP_TRANSFER_HANDLING()": "ari-only"}
"""Variables of a channel that we start: REFER becomes an event.  By default it would run our dialplan with
whatever number the phone asks for: toll fraud, and a call that is lost to its record."""


SAME_S = 0.5
"""Nobody presses the key again for the same target so soon."""


class TransferKeys:
    """Tells of each press of a transfer key once: Asterisk tells twice, some milliseconds apart."""

    def __init__(self) -> None:
        self._told: dict[TransferAsked, float] = {}

    def take(self, event: ChannelTransfer, now: float) -> list[TransferAsked]:
        """Translate an event, unless it is the same again; ``now`` in seconds of any steady clock."""
        self._told = {one: at for one, at in self._told.items() if now - at < SAME_S}
        transfer = asked(event)
        if transfer in self._told:
            return []
        self._told[transfer] = now
        return [transfer]


def asked(event: ChannelTransfer) -> TransferAsked:
    """Translate a transfer: blind with a number, attended with the phone's other channel (Replaces)."""
    to, leg = event.refer_to, event.referred_by.source_channel.id
    if to.destination_channel is not None:
        return TransferAsked(leg=leg, to="", other_leg=to.destination_channel.id)
    return TransferAsked(leg=leg, to=number_of(to.requested_destination.destination or ""))


def number_of(address: str) -> str:
    """Give the number that an address of Refer-To names: ``sip:1002@10.0.0.1;user=phone`` → ``1002``."""
    return address.removeprefix("sip:").removeprefix("sips:").partition("@")[0].partition(";")[0]


def answer(*, accepted: bool) -> str:
    """Give ARI's word for how it went; the phone is told by NOTIFY (RFC 3515): 200 or 603."""
    return "channel_answered" if accepted else "channel_declined"
