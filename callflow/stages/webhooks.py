"""The section ``webhooks:`` of the site's YAML."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from callflow.protocol import Section


class WebhookDefinition(BaseModel):
    """Another system that is told of things."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    """Where messages are posted to; its server must be in the setting ``web.servers``."""


WEBHOOKS = Section(name="webhooks", defines="webhook", model=WebhookDefinition)
