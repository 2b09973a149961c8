"""Menus as the interpreter runs them: checked, every name resolved, nothing left to parse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import msgspec

from callflow.prompt import Prompt

if TYPE_CHECKING:
    from collections.abc import Iterator


class Position(NamedTuple):
    """A step's place in a site: the block it stands in and its index there, from 0."""

    menu: str
    step: int


class Way(NamedTuple):
    """One way out of a step."""

    label: str
    """As the admin writes it: a key, ``no_input``, ``then``, ``on_max_wait``; empty for the only way."""
    to: str
    """Block that it leads to; empty for the step that follows."""


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

    def ways(self) -> Iterator[Way]:
        """Give every way out of the step, in the order written; none when the call ends with it."""
        yield Way("", "")

    def branches(self) -> Iterator[str]:
        """Give every block that the step may lead to."""
        yield from (way.to for way in self.ways() if way.to)

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
        return any(not way.to for way in self.ways())


class Play(Step, frozen=True, kw_only=True):
    """Say something."""

    kind = "play"
    say: Prompt
    """May be open: values are put in when the step is entered."""
    barge_in: bool = True

    def prompts(self) -> Iterator[Prompt]:
        """Give the announcement."""
        yield self.say


class Say(Play, frozen=True, kw_only=True):
    """Speak a value."""

    kind = "say"
    otherwise: Prompt | None = None
    """Heard when the value can't be spoken as what it should be."""

    def prompts(self) -> Iterator[Prompt]:
        """Give the value's words, and what is said instead."""
        yield self.say
        if self.otherwise is not None:
            yield self.otherwise


class Ask(Step, frozen=True, kw_only=True):
    """A step that puts a question and waits for keys."""

    waits = True
    say: tuple[Prompt, ...]
    """Played one after another."""
    barge_in: bool = True
    type_ahead: bool = True
    """False: keys pressed before the question don't count."""
    timeout: float
    """Seconds of silence after the question."""
    no_input: Again
    invalid: Again

    def answers(self) -> Iterator[Way]:
        """Give the ways that answers lead."""
        yield Way("", "")

    def ways(self) -> Iterator[Way]:
        """Give where answers, repeated silence and repeated mistakes lead."""
        yield from self.answers()
        yield Way("no_input", self.no_input.then)
        yield Way("invalid", self.invalid.then)

    def prompts(self) -> Iterator[Prompt]:
        """Give the question and what is said before it is put again."""
        yield from self.say
        yield from self.no_input.say
        yield from self.invalid.say


class Menu(Ask, frozen=True, kw_only=True):
    """A choice by one key."""

    kind = "menu"
    keys: dict[str, str]
    """Key → block."""

    def answers(self) -> Iterator[Way]:
        """Give what the keys lead to."""
        yield from (Way(key, block) for key, block in self.keys.items())


class Language(Ask, frozen=True, kw_only=True):
    """A choice of language by one key; silence means the site's first language."""

    kind = "language"
    keys: dict[str, str]
    """Key → language."""

    def answers(self) -> Iterator[Way]:
        """Give one way a key; all lead on to the next step."""
        yield from (Way(key, "") for key in self.keys)


class Confirm(msgspec.Struct, frozen=True):
    """Digits are read back, and count when the caller says so."""

    say: Prompt
    """Reads the variable of its step, which is not set yet."""
    yes: str
    """Key."""
    no: str
    """Key after which the digits are entered anew."""


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
    pattern: str = ""
    """Regular expression that all digits must match, empty for any."""
    check: str = ""
    """Name of the check digit's method, empty for none."""
    confirm: Confirm | None = None

    def prompts(self) -> Iterator[Prompt]:
        """Give the question, what is said before it is put again, and the read-back."""
        yield from super().prompts()
        if self.confirm is not None:
            yield self.confirm.say


