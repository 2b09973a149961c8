"""The section ``emotion:`` of the site's YAML: what the rule ``listeners: emotion:`` does not say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from callflow.protocol import Section
from callflow.section_problem import SectionProblem
from callflow.values import Duration, YesNo, matching, parse_yes_no, told
from emotion.live.names import FACTS, NAME
from emotion.signals import Sensitivity, State

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Self

LEAST_REASON = 20
"""Characters of the reason for which agents' emotions are inferred."""
LAW = "the EU forbids it at work but for medical or safety reasons (AI Act, art. 5(1)(f))"
_LEAST_ANGRY_S, _LONGEST_S = 5.0, 600.0

Language = Annotated[
    str, *matching(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", "is no language tag", "Write one such as en or zh.")
]
Wording = Annotated[str, Field(min_length=1, max_length=300)]


def _some(value: dict[str, str]) -> dict[str, str]:
    if not value:
        raise told("empty", "no language is given", "Write {en: …}, or remove the line.")
    return value


Texts = Annotated[
    dict[Language, Wording], AfterValidator(_some), Field(json_schema_extra={"minProperties": 1})
]


class Alarm(BaseModel):
    """When a supervisor is told of a caller's anger.

    Example::

        emotion:
          alarm: {angry: 20s, within: 60s}
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    angry: Duration = 20.0
    """So much angry speech, 5s at least,"""
    within: Duration = 60.0
    """within so long, 10m at most."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.angry < _LEAST_ANGRY_S:
            raise told("alarm", "this is too short for an alarm", "Write 5s or more.", at=("angry",))
        if self.within > _LONGEST_S:
            raise told("alarm", "this is too long for an alarm", "Write 10m or less.", at=("within",))
        if self.angry > self.within:
            message = f"{self.angry:g} s of anger don't fit into {self.within:g} s"
            raise told("alarm", message, 'Write a longer "within".', at=("angry",))
        return self


class Agents(BaseModel):
    """Whether agents' voices are judged too.  Off, and only with a written reason on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    on: YesNo = False
    """``yes`` only with a reason."""
    reason: str = ""
    """Why this is lawful here: at least 20 characters.  Agents are shown it."""

    @model_validator(mode="after")
    def _reasoned(self) -> Self:
        if self.on and len(self.reason.strip()) < LEAST_REASON:
            raise told(
                "reason",
                f"agents' emotions are inferred only for a written reason: {LAW}",
                f'Write "reason:" with at least {LEAST_REASON} characters, or "on: no".',
                at=("reason",) if self.reason else (),
            )
        return self


def _agents(value: Any) -> Any:
    """Take ``agents: no``; ``agents: yes`` lacks its reason."""
    return {"on": parse_yes_no(value)} if isinstance(value, str) else value


class EmotionDefinition(BaseModel):
    """How callers' voices are judged, and what agents and supervisors are told of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sensitivity: Sensitivity = "normal"
    """How readily a voice is called raised, angry or distressed: ``low``, ``normal``, ``high``."""
    alarm: Alarm = Alarm()
    words: YesNo = True
    """Whether what a caller said counts beside how, where a recogniser is installed."""
    overlap: YesNo = False
    """Whether it is counted when caller and agent speak at once; of the agent's side nothing is taken but
    when there is a voice."""
    suggestions: dict[State, Texts] = {}
    """Signal → language → what agents are shown; for all others our own texts."""
    agents: Annotated[Agents, BeforeValidator(_agents)] = Agents()

    @property
    def notice(self) -> str:
        """Say that agents' emotions are inferred, and why; empty when they are not."""
        if not self.agents.on:
            return ""
        return f"agents' emotions are inferred here, for the reason: {self.agents.reason.strip()}"


def notices(written: Mapping[str, EmotionDefinition]) -> Iterator[SectionProblem]:
    """Say so, each time that the site is checked, when agents are judged."""
    for name, one in written.items():
        if one.notice:
            remedy = f'Be sure that it is lawful: {LAW}. "agents: no" turns it off.'
            yield SectionProblem(name, one.notice, remedy, at=("agents",), warning=True)


EMOTION = Section(
    name=NAME,
    defines="emotion",
    model=EmotionDefinition,
    facts=FACTS,
    facts_under="heard",
    check=notices,
    single=True,
    named=False,
)
