"""What routes about agents and their talks share: path parameters, errors, and what becomes which error."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from acd.core.errors import AcdError, UnknownAgent
from acd.core.states import IllegalTransition
from callflow.api import ErrorKind

if TYPE_CHECKING:
    from collections.abc import Iterator

AgentNumber = Annotated[
    str, Meta(pattern="^[0-9]{2,12}$", description="The agent's number, which they type to log in.")
]
NO_SUCH_AGENT = ErrorKind("no-such-agent", 404, "No agent has that number.", "see /api/v1/agents")
NOT_NOW = ErrorKind(
    "not-possible-now",
    409,
    "The state of the agent, of their phone or of the talk does not allow it; nothing was changed.",
    "see the agents' states in /api/v1/agents",
)


@contextmanager
def in_words(where: str) -> Iterator[None]:
    """Turn what the ACD refuses into errors of the API."""
    try:
        yield
    except UnknownAgent as error:
        raise NO_SUCH_AGENT(str(error), where=where) from None
    except (AcdError, IllegalTransition) as error:
        raise NOT_NOW(str(error), where=where) from None
