"""The stage ``http``: asks another system, or tells it something, and keeps parts of the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from callflow.expressions.fields import TemplateText
from callflow.stages.json_body import JsonBody
from callflow.stages.json_path import PathText
from callflow.stages.lookup import filled
from callflow.stages.web_request import DONE, FAILURE, NOT_FOUND, WebRequest
from callflow.step_model import StepModel
from callflow.values import Duration, Variable
from records.events import HttpAsked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callflow.expressions import Lookup
    from callflow.protocol import Call, Prompt, Runtime
    from callflow.stages.web import WebClient
    from callflow.stages.web_request import WebAnswer

MOST_TRIES = 6


class Asking(StepModel):
    """How another system is asked; shared by the steps that do."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": [name]} for name in ("get", "post", "put")],
            "not": {"required": ["get", "body"]},
        }
    )
    get: TemplateText | None = None
    """Address to ask, with values in it: ``https://crm.example/customers?phone={caller.number|url}``."""
    post: TemplateText | None = None
    """Address to post to, instead of ``get``."""
    put: TemplateText | None = None
    """Address to put to, instead of ``get``."""
    body: JsonBody | None = None
    """What is sent, as JSON: texts with values in them, in mappings and lists."""
    timeout: Annotated[Duration, Field(gt=0, le=30)] = 3.0
    """Longest time for the answer, for each try."""
    retries: Annotated[int, Field(ge=0, lt=MOST_TRIES)] = 0
    """How often it is tried again when nobody answers or the server has trouble."""
    save: Annotated[dict[Variable, PathText], Field(default_factory=dict)]
    """Variables and where they are found in the answer: ``{tier: $.customer.tier}``."""

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        given = [name for name in ("get", "post", "put") if getattr(self, name) is not None]
        if len(given) != 1:
            raise PydanticCustomError(
                "one_address",
                "exactly one of get, post and put is expected",
                {"remedy": 'Write one of them, such as get: "https://crm.example/…".'},
            )
        if self.body is not None and self.get is not None:
            raise PydanticCustomError(
                "body_of_get", "a get has no body", {"remedy": "Write post: instead, or remove body."}
            )
        return self

    def request(self, lookup: Lookup, call: Call, cache_s: float = 0.0) -> WebRequest:
        """Make the request with the call's values."""
        method, template = next(
            (name.upper(), template)
            for name in ("get", "post", "put")
            if (template := getattr(self, name)) is not None
        )
        return WebRequest(
            method=method,
            url=template.text(lookup),
            body=None if self.body is None else filled(self.body, lookup),
            timeout_s=self.timeout,
            tries=self.retries + 1,
            cache_s=cache_s,
            save=tuple(self.save.items()),
            # a server may see the same post twice when its answer was lost: it can tell by this
            headers=(("X-Ringhall-Call", call.id),),
        )


class HttpStep(Asking):
    """Ask another system, or tell it something; the servers are named in the settings."""

    cache: Annotated[Duration, Field(ge=0, le=86400)] = 0.0
    """How long a good answer to the same question is used again."""


class HttpStage:
    """Asks; nobody else waits meanwhile."""

    name: ClassVar[str] = "http"
    step: ClassVar[type[BaseModel]] = HttpStep
    outcomes: ClassVar[frozenset[str]] = frozenset({DONE, NOT_FOUND, FAILURE})
    instant: ClassVar[bool] = True
    simulated: ClassVar[bool] = True

    def __init__(self, web: WebClient) -> None:
        self._web = web

    @classmethod
    def create(cls, runtime: Runtime) -> HttpStage:
        """Make the stage."""
        from callflow.stages.web import WebClient  # noqa: PLC0415 - a dialplan is checked without services

        return cls(runtime.require(WebClient))

    def prompts(self) -> Iterable[Prompt]:
        """Give none."""
        return ()

    async def run(self, call: Call, step: HttpStep) -> str:
        """Ask; the variables of a bad answer, and those that it lacks, are empty."""
        request = step.request(call.look_up, call, step.cache)
        answer = await call.while_waiting(self._web.ask(request))
        keep(call, step.save, answer)
        note(call, request.method, answer, step.save)
        return answer.outcome


def keep(call: Call, names: Iterable[str], answer: WebAnswer) -> None:
    """Keep the variables of an answer with the call, and with its person across a restart."""
    for name in names:
        value = answer.values.get(name, "")
        if value != call.facts.get(name, ""):
            call.keep(name, value)
        call.facts[name] = value


def note(call: Call, method: str, answer: WebAnswer, variables: Iterable[str] = ()) -> None:
    """Record that a server was asked."""
    call.record(
        HttpAsked(
            call=call.id,
            method=method,
            host=answer.host,
            outcome=answer.outcome,
            status=answer.status,
            detail=answer.detail,
            tries=answer.tries,
            cached=answer.cached,
            took_s=answer.took_s,
            variables=list(variables),
        )
    )