class Notice(Ask, frozen=True, kw_only=True):
    """Something that a caller must be told, and may have to agree to."""

    kind = "notice"
    notice: str
    """Its name in the log."""
    accept: str = ""
    """Key that agrees; with one, silence is no consent."""
    refuse: str = ""
    """Key that refuses."""
    refused: str = ""
    """Block for those who refuse."""

    def answers(self) -> Iterator[Way]:
        """Give what having heard it, agreeing and refusing lead to."""
        if self.accept:
            yield Way(self.accept, "")
        else:
            yield Way("", "")
        if self.refuse:
            yield Way(self.refuse, self.refused)

    def ways(self) -> Iterator[Way]:
        """Give those, and for a question where silence and mistakes lead."""
        if self.accept:
            yield from super().ways()
        else:
            yield from self.answers()


class Consent(Ask, frozen=True, kw_only=True):
    """Something that a caller agrees to by a key, or does not."""

    kind = "consent"
    to: str
    """A listener's name, or ``recording``."""
    yes: str
    """Key."""
    no: str = ""
    """Key."""
    given: str = ""
    """Block, empty for the next step."""
    refused: str = ""
    """Block, empty for the next step."""

    def answers(self) -> Iterator[Way]:
        """Give what agreeing and not agreeing lead to."""
        yield Way(self.yes, self.given)
        if self.no:
            yield Way(self.no, self.refused)


class Goto(Step, frozen=True, kw_only=True):
    """Go on in another menu."""

    kind = "goto"
    to: str

    def ways(self) -> Iterator[Way]:
        """Give the menu."""
        yield Way("", self.to)


class Hangup(Step, frozen=True, kw_only=True):
    """End the call."""

    kind = "hangup"
    cause: str = "normal"
    """A :class:`telephony.switch.Cause`; before the answer a caller's network shows or plays it."""

    def ways(self) -> Iterator[Way]:
        """Give none."""
        yield from ()


def way_label(outcome: str) -> str:
    """Name the way that a stage's outcome takes, as the admin writes it."""
    return outcome if outcome.startswith("key ") else f"on_{outcome}"


class StageStep(Step, frozen=True, kw_only=True):
    """A step that a stage serves (queue, voicemail, …)."""

    kind = "stage"
    waits = True
    stage: str
    step: Any
    """An instance of the stage's own schema."""
    outcomes: dict[str, str]
    """Outcome → block, for every outcome after which the menus go on; empty for the step that follows."""
    said: tuple[Prompt, ...] = ()
    """Every prompt that is written in the step."""
    instant: bool = False
    """True when the caller neither chooses nor waits in it: going round through it is an endless loop."""

    @property
    def name(self) -> str:
        """The stage's name."""
        return self.stage

    def ways(self) -> Iterator[Way]:
        """Give where the outcomes lead."""
        yield from (Way(way_label(outcome), block) for outcome, block in self.outcomes.items())

    def prompts(self) -> Iterator[Prompt]:
        """Give what is written in the step; the stage's own prompts are the stage's affair."""
        yield from self.said


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
    blocks: Mapping[str, Block]
    sections: dict[str, dict[str, Any]]
    """Section → name → definition, an instance of the section's schema."""
    skills: tuple[str, ...] = ()
    """Names of the skills that queues may need."""
    country: str = ""
    """Country from which numbers without a country code are meant, ISO 3166 code; empty when not said."""
    version: str
    """Content hash, 12 hex digits."""
    files: tuple[str, ...]
    said: tuple[Prompt, ...] = ()
    """Prompts of queues and whatever else services define."""

    def step(self, at: Position) -> Step | None:
        """Give the step at a position, or None when there is none."""
        block = self.blocks.get(at.menu)
        return block.steps[at.step] if block and 0 <= at.step < len(block.steps) else None

    def prompts(self) -> Iterator[Prompt]:
        """Give every prompt of every menu and definition."""
        yield from self.said
        for block in self.blocks.values():
            for step in block.steps:
                yield from step.prompts()
