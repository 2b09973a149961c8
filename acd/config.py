"""The section ``queues:`` of the site's YAML."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)

from acd.callbacks.terms import Terms
from acd.core.model import OverflowStep, QueueSpec, RelaxStep
from acd.core.strategies import STRATEGIES
from acd.waiting_terms import WaitingTerms
from callflow.call_recording.rule import Record
from callflow.dialing.definitions import PhoneNumber, RouteName
from callflow.dialing.routing import ANY
from callflow.near import near_name
from callflow.protocol import Refers
from callflow.values import Duration, YesNo, matching, parse_duration, told


def _known(strategy: str) -> str:
    if strategy not in STRATEGIES:
        raise told(
            "strategy",
            f'there is no strategy "{strategy[:40]}"',
            f"There are: {', '.join(sorted(STRATEGIES))}.",
            near=near_name(strategy, STRATEGIES),
        )
    return strategy


Strategy = Annotated[
    str, AfterValidator(_known), WithJsonSchema({"type": "string", "enum": sorted(STRATEGIES)})
]


Extension = Annotated[
    str, *matching("[0-9]{2,6}", "can't be an extension", "Use two to six digits, in quotes.")
]


def _by_language(value: Any, info: ValidationInfo) -> Any:
    if not isinstance(value, str):
        return value
    languages = (info.context or {}).get("languages", ())
    if len(languages) == 1:
        return dict.fromkeys(languages, value)
    shown = ", ".join(f"{language}: …" for language in languages)
    raise told("say", "it is not said in which language this is", f"Write {{{shown}}}.")


MusicClass = Annotated[
    str,
    *matching(
        "[A-Za-z0-9_-]{1,40}", "can't name a music class", "Use up to 40 letters, digits, '-' and '_'."
    ),
]


Skill = Annotated[str, Refers("skill")]
Level = Annotated[int, Field(ge=1, le=5)]
LevelOrNone = Annotated[int, Field(ge=0, le=5)]


class RelaxDefinition(BaseModel):
    """What a call asks for after a while, when nobody has taken it."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "anyOf": [
                {"required": [name], "properties": {name: {"minProperties": 1}}}
                for name in ("needs", "prefers")
            ]
        },
    )

    after: Annotated[Duration, Field(gt=0)]
    """How long the call has waited in the queue."""
    needs: dict[Skill, LevelOrNone] = {}
    """Lower least levels; 0: the skill is not needed any more.  Skills that are not named stay."""
    prefers: dict[Skill, LevelOrNone] = {}
    """Lower levels that are wished for; 0: the skill does not matter any more."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.needs and not self.prefers:
            raise told(
                "relax",
                "it is not said what is asked for then",
                "Write needs: or prefers: with a lower level.",
            )
        return self

    def __str__(self) -> str:
        """Say it in a line: ``after 30s: needs sales 1, prefers no english``."""
        wanted = [
            f"{name} "
            + ", ".join(f"{skill} {level}" if level else f"no {skill}" for skill, level in of.items())
            for name, of in (("needs", self.needs), ("prefers", self.prefers))
            if of
        ]
        return f"after {in_words(self.after)}: {', '.join(wanted)}"


class OverflowDefinition(BaseModel):
    """Where calls go on waiting, with the time that they have waited, when this queue is too slow or long."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"oneOf": [{"required": ["after"]}, {"required": ["length"]}]},
    )

    to: Annotated[str, Refers("queue")]
    """The other queue."""
    after: Annotated[Duration, Field(gt=0)] | None = None
    """How long the call has waited in this queue."""
    length: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """How many wait already when the call comes."""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.after is None) == (self.length is None):
            wrong = "it is not said when calls overflow" if self.after is None else "this says two things"
            raise told("overflow", wrong, "Write either after: …, a time, or length: …, a number of callers.")
        return self

    def __str__(self) -> str:
        """Say it in a line: ``after 2m: to support``."""
        when = f"from {self.length} callers on" if self.after is None else f"after {in_words(self.after)}"
        return f"{when}: to {self.to}"


