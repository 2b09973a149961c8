"""What an agent and a supervisor are told, decided by what was noted.  Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emotion.live.wording import worded
from emotion.signals import STATES
from records import events as e

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from emotion.live.calls import VoiceCall
    from emotion.signals import State

CALM = "calm"


def hint_of(found: VoiceCall, suggestions: Mapping[State, Mapping[str, str]]) -> e.HintGiven | None:
    """Tell the agent who talks with a caller how they sound; None when there is nothing new.

    That a caller is calm is told only after something else was.
    """
    last = found.last
    if last is None or not found.agent or last.signal not in STATES or last.signal == (found.hinted or CALM):
        return None
    return e.HintGiven(
        call=found.call,
        agent=found.agent,
        queue=found.queue,
        listener=last.listener,
        signal=last.signal,
        at_s=last.at_s,
        confidence=last.confidence,
        trend=str(last.detail.get("trend", "")),
        wording=worded(suggestions, last.signal),
        until=last.until,
    )


def alarm_of(found: VoiceCall, noted: e.SignalNoted) -> e.EmotionAlarm | None:
    """Tell supervisors of anger that lasts; None when this signal is no alarm."""
    angry_s = noted.detail.get("alarm_s", 0.0)
    if noted.side == "agent" or not isinstance(angry_s, float | int) or angry_s <= 0:
        return None
    return e.EmotionAlarm(
        call=found.call,
        queue=found.queue,
        listener=noted.listener,
        at_s=noted.at_s,
        angry_s=float(angry_s),
        confidence=noted.confidence,
        until=noted.until,
    )


def told_by(
    found: VoiceCall, event: e.Event, suggestions: Mapping[State, Mapping[str, str]]
) -> Iterator[e.Event]:
    """Give what follows from an event of a call that the fold has taken already."""
    if isinstance(event, e.SignalNoted) and (alarm := alarm_of(found, event)) is not None:
        yield alarm
    if (hint := hint_of(found, suggestions)) is not None:
        yield hint
