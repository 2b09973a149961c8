"""The E-model: from loss, jitter and delay to the mean opinion score that people would give.

Simplified from ITU-T G.107 (06/2015) as Cole and Rosenbluth have it (*Voice over IP performance monitoring*,
ACM SIGCOMM Computer Communication Review 31(2), 2001): everything but the packets' way has G.107's default
values.  It is an estimate of the way, not of the sound: echo, a bad microphone or a shouting neighbour are
not in it.
"""

from __future__ import annotations

R_BEST = 93.2
"""Ro - Is with G.107's defaults (table 2): nobody gives more to G.711."""
BPL = 25.1
"""How well G.711 bears loss, as listeners' phones conceal it (ITU-T G.113, appendix I: 25.1 with concealment,
4.3 without).  Losses are taken as spread at random."""
PACKET_S = 0.020
BUFFER = 2.0
"""A jitter buffer holds so many times the jitter."""
BAD = 3.6
"""Below, G.107 (annex B) says that many users are dissatisfied."""


def mos(loss: float, jitter_s: float, rtt_s: float | None) -> float:
    """Estimate the mean opinion score, 1 to 4.5, of one direction.

    ``loss``: share of packets, 0 to 1; ``jitter_s``: RFC 3550's; ``rtt_s``: half of it is this direction's
    delay, None when it is not known.
    """
    return round(score(rating(loss, delay_s(jitter_s, rtt_s))), 2)


def delay_s(jitter_s: float, rtt_s: float | None) -> float:
    """Give the seconds from mouth to ear: packet, way and jitter buffer."""
    return PACKET_S + (rtt_s or 0.0) / 2 + BUFFER * jitter_s


def rating(loss: float, delay: float) -> float:
    """Give the rating factor R (at most 93.2): what is best, less what loss and delay take from it."""
    percent = 100.0 * loss
    impairment = 95.0 * percent / (percent + BPL)  # Ie,eff of G.107 (7-29), with Ie = 0 and BurstR = 1
    ms = 1000.0 * delay
    impatience = 0.024 * ms + (0.11 * (ms - 177.3) if ms > 177.3 else 0.0)  # Id, after Cole and Rosenbluth
    return R_BEST - impairment - impatience


def score(r: float) -> float:
    """Turn R into a mean opinion score (G.107, annex B)."""
    if r <= 0:
        return 1.0
    if r >= 100:
        return 4.5
    return max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6)
