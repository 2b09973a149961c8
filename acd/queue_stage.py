"""The stage ``queue``: a caller waits with music, is offered to agents, and talks with whoever answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from callflow.expressions.fields import TemplateText
from callflow.protocol import Refers
from callflow.step_model import StepModel
from callflow.values import Duration, told

if TYPE_CHECKING:
    from collections.abc import Iterable

    from acd.preferred import PreferredAgent
    from acd.service import AcdService
    from callflow.protocol import Call, Prompt, Runtime


class QueueStep(StepModel):
    """``queue: NAME``, with a priority or a longest wait other than the queue's."""

    model_config = ConfigDict(json_schema_extra={"dependentRequired": {"agent_for": ["agent"]}})

    queue: Annotated[str, Refers("queue")]
    """The queue to wait in."""
    priority: Annotated[int, Field(ge=0, le=100)] | None = None
    """Higher goes first; the queue's own when absent."""
    max_wait: Annotated[Duration, Field(gt=0)] | None = None
    """Longest wait; the queue's own when absent."""
    customer_class: TemplateText | None = None
    """Class of the customer, with values in it: the queue's ``classes:`` give its priority."""
    agent: TemplateText | None = None
    """Number of the agent who is to have the call, with values in it; ``last`` for the one with whom the
    caller talked last."""
    agent_for: Annotated[Duration, Field(gt=0, le=3600)] = 20.0
    """How long the call waits for that agent before others are offered it."""
    show: TemplateText | None = None
    """What the agent's phone shows as the caller's name, with values in it; the queue's name when absent."""

    @model_validator(mode="after")
    def _for_somebody(self) -> Self:
        if "agent_for" in self.model_fields_set and self.agent is None:
            raise told(
                "agent_for",
                "it is not said for which agent",
                "Write agent: with a number, or last for the one whom the caller talked with last.",
                at=("agent_for",),
            )
        return self


class QueueStage:
    """Brings callers and agents together."""

    name: ClassVar[str] = "queue"
    step: ClassVar[type[BaseModel]] = QueueStep
    outcomes: ClassVar[frozenset[str]] = frozenset(
        {"completed", "max_wait", "full", "empty", "closed", "unavailable"}
    )
    """``completed``: the talk is over.  ``unavailable``: a reload has removed the queue meanwhile."""
    by_key: ClassVar[bool] = True
    only_with_branch: ClassVar[frozenset[str]] = frozenset({"closed"})

    def __init__(self, acd: AcdService, preferred: PreferredAgent) -> None:
        self._acd = acd
        self._preferred = preferred

    @classmethod
    def create(cls, runtime: Runtime) -> QueueStage:
        """Make the stage."""
        # a dialplan is checked without services
        from acd.preferred import PreferredAgent  # noqa: PLC0415
        from acd.service import AcdService  # noqa: PLC0415
        from records.queries import Queries  # noqa: PLC0415

        return cls(runtime.require(AcdService), PreferredAgent(runtime.require(Queries)))

    def prompts(self) -> Iterable[Prompt]:
        """Give none: what waiting callers hear besides music is in the queues' definitions."""
        return ()

    async def run(self, call: Call, step: QueueStep) -> str:
        """Serve the call until its talk is over or its wait ends otherwise."""
        from acd.visit import QueueVisit  # noqa: PLC0415 - a dialplan is checked without what calls are served with

        return await QueueVisit(call, self._acd, self._preferred).run(step)
