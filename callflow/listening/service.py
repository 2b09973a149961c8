"""The service ``listening``: attaches the site's listeners to talks and calls, and keeps what they report."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar

from callflow import parts
from callflow.listening.calls import HeardCall, HeardCalls
from callflow.listening.curves import Kept, keep, kept_curves, sweep
from callflow.listening.ears import Ears, Heard
from callflow.listening.facts import fact_of
from callflow.listening.lines import Lines
from callflow.listening.places import Places
from callflow.listening.rule import ListenerDefinition
from callflow.listening.section import LISTENERS, LISTENING, hears
from callflow.listening.talks import OpenTalk, Talks
from callflow.live_calls import LiveCalls
from callflow.protocol.listeners import Knowing
from records import events as e
from records.log import EventLog
from telephony.media import Media

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pydantic import BaseModel

    from callflow.live_calls import LiveCall
    from callflow.protocol import LastSignal, Runtime, Section
    from callflow.protocol.listeners import Listener
    from records.events import Recorded

DIED = "the controller died while it listened"


class ListeningService:
    """Who listens to which talk, and to which call."""

    needs: ClassVar[tuple[str, ...]] = ("ivr",)
    """It loads the site: without the rules nobody could listen on after a restart."""
    section: ClassVar[Section] = LISTENING

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._live = runtime.require(LiveCalls)
        self._places = Places(runtime)
        self._rules: dict[str, ListenerDefinition] = {}
        self._kinds: dict[str, type[Listener]] = {}
        self._talks = Talks()
        self._calls = HeardCalls()
        self._ears: dict[str, list[Ears]] = {}
        """Call → who listens to it, or to its talk."""
        self._reported: dict[str, set[str]] = {}
        """Call → listeners to the whole of it that have reported here: the fold may not know it yet."""
        self._sweeping: asyncio.Task[None] | None = None
        media = next(iter(runtime.all_of(Media)), None)
        self._lines = None if media is None else Lines(media, self._everybody)

    @classmethod
    def create(cls, runtime: Runtime) -> ListeningService:
        """Make the service."""
        return cls(runtime)

    def configure(self, parsed: Mapping[str, BaseModel], version: str) -> None:  # noqa: ARG002 - the door's shape
        """Take the rules of a site that goes live; what is heard already keeps its listeners."""
        self._rules = {name: one for name, one in parsed.items() if isinstance(one, ListenerDefinition)}
        for name in self._rules.keys() - self._kinds.keys():
            self._kinds.update(parts.load(LISTENERS, name))

    def snapshot(self) -> Any:
        """Give the state as JSON-able data."""
        return self._talks.snapshot() | {"calls": self._calls.snapshot()}

    def restore(self, state: Any) -> None:
        """Take the state of a snapshot."""
        self._talks.restore(state)
        self._calls.restore(state.get("calls", []))  # none in one of before whole calls were heard

    def replay(self, recorded: Recorded) -> None:
        """Apply one event of the log's tail."""
        self._talks.apply(recorded)
        self._calls.apply(recorded)

    async def start(self) -> None:
        """Listen on to the talks and calls that were on when a controller died, and to those to come."""
        if self._lines is not None:
            self._lines.start()
        sweeping = sweep(self._runtime.require(EventLog).vault, self._runtime.clock)
        self._sweeping = asyncio.get_running_loop().create_task(sweeping, name="curves' end")
        self._runtime.subscribe(
            self._heard, e.CallArrived, e.CallPlaced, e.CallAnswered, e.QueueEntered, e.CallConnected,
            e.CallTransferred, e.ConsultEnded, e.ConsentGiven, e.ConsentRefused, e.ListeningBegan,
            e.SignalNoted, e.ListeningEnded, e.TalkEnded, e.CallEnded,
        )  # fmt: skip
        for talk in self._talks.all():
            kept = [] if talk.over else self._ruled(talk.listeners)
            self._report_lost(talk.call, [name for name in talk.listeners if name not in kept], talk)
            self._attach_to_talk(talk, kept, resumed=True)
        for call in self._calls.all():
            kept = [] if call.over else self._ruled(call.listeners)
            self._report_lost(call.call, [name for name in call.listeners if name not in kept])
            for name in kept:
                self._attach_to_call(call, name, resumed=True)
            if not call.over:
                self._consider(call.call)

    async def stop(self) -> None:
        """Hear no more; the next controller listens on."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        if self._lines is not None:
            self._lines.stop()

    def in_status(self) -> Mapping[str, object]:
        """Say how many talks and calls are listened to."""
        talks = {one.heard.call for one in self._everybody() if one.heard.talk}
        calls = {one.heard.call for one in self._everybody() if not one.heard.talk}
        return {"talks_listened_to": len(talks), "calls_listened_to": len(calls)}

    # ── what was noticed ─────────────────────────────────────────────────────────────────────────

    def last(self, call: str, listener: str) -> LastSignal | None:
        """Give a listener's last signal."""
        heard = self._calls.get(call)
        return heard.last.get(listener) if heard is not None and not heard.over else None

    def curves(self, subject: str, call: str, listener: str) -> dict[str, list[float]]:
        """Give a listener's curves of a call."""
        vault = self._runtime.require(EventLog).vault
        return kept_curves(vault, subject, call, listener, self._runtime.clock.now())

    def call_fact(self, call: str, name: str) -> str | None:
        """Give ``heard.LISTENER.FACT``; of one that said nothing the texts are empty, the numbers 0."""
        return fact_of(name, lambda listener: self.last(call, listener))

    def _everybody(self) -> Iterable[Ears]:
        return (one for all_ears in self._ears.values() for one in all_ears)

    def _ruled(self, listeners: list[str]) -> list[str]:
        return [name for name in listeners if name in self._rules]

    # ── what happens ─────────────────────────────────────────────────────────────────────────────

    def _heard(self, recorded: Recorded) -> None:
        event, call = recorded.event, getattr(recorded.event, "call", "")
        before, heard, queue = self._talks.get(call), self._calls.get(call), self._queue_of(call)
        goes_on = before is not None and not before.over
        self.replay(recorded)
        now = recorded.at.timestamp()
        if self._queue_of(call) != queue:
            for ears in self._of_call(call):
                ears.moved(self._queue_of(call))
        match event:
            case e.CallConnected() | e.CallTransferred():
                talk = self._talks.get(call)
                if talk is not None and talk is not before:
                    self._talk_began(talk, now)
            case e.CallAnswered() | e.QueueEntered() | e.ConsentGiven() | e.ConsentRefused():
                self._consider(call, now)
            case e.TalkEnded():
                self._talk_over(call, event.talk_s)
            case e.CallEnded():
                if before is not None and goes_on:
                    self._talk_over(call, now - before.since)
                if heard is not None:
                    self._call_over(heard, now)
            case _:
                pass

    def _queue_of(self, call: str) -> str:
        heard = self._calls.get(call)
        return heard.queue if heard is not None else ""

    def _of_call(self, call: str) -> list[Ears]:
        """Give who listens to the whole call."""
        return [one for one in self._ears.get(call, ()) if not one.heard.talk]

    # ── talks ────────────────────────────────────────────────────────────────────────────────────

    def _talk_began(self, talk: OpenTalk, now: float) -> None:
        live = self._live.get(talk.call)
        if live is None:
            return
        agreed = self._agreed(talk.call)
        wanted = [
            name
            for name, rule in self._rules.items()
            if hears(self._kinds[name]) == "talk"
            and not rule.objection(self._places.situation(live, talk.queue, rule, agreed=agreed.get(name)))
        ]
        self._attach_to_talk(talk, wanted, resumed=False)
        self._consider(talk.call, now)
        for ears in self._of_call(talk.call):
            self._hear_agent(ears, talk)

    def _attach_to_talk(self, talk: OpenTalk, names: list[str], *, resumed: bool) -> None:
        live = self._live.get(talk.call)
        if live is None:
            return
        for name in names:
            heard = Heard(talk.call, talk.leg, talk.agent, talk.since, self._until(name, talk.since))
            self._attach(
                name, heard, live, {"caller": live.leg, "agent": talk.leg}, talk.queue, resumed=resumed
            )

    def _talk_over(self, call: str, seconds: float) -> None:
        """Let the listeners report, before anything else follows from the talk's end."""
        reported = [one for one in self._ears.get(call, ()) if one.heard.talk]
        for ears in reported:
            self._end(ears, seconds)
        if self._lines is not None:
            for ears in self._of_call(call):
                ears.agent_leg = ""
                self._lines.close(ears, "agent")
        if (talk := self._talks.get(call)) is not None:
            done = {ears.name for ears in reported}  # the rest died with the controller before this one
            self._report_lost(call, [name for name in talk.listeners if name not in done], talk)

    # ── whole calls ──────────────────────────────────────────────────────────────────────────────

    def _consider(self, call: str, now: float | None = None) -> None:
        """Begin to listen to a call where it is allowed, and end where it is not any more."""
        heard, live = self._calls.get(call), self._live.get(call)
        if heard is None or live is None or not heard.answered_at or not self._places.is_heard(live):
            return
        listening = {ears.name: ears for ears in self._of_call(call)}
        done = self._reported.get(call, set()).union(heard.done)
        for name, rule in self._rules.items():
            if hears(self._kinds[name]) != "call" or name in done:
                continue
            where = self._places.situation(live, heard.queue, rule, agreed=heard.agreed.get(name))
            objection = rule.objection(where)
            if not objection and name not in listening:
                self._attach_to_call(heard, name, resumed=False)
            elif objection and name in listening:
                ended = self._runtime.clock.now() if now is None else now
                self._end(listening[name], ended - heard.answered_at, objection)

    def _attach_to_call(self, call: HeardCall, name: str, *, resumed: bool) -> None:
        live = self._live.get(call.call)
        if live is None:
            return
        heard = Heard(call.call, "", "", call.answered_at, self._until(name, call.answered_at))
        legs = {"caller": live.leg}
        talk = self._talks.get(call.call)
        if talk is not None and not talk.over:
            legs["agent"] = talk.leg
        self._attach(name, heard, live, legs, call.queue, resumed=resumed)

    def _hear_agent(self, ears: Ears, talk: OpenTalk) -> None:
        kind = self._kinds[ears.name]
        if self._lines is not None and "agent" in kind.sides and ears.agent_leg != talk.leg:
            self._lines.close(ears, "agent")
            ears.agent_leg = talk.leg
            self._lines.open(ears, "agent", talk.leg, kind.rate)

    def _call_over(self, heard: HeardCall, now: float) -> None:
        """Let the listeners report; those who died with the controller before have nothing to."""
        for ears in self._of_call(heard.call):
            self._end(ears, now - heard.answered_at)
        done = self._reported.pop(heard.call, set())
        self._report_lost(heard.call, [name for name in heard.listeners if name not in done])

    def _agreed(self, call: str) -> Mapping[str, bool]:
        heard = self._calls.get(call)
        return heard.agreed if heard is not None else {}

    # ── both ─────────────────────────────────────────────────────────────────────────────────────

    def _until(self, name: str, since: float) -> float:
        keep_s = self._rules[name].keep_s
        return since + keep_s if keep_s else 0.0

    def _attach(
        self, name: str, heard: Heard, live: LiveCall, legs: Mapping[str, str], queue: str, *, resumed: bool
    ) -> None:
        if self._lines is None:
            return
        kind = self._kinds[name]
        if issubclass(kind, Knowing):
            listener = kind.create_for(self._places.about(live, queue))
        else:
            listener = kind.create()
        since = self._runtime.clock.now() if resumed else None
        keeper = self._keeper(name, heard, live.subject)
        ears = Ears(name, listener, heard, self._runtime.record, since=since, keep=keeper)
        ears.agent_leg = legs.get("agent", "")
        self._ears.setdefault(heard.call, []).append(ears)
        sides: dict[str, str] = {side: legs[side] for side in kind.sides if side in legs}
        self._runtime.record(
            e.ListeningBegan(call=heard.call, listener=name, talk=heard.talk, sides=sides, resumed=resumed)
        )
        for side in kind.sides:
            if side in legs:
                self._lines.open(ears, side, legs[side], kind.rate)

    def _keeper(self, name: str, heard: Heard, subject: str) -> Callable[[dict[str, list[float]]], None]:
        vault = self._runtime.require(EventLog).vault
        return lambda curves: keep(vault, subject, heard.call, name, Kept(curves, heard.until))

    def _end(self, ears: Ears, seconds: float, early: str = "") -> None:
        """Let a listener report and go."""
        call = ears.heard.call
        self._ears[call].remove(ears)
        if not self._ears[call]:
            del self._ears[call]
        if not ears.heard.talk:
            self._reported.setdefault(call, set()).add(ears.name)
        ears.end(seconds, early)
        if self._lines is not None:
            self._lines.close_all(ears)

    def _report_lost(self, call: str, names: list[str], talk: OpenTalk | None = None) -> None:
        """Put on record that listeners have nothing to report: every one that began comes to an end."""
        for name in names:
            self._runtime.record(
                e.ListeningEnded(
                    call=call,
                    listener=name,
                    talk=talk.leg if talk is not None else "",
                    agent=talk.agent if talk is not None else "",
                    result={},
                    heard_s={},
                    failed=DIED,
                )
            )
