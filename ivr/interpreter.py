"""A call's way through a site's menus, without I/O: inputs in, commands out.

The shell (``ivr.stage``) carries the commands out in order and arms one timer for :meth:`next_deadline`.
All times are steady seconds given by the caller of :meth:`Interpreter.handle`.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Union

import msgspec

from callflow.prompt import Prompt
from ivr.steps import Again, Ask, Collect, Goto, Hangup, Language, Menu, Play, Position, Site, StageStep, Step

if TYPE_CHECKING:
    from collections.abc import MutableMapping

MOST_STEPS = 200
"""Steps without waiting for anything: more is a loop that the checks did not see."""
MOST_KEYS_AHEAD = 24
"""Keys typed ahead that are kept."""


class Started(msgspec.Struct, frozen=True):
    """The call is here."""


class Key(msgspec.Struct, frozen=True):
    """The caller pressed a key."""

    key: str


class PlayEnded(msgspec.Struct, frozen=True):
    """The prompt of the last :class:`PlayPrompt` is over (not after :class:`StopPlaying`)."""


class StageEnded(msgspec.Struct, frozen=True):
    """The stage of the last :class:`RunStage` returned."""

    outcome: str


class Tick(msgspec.Struct, frozen=True):
    """The deadline may have come."""


Input = Union[Started, Key, PlayEnded, StageEnded, Tick]  # noqa: UP007 - read by msgspec


class Enter(msgspec.Struct, frozen=True):
    """A step begins."""

    step: Step


class PlayPrompt(msgspec.Struct, frozen=True):
    """Start a prompt; nothing else is being played."""

    prompt: Prompt


class StopPlaying(msgspec.Struct, frozen=True):
    """Stop the prompt that is being played."""


class ChooseLanguage(msgspec.Struct, frozen=True):
    """The call goes on in this language."""

    language: str


class Choice(msgspec.Struct, frozen=True):
    """A question was answered, or not: ``result`` is chosen, invalid or no_input."""

    menu: str
    result: str
    key: str = ""


class Collected(msgspec.Struct, frozen=True):
    """Digits were entered."""

    variable: str
    digits: str
    secret: bool


class RunStage(msgspec.Struct, frozen=True):
    """Hand the call to a stage and report :class:`StageEnded`."""

    name: str
    step: Any


class HangUp(msgspec.Struct, frozen=True):
    """End the call; nothing follows."""


class Fail(msgspec.Struct, frozen=True):
    """The menus are at fault; nothing follows."""

    reason: str


Command = Union[  # noqa: UP007 - read by msgspec
    Enter, PlayPrompt, StopPlaying, ChooseLanguage, Choice, Collected, RunStage, HangUp, Fail
]


class Interpreter:
    """One call in one version of a site."""

    def __init__(
        self, site: Site, entry: Position, language: str, facts: MutableMapping[str, str] | None = None
    ) -> None:
        self.language = language
        self.facts: MutableMapping[str, str] = {} if facts is None else facts
        self._site = site
        self._entry = entry
        self._step: Step | None = None
        self._out: list[Command] = []
        self._ahead: deque[str] = deque(maxlen=MOST_KEYS_AHEAD)
        self._to_play: tuple[Prompt, ...] = ()
        self._playing = False
        self._in_stage = False
        self._deadline: float | None = None
        self._digits = ""
        self._silences = 0
        self._mistakes = 0
        self._needless_end: tuple[str, float] = ("", 0.0)
        self._started = False
        self._over = False
        self._goto: Position | None = None

    @property
    def over(self) -> bool:
        """True when the call is to be ended."""
        return self._over

    @property
    def step(self) -> Step | None:
        """The step that the call is in, None before the start."""
        return self._step

    def next_deadline(self) -> float | None:
        """Give the time at which a :class:`Tick` is due, or None."""
        return self._deadline

    def handle(self, given: Input, now: float) -> list[Command]:
        """Take one input and give what is to be done, in order."""
        if self._over:
            return []
        out: list[Command] = []
        self._out = out
        if isinstance(given, Key):
            self._key(given.key, now)
        elif isinstance(given, PlayEnded):
            if self._playing:
                self._playing = False
                self._played(now)
        elif isinstance(given, Tick):
            if self._deadline is not None and now >= self._deadline:
                self._deadline = None
                self._silence(now)
        elif isinstance(given, StageEnded):
            if self._in_stage:
                self._in_stage = False
                self._stage_ended(given.outcome)
        elif not self._started:
            self._started = True
            self._goto = self._entry
        if self._goto is not None:
            self._go_on(now)
        return out

    # ── from step to step ────────────────────────────────────────────────────────────────────────

    def _go_on(self, now: float) -> None:
        """Enter steps until one waits for something."""
        for _ in range(MOST_STEPS):
            target, self._goto = self._goto, None
            if target is None or self._over:
                return
            step = self._site.step(target)
            if step is None:
                self._end(Fail(f"there is no step {target.step} in {target.menu}"))
                return
            self._step = step
            self._out.append(Enter(step))
            self._enter(step, now)
        if self._goto is not None:
            self._goto = None
            self._end(Fail(f"{MOST_STEPS} steps in a row without waiting for the caller: a loop"))

    def _enter(self, step: Step, now: float) -> None:
        if isinstance(step, Ask):
            self._silences = self._mistakes = 0
            self._put_question(step, (), now)
        elif isinstance(step, Play):
            if not step.barge_in:
                self._ahead.clear()
            if self._ahead:
                self._leave(step)
            else:
                self._play((step.say,))
        elif isinstance(step, Goto):
            self._goto = Position(step.to, 0)
        elif isinstance(step, StageStep):
            self._ahead.clear()
            self._in_stage = True
            self._out.append(RunStage(step.stage, step.step))
        elif isinstance(step, Hangup):
            self._end(HangUp())
        else:
            self._end(Fail(f"a step {step.kind!r} can't be run"))

    def _leave(self, step: Step, block: str = "") -> None:
        """Go to a block, or on to the following step; hang up where there is none."""
        if block:
            self._goto = Position(block, 0)
        elif step.following is not None:
            self._goto = step.following
        else:
            self._end(HangUp())

    def _end(self, command: Command) -> None:
        self._out.append(command)
        self._over = True
        self._deadline = None

    def _stage_ended(self, outcome: str) -> None:
        step = self._step
        if not isinstance(step, StageStep) or (outcome == "completed" and outcome not in step.outcomes):
            self._end(HangUp())
        else:
            self._leave(step, step.outcomes.get(outcome, ""))

    # ── what the caller hears ────────────────────────────────────────────────────────────────────

    def _play(self, prompts: tuple[Prompt, ...]) -> None:
        self._to_play = prompts[1:]
        self._playing = True
        self._out.append(PlayPrompt(prompts[0]))

    def _stop(self) -> None:
        if self._playing:
            self._playing = False
            self._to_play = ()
            self._out.append(StopPlaying())

    def _played(self, now: float) -> None:
        step = self._step
        if self._to_play:
            self._play(self._to_play)
        elif isinstance(step, Ask):
            self._deadline = now + step.timeout
        elif step is not None:
            self._leave(step)

    # ── questions ────────────────────────────────────────────────────────────────────────────────

    def _put_question(self, step: Ask, before: tuple[Prompt, ...], now: float) -> None:
        self._digits = ""
        self._deadline = None
        if not step.barge_in:
            self._ahead.clear()
        while self._ahead and self._step is step and self._goto is None and not self._over:
            self._answer(step, self._ahead.popleft(), now)
            if self._playing:
                return
        if self._goto is not None or self._over or self._digits:
            return
        prompts = before + step.say
        if prompts:
            self._play(prompts)
        else:
            self._deadline = now + step.timeout

    def _key(self, key: str, now: float) -> None:
        end, until = self._needless_end
        self._needless_end = ("", 0.0)
        if key == end and now <= until:
            return
        step = self._step
        if isinstance(step, Ask):
            if self._playing:
                if not step.barge_in:
                    return
                self._stop()
            self._answer(step, key, now)
        elif isinstance(step, Play) and self._playing:
            if step.barge_in:
                self._stop()
                self._ahead.append(key)
                self._leave(step)
        elif step is None:
            self._ahead.append(key)

    def _answer(self, step: Ask, key: str, now: float) -> None:
        """Take a key as (part of) the answer to the question."""
        self._deadline = None
        if isinstance(step, Collect):
            self._digit(step, key, now)
        elif isinstance(step, Menu | Language):
            chosen = step.keys.get(key)
            if chosen is None:
                self._mistake(step, key, now)
                return
            self._out.append(Choice(step.at.menu, "chosen", key))
            if isinstance(step, Language):
                self._choose_language(chosen)
                self._leave(step)
            else:
                self._leave(step, chosen)

    def _digit(self, step: Collect, key: str, now: float) -> None:
        if key == step.end:
            if len(self._digits) >= step.least:
                self._collected(step)
            else:
                self._mistake(step, "", now)
        elif not key.isdigit():
            self._mistake(step, "", now)
        else:
            self._digits += key
            if len(self._digits) < step.most:
                self._deadline = now + step.between
                return
            if step.end:
                # many press # out of habit: it must not become the answer to the next question
                self._needless_end = (step.end, now + step.between)
                if self._ahead and self._ahead[0] == step.end:
                    self._ahead.popleft()
                    self._needless_end = ("", 0.0)
            self._collected(step)

    def _collected(self, step: Collect) -> None:
        digits, self._digits = self._digits, ""
        self.facts[step.into] = digits
        self._out.append(Collected(step.into, digits, step.secret))
        self._leave(step)

    def _choose_language(self, language: str) -> None:
        self.language = language
        self._out.append(ChooseLanguage(language))

    def _mistake(self, step: Ask, key: str, now: float) -> None:
        self._mistakes += 1
        self._ahead.clear()
        self._out.append(Choice(step.at.menu, "invalid", key))
        self._again(step, step.invalid, self._mistakes, now)

    def _silence(self, now: float) -> None:
        step = self._step
        if isinstance(step, Collect) and self._digits:
            if len(self._digits) >= step.least:
                self._collected(step)
            else:
                self._mistake(step, "", now)
        elif isinstance(step, Ask):
            self._silences += 1
            self._out.append(Choice(step.at.menu, "no_input"))
            self._again(step, step.no_input, self._silences, now)

    def _again(self, step: Ask, again: Again, count: int, now: float) -> None:
        if count <= again.times:
            self._put_question(step, again.say, now)
            return
        self._digits = ""
        if isinstance(step, Language):
            self._choose_language(self._site.languages[0])
        self._leave(step, again.then)
