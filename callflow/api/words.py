"""What stands in paths and queries of many routes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta

CallId = Annotated[str, Meta(min_length=1, max_length=80, description="A call's id, as in its events.")]
Moment = Annotated[datetime, Meta(tz=True, description="With its zone: 2026-12-24T18:00:00Z.")]
