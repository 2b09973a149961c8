"""The talks that are on, and who listens to them: a fold of the event log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from records import events as e

if TYPE_CHECKING:
    from records.events import Recorded


class OpenTalk(msgspec.Struct):
    """A caller and an agent who talk, or whose listeners have not reported yet."""

    call: str
    leg: str
    """The agent's leg."""
    queue: str
    agent: str
    since: float
    """Steady seconds at which they were connected."""
    listeners: list[str] = msgspec.field(default_factory=list)
    """Those that began and have not reported."""
    over: bool = False


class Talks:
    """Fold of the log: call → its talk."""

    def __init__(self) -> None:
        self._talks: dict[str, OpenTalk] = {}
        self._consulted: dict[str, str] = {}
        """Consultation → the leg of the agent who is asked, who may get the call."""

    def __len__(self) -> int:
        return len(self._talks)

    def get(self, call: str) -> OpenTalk | None:
        """Give a call's talk; None when it has none."""
        return self._talks.get(call)

    def all(self) -> list[OpenTalk]:
        """Give every talk."""
        return list(self._talks.values())

    def apply(self, recorded: Recorded) -> None:
        """Fold one event in."""
        event = recorded.event
        match event:
            case e.CallConnected() if e.is_part(event.call):
                self._consulted[event.call] = event.offer
            case e.ConsultEnded():
                self._consulted.pop(event.consult, None)
            case e.CallTransferred():
                leg = event.leg or self._consulted.pop(event.consult, "")
                if leg:
                    since = recorded.at.timestamp()
                    self._talks[event.call] = OpenTalk(event.call, leg, event.queue, event.to, since)
            case e.CallConnected():
                since = recorded.at.timestamp()
                talk = OpenTalk(event.call, event.offer, event.queue, event.agent, since)
                self._talks[event.call] = talk
            case e.ListeningBegan() if event.talk:
                if (found := self._talks.get(event.call)) and event.listener not in found.listeners:
                    found.listeners.append(event.listener)
            case e.ListeningEnded() if event.talk:
                if (found := self._talks.get(event.call)) and event.listener in found.listeners:
                    found.listeners.remove(event.listener)
                    self._drop_if_done(found)
            case e.TalkEnded() | e.CallEnded():
                if found := self._talks.get(event.call):
                    found.over = True
                    self._drop_if_done(found)
            case _:
                pass

    def _drop_if_done(self, talk: OpenTalk) -> None:
        if talk.over and not talk.listeners:
            del self._talks[talk.call]

    def snapshot(self) -> Any:
        """Give the state as JSON-able data."""
        return {"talks": msgspec.to_builtins(self.all()), "consulted": dict(self._consulted)}

    def restore(self, state: Any) -> None:
        """Take the state of a snapshot."""
        self._talks = {talk.call: talk for talk in msgspec.convert(state["talks"], list[OpenTalk])}
        self._consulted = dict(state["consulted"])
