"""The section ``queues:`` of the site's YAML."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
)

from acd.callbacks.terms import Terms
from acd.core.errors import UnknownStrategy
from acd.core.model import QueueSpec
from acd.core.strategies import STRATEGIES, make_strategy
from callflow.protocol import Refers
from callflow.values import Duration, YesNo, matching, told


def _known(strategy: str) -> str:
    try:
        make_strategy(strategy)
    except UnknownStrategy as error:
        raise told(
            "strategy", str(error).partition("; ")[0], f"Write one of: {', '.join(sorted(STRATEGIES))}."
        ) from None
    return strategy


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


class CallbacksDefinition(BaseModel):
    """How callers who were promised a callback are called."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    over: Annotated[str, Refers("trunk")]
    """The trunk by which they are called: one of ``trunks:``, which says what may be dialed."""
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

    def terms(self) -> Terms:
        """Give them as the core knows them."""
        return Terms(
            trunk=self.over,
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


class QueueDefinition(BaseModel):
    """A queue: who may take its calls, in which order, and how long callers wait."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    needs: dict[Annotated[str, Refers("skill")], Annotated[int, Field(ge=1, le=5)]] = {}
    """Skill → least level, 1 to 5: only agents who have all of them are offered the calls."""
    prefers: dict[Annotated[str, Refers("skill")], Annotated[int, Field(ge=1, le=5)]] = {}
    """Skill → level that is wished for; it is on record with each call."""
    priority: Annotated[int, Field(ge=0, le=100)] = 0
    """Calls of higher priority go first, over all queues."""
    classes: dict[str, Annotated[int, Field(ge=0, le=100)]] = {}
    """Customer class → priority of its calls, instead of the queue's."""
    strategy: Annotated[str, AfterValidator(_known)] = "longest_idle"
    """Which of several agents is offered a call."""
    ring: Annotated[Duration, Field(ge=3, le=300)] = 20.0
    """How long a phone rings before the call goes back and the agent is marked as missed."""
    wrap_up: Annotated[Duration, Field(ge=0)] = 10.0
    """Time an agent has after a call before the next."""
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
        )
