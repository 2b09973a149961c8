"""How well the parties of a call heard each other."""

from __future__ import annotations

from records.events.base import Event


class LegQuality(Event, frozen=True, tag=True, kw_only=True):
    """What RTP and RTCP tell of a leg that has ended (docs/quality.md).

    *in* is the way from the party to us, *out* from us to the party, as the party's own reports tell.
    """

    call: str
    leg: str
    side: str
    """caller or agent; other for any further leg."""
    queue: str = ""
    """The last queue in which the call was connected."""
    agent: str = ""
    """Whose leg it was."""
    in_packets: int
    in_lost: float
    """Share of the packets that did not arrive, 0 to 1."""
    in_jitter_ms: float
    in_mos: float | None
    """Estimated mean opinion score, 1 to 4.5; None when too little was heard to tell."""
    out_packets: int
    out_lost: float = 0.0
    out_jitter_ms: float = 0.0
    out_mos: float | None = None
    """None when the party never reported."""
    rtt_ms: float | None = None
    """The last round trip; None when it was never measured."""

    @property
    def mos(self) -> float | None:
        """The worse of the two directions."""
        known = [mos for mos in (self.in_mos, self.out_mos) if mos is not None]
        return min(known, default=None)
