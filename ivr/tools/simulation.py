"""A call through a site's menus with no Asterisk and no network: the real menus, in virtual time."""

from __future__ import annotations

import heapq
import re
from itertools import count
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from callflow.protocol import Caller, CallerGone
from callflow.step_model import StepModel
from ivr.call_facts import CallFacts
from ivr.menu_run import MenuFailure, MenuRun
from ivr.steps import Position
from ivr.tools.real_stages import NoAnswer
from ivr.tools.script import HANG_UP, SILENCE
from ivr.tools.source_lines import SourceLines
from records.events import (
    ChoiceMade,
    ConsentGiven,
    ConsentRefused,
    DigitsCollected,
    LanguageChosen,
    NoticeGiven,
    StepEntered,
    VariableSet,
)
from telephony.switch import Cause, KeyPressed, PlayEnded

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable
    from datetime import datetime

    from pydantic import BaseModel

    from callflow.expressions import Lookup
    from callflow.prompt import Prompt
    from ivr.load import Source
    from ivr.steps import Site
    from ivr.tools.real_stages import RealStages
    from ivr.tools.script import Answer
    from ivr.tools.trace import Trace
    from records.events import Event
    from telephony.switch import Switch, SwitchEvent

T = TypeVar("T")

THINKING_S = 1.0
BETWEEN_KEYS_S = 0.4
EARLY_S = 0.5
"""After the begin of a prompt, when a caller interrupts it."""
LONGEST_S = 2 * 3600.0
MOST_LINES = 3000
_WORD_S, _CHARACTER_S = 0.4, 0.2
_USUAL = ("completed", "done", "sent", "left", "recorded")
"""How a stage ends when nobody says."""
_CHINESE = re.compile("[\u3400-\u9fff]")

_NEEDLESS_SPACE = re.compile("(?<=[\u3000-\u9fff]) (?=[\u3000-\u9fff\uff00-\uffef])| (?=[.,;:!?])")


class StillGoing(Exception):  # noqa: N818 - named for what happened
    """The call does not come to an end."""


class Actor(Protocol):
    """Who plays the caller, and everything beyond the menus."""

    facts: dict[str, str]

    def during_prompt(self) -> str:
        """Give what the caller does while a prompt is being played; empty for nothing."""

    def at_question(self) -> str:
        """Give keys, ``-`` for silence, or ``hangup``."""

    def ending(self, stage: str, outcomes: Iterable[str]) -> Answer | None:
        """Give how a stage ends; None when nobody says."""

    def answer(self, stage: str) -> Answer | None:
        """Give what a server says to a stage; None when nobody says."""


