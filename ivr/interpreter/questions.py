"""Questions: keys that answer, silence, mistakes, digits and their confirmation."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ivr.check_digits import CHECKS
from ivr.interpreter.messages import Agreed, Choice, ChooseLanguage, Collected, Noticed
from ivr.interpreter.moves import Moves
from ivr.steps import Again, Ask, Collect, Consent, Language, Menu, Notice

if TYPE_CHECKING:
    from callflow.prompt import Prompt


RECORDING = "recording"
"""What else than a listener can be agreed to."""


class Questions(Moves):
    """The part of the interpreter that asks."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._digits = ""
        self._silences = 0
        self._mistakes = 0
        self._needless_end: tuple[str, float] = ("", 0.0)

    def _ask(self, step: Ask, now: float) -> None:
        self._silences = self._mistakes = 0
        self._put_question(step, (), now)

    def _put_question(self, step: Ask, before: tuple[Prompt, ...], now: float) -> None:
        self._digits = self._confirming = ""
        self._deadline = None
        if not (step.barge_in and step.type_ahead):
            self._ahead.clear()
        self._use_ahead(step, now)
        if self._playing or self._goto is not None or self._over or self._digits or self._confirming:
            return
        prompts = before + step.say
        if prompts:
            self._play(prompts)
        else:
            self._wait(step, now)

    def _use_ahead(self, step: Ask, now: float) -> None:
        """Let keys that were pressed too early answer."""
        while self._ahead and self._step is step and self._goto is None and not self._over:
            self._answer(step, self._ahead.popleft(), now)
            if self._playing:
                return

    def _wait(self, step: Ask, now: float) -> None:
        """Wait for keys, the question having been heard."""
        if isinstance(step, Notice) and not step.accept and not step.refuse:
            self._noticed(step, "heard")
        else:
            self._deadline = now + step.timeout

    # ── keys ─────────────────────────────────────────────────────────────────────────────────────

    def _is_needless(self, key: str, now: float) -> bool:
        """Tell whether a key ends an entry that has ended by itself."""
        end, until = self._needless_end
        self._needless_end = ("", 0.0)
        return key == end and now <= until

    def _key_in_question(self, step: Ask, key: str, now: float) -> None:
        if self._playing:
            if not step.barge_in:
                return
            self._stop()
        self._answer(step, key, now)

    def _answer(self, step: Ask, key: str, now: float) -> None:
        """Take a key as (part of) the answer to the question."""
        self._deadline = None
        if isinstance(step, Collect):
            if self._confirming:
                self._confirmed(step, key, now)
            else:
                self._digit(step, key, now)
        elif isinstance(step, Notice):
            self._answer_notice(step, key, now)
        elif isinstance(step, Consent):
            self._answer_consent(step, key, now)
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

    def _choose_language(self, language: str) -> None:
        self.language = language
        self._out.append(ChooseLanguage(language))

    # ── notices ──────────────────────────────────────────────────────────────────────────────────

    def _answer_notice(self, step: Notice, key: str, now: float) -> None:
        if key == step.refuse:
            self._noticed(step, "refused", step.refused)
        elif key == step.accept:
            self._noticed(step, "accepted")
        elif step.accept:
            self._mistake(step, key, now)
        else:
            self._noticed(step, "heard")

    def _noticed(self, step: Notice, result: str, block: str = "") -> None:
        self.facts[f"notice.{step.notice}"] = result
        self._out.append(Noticed(step.notice, result))
        self._leave(step, block)

    def _answer_consent(self, step: Consent, key: str, now: float) -> None:
        if key in {step.yes, step.no}:
            self._agreed(step, f"key {key}", given=key == step.yes)
        else:
            self._mistake(step, key, now)

    def _agreed(self, step: Consent, how: str, *, given: bool) -> None:
        self.facts[f"consent.{step.to}"] = "given" if given else "refused"
        self._out.append(Agreed(step.to, given, how))
        if step.to == RECORDING:  # which asks for a notice
            result = "accepted" if given else "refused"
            self.facts[f"notice.{RECORDING}"] = result
            self._out.append(Noticed(RECORDING, result))
        self._leave(step, step.given if given else step.refused)

    # ── digits ───────────────────────────────────────────────────────────────────────────────────

    def _digit(self, step: Collect, key: str, now: float) -> None:
        if key == step.end:
            self._entered(step, now)
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
            self._entered(step, now)

    def _entered(self, step: Collect, now: float) -> None:
        """Take an entry that is over: wrong, to be confirmed, or the answer."""
        digits = self._digits
        if not _acceptable(step, digits):
            self._mistake(step, "", now)
        elif step.confirm is None:
            self._collected(step, digits)
        else:
            self._digits, self._confirming = "", digits
            self._use_ahead(step, now)
            if self._confirming and not self._playing and self._goto is None and not self._over:
                self._play((step.confirm.say,))

    def _confirmed(self, step: Collect, key: str, now: float) -> None:
        """Take the answer to the read-back; another key has it read once more."""
        confirm = step.confirm
        if confirm is None or key == confirm.yes:
            self._collected(step, self._confirming)
        elif key == confirm.no:
            self._again(step, step.invalid, 0, now)
        else:
            self._mistake(step, "", now)

    def _collected(self, step: Collect, digits: str) -> None:
        self._digits = self._confirming = ""
        self.facts[step.into] = digits
        if step.secret:
            self._secret.add(step.into)
        else:
            self._secret.discard(step.into)
        self._out.append(Collected(step.into, digits, step.secret))
        self._leave(step)

    # ── mistakes and silence ─────────────────────────────────────────────────────────────────────

    def _mistake(self, step: Ask, key: str, now: float) -> None:
        self._mistakes += 1
        self._ahead.clear()
        self._out.append(Choice(step.at.menu, "invalid", key))
        self._repeat(step, step.invalid, self._mistakes, now)

    def _silence(self, now: float) -> None:
        step = self._step
        if isinstance(step, Collect) and self._digits:
            self._entered(step, now)
        elif isinstance(step, Notice) and not step.accept:
            self._noticed(step, "heard")
        elif isinstance(step, Ask):
            self._silences += 1
            self._out.append(Choice(step.at.menu, "no_input"))
            self._repeat(step, step.no_input, self._silences, now)

    def _repeat(self, step: Ask, again: Again, count: int, now: float) -> None:
        """Put the question again, or the read-back if that was not answered, until it was often enough."""
        if self._confirming and isinstance(step, Collect) and step.confirm and count <= again.times:
            self._play((*again.say, step.confirm.say))
        else:
            self._again(step, again, count, now)

    def _again(self, step: Ask, again: Again, count: int, now: float) -> None:
        if count <= again.times:
            self._put_question(step, again.say if count else (), now)
            return
        self._digits = self._confirming = ""
        if isinstance(step, Language):
            self._choose_language(self._site.languages[0])
        elif isinstance(step, Notice):
            self._noticed(step, "unanswered", again.then)
            return
        elif isinstance(step, Consent):
            self._agreed(step, "invalid" if self._mistakes > again.times else "no_input", given=False)
            return
        self._leave(step, again.then)


def _acceptable(step: Collect, digits: str) -> bool:
    """Tell whether digits are as many, and of the form, that the step asks for."""
    if not step.least <= len(digits) <= step.most:
        return False
    if step.pattern and not _compiled(step.pattern).fullmatch(digits):
        return False
    return not step.check or CHECKS[step.check](digits)


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)
