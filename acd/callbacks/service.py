"""The service ``callback_dialer``: keeps the promises that callers were given, a thin shell over the desk.

It listens to the log; whenever something has happened that may matter it lets the desk decide, and does
what comes of it: places held in the queues, calls placed, promises settled.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar

import structlog

from acd.callbacks import prompts as say
from acd.callbacks.cases import PURPOSE, Case, Cases
from acd.callbacks.control import CallbackRoutes
from acd.callbacks.desk import NO_TERMS, Begin, Hold, LetGo, Recall, decide, next_deadline
from acd.callbacks.looks import looks_at
from acd.callbacks.serving import Keeping
from acd.callbacks.visits import NotWanted
from acd.core import inputs as i
from acd.core.errors import AcdError
from acd.service import AcdService
from callflow.live_calls import LiveCalls
from callflow.protocol import NamedHouse, OpeningTimes, Placing, PromptError
from callflow.stages.callbacks import CallbacksService
from records import events as e

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiohttp import web

    from acd.callbacks.desk import Action
    from acd.callbacks.terms import Look, Terms
    from acd.core.acd import Acd
    from callflow.protocol import PlacedCall, Prompt, Runtime
    from callflow.stages.callbacks import Promise
    from records.events import Recorded

_log = structlog.get_logger(__name__)

LOOK_AFTER_S = 0.05
"""What happens within this time is looked at together."""
AT_LEAST_EVERY_S = 60.0
"""Opening hours may be closed by hand, and agents become fewer, without a word to us."""
MOST_ROUNDS = 100
"""Rounds of decisions in one look; more than that is a fault, and the next look goes on."""


class CallbackDialer:
    """Decides, and carries out."""

    needs: ClassVar[tuple[str, ...]] = ("acd", "callbacks", "trunks")
    purpose: ClassVar[str] = PURPOSE

    def __init__(self, runtime: Runtime, acd: AcdService, promises: CallbacksService) -> None:
        self._runtime = runtime
        self._acd = acd
        self._promises = promises
        self.cases = Cases()
        self._there = False
        """The switch is seen, and calls can be placed."""
        self._timer: asyncio.TimerHandle | None = None
        self._due: float | None = None

    @classmethod
    def create(cls, runtime: Runtime) -> CallbackDialer:
        """Make the service."""
        return cls(runtime, runtime.require(AcdService), runtime.require(CallbacksService))

    async def start(self) -> None:
        """Follow the log; nothing is done before the switch has been seen."""
        self._runtime.subscribe(self._hear)

    async def stop(self) -> None:
        """Decide no more; the calls are the runner's."""
        self._there = False
        if self._timer is not None:
            self._timer.cancel()

    def prompts(self) -> Iterable[Prompt]:
        """Give the fixed prompts."""
        return say.ALL

    # ── what happens ─────────────────────────────────────────────────────────────────────────────

    def switch_back(self) -> None:
        """Go on: calls have been taken over, and their ends are known."""
        self._there = True
        self._look_within(LOOK_AFTER_S)

    def switch_lost(self, reason: str) -> None:  # noqa: ARG002 - all are alike here
        """Decide nothing while nothing is seen."""
        self._there = False

    def _hear(self, recorded: Recorded) -> None:
        event = recorded.event
        if isinstance(event, e.CallConnected):
            self._reached_by_themselves(event)
        self.replay(recorded)
        if len(self.cases) or self._acd.core.state.held:
            self._look_within(LOOK_AFTER_S)

    def _reached_by_themselves(self, event: e.CallConnected) -> None:
        """Withdraw the promises to somebody who has just got an agent of that queue by calling in."""
        live = self._runtime.require(LiveCalls).get(event.call)
        if live is None or live.purpose == PURPOSE:
            return
        for case in self.cases:
            if case.subject == live.subject and case.queue == event.queue:
                self.settle(case, "called_in", event.call)

    def settle(self, case: Case, outcome: str, call: str = "") -> None:
        """Note that a promise needs nothing more; a call that has not reached the customer is given up."""
        self._runtime.record(e.CallbackSettled(callback=case.callback, outcome=outcome, call=call))
        if case.at:
            self._runtime.post(case.at, NotWanted())

    def hurry(self, case: Case, by: str) -> None:
        """Keep a promise now, whoever else waits; opening hours and the trunk's limits still count."""
        self._runtime.record(e.CallbackHurried(callback=case.callback, by=by))

    # ── deciding ─────────────────────────────────────────────────────────────────────────────────

    def terms(self) -> dict[str, Terms]:
        """Give how the live site's queues call back."""
        definitions = self._acd.definitions.items()
        return {name: found.callbacks.terms() for name, found in definitions if found.callbacks is not None}

    def looks(self) -> dict[str, Look]:
        """Look at the queues."""
        return looks_at(self._acd.core, self.cases)

    def opens_at(self, hours: str, now: float) -> float | None:
        """Give when opening hours open next; now where nobody knows of opening hours at all."""
        keepers = self._runtime.all_of(OpeningTimes)
        return keepers[0].opens_at(hours, now) if keepers else now

    def _look_within(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + seconds
        if self._timer is not None and self._due is not None and self._due <= due:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._due = due
        self._timer = loop.call_later(seconds, self._look)

    def _look(self) -> None:
        self._timer = self._due = None
        if not (self._there and self._acd.core.is_open):
            return  # switch_back, or what the ACD does when it opens, brings us here again
        terms = self.terms()
        for _ in range(MOST_ROUNDS):
            now = self.now()
            actions = decide(self.cases, terms, self.looks(), self.opens_at, now)
            changed = [self._carry_out(action, terms) for action in actions]
            if not any(changed):
                break
        if not len(self.cases):
            return
        # as of the moment of the decision: what came due since was not decided
        due = next_deadline(self.cases, terms, self.opens_at, now)
        wait = AT_LEAST_EVERY_S if due is None else min(AT_LEAST_EVERY_S, due - now)
        self._look_within(max(LOOK_AFTER_S, wait))

    def _carry_out(self, action: Action, terms: dict[str, Terms]) -> bool:
        """Do what was decided; tell whether that has changed anything."""
        match action:
            case e.CallbackTried() | e.CallbackSettled():
                self._runtime.record(action)
            case Recall(call=call):
                self._runtime.post(call, NotWanted())
                return False
            case LetGo(callback=callback):
                self._acd.submit(i.GiveUpPlace(callback))
            case Hold():
                return self._hold(action)
            case Begin(callback=callback):
                return self._begin(callback, terms)
        return True

    def _hold(self, hold: Hold) -> bool:
        try:
            self._acd.submit(
                i.HoldPlace(hold.callback, hold.queue, hold.since, hold.priority, hold.customer_class)
            )
        except AcdError as error:
            _log.warning("place_not_held", callback=hold.callback, reason=str(error))
            return False
        return True

    def _begin(self, callback: str, terms: dict[str, Terms]) -> bool:
        case = self.cases.get(callback)
        promise = self._promises.get(callback)
        if case is None or promise is None:
            return False
        number = self._promises.number_of(promise)
        if not number:
            return self._without_number(case, promise)
        placing = Placing(
            purpose=PURPOSE,
            reference=callback,
            number=number,
            trunk=terms[case.queue].trunk,
            route=terms[case.queue].route,
            caller_number=self._acd.definitions[case.queue].caller_number or "",
            subject=case.subject,
            language=case.language,
            follows=case.call,
        )
        try:
            self._runtime.place_call(placing)
        except LookupError as error:
            _log.warning("callback_not_begun", callback=callback, reason=str(error))
            return False
        return True

    def _without_number(self, case: Case, promise: Promise) -> bool:
        """Settle the promise to somebody who was erased; wait when it is only the database that is gone."""
        if not self._promises.erased(promise):
            _log.warning("callback_number_unknown", callback=case.callback)
            return False
        self.settle(case, "erased")
        return True

    # ── calls ────────────────────────────────────────────────────────────────────────────────────

    async def serve_placed(self, call: PlacedCall) -> None:
        """Serve a call that is to keep a promise."""
        case = self.cases.get(call.reference)
        if case is None:
            call.outcome = "" if call.id in self._acd.core.state.talks else "withdrawn"
            case = self._unknown(call)
            if call.outcome:
                return
        definition = self._acd.definitions.get(case.queue)
        callbacks = definition.callbacks if definition else None
        terms = callbacks.terms() if callbacks else NO_TERMS
        greeting = say.greeting(callbacks.say if callbacks else {}, self._house_name())
        await Keeping(call, self._acd, case, terms, await self._rendered(greeting, call.language)).serve()

    def _unknown(self, call: PlacedCall) -> Case:
        """Make up a case for a call whose promise was settled meanwhile, so that its talk can go on."""
        talk = self._acd.core.state.talks.get(call.id)
        return Case(
            callback=call.reference, call="", queue=talk.queue if talk else "", subject=call.caller.subject,
            language=call.language, hours="", promised_at=call.now(), since=call.now(),
        )  # fmt: skip

    async def _rendered(self, greeting: Prompt | None, language: str) -> Prompt | None:
        """Have the greeting rendered before anybody is dialed; without it, the question says enough."""
        if greeting is None:
            return None
        try:
            await self._runtime.prompts.prepare([greeting], [language])
        except PromptError as error:
            _log.warning("greeting_not_rendered", reason=str(error))
            return None
        return greeting

    def _house_name(self) -> str:
        houses = self._runtime.all_of(NamedHouse)
        return houses[0].house_name() if houses else ""

    # ── restart ──────────────────────────────────────────────────────────────────────────────────

    def snapshot(self) -> Any:
        """Give the state as JSON-able data."""
        return self.cases.snapshot()

    def restore(self, state: Any) -> None:
        """Take the state of a snapshot."""
        self.cases.restore(state)

    def replay(self, recorded: Recorded) -> None:
        """Fold one event in."""
        self.cases.apply(recorded.event, recorded.at.timestamp())

    # ── doors ────────────────────────────────────────────────────────────────────────────────────

    def control_routes(self) -> Iterable[web.RouteDef]:
        """Give the routes of ``ringhall callbacks``."""
        return CallbackRoutes(self, self._promises).routes()

    @property
    def acd(self) -> Acd:
        """The ACD's core, to be looked at only."""
        return self._acd.core

    def now(self) -> float:
        """Steady seconds."""
        return self._runtime.clock.now()