class SimulatedCall:
    """A :class:`callflow.protocol.Call` that an :class:`Actor` makes."""

    id = "simulated"
    leg = "simulated"
    endpoint = "simulated"
    switch: Switch
    """There is none: the stages that need one are not run, but answered for."""

    def __init__(
        self,
        site: Site,
        sources: Iterable[Source],
        actor: Actor,
        *,
        stages: RealStages,
        dialed: str,
        number: str,
        at: datetime,
        trace: Trace,
    ) -> None:
        self.caller = Caller(number=number, subject=number or "anonymous")
        self.dialed = dialed
        self.language = site.languages[0]
        self.facts: dict[str, str] = {}
        self.look_up: Lookup = self._fact
        self._known = CallFacts(site, self, (), ())
        self.ending = Cause.NORMAL
        self.resumed = False
        self.resume_at: tuple[str, int, str] | None = None
        self.resume_returns: tuple[tuple[str, int], ...] = ()
        self.trace = trace
        self._site = site
        self._lines = SourceLines(sources, site.languages[0])
        self._actor = actor
        self._stages = stages
        self._began = self._now = at.timestamp()
        self._plays = 0
        self._playing = ""
        self._put = False
        """Something was said or entered since the caller acted: it is the caller's turn."""
        self._ahead: list[tuple[float, int, SwitchEvent]] = []
        self._order = count()
        self._in_secret = False

    # ── what the call's part of the protocol is ──────────────────────────────────────────────────

    def now(self) -> float:
        """Give the virtual time."""
        return self._now

    def record(self, event: Event) -> None:
        """Bring an event into the trace, and before those stages that go by what has happened."""
        self._stages.hear(event, self._now)
        if isinstance(event, StepEntered):
            step = self._site.step(Position(event.menu, event.step))
            if step is not None:
                self._put = True
                self._in_secret = bool(getattr(step, "secret", False))
                self._note("step", self._lines.brief(step), step)
        elif isinstance(event, LanguageChosen):
            self._note("language", event.language)
        elif isinstance(event, ChoiceMade):
            self._note("choice", f"{event.result} {event.key}".rstrip())
        elif isinstance(event, NoticeGiven):
            self._note("notice", f"{event.notice} {event.result}")
        elif isinstance(event, ConsentGiven | ConsentRefused):
            given = "given" if isinstance(event, ConsentGiven) else "refused"
            self._note("consent", f"{event.to} {given} by {event.how}")
        elif isinstance(event, DigitsCollected | VariableSet):
            shown = "(secret)" if event.secret else self.facts.get(event.variable, "")
            self._note("sets", f"{event.variable} = {shown}")

    def keep(self, name: str, value: str) -> None:
        """Keep nothing: there is no vault."""

    def post(self, message: object) -> None:
        """Take no message: nobody else knows of this call."""

    async def next(self, deadline: float | None = None) -> SwitchEvent | object | None:
        """Give what comes next, the caller's keys among it.  Raises CallerGone, :class:`StillGoing`."""
        self._act(deadline)
        if self._now - self._began > LONGEST_S or len(self.trace.lines) > MOST_LINES:
            raise StillGoing("the call goes on and on; is there a way out of this menu?")
        if self._ahead and (deadline is None or self._ahead[0][0] <= deadline):
            at, _, event = heapq.heappop(self._ahead)
            self._now = max(self._now, at)
            if isinstance(event, PlayEnded):
                if event.playback == self._playing:
                    self._playing = ""
            elif isinstance(event, KeyPressed):
                self._note("key", "*" if self._in_secret else event.key)
            return event
        if deadline is None:
            raise StillGoing("the call waits for something that never comes")
        self._now = max(self._now, deadline)
        return None

    async def while_waiting(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for something that takes no time here."""
        return await work

    async def answer(self) -> None:
        """Answer."""

    async def play(self, prompt: Prompt) -> str:
        """Let the caller hear a prompt, for as long as it takes to say it."""
        self._plays += 1
        self._playing = f"p{self._plays}"
        self._put = True
        text = _joined(prompt.filled(self.look_up, self.language).shown(self.language))
        self._note("hears", f"“{text}”")
        self._later(_said_s(text), PlayEnded(leg=self.leg, playback=self._playing))
        return self._playing

    async def stop_playing(self) -> None:
        """Stop the prompt."""
        self._playing = ""

    async def say(self, prompt: Prompt) -> None:
        """Say a prompt to its end."""
        playback = await self.play(prompt)
        while self._playing == playback:
            message = await self.next(self._now + LONGEST_S)
            if isinstance(message, KeyPressed):
                self._later(_said_s(prompt.shown(self.language)), message)

    async def wait_with_music(self, music: str) -> None:
        """Play music."""
        self._note("note", f"music {music}")

    async def run_stage(self, name: str, step: BaseModel) -> str:
        """Run a stage that needs no switch; of any other, the actor says how it ends."""
        outcomes = self._stages.outcomes(name)
        if isinstance(step, StepModel):  # keys by which this step may be left
            outcomes |= {one for one in step.branches() if one.startswith("key ")}
        answer = self._actor.ending(name, sorted(outcomes))
        before = dict(self.facts)
        shown, assumed = stage_words(name, step), ""
        if answer is not None:
            self.facts.update(answer.set)
            outcome = answer.outcome or ""
        elif self._stages.can_run(name):
            outcome = await self._stages.run(name, self, step, self._actor)
        else:
            outcome = next((usual for usual in _USUAL if usual in outcomes), "")
            assumed = " (assumed)"
        if outcome not in outcomes:
            known = ", ".join(sorted(outcomes))
            raise NoAnswer(f"{shown} ends with one of {known}; say which with an answer for {name}")
        self._note("stage", f"{shown} → {outcome}{assumed}")
        for variable, value in self.facts.items():
            if value != before.get(variable):
                self._note("sets", f"{variable} = {value}")
        return outcome

    def _fact(self, name: str) -> str | None:
        """Give a variable, a fact that the actor sets, or one that the site and the moment give."""
        if name not in self.facts and name in self._actor.facts:
            return self._actor.facts[name]
        return self._known.look_up(name)

    # ── the caller's part ────────────────────────────────────────────────────────────────────────

    def _act(self, deadline: float | None) -> None:
        """Let the caller do something, when it is time for it."""
        if any(isinstance(event, KeyPressed) for _, _, event in self._ahead):
            return
        if self._playing:
            self._press(self._actor.during_prompt(), EARLY_S)
        elif deadline is not None and self._put:
            self._put = False
            self._press(self._actor.at_question(), THINKING_S)

    def _press(self, keys: str, wait_s: float) -> None:
        if keys == HANG_UP:
            self._now += wait_s
            self._note("note", "the caller hangs up")
            raise CallerGone
        if keys == SILENCE:
            self._note("silence", "")
            return
        for key in keys:
            self._put = False
            self._later(wait_s, KeyPressed(leg=self.leg, key=key))
            wait_s += BETWEEN_KEYS_S

    def _later(self, wait_s: float, event: SwitchEvent) -> None:
        heapq.heappush(self._ahead, (self._now + wait_s, next(self._order), event))

    def _note(self, kind: str, text: str, step: Any = None) -> None:
        self.trace.add(self._now - self._began, kind, text, step)


async def simulate(call: SimulatedCall, menu: str) -> str:
    """Run a call from its number's menu to its end; gives how it ended, which is the trace's last line."""
    trace = call.trace
    trace.add(0.0, "arrives", f"{call.caller.number or 'anonymous'} dials {call.dialed}")
    site = call._site  # noqa: SLF001
    try:
        await MenuRun(call, site, Position(menu, 0)).run()
    except CallerGone:
        ended = "caller"
    except (MenuFailure, StillGoing, NoAnswer) as error:
        ended = f"failed: {error}"
    else:
        last = next(reversed(trace.lines), None)
        ended = "completed" if last and last.kind == "stage" else "menu"
    trace.add(call.now() - call._began, "ends", ended)  # noqa: SLF001
    return ended


def _joined(text: str) -> str:
    """Put the pieces of a text with values together as they would be written."""
    return _NEEDLESS_SPACE.sub("", text)


def _said_s(text: str) -> float:
    characters = len(_CHINESE.findall(text))
    return max(0.5, characters * _CHARACTER_S + len(_CHINESE.sub(" ", text).split()) * _WORD_S)


def stage_words(name: str, step: BaseModel) -> str:
    """Name a stage with what it was given: ``queue sales``."""
    first = next(iter(type(step).model_fields), "")
    given = getattr(step, name, None) or getattr(step, first, None)
    return f"{name} {given}" if isinstance(given, str) and given else name
