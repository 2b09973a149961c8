"""From step to step: the state of a call in its menus, how it moves, and what it knows."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from ivr.interpreter.messages import Command, Enter, Fail, HangUp, PlayPrompt, StopPlaying
from ivr.steps import Collect, Position, Site, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, MutableMapping

    from callflow.expressions import Lookup
    from callflow.prompt import Prompt

MOST_STEPS = 200
"""Steps without waiting for anything: more is a loop that the checks did not see."""
MOST_KEYS_AHEAD = 24
"""Keys typed ahead that are kept."""
MOST_CALLS = 50
"""Menus called within each other."""


class Moves:
    """One call in one version of a site."""

    def __init__(
        self,
        site: Site,
        entry: Position,
        language: str,
        facts: MutableMapping[str, str] | None = None,
        *,
        look_up: Lookup | None = None,
        returns: Iterable[Position] = (),
    ) -> None:
        self.language = language
        self.facts: MutableMapping[str, str] = {} if facts is None else facts
        """The call's variables."""
        self._site = site
        self._entry = entry
        self._more = look_up
        self._returns: list[Position] = list(returns)
        self._secret: set[str] = set()
        self._step: Step | None = None
        self._out: list[Command] = []
        self._ahead: deque[str] = deque(maxlen=MOST_KEYS_AHEAD)
        self._to_play: tuple[Prompt, ...] = ()
        self._playing = False
        self._deadline: float | None = None
        self._confirming = ""
        """Digits that were read back and wait for the caller's yes."""
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

    def look_up(self, name: str) -> str | None:
        """Give a variable, or a fact from outside; digits that are read back are their variable's."""
        if self._confirming and isinstance(self._step, Collect) and name == self._step.into:
            return self._confirming
        found = self.facts.get(name)
        if found is not None:
            return found
        if name == "language":
            return self.language
        return self._more(name) if self._more is not None else None

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
            self._out.append(Enter(step, tuple(self._returns)))
            self._enter(step, now)
        if self._goto is not None:
            self._goto = None
            self._end(Fail(f"{MOST_STEPS} steps in a row without waiting for the caller: a loop"))

    def _enter(self, step: Step, now: float) -> None:
        raise NotImplementedError

    def _leave(self, step: Step, block: str = "") -> None:
        """Go to a block, or on to the following step; at a menu's end, to where it was called."""
        if block:
            self._jump(block)
        elif step.following is not None:
            self._goto = step.following
        else:
            self._return()

    def _jump(self, block: str) -> None:
        """Go to a block.  Back in a menu that waits for the end of a called one, that wait is over."""
        if self._returns and "/" not in block:
            for index, place in enumerate(self._returns):
                if place.menu.partition("/")[0] == block:
                    del self._returns[index:]
                    break
        self._goto = Position(block, 0)

    def _call(self, step: Step, menu: str) -> None:
        """Go through a menu and come back."""
        if step.following is not None:
            if len(self._returns) >= MOST_CALLS:
                self._end(Fail(f"{MOST_CALLS} menus called within each other"))
                return
            self._returns.append(step.following)
        self._goto = Position(menu, 0)

    def _return(self) -> None:
        """Go back to where this menu was called; hang up where nothing did."""
        if self._returns:
            self._goto = self._returns.pop()
        else:
            self._end(HangUp())

    def _end(self, command: Command) -> None:
        self._out.append(command)
        self._over = True
        self._deadline = None

    # ── what the caller hears ────────────────────────────────────────────────────────────────────

    def _play(self, prompts: tuple[Prompt, ...]) -> None:
        self._to_play = prompts[1:]
        self._playing = True
        self._out.append(PlayPrompt(prompts[0].filled(self.look_up, self.language)))

    def _stop(self) -> None:
        if self._playing:
            self._playing = False
            self._to_play = ()
            self._out.append(StopPlaying())
