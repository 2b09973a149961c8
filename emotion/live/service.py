"""The service ``emotion``: gives the listener its terms, tells agents and supervisors, answers conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

import structlog
from aiohttp import web

from callflow.protocol import House, Located
from emotion.live.calls import VoiceCalls
from emotion.live.listener import EmotionListener, Terms
from emotion.live.names import FACTS, NAME
from emotion.live.section import EMOTION, EmotionDefinition
from emotion.live.telling import told_by
from emotion.live.wording import in_language, worded
from emotion.signals import AlarmTerms
from records import events as e

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic import BaseModel

    from callflow.protocol import Runtime, Section
    from emotion.live.calls import VoiceCall
    from emotion.signals import State
    from records.events import Recorded

_log = structlog.get_logger(__name__)
_TODAY = f"heard.{NAME}.{FACTS[0]}"
_TELLING = (e.SignalNoted, e.CallConnected, e.CallTransferred)
"""After these there may be something to tell."""


class EmotionService:
    """What the site says of emotion, and what is told of it while calls are on."""

    needs: ClassVar[tuple[str, ...]] = ("listening",)
    section: ClassVar[Section] = EMOTION

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._site = EmotionDefinition()
        self._calls = VoiceCalls()

    @classmethod
    def create(cls, runtime: Runtime) -> EmotionService:
        """Make the service."""
        return cls(runtime)

    def configure(self, parsed: Mapping[str, BaseModel], version: str) -> None:
        """Take what a site says; it counts for calls that are heard from now on."""
        written = parsed.get(NAME)
        self._site = written if isinstance(written, EmotionDefinition) else EmotionDefinition()
        site = self._site
        EmotionListener.follow(
            Terms(
                sensitivity=site.sensitivity,
                alarm=AlarmTerms(site.alarm.angry, site.alarm.within),
                words=site.words,
                overlap=site.overlap,
                agents=site.agents.on,
            )
        )
        if site.notice:
            _log.warning("emotion_of_agents", notice=site.notice, version=version)

    def snapshot(self) -> Any:
        """Give the state as JSON-able data."""
        return self._calls.snapshot()

    def restore(self, state: Any) -> None:
        """Take the state of a snapshot."""
        self._calls.restore(state)

    def replay(self, recorded: Recorded) -> None:
        """Apply one event of the log's tail."""
        self._calls.apply(recorded)

    async def start(self) -> None:
        """Hear what happens."""
        self._runtime.subscribe(
            self._heard, e.CallArrived, e.CallPlaced, e.QueueEntered, *_TELLING, e.TalkEnded,
            e.ConsentRefused, e.ListeningEnded, e.HintGiven, e.EmotionAlarm, e.CallEnded,
        )  # fmt: skip

    async def stop(self) -> None:
        """Nothing is left to do."""

    def in_status(self) -> Mapping[str, object]:
        """Say that agents' emotions are inferred, where they are."""
        return {"notices": [self._site.notice]} if self._site.notice else {}

    def call_fact(self, call: str, name: str) -> str | None:
        """Give ``heard.emotion.angry_calls_today``: the same caller's other calls that were angry."""
        if name != _TODAY:
            return None
        now = self._runtime.clock.now()
        midnight = next((one.midnight(now) for one in self._runtime.all_of(Located)), now - 86_400.0)
        return str(self._calls.angry_before(call, midnight))

    def heard_words(self, call: str, language: str, text: str) -> bool:
        """Let what a caller just said count beside how they said it: the door for a recogniser.

        False where nobody listens to that call, its site has words turned off, or they tell nothing.  The
        text is kept nowhere.  ``language``: BCP 47; empty for the call's.
        """
        listener = EmotionListener.live.get(call)
        return listener is not None and listener.heard_words(language, text)

    def control_routes(self) -> Iterable[web.RouteDef]:
        """Give what ``ringhall agents watch`` shows."""
        return [web.get("/control/emotion", self._shown)]

    def _heard(self, recorded: Recorded) -> None:
        self._calls.apply(recorded)
        event = recorded.event
        found = self._calls.get(getattr(event, "call", ""))
        if found is not None and isinstance(event, _TELLING):
            for told in told_by(found, event, self._site.suggestions):
                self._runtime.record(told)

    async def _shown(self, request: web.Request) -> web.Response:
        house = next((one.house_language() for one in self._runtime.all_of(House)), "")
        language = request.query.get("language") or house
        calls = [shown for one in self._calls if (shown := self._of(one, language)) is not None]
        return web.json_response({"notice": self._site.notice, "calls": calls})

    def _of(self, one: VoiceCall, language: str) -> dict[str, object] | None:
        last = one.last
        if last is None or e.is_withheld(last, self._runtime.clock.now()):
            return None
        wording = worded(self._site.suggestions, cast("State", last.signal))
        return {
            "call": one.call,
            "queue": one.queue,
            "agent": one.agent,
            "signal": last.signal,
            "confidence": last.confidence,
            "trend": last.detail.get("trend", ""),
            "at_s": last.at_s,
            "angry_s": one.alarm.angry_s if one.alarm is not None else 0.0,
            "wording": in_language(wording, language) if one.hinted else "",
        }
