"""The section ``mailboxes:`` of the site's YAML, and the kinds of recordings."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from callflow.protocol import Section
from callflow.values import Duration

VOICEMAIL, RECORD = "voicemail", "record"
"""A recording is a message in a mailbox, or one for somebody else."""


class MailboxDefinition(BaseModel):
    """A mailbox: messages of callers, to be heard later."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    longest: Annotated[Duration, Field(ge=5, le=1800)] = 120.0
    """Longest message."""
    silence: Annotated[Duration, Field(ge=2, le=60)] = 5.0
    """Silence that ends a message."""
    most_messages: Annotated[int, Field(ge=1, le=10_000)] = 200
    """Messages that it holds; then callers are told that it is full."""


MAILBOXES = Section(name="mailboxes", defines="mailbox", model=MailboxDefinition)
