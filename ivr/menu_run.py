"""Carries out for a live call what the interpreter says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from ivr import interpreter as i
from ivr.call_facts import CallFacts
from ivr.steps import Position
from records.events import (
    ChoiceMade,
    ConsentGiven,
    ConsentRefused,
    DigitsCollected,
    LanguageChosen,
    NoticeGiven,
    SignalUsed,
    StepEntered,
    VariableSet,
)
from telephony.switch import Cause, KeyPressed, PlayEnded

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from callflow.protocol import Call, CallFactSource, FactSource, HoursKeeper
    from ivr.service import SiteService
    from ivr.steps import Site, Step
    from records.events import Event

_log = structlog.get_logger(__name__)


class MenuFailure(Exception):  # noqa: N818 - named for what happened
    """A site's menus can't go on, although the checks passed it; the call ends as failed."""


class MenuServer:
    """Serves calls through the live site's menus."""

    def __init__(
        self,
        sites: SiteService,
        sources: Sequence[FactSource] = (),
        keepers: Sequence[HoursKeeper] = (),
        of_calls: Sequence[CallFactSource] = (),
    ) -> None:
        self._sites = sites
        self._sources = sources
        self._keepers = keepers
        self._of_calls = of_calls

    async def serve(self, call: Call, menu: str) -> None:
        """Serve a call to its end on the version of the site on which it began."""
        site, entry = await self._sites.place_for(menu, call.resume_at if call.resumed else None)
        returns: tuple[Position, ...] = ()
        if call.resumed and call.resume_at is not None and entry == call.resume_at[:2]:
            returns = tuple(Position(*place) for place in call.resume_returns)
        call.look_up = CallFacts(site, call, self._sources, self._keepers, self._of_calls).look_up
        await MenuRun(call, site, entry, returns).run()


class MenuRun:
    """One call in one version of the site."""

    def __init__(self, call: Call, site: Site, entry: Position, returns: Iterable[Position] = ()) -> None:
        self._call = call
        self._site = site
        self._menus = i.Interpreter(
            site, entry, call.language, call.facts, look_up=call.look_up, returns=returns
        )
        self._playback = ""

    async def run(self) -> None:
        """Run until the menus end the call.  Raises CallerGone, and :class:`MenuFailure`."""
        given: i.Input = i.Started()
        while True:
            ended: i.Input | None = None
            for command in self._menus.handle(given, self._call.now()):
                ended = await self._carry_out(command)
            if self._menus.over:
                return
            given = ended or await self._next()

    async def _next(self) -> i.Input:
        """Wait for something that means something to the menus."""
        while True:
            message = await self._call.next(self._menus.next_deadline())
            match message:
                case None:
                    return i.Tick()
                case KeyPressed(leg=self._call.leg):
                    return i.Key(message.key)
                case PlayEnded(playback=self._playback):
                    self._playback = ""
                    if message.failed:
                        _log.error("prompt_failed", call=self._call.id, step=_shown(self._menus.step))
                    return i.PlayEnded()
                case _:
                    continue

    async def _carry_out(self, command: i.Command) -> i.Input | None:
        """Carry a command out; what a stage ended with is the next input."""
        call = self._call
        match command:
            case i.Enter():
                self._record_step(command.step, command.returns)
            case i.PlayPrompt():
                await call.answer()
                self._playback = await call.play(command.prompt)
            case i.StopPlaying():
                self._playback = ""
                await call.stop_playing()
            case i.ChooseLanguage():
                call.record(LanguageChosen(call=call.id, language=command.language))
                call.language = command.language
            case i.Choice() | i.Noticed() | i.Agreed() | i.Used():
                call.record(_fact(call.id, command))
            case i.Collected():
                self._record_digits(command)
            case i.Assigned():
                self._record_variable(command)
            case i.RunStage():
                return i.StageEnded(await call.run_stage(command.name, command.step))
            case i.Fail():
                raise MenuFailure(f"{_shown(self._menus.step)}: {command.reason}")
            case i.HangUp():
                # the runner ends every call whose stage has returned
                call.ending = Cause(command.cause)
        return None

    def _record_step(self, step: Step, returns: tuple[Position, ...]) -> None:
        self._call.record(
            StepEntered(
                call=self._call.id,
                menu=step.at.menu,
                step=step.at.step,
                kind=step.name,
                version=self._site.version,
                line=step.line,
                file=step.file,
                returns=[(place.menu, place.step) for place in returns],
            )
        )

    def _record_digits(self, collected: i.Collected) -> None:
        call = self._call
        if not collected.secret:
            call.keep(collected.variable, collected.digits)
        call.record(
            DigitsCollected(
                call=call.id,
                variable=collected.variable,
                count=len(collected.digits),
                secret=collected.secret,
            )
        )

    def _record_variable(self, assigned: i.Assigned) -> None:
        call = self._call
        if not assigned.secret:
            call.keep(assigned.variable, assigned.value)
        call.record(VariableSet(call=call.id, variable=assigned.variable, secret=assigned.secret))


def _shown(step: Step | None) -> str:
    return f"{step.file}:{step.line} ({step.at.menu})" if step else "before the first step"


def _fact(call: str, command: i.Choice | i.Noticed | i.Agreed | i.Used) -> Event:
    """Give the event that a command asks for, and no more."""
    match command:
        case i.Choice():
            return ChoiceMade(call=call, menu=command.menu, result=command.result, key=command.key)
        case i.Noticed():
            return NoticeGiven(call=call, notice=command.notice, result=command.result)
        case i.Agreed():
            agreed = ConsentGiven if command.given else ConsentRefused
            return agreed(call=call, to=command.to, how=command.how)
        case i.Used():
            return SignalUsed(
                call=call,
                file=command.step.file,
                line=command.step.line,
                expression=command.expression,
                signal=command.name,
                value=command.value,
                outcome=command.outcome,
            )
