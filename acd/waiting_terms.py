"""What a queue's definition says of the wait: announcements, comfort messages, and the ways out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, model_validator

from acd.announcements import ALL, LANGUAGES, LINE_LOST
from acd.core.announcing import APART_S, Plan, comfort_is_heard
from callflow.protocol import Refers
from callflow.step_model import Say
from callflow.values import Duration, PhoneKey, YesNo, told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callflow.prompt import Prompt

_OFTEN = Field(ge=10, le=3600)


class AnnounceDefinition(BaseModel):
    """What waiting callers are told of their wait."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    position: YesNo = True
    """Whether they are told how many are before them."""
    wait: YesNo = True
    """Whether they are told how long they will wait, as far as that is known."""
    first: Annotated[Duration, Field(ge=0, le=3600)] = 15.0
    """From the entry to the first announcement."""
    every: Annotated[Duration, _OFTEN] = 45.0
    """From one announcement to the next."""

    @model_validator(mode="after")
    def _something(self, info: ValidationInfo) -> Self:
        if not self.position and not self.wait:
            raise told("announce", "nothing is announced", "Write position: yes or wait: yes, or remove it.")
        for language in (info.context or {}).get("languages", ()):
            if language.partition("-")[0] not in LANGUAGES:
                raise told(
                    "announce",
                    f'Ringhall has no words for announcements in "{language}"',
                    "Remove announce:, and tell callers what you like by comfort:.",
                )
        return self


class ComfortDefinition(BaseModel):
    """Messages between the announcements."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    say: Annotated[tuple[Say, ...], Field(min_length=1)]
    """The messages, heard in turn."""
    every: Annotated[Duration, _OFTEN] = 30.0
    """From one to the next."""


class WaitingTerms(BaseModel):
    """The keys of a queue that are about the wait; part of its definition."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    announce: AnnounceDefinition | None = None
    """What waiting callers are told of their wait; nothing when absent."""
    comfort: ComfortDefinition | None = None
    """Messages between the announcements."""
    keys: Annotated[dict[PhoneKey, Annotated[str, Refers("menu")]], Field(min_length=1)] | None = None
    """Key → menu: by these keys callers leave the queue."""
    hours: Annotated[str, Refers("hours")] | None = None
    """Opening hours: when they end, and while they are over, ``on_closed`` follows."""
    on_closed: Annotated[str, Refers("menu")] | None = None
    """Menu for callers who come when the hours are over or still wait then; without it they wait on."""
    empty_for: Annotated[Duration, Field(ge=0)] | None = None
    """So long no agent with the skills has been logged in: then ``on_empty`` follows for those who wait."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.on_closed is not None and self.hours is None:
            raise told("hours", "it is not said when the queue is closed", "Add hours: NAME.")
        if not comfort_is_heard(self.plan):
            raise told(
                "comfort",
                f"each comfort message would come within {APART_S:g} s of an announcement, and is left out",
                "Let them come at other times: change every: or first:.",
            )
        return self

    @property
    def plan(self) -> Plan:
        """What callers are told, and when."""
        announce, comfort = self.announce, self.comfort
        return Plan(
            first_s=announce.first if announce else 0.0,
            every_s=announce.every if announce else 0.0,
            comfort_every_s=comfort.every if comfort else 0.0,
        )

    def prompts(self) -> Iterator[Prompt]:
        """Give what callers of this queue may hear while they wait."""
        yield LINE_LOST
        if self.announce is not None:
            yield from ALL
        if self.comfort is not None:
            yield from self.comfort.say
