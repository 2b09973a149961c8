"""Stages that a simulated call runs as they are: those that need no switch, with their servers played."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import msgspec
from yarl import URL

from callflow.clock import Clock, SteadyClock
from callflow.protocol import Restorable
from callflow.settings import Settings
from callflow.stages.attempts import AttemptsService
from callflow.stages.callbacks import CallbacksService
from callflow.stages.web import WebClient, judged
from records.events import Recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic import BaseModel

    from callflow.protocol import Call, Placing, PromptBook, Stage
    from callflow.stages.web_request import WebAnswer, WebRequest
    from ivr.tools.simulation import Actor
    from records.events import AnyEvent, Event
    from telephony.switch import Switch

T = TypeVar("T")


class NoAnswer(Exception):  # noqa: N818 - named for what happened
    """A stage needs an answer that nobody gave; the message says which."""


class RealStages:
    """Runs installed stages for a simulated call."""

    def __init__(self, stages: Mapping[str, type[Stage]]) -> None:
        self._stages = stages
        self._runtime = _Runtime(stages)

    def outcomes(self, name: str) -> frozenset[str]:
        """Give what a stage may end with."""
        return self._stages[name].outcomes

    def can_run(self, name: str) -> bool:
        """Tell whether a stage needs no switch and no agents."""
        return bool(getattr(self._stages[name], "simulated", False))

    def hear(self, event: Event, now: float) -> None:
        """Let the services behind the stages know what happened."""
        self._runtime.hear(event, now)

    async def run(self, name: str, call: Call, step: BaseModel, actor: Actor) -> str:
        """Run it.  Raises :class:`NoAnswer`, and whatever ends the call."""
        self._runtime.web.play(name, actor)
        return await self._stages[name].create(self._runtime).run(call, step)


class _PlayedWeb(WebClient):
    """Asks nobody: an actor says what servers answer."""

    def __init__(self) -> None:
        self._stage = ""
        self._actor: Actor | None = None

    def play(self, stage: str, actor: Actor) -> None:
        self._stage, self._actor = stage, actor

    async def ask(self, request: WebRequest) -> WebAnswer:
        answer = self._actor.answer(self._stage) if self._actor else None
        if answer is None:
            raise NoAnswer(f"nobody says what {request.method} {request.url} answers to {self._stage}")
        body = json.dumps(answer.body).encode()
        return msgspec.structs.replace(
            judged(answer.status, body, request), host=URL(request.url).host or "", tries=1
        )


class _Runtime:
    """What stages are made from: servers that are played, and no switch."""

    switch: Switch
    prompts: PromptBook
    home = Path()

    clock: Clock = SteadyClock()

    def __init__(self, stages: Mapping[str, type[Stage]]) -> None:
        self.web = _PlayedWeb()
        self._stages = stages
        self._events = 0
        self._parts: list[Any] = [self.web, AttemptsService(self), CallbacksService(self), Settings()]

    def hear(self, event: Event, now: float) -> None:
        self._events += 1
        recorded = Recorded(
            site="simulated",
            node="simulated",
            stream="simulated",
            seq=self._events,
            epoch=0,
            at=datetime.fromtimestamp(now, UTC),
            event=cast("AnyEvent", event),
        )
        for part in self._parts:
            if isinstance(part, Restorable):
                part.replay(recorded)

    def require(self, kind: type[T]) -> T:
        found = next((part for part in self._parts if isinstance(part, kind)), None)
        if found is None:
            raise LookupError(f"a simulation has no {kind.__name__}")
        return found

    def all_of(self, kind: type[T]) -> list[T]:
        return [part for part in self._parts if isinstance(part, kind)]

    def stage_types(self) -> Mapping[str, type[Stage]]:
        return self._stages

    def record(self, *events: Event) -> None:
        pass

    def subscribe(self, listener: Callable[[Recorded], None], *kinds: type[Event]) -> None:
        pass

    def post(self, call: str, message: object) -> bool:  # noqa: ARG002 - nobody is there
        return False

    def place_call(self, placing: Placing) -> str:
        raise LookupError(f"a simulation places no calls for {placing.purpose}")

    def alarm(self, name: str, detail: str) -> None:
        pass

    def clear_alarm(self, name: str) -> None:
        pass