def in_words(seconds: float) -> str:
    """Write a time as an admin would: ``1m30s``."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes:g}m{rest:g}s" if minutes and rest else f"{minutes:g}m" if minutes else f"{rest:g}s"


def _in_order(steps: list[Any], name: str) -> None:
    before = 0.0
    for index, step in enumerate(steps):
        if step.after is None:
            continue
        if step.after <= before:
            raise told(
                name,
                "the steps are not in the order of their times",
                "Put the earliest first, each with a time of its own.",
                at=(index, "after"),
            )
        before = step.after


def _relaxing(steps: list[RelaxDefinition], info: ValidationInfo) -> list[RelaxDefinition]:
    """Refuse steps that ask for more than what was asked for before, or come in no order."""
    _in_order(steps, "relax")
    if not {"needs", "prefers"} <= info.data.keys():
        return steps  # what is wrong with those is told already
    levels: dict[str, dict[str, int]] = {name: dict(info.data[name]) for name in ("needs", "prefers")}
    for index, step in enumerate(steps):
        for name, wanted in (("needs", step.needs), ("prefers", step.prefers)):
            for skill, level in wanted.items():
                if level >= levels[name].get(skill, 0):
                    raise told(
                        "relax",
                        f"{name} {skill}: {level} asks for no less than before",
                        "Write a lower level of a skill that the queue asks for, or 0 to drop it.",
                        at=(index, name, skill),
                    )
                levels[name][skill] = level
    return steps


def _overflowing(steps: list[OverflowDefinition]) -> list[OverflowDefinition]:
    _in_order(steps, "overflow")
    return steps


def _extending(most: float | None, info: ValidationInfo) -> float | None:
    """Refuse an extension that ends before the wrap-up itself does."""
    if most is not None and most < info.data.get("wrap_up", 0.0):
        raise told(
            "wrap_up_most",
            f"the wrap-up itself lasts longer: {in_words(info.data['wrap_up'])}",
            "Write a longer time than wrap_up; leave it out when nobody may extend a wrap-up.",
        )
    return most


def _target_first(wanted: bool, info: ValidationInfo) -> bool:
    strategy = info.data.get("strategy", "index")
    if wanted and strategy != "index":
        raise told(
            "target_first",
            f"the strategy {strategy} knows no target",
            "Leave it out, or use strategy: index.",
        )
    return wanted


Target = Annotated[
    str,
    *matching(
        r"[1-9]\d?% in [1-9]\d*(?:\.\d+)? ?(?:ms|s|m|h)",
        "is no service level",
        'Write a share of the calls and a time, such as "80% in 20s".',
    ),
]


_IS_YES: Any = {
    "anyOf": [{"const": True}, {"type": "string", "pattern": "^([Yy][Ee][Ss]|[Tt][Rr][Uu][Ee])$"}]
}


class CallbacksDefinition(BaseModel):
    """How callers who were promised a callback are called."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    over: Annotated[str, Refers("trunk")] | None = None
    """The trunk by which they are called, and no other: one of ``trunks:``, which says what may be dialed."""
    route: RouteName = ANY
    """Without ``over``, the route: one of ``routes:``, or ``any`` for whichever fits."""
    first: Literal["customer", "agent"] = "customer"
    """Who is on the line first."""
    say: Annotated[
        dict[Annotated[str, Refers("language")], Annotated[str, Field(min_length=1, max_length=2000)]],
        BeforeValidator(_by_language),
        WithJsonSchema({"x-part": "say"}),
    ] = {}
    """What a customer who is called first hears at the answer; else the site's name and why we call."""
    ask_key: YesNo = True
    """Whether such a customer must press one before an agent is on the line."""
    ring: Annotated[Duration, Field(ge=10, le=120)] = 30.0
    """How long it rings."""
    tries: Annotated[int, Field(ge=1, le=20)] = 3
    """How often somebody is called at most."""
    retry_after: Annotated[Duration, Field(ge=10)] = 600.0
    """Rest between two tries."""
    most_at_once: Annotated[int, Field(ge=1, le=1000)] = 5
    """Callbacks of the queue at the same time."""
    share: Annotated[int, Field(ge=1, le=100)] = 50
    """Percent of the agents at work who may have callbacks while callers wait; one always may."""
    live_between: Annotated[int, Field(ge=0, le=100)] = 1
    """Callers who get an agent between two callbacks, while callers wait."""
    ahead: Annotated[Duration, Field(ge=1, le=600)] = 20.0
    """So long before its expected turn a callback is begun."""
    hours: Annotated[str, Refers("hours")] | None = None
    """Opening hours outside of which nobody is called."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.over is not None and "route" in self.model_fields_set:
            raise told(
                "one_way", "a trunk and a route are two ways", "Leave over: or route: out.", at=("route",)
            )
        return self

    def terms(self) -> Terms:
        """Give them as the core knows them."""
        return Terms(
            trunk=self.over or "",
            route="" if self.over else self.route,
            agent_first=self.first == "agent",
            ring_s=self.ring,
            tries=self.tries,
            retry_after_s=self.retry_after,
            most_at_once=self.most_at_once,
            share=self.share,
            live_between=self.live_between,
            ahead_s=self.ahead,
            ask_key=self.ask_key,
            hours=self.hours or "",
        )


class QueueDefinition(WaitingTerms, BaseModel):
    """A queue: who may take its calls, in which order, and how long callers wait."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "not": {
                "required": ["strategy", "target_first"],
                "properties": {"strategy": {"not": {"const": "index"}}, "target_first": _IS_YES},
            }
        },
    )

    needs: dict[Skill, Level] = {}
    """Skill → least level, 1 to 5: only agents who have all of them are offered the calls."""
    prefers: dict[Skill, Level] = {}
    """Skill → level that is wished for: agents who have it go before those who don't."""
    relax: Annotated[list[RelaxDefinition], AfterValidator(_relaxing)] = []
    """What a call asks for after a while, when nobody has taken it."""
    priority: Annotated[int, Field(ge=0, le=100)] = 0
    """Calls of higher priority go first, over all queues."""
    classes: dict[str, Annotated[int, Field(ge=0, le=100)]] = {}
    """Customer class → priority of its calls, instead of the queue's."""
    ageing: Annotated[Duration, Field(gt=0)] | None = None
    """Time of waiting that weighs as much as one point of priority; without it no wait outweighs one."""
    strategy: Strategy = "index"
    """Which of several agents is offered a call."""
    caller_number: PhoneNumber | None = None
    """Our number, as people see it whom the queue's agents call; the route's or trunk's when absent."""
    target: Target = "80% in 20s"
    """The service level that is aimed at."""
    target_first: Annotated[YesNo, AfterValidator(_target_first)] = False
    """Whether calls that can still be answered within the target go before those that can't any more:
    more of them are then, and the others wait longer.  For the strategy ``index``."""
    overflow: Annotated[list[OverflowDefinition], AfterValidator(_overflowing)] = []
    """Where calls go on waiting when this queue is too slow or too long."""
    ring: Annotated[Duration, Field(ge=3, le=300)] = 20.0
    """How long a phone rings before the call goes back."""
    after_no_answer: Literal["missed", "ready"] | None = None
    """What an agent is who did not take a call: ``missed``, and offered none until they say they are ready,
    or ``ready``.  Left out, it is ``ready`` with the strategy ``ring_all`` and ``missed`` with others."""
    auto_answer: YesNo = False
    """Whether the agent's phone is asked to answer by itself."""
    wrap_up: Annotated[Duration, Field(ge=0)] = 10.0
    """Time an agent has after a call before the next."""
    wrap_up_most: Annotated[Annotated[Duration, Field(ge=0)] | None, AfterValidator(_extending)] = None
    """How far an agent may extend it, counted from its begin; left out, not at all."""
    max_wait: Annotated[Duration, Field(gt=0)] | None = None
    """Longest wait; then ``on_max_wait`` follows."""
    on_max_wait: Annotated[str, Refers("menu")] | None = None
    """Menu for callers who have waited for ``max_wait``."""
    max_length: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """Callers who may wait at the same time; for further ones ``on_full`` follows."""
    on_full: Annotated[str, Refers("menu")] | None = None
    """Menu for callers who find the queue full."""
    on_empty: Annotated[str, Refers("menu")] | None = None
    """Menu for callers who come when no agent with the skills is logged in; without it they wait."""
    on_completed: Annotated[str, Refers("menu")] | None = None
    """Menu for callers whose agent has hung up first, such as a survey; without it the call ends."""
    music: MusicClass = "default"
    """Music class that waiting callers hear."""
    extension: Extension | None = None
    """A short number by which agents hand calls over to this queue."""
    record: Record = None
    """Whether calls are recorded while they are talked with: ``yes``, or a rule."""
    callbacks: CallbacksDefinition | None = None
    """How callers who were promised a callback are called; without it they are only listed."""

    def spec(self, name: str) -> QueueSpec:
        """Give the queue as the core knows it."""
        return QueueSpec(
            name=name,
            needs=dict(self.needs),
            priority=self.priority,
            strategy=self.strategy,
            ring_s=self.ring,
            wrap_up_s=self.wrap_up,
            max_wait_s=self.max_wait,
            music=self.music,
            prefers=dict(self.prefers),
            max_length=self.max_length,
            classes=dict(self.classes),
            ageing_s=self.ageing or 0.0,
            target_s=self.target_s if self.target_first else 0.0,
            relax=tuple(RelaxStep(step.after, dict(step.needs), dict(step.prefers)) for step in self.relax),
            overflow=tuple(OverflowStep(step.to, step.after, step.length) for step in self.overflow),
            after_no_answer=self.after_no_answer or ("ready" if self.strategy == "ring_all" else "missed"),
            wrap_up_most_s=self.wrap_up_most or 0.0,
            auto_answer=self.auto_answer,
        )

    @property
    def needed_over_time(self) -> list[tuple[float, dict[str, int]]]:
        """(seconds of waiting, skill → least level from then on), beginning with (0, needs)."""
        stages = [(0.0, dict(self.needs))]
        for step in self.relax:
            levels = {**stages[-1][1], **step.needs}
            stages.append((step.after, {skill: level for skill, level in levels.items() if level}))
        return stages

    @property
    def changes_while_waiting(self) -> list[str]:
        """What becomes of the calls that nobody takes, each in a line."""
        return [*map(str, self.relax), *map(str, self.overflow)]

    @property
    def target_s(self) -> float:
        """Seconds of the service level that is aimed at."""
        return parse_duration(self.target.partition(" in ")[2])

    @property
    def target_share(self) -> float:
        """Share of the calls (0 to 1) that are to be answered within :attr:`target_s`."""
        return int(self.target.partition("%")[0]) / 100
