"""The interpreter: takes inputs, gives commands, and knows what each step does when it is entered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from ivr.flow_steps import Assign, CallMenu, Hours, If, Return, SpeakIn, Switch
from ivr.interpreter.messages import (
    Assigned,
    Command,
    Fail,
    HangUp,
    Input,
    Key,
    PlayEnded,
    RunStage,
    StageEnded,
    Started,
    Tick,
    Used,
)
from ivr.interpreter.questions import Questions
from ivr.steps import Ask, Collect, Consent, Goto, Hangup, Language, Menu, Notice, Play, Say, StageStep, Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from callflow.expressions.expression import Expression
    from callflow.expressions.template import Template

HEARD = "heard."
"""So begin the names of what listeners have noticed."""


class Interpreter(Questions):
    """One call in one version of a site."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._in_stage = False
        self._started = False

    def handle(self, given: Input, now: float) -> list[Command]:
        """Take one input and give what is to be done, in order.  ``now`` is in steady seconds."""
        if self._over:
            return []
        out: list[Command] = []
        self._out = out
        self._TAKE[type(given)](self, given, now)
        if self._goto is not None:
            self._go_on(now)
        return out

    # ── inputs ───────────────────────────────────────────────────────────────────────────────────

    def _begin(self, _given: Started, _now: float) -> None:
        if not self._started:
            self._started = True
            self._goto = self._entry

    def _key(self, given: Key, now: float) -> None:
        key, step = given.key, self._step
        if self._is_needless(key, now):
            return
        if isinstance(step, Ask):
            self._key_in_question(step, key, now)
        elif isinstance(step, Play) and self._playing:
            if step.barge_in:
                self._stop()
                self._ahead.append(key)
                self._leave(step)
        elif step is None:
            self._ahead.append(key)

    def _played(self, _given: PlayEnded, now: float) -> None:
        if not self._playing:
            return
        self._playing = False
        step = self._step
        if self._to_play:
            self._play(self._to_play)
        elif isinstance(step, Ask):
            self._wait(step, now)
        elif step is not None:
            self._leave(step)

    def _tick(self, _given: Tick, now: float) -> None:
        if self._deadline is not None and now >= self._deadline:
            self._deadline = None
            self._silence(now)

    def _stage_ended(self, given: StageEnded, _now: float) -> None:
        if not self._in_stage:
            return
        self._in_stage = False
        step, outcome = self._step, given.outcome
        if isinstance(step, StageStep) and outcome in step.outcomes:
            self._leave(step, step.outcomes[outcome])
        else:
            self._end(HangUp())

    _TAKE: ClassVar[dict[type[Input], Callable[[Interpreter, Any, float], None]]] = {
        Key: _key,
        PlayEnded: _played,
        Tick: _tick,
        StageEnded: _stage_ended,
        Started: _begin,
    }

    # ── entering ─────────────────────────────────────────────────────────────────────────────────

    def _enter(self, step: Step, now: float) -> None:
        enter = self._ENTER.get(type(step))
        if enter is None:
            self._end(Fail(f"a step {step.kind!r} can't be run"))
        else:
            enter(self, step, now)

    def _enter_question(self, step: Ask, now: float) -> None:
        self._ask(step, now)

    def _enter_play(self, step: Play, _now: float) -> None:
        if not step.barge_in:
            self._ahead.clear()
        if self._ahead:
            self._leave(step)
        else:
            self._play((step.say,))

    def _enter_say(self, step: Say, now: float) -> None:
        if step.otherwise is not None and not step.say.complete(self.look_up, self.language):
            self._play((step.otherwise,))
        else:
            self._enter_play(step, now)

    def _enter_goto(self, step: Goto, _now: float) -> None:
        self._jump(step.to)

    def _enter_call(self, step: CallMenu, _now: float) -> None:
        self._call(step, step.to)

    def _enter_return(self, _step: Return, _now: float) -> None:
        self._return()

    def _enter_hangup(self, step: Hangup, _now: float) -> None:
        self._end(HangUp(step.cause))

    def _enter_stage(self, step: StageStep, _now: float) -> None:
        self._ahead.clear()
        self._in_stage = True
        self._out.append(RunStage(step.stage, step.step))

    def _enter_if(self, step: If, _now: float) -> None:
        holds = step.condition.holds(self.look_up)
        self._note_use(step, step.condition, "then" if holds else "else")
        self._leave(step, step.then if holds else step.otherwise)

    def _enter_switch(self, step: Switch, _now: float) -> None:
        case = step.subject.text(self.look_up)
        self._note_use(step, step.subject, case if case in step.cases else "default")
        self._leave(step, step.cases.get(case, step.default))

    def _enter_hours(self, step: Hours, _now: float) -> None:
        state = self.look_up(f"hours.{step.hours}.state")
        if state in step.states:
            self._leave(step, step.states[state])
        else:
            self._end(Fail(f"nobody says whether {step.hours} is open"))

    def _enter_set(self, step: Assign, _now: float) -> None:
        for name, text in step.values:
            value = text.text(self.look_up)
            secret = not self._secret.isdisjoint(text.names)
            if secret:
                self._secret.add(name)
            else:
                self._secret.discard(name)
            self._note_use(step, text, f"set {name}")
            self.facts[name] = value
            self._out.append(Assigned(name, value, secret))
        self._leave(step)

    def _note_use(self, step: Step, read: Expression | Template, outcome: str) -> None:
        """Tell of everything that was noticed by a listener and is decided by here."""
        for name in sorted(name for name in read.names if name.startswith(HEARD)):
            self._out.append(Used(step, read.source, name, self.look_up(name) or "", outcome))

    def _enter_language(self, step: SpeakIn, _now: float) -> None:
        self._choose_language(step.language)
        self._leave(step)

    _ENTER: ClassVar[dict[type[Step], Callable[[Interpreter, Any, float], None]]] = {
        Play: _enter_play,
        Say: _enter_say,
        Menu: _enter_question,
        Collect: _enter_question,
        Language: _enter_question,
        Notice: _enter_question,
        Consent: _enter_question,
        Goto: _enter_goto,
        CallMenu: _enter_call,
        Return: _enter_return,
        Hangup: _enter_hangup,
        StageStep: _enter_stage,
        If: _enter_if,
        Switch: _enter_switch,
        Hours: _enter_hours,
        Assign: _enter_set,
        SpeakIn: _enter_language,
    }
