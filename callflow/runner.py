"""One task per call: it is always ended by a hangup and one terminal fact, whatever happens within."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import structlog

from callflow.call import ActiveCall, LiveRun, vault_name
from callflow.dialing.blocking import Door
from callflow.ids import new_call_id, owner_of
from callflow.live_calls import LiveCall, of_placed
from callflow.logging import call_context
from callflow.personal import masked
from callflow.placed import NUMBER as TO
from callflow.placed import ActivePlacedCall, leg_of
from callflow.protocol import CallerGone
from callflow.reconcile import compare
from records.events import CallArrived, CallEnded, CallPlaced
from telephony.switch import (
    Cause,
    LegAnswered,
    LegArrived,
    LegEnded,
    LegKind,
    LegRinging,
    PhoneReachable,
    PhoneUnreachable,
    PlayEnded,
    SwitchBack,
    SwitchError,
    SwitchLost,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence

    from pydantic import BaseModel

    from callflow.live_calls import LiveCalls
    from callflow.missing_sounds import MissingSounds
    from callflow.protocol import CallPlacer, CallWatcher, Doorkeeper, Entrance, PhoneWatcher, Placing
    from callflow.switch_watcher import SwitchWatcher
    from telephony.switch import Survey, SwitchEvent

_log = structlog.get_logger(__name__)

SURVEY_AGAIN_S = 0.5
NUMBER = "number"
"""Vault name of a subject's phone number."""


