"""A stage and a section as an installed plug-in would bring them, for tests that want no real queue."""

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, Field

from callflow.protocol import Call, Prompt, Refers, Runtime, Section, Stage
from callflow.values import Duration, YesNo


class QueueDefinition(BaseModel):
    needs: dict[Annotated[str, Refers("skill")], int]
    ring: Duration = 20.0
    wrap_up: Duration = 10.0
    max_wait: Duration | None = None
    on_max_wait: Annotated[str, Refers("menu")] | None = None
    music: str = "default"


class QueueStep(BaseModel):
    queue: Annotated[str, Refers("queue")]
    priority: int = 0
    max_wait: Duration | None = None


class QueueStage:
    name: ClassVar[str] = "queue"
    step: ClassVar[type[BaseModel]] = QueueStep
    outcomes: ClassVar[frozenset[str]] = frozenset({"completed", "max_wait", "empty"})

    @classmethod
    def create(cls, runtime: Runtime) -> Stage:
        return cls()

    def prompts(self) -> Iterable[Prompt]:
        return ()

    async def run(self, call: Call, step: Any) -> str:
        return "completed"


class VoicemailStep(BaseModel):
    box: str
    beep: YesNo = True
    most: int = Field(default=60, ge=1, le=300)


class VoicemailStage(QueueStage):
    name = "voicemail"
    step: ClassVar[type[BaseModel]] = VoicemailStep
    outcomes = frozenset({"completed", "nothing_said"})


STAGES: dict[str, type[Stage]] = {"queue": QueueStage, "voicemail": VoicemailStage}
QUEUE_FACTS = ("length", "wait", "longest_wait", "ready", "agents")
SECTIONS = [Section(name="queues", defines="queue", model=QueueDefinition, facts=QUEUE_FACTS)]
