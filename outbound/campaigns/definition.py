"""The section ``campaigns:`` of the site's YAML (docs/outbound.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)

from callflow.dialing.definitions import PhoneNumber, RouteName
from callflow.dialing.routing import ANY
from callflow.near import near_name
from callflow.protocol import Refers, Section
from callflow.section_problem import SectionProblem
from callflow.step_model import Say
from callflow.values import Duration, YesNo, matching, told
from outbound.campaigns.hours import Hours
from outbound.ledger.entry import Disposition
from outbound.pacing.budget import CAP
from outbound.rules.hours import EVERY_DAY, Window
from outbound.rules.terms import Frequency, Terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from callflow.prompt import Prompt

DISPOSITIONS: tuple[Disposition, ...] = get_args(Disposition)
BY_AGENT = ("SALE", "NI", "CALLBK", "WRONG", "DNC", "AM", "FAX")
"""What an agent may say came of a call."""


def _share(value: Any) -> Any:
    if isinstance(value, str) and value.endswith("%"):
        try:
            return float(value[:-1]) / 100
        except ValueError:
            pass
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    raise told("share", f'"{str(value)[:20]}" is no share', 'Write percent, such as "3%".')


def _known_outcome(value: str) -> str:
    if value not in DISPOSITIONS:
        raise told(
            "outcome",
            f'"{value[:20]}" is no outcome of an attempt',
            f"There are: {', '.join(DISPOSITIONS)}.",
            near=near_name(value, DISPOSITIONS),
        )
    return value


Share = Annotated[
    float,
    BeforeValidator(_share),
    Field(gt=0, le=0.2),
    WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d+)?%$"}),
]
Outcome = Annotated[
    Disposition,
    AfterValidator(_known_outcome),
    WithJsonSchema({"type": "string", "enum": list(DISPOSITIONS)}),
]
ListName = Annotated[
    str,
    *matching("[A-Za-z0-9_.-]{1,40}", "can't name a list", "Use up to 40 letters, digits, '.', '-', '_'."),
]
Machines = Literal["off", "timing", "asterisk"]
Country = Annotated[str, *matching("[A-Z]{2}", "is no country", "Write two capitals: GB, DE, CN.")]


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FrequencyDefinition(_Written):
    """How often somebody is called at most, over all campaigns."""

    attempts: Annotated[int, Field(ge=1, le=100)] = 3
    """Calls, by whatever campaign."""
    days: Annotated[int, Field(ge=1, le=365)] = 7
    """Within so many times 24 hours."""


class BlendDefinition(_Written):
    """How agents are shared with callers: those go first."""

    keep_idle: Annotated[int, Field(ge=0, le=1000)] = 0
    """So many ready agents are left for callers."""
    stop_at: Annotated[int, Field(ge=1, le=10_000)] = 1
    """From so many callers on who wait for the same agents, nobody is dialled."""
    low_tide: YesNo = False
    """Only while few callers are foreseen.  Without a part that foresees them (a ``Tides`` service) it is
    always so."""


class AbandonedDefinition(_Written):
    """Callers who gave up waiting become leads that were promised a call."""

    queues: Annotated[tuple[Annotated[str, Refers("queue")], ...], Field(min_length=1)]
    """In which they waited."""
    after: Annotated[Duration, Field(ge=0)] = 10.0
    """Who gave up sooner wanted nothing."""
    rest: Annotated[Duration, Field(ge=0)] = 300.0
    """They are called so long after."""
    within: Annotated[Duration, Field(ge=60)] = 4 * 3600.0
    """Nobody is called later than that after they gave up."""


class CampaignDefinition(_Written):
    """Whom to call for which agents, when, and how hard."""

    queue: Annotated[str, Refers("queue")]
    """Whose agents talk with those who answer."""
    list: ListName
    """Whom to call: a list that was imported (``ringhall campaigns import``)."""
    mode: Literal["preview", "progressive", "predictive"] = "predictive"
    """``preview``: an agent sees the lead and takes it before it is dialled; ``progressive``: a line for each
    ready agent; ``predictive``: as many lines as the drop cap allows."""
    over: Annotated[str, Refers("trunk")] | None = None
    """The trunk by which they are called, and no other: one of ``trunks:``."""
    route: RouteName = ANY
    """Without ``over``, one of ``routes:``, or ``any`` for whichever fits."""
    caller_number: PhoneNumber | None = None
    """Our number, as the callee sees it; the route's or trunk's when absent."""
    caller_numbers: dict[Country, PhoneNumber] = {}
    """Country of the callee → our number, where it is another."""
    hours: Hours = (Window(EVERY_DAY, 9 * 60, 20 * 60),)
    """By the clock of the one who is called; the law's hours count as well."""
    attempts: Annotated[int, Field(ge=1, le=50)] = 6
    """Most for one lead."""
    spacing: dict[Outcome, Annotated[Duration, Field(ge=60)]] = {}
    """Outcome → rest until the next attempt; of those not named as in docs/outbound.md."""
    frequency: FrequencyDefinition | None = FrequencyDefinition()
    once_a_day: YesNo = True
    """Nobody who was called today, by whatever campaign."""
    consent: YesNo = True
    """Only who has given it, as the list's column ``consent`` says, is called."""
    ring: Annotated[Duration, Field(ge=15, le=90)] = 25.0
    """How long it rings at least before it counts as not answered."""
    drop_cap: Share = CAP
    """Most drops of the live answers, today and in 30 days."""
    message: Say | None = None
    """What whoever answers hears when no agent is there within two seconds: who calls, and that they may
    press nine to be called no more."""
    machines: Machines = "off"
    """Whether answering machines are told from people before an agent is connected: by what we hear
    (``timing``), or by Asterisk's own detector (``asterisk``)."""
    machine_message: Say | None = None
    """What a machine is told after its beep; without it the line is ended."""
    priority: Annotated[int, Field(ge=0, le=100)] = 100
    """Of those who answered among all who wait for the same agents."""
    weight: Annotated[int, Field(ge=1, le=100)] = 1
    """Share of the agents who work for several campaigns."""
    blend: BlendDefinition = BlendDefinition()
    abandoned: AbandonedDefinition | None = None
    """Callers who gave up waiting are put on the list; who reaches an agent meanwhile is taken off."""
    script: Annotated[str, Field(max_length=4000)] = ""
    """What the agent sees."""
    most_lines: Annotated[int, Field(ge=1, le=2000)] = 500
    """Calls on their way at the same time."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.over is not None and "route" in self.model_fields_set:
            raise told(
                "one_way", "a trunk and a route are two ways", "Leave over: or route: out.", at=("route",)
            )
        return self

    @model_validator(mode="after")
    def _never_silence(self) -> Self:
        if self.mode != "preview" and self.message is None:
            raise told(
                "message",
                "it is not said what somebody hears for whom no agent is there",
                "Write message: with who calls, and that nine is the key for no more calls.",
            )
        if self.machine_message is not None and self.machines == "off":
            raise told(
                "machine_message",
                "machines are not told from people, so that none is told anything",
                "Write machines: timing or asterisk, or leave it out.",
                at=("machine_message",),
            )
        return self

    def prompts(self) -> Iterable[Prompt]:
        """Give what is to be rendered before a call needs it."""
        return [prompt for prompt in (self.message, self.machine_message) if prompt is not None]

    def terms(self) -> Terms:
        """Give what the rules ask."""
        plain = Terms()
        frequency = self.frequency
        return Terms(
            windows=self.hours,
            attempts=self.attempts,
            spacing={**plain.spacing, **self.spacing},
            frequency=None if frequency is None else Frequency(frequency.attempts, frequency.days),
            consent=self.consent,
            once_a_day=self.once_a_day,
        )

    def shown_in(self, country: str) -> str:
        """Give our number for a callee of that country; '' for the route's or trunk's."""
        return self.caller_numbers.get(country, self.caller_number or "")


def _problems(campaigns: Mapping[str, CampaignDefinition]) -> Iterator[SectionProblem]:
    """Find campaigns whose names can't stand in a ledger's file."""
    for name in campaigns:
        if len(name) > MOST_NAME:
            yield SectionProblem(name, "the name is too long", f"Use {MOST_NAME} signs at most.")


MOST_NAME = 40

CAMPAIGNS = Section(
    name="campaigns", defines="campaign", model=CampaignDefinition, named=False, check=_problems
)