class Runner:
    """Turns the switch's events into calls, and sees every call to its end."""

    def __init__(
        self,
        run: LiveRun,
        live: LiveCalls,
        *,
        entrances: Sequence[Entrance],
        phone_watchers: Sequence[PhoneWatcher],
        call_watchers: Sequence[CallWatcher],
        switch_watchers: Sequence[SwitchWatcher],
        sounds: MissingSounds,
        placers: Sequence[CallPlacer] = (),
        doorkeepers: Sequence[Doorkeeper] = (),
    ) -> None:
        self._run = run
        self._live = live
        self._entrances = entrances
        self._phone_watchers = phone_watchers
        self._call_watchers = call_watchers
        self._switch_watchers = switch_watchers
        self._sounds = sounds
        self._door = Door(doorkeepers, run.log, run.switch)
        self._placers = {placer.purpose: placer for placer in placers}
        self._calls: dict[str, ActiveCall] = {}
        self._by_caller_leg: dict[str, ActiveCall] = {}
        self._started: dict[str, bool] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._from_survey: set[str] = set()
        self._over: set[str] = set()
        """Callers' legs whose call is over, but whose end was not seen."""
        self._recovered = False
        self.ready = asyncio.Event()

    # ── for others ───────────────────────────────────────────────────────────────────────────────

    def post(self, call: str, message: object) -> bool:
        """Put a message into a call's inbox; False when there is no such call."""
        active = self._calls.get(call)
        if active is None:
            return False
        active.post(message)
        return True

    def place(self, placing: Placing) -> str:
        """Begin a call of our own and give its id; raises LookupError when nobody could serve it."""
        placer = self._placers.get(placing.purpose)
        if placer is None or not self._recovered:
            raise LookupError(f"no call for {placing.purpose} can be placed now")
        call = new_call_id(self._run.clock.now())
        self._run.log.vault.put(placing.subject, vault_name(call, TO), placing.number)
        placed = CallPlaced(
            call=call,
            leg=leg_of(call),
            purpose=placing.purpose,
            reference=placing.reference,
            to=masked(placing.number),
            trunk=placing.trunk,
            subject=placing.subject,
            language=placing.language,
            follows=placing.follows,
            route=placing.route,
            phone=placing.phone,
            caller_number=placing.caller_number,
        )
        self._run.log.append(placed)
        active = ActivePlacedCall(self._run, of_placed(placed), placing.number, resumed=False)
        self._begin(active, self._serve(active, lambda: placer.serve_placed(active)))
        return call

    def __len__(self) -> int:
        return len(self._calls)

    async def serve(self) -> None:
        """Read the switch's events for ever."""
        async for event in self._run.switch.events():
            match event:
                case SwitchBack():
                    await self._repair(await self._survey())
                    for watcher in self._switch_watchers:
                        watcher.switch_back()
                    self.ready.set()
                case SwitchLost(reason=reason):
                    _log.warning("switch_lost", reason=reason, calls=len(self._calls))
                    for watcher in self._switch_watchers:
                        watcher.switch_lost(reason)
                case _ if self._recovered:
                    self._dispatch(event)
                case _:
                    pass  # phones are heard of on a way of their own; the first survey tells of them all

    async def look_at_phones(self) -> None:
        """Tell the watchers which phones are reachable now, so that leases are renewed."""
        try:
            phones = await self._run.switch.phones()
        except SwitchError as error:
            _log.warning("phones_not_seen", error=str(error))
            return
        self._report_phones(phones)

    async def stop(self) -> None:
        """Let go of every call without ending it: the next controller takes them over."""
        for task in list(self._tasks.values()):
            task.cancel("controller stops")
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    # ── events ───────────────────────────────────────────────────────────────────────────────────

    def _dispatch(self, event: SwitchEvent) -> None:
        match event:
            case LegArrived():
                self._arrive(event)
                return
            case PhoneReachable():
                for watcher in self._phone_watchers:
                    watcher.phone_seen(event.phone)
                return
            case PhoneUnreachable():
                for watcher in self._phone_watchers:
                    watcher.phone_gone(event.phone)
                return
            case _:
                pass
        leg: str = getattr(event, "leg", "")
        match event:
            case LegEnded():
                self._started.pop(leg, None)
                self._over.discard(leg)
            case LegRinging():
                self._started.setdefault(leg, False)
            case LegAnswered():
                self._started[leg] = True
            case PlayEnded():
                self._sounds.note(event)
            case _:
                pass
        active = self._by_caller_leg.get(leg) or self._calls.get(owner_of(leg))
        if active is not None:
            active.hear(event)

    def _arrive(self, event: LegArrived) -> None:
        if event.leg in self._by_caller_leg or event.leg in self._from_survey or event.leg in self._over:
            return
        if event.kind is LegKind.TRUNK and self._door.turns_away(event):
            self._over.add(event.leg)
            return
        found = self._first_stage(event.kind, event.dialed)
        live = LiveCall(
            call=new_call_id(self._run.clock.now()),
            leg=event.leg,
            dialed=event.dialed,
            endpoint=event.endpoint,
            subject=self._run.log.vault.subject_for(event.caller_number),
        )
        if event.kind is LegKind.PHONE:
            active = ActiveCall(self._run, live, event.caller_number, resumed=False)
            self._begin(active, self._serve_phone_line(active, found))
            return
        self._run.log.append(
            CallArrived(
                call=live.call, leg=live.leg, dialed=live.dialed, trunk=live.endpoint, subject=live.subject
            )
        )
        active = ActiveCall(self._run, live, event.caller_number, resumed=False)
        self._begin(active, self._serve(active, self._stage_work(active, found)))

    @staticmethod
    def _stage_work(
        active: ActiveCall, found: tuple[str, BaseModel] | None
    ) -> Callable[[], Awaitable[object]] | None:
        return None if found is None else lambda: active.run_stage(*found)

    def _stage_of(self, live: LiveCall) -> tuple[str, BaseModel] | None:
        """Where a call that was taken over goes on: in its menu, even if its number has left the site."""
        found = self._first_stage(LegKind.TRUNK, live.dialed)
        if found is None and live.place is not None:
            return "menu", self._run.stages["menu"].step.model_validate({"menu": live.place.menu})
        return found

    def _first_stage(self, kind: LegKind, dialed: str) -> tuple[str, BaseModel] | None:
        for entrance in self._entrances:
            found = entrance.first_stage(kind, dialed)
            if found is not None:
                return found
        return None

    def _begin(self, active: ActiveCall, work: Coroutine[Any, Any, None]) -> None:
        self._calls[active.id] = active
        if not isinstance(active, ActivePlacedCall):
            self._by_caller_leg[active.leg] = active
        task = asyncio.get_running_loop().create_task(
            work, name=f"call {active.id}", context=call_context(active.id)
        )
        self._tasks[active.id] = task
        task.add_done_callback(lambda _task: self._forget(active))

    def _forget(self, active: ActiveCall) -> None:
        self._calls.pop(active.id, None)
        self._by_caller_leg.pop(active.leg, None)
        self._tasks.pop(active.id, None)
        if isinstance(active, ActivePlacedCall):
            active.release()
        elif active.gone is None:
            self._over.add(active.leg)

    # ── a call's task ────────────────────────────────────────────────────────────────────────────

    async def _serve(self, active: ActiveCall, work: Callable[[], Awaitable[object]] | None) -> None:
        by, cause, outcome = "system", Cause.NORMAL, ""
        try:
            if work is None:
                outcome, cause = "unknown_number", Cause.UNALLOCATED
            else:
                if active.resumed:
                    await active.silence()
                await work()
                cause = active.ending
        except CallerGone:
            by = "caller"
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - a call's failure must end that call alone, with a record
            outcome, cause = "failed", Cause.FAILURE
            if not isinstance(error, SwitchError):
                _log.exception("call_failed", call=active.id)
            else:
                _log.error("call_failed", call=active.id, error=str(error))
        await self._end(active, by=by, outcome=outcome, cause=cause)

    async def _end(self, active: ActiveCall, *, by: str, outcome: str, cause: Cause) -> None:
        live = self._live.get(active.id)
        if live is not None:
            outcome = outcome or active.outcome
            if not outcome:
                outcome = live.outcome if by == "caller" else _outcome_of_flow(live)
            if live.talk_ended_by and by == "system":
                by = live.talk_ended_by
            self._run.log.append(
                CallEnded(call=active.id, outcome=outcome, by=by, cause=active.gone or cause.value)
            )
        for leg in [leg for leg in self._started if owner_of(leg) == active.id]:
            with suppress(SwitchError):
                await self._run.switch.hangup(leg)
        if active.gone is None and (not isinstance(active, ActivePlacedCall) or active.was_dialed):
            with suppress(SwitchError):
                await self._run.switch.hangup(active.leg, cause)

    async def _serve_phone_line(self, active: ActiveCall, found: tuple[str, BaseModel] | None) -> None:
        """Serve a call from an agent's phone: no caller, so no record.

        A short code, or a number: whom the agent calls is then the caller of a call that we place.  A
        controller that stops leaves the line as it is.
        """
        try:
            if found is not None:
                await active.run_stage(*found)
        except CallerGone:
            return
        except SwitchError as error:
            _log.error("phone_line_failed", phone=active.endpoint, error=str(error))
        except Exception:  # noqa: BLE001 - it must end this call alone
            _log.exception("phone_line_failed", phone=active.endpoint)
        with suppress(SwitchError):
            await self._run.switch.hangup(active.leg, active.ending if found else Cause.UNALLOCATED)

    # ── repair ───────────────────────────────────────────────────────────────────────────────────

    async def _survey(self) -> Survey:
        """Survey the switch, however often it takes: nothing can go on before."""
        while True:
            try:
                return await self._run.switch.survey()
            except SwitchError as error:
                _log.warning("survey_cut_short", error=str(error))
                await asyncio.sleep(SURVEY_AGAIN_S)

    async def _repair(self, survey: Survey) -> None:
        """Make up what was missed while nobody listened (docs/call-path.md, *After a gap*)."""
        if not self._recovered:
            self._recovered = True
            self._take_over(survey)
        for call in self._calls:
            for leg in _started_legs(call, survey):
                self._started.setdefault(leg, False)  # started just before the gap: its first sign was missed
        callers = {leg: active.id for leg, active in self._by_caller_leg.items()}
        repair = compare(callers, self._started, survey, placed=self._calls)
        for event in repair.missed:
            self._dispatch(event)
        self._from_survey = set()
        self._over &= survey.legs.keys()
        for leg in list(self._over):
            with suppress(SwitchError):
                await self._run.switch.hangup(leg)
        for arrival in repair.arrivals:
            self._arrive(arrival)
        # their LegArrived may still be on its way to us
        self._from_survey = {arrival.leg for arrival in repair.arrivals}
        for leg in repair.orphans:
            with suppress(SwitchError):
                await self._run.switch.hangup(leg)
        for talk in repair.empty_talks:
            with suppress(SwitchError):
                await self._run.switch.disconnect(talk)
        for active in list(self._calls.values()):
            await active.check_playback()
        self._report_phones(survey.phones)

    def _report_phones(self, phones: Mapping[str, bool]) -> None:
        for phone, reachable in phones.items():
            self._dispatch(PhoneReachable(phone=phone) if reachable else PhoneUnreachable(phone=phone))

    def _take_over(self, survey: Survey) -> None:
        """Go on with the calls of the controller before us, as the log tells them."""
        self._over = {leg for leg in survey.legs if self._live.ended_on(leg)}
        for live in self._live:
            there, placer = live.leg in survey.legs, self._placers.get(live.purpose)
            if not (there or (placer is not None and live.dialed_at is None)):
                for watcher in self._call_watchers:
                    watcher.call_lost(live.call)
                self._run.log.append(_end_of(live, survey))
                continue
            if live.purpose:
                self._take_over_placed(live, placer, survey)
                continue
            number = self._run.log.vault.get(live.subject, NUMBER) or ""
            active = ActiveCall(self._run, live, number, resumed=True)
            active.found(up=survey.legs[live.leg].up)
            for name in live.variables:
                value = self._run.log.vault.get(live.subject, vault_name(live.call, name))
                if value is not None:
                    active.facts[name] = value
            found = self._stage_of(live)
            self._started.update(_started_legs(live.call, survey))
            self._begin(active, self._serve(active, self._stage_work(active, found)))

    def _take_over_placed(self, live: LiveCall, placer: CallPlacer | None, survey: Survey) -> None:
        """Go on with a call of our own: it was not dialed yet, or its leg is there."""
        number = self._run.log.vault.get(live.subject, vault_name(live.call, TO)) or ""
        active = ActivePlacedCall(self._run, live, number, resumed=True)
        if (view := survey.legs.get(live.leg)) is not None:
            active.found(up=view.up)
        self._started.update(_started_legs(live.call, survey))
        work = None if placer is None else lambda: placer.serve_placed(active)
        self._begin(active, self._serve(active, work))


def _end_of(live: LiveCall, survey: Survey) -> CallEnded:
    """Say how a call ended that is no more: hung up while nobody watched, or by the death of the switch."""
    fell = live.arrived_at < survey.since
    return CallEnded(
        call=live.call,
        outcome=live.outcome,
        by="system" if fell else live.talk_ended_by or "caller",
        cause=(Cause.FAILURE if fell else Cause.NORMAL).value,
        found_after_restart=True,
    )


def _started_legs(call: str, survey: Survey) -> dict[str, bool]:
    return {leg: view.up for leg, view in survey.legs.items() if owner_of(leg) == call}


def _outcome_of_flow(live: LiveCall) -> str:
    if live.agent:
        return "completed"
    return live.exit_reason or "ended_by_menu"
