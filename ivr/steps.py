"""Menus as the interpreter runs them: checked, every name resolved, nothing left to parse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import msgspec

from callflow.prompt import Prompt

if TYPE_CHECKING:
    from collections.abc import Iterator


class Position(NamedTuple):
    """A step's place in a site: the block it stands in and its index there, from 0."""

    menu: str
    step: int


class Again(msgspec.Struct, frozen=True):
    """What follows when a caller presses nothing, or something that means nothing."""

    times: int = 2
    """How often the question is put again."""
    say: tuple[Prompt, ...] = ()
    """Heard before the question is put again."""
    then: str = ""
    """Block to go to after that; empty for the next step."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a block."""

    kind: ClassVar[str] = ""
    waits: ClassVar[bool] = False
    """True when a caller spends time in it by choice: a loop through it is no endless loop."""
    at: Position
    following: Position | None
    """Where the call goes on; None at a dead end."""
    file: str
    line: int
    column: int

    def branches(self) -> Iterator[str]:
        """Give every block that the step may lead to."""
        yield from ()

    def prompts(self) -> Iterator[Prompt]:
        """Give every prompt that the step may play."""
        yield from ()

    @property
    def name(self) -> str:
        """The step's name as written."""
        return self.kind

    @property
    def falls_through(self) -> bool:
        """True when the call may go on with the step that follows."""
        return True


class Play(Step, frozen=True, kw_only=True):
    """Say something."""

    kind = "play"
    say: Prompt
    barge_in: bool = True

    def prompts(self) -> Iterator[Prompt]:
        """Give the announcement."""
        yield self.say


class Ask(Step, frozen=True, kw_only=True):
    """A step that puts a question and waits for keys."""

    waits = True
    say: tuple[Prompt, ...]
    """Played one after another."""
    barge_in: bool = True
    timeout: float
    """Seconds of silence after the question."""
    no_input: Again
    invalid: Again

    def branches(self) -> Iterator[str]:
        """Give where repeated silence and repeated mistakes lead."""
        yield from (again.then for again in (self.no_input, self.invalid) if again.then)

    def prompts(self) -> Iterator[Prompt]:
        """Give the question and what is said before it is put again."""
        yield from self.say
        yield from self.no_input.say
        yield from self.invalid.say

    @property
    def falls_through(self) -> bool:
        """True when silence or mistakes have no branch of their own."""
        return not (self.no_input.then and self.invalid.then)


class Menu(Ask, frozen=True, kw_only=True):
    """A choice by one key."""

    kind = "menu"
    keys: dict[str, str]
    """Key → block."""

    def branches(self) -> Iterator[str]:
        """Give what the keys lead to, and what silence and mistakes do."""
        yield from self.keys.values()
        yield from super().branches()


class Language(Ask, frozen=True, kw_only=True):
    """A choice of language by one key; silence means the site's first language."""

    kind = "language"
    keys: dict[str, str]
    """Key → language."""

    @property
    def falls_through(self) -> bool:
        """Always: a chosen language leads on to the next step."""
        return True


class Collect(Ask, frozen=True, kw_only=True):
    """Digits into a variable."""

    kind = "collect"
    into: str
    least: int
    most: int
    end: str
    """Key that ends the entry early, empty for none."""
    between: float
    """Seconds from one digit to the next."""
    secret: bool = False

    @property
    def falls_through(self) -> bool:
        """Always: collected digits lead on to the next step."""
        return True


class Goto(Step, frozen=True, kw_only=True):
    """Go on in another menu."""

    kind = "goto"
    to: str

    def branches(self) -> Iterator[str]:
        """Give the menu."""
        yield self.to

    @property
    def falls_through(self) -> bool:
        """Never."""
        return False


class Hangup(Step, frozen=True, kw_only=True):
    """End the call."""

    kind = "hangup"

    @property
    def falls_through(self) -> bool:
        """Never."""
        return False


class StageStep(Step, frozen=True, kw_only=True):
    """A step that a stage serves (queue, voicemail, …)."""

    kind = "stage"
    waits = True
    stage: str
    step: Any
    """An instance of the stage's own schema."""
    outcomes: dict[str, str]
    """Outcome → block; an outcome without one leads to the next step."""
    may_fall_through: bool
    """True when some outcome has no branch."""

    @property
    def name(self) -> str:
        """The stage's name."""
        return self.stage

    def branches(self) -> Iterator[str]:
        """Give where the outcomes lead."""
        yield from self.outcomes.values()

    @property
    def falls_through(self) -> bool:
        """True when some outcome has no branch."""
        return self.may_fall_through


class Block(msgspec.Struct, frozen=True):
    """A menu, or steps written within a step; those are named ``menu/step/branch``."""

    name: str
    steps: tuple[Step, ...]


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a site's dialplans, checked."""

    name: str
    time_zone: str
    """IANA name."""
    languages: tuple[str, ...]
    """The first one is what a caller hears before choosing."""
    numbers: dict[str, str]
    """Normalised dialed number (or ``default``) → block."""
    blocks: dict[str, Block]
    sections: dict[str, dict[str, Any]]
    """Section → name → definition, an instance of the section's schema."""
    version: str
    """Content hash, 12 hex digits."""
    files: tuple[str, ...]

    def step(self, at: Position) -> Step | None:
        """Give the step at a position, or None when there is none."""
        block = self.blocks.get(at.menu)
        return block.steps[at.step] if block and 0 <= at.step < len(block.steps) else None

    def prompts(self) -> Iterator[Prompt]:
        """Give every prompt of every menu."""
        for block in self.blocks.values():
            for step in block.steps:
                yield from step.prompts()
