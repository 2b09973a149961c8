"""Which skills the agents of this installation have: from the controller, else from the database."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from callflow.control_client import ControlClient, ControlError
from records.database import open_engine
from records.directory import Directory
from records.errors import DatabaseError

if TYPE_CHECKING:
    from callflow.settings import Settings

WITHIN_S = 3.0
_NO_KEY = bytes(32)
"""Skills are no secrets: none is needed."""


def skills_of_agents(settings: Settings) -> list[dict[str, int]] | None:
    """Give skill → level of each agent; None when neither a controller nor a database tells."""
    return asyncio.run(_skills(settings))


async def _skills(settings: Settings) -> list[dict[str, int]] | None:
    try:
        async with ControlClient(settings.home) as control:
            told = await control.request("GET", "/control/agents", within_s=WITHIN_S)
        return [dict(agent["skills"]) for agent in told]
    except ControlError:
        return await _from_database(settings)


async def _from_database(settings: Settings) -> list[dict[str, int]] | None:
    if settings.database_url is None and not (settings.home / "ringhall.db").exists():
        return None
    engine = open_engine(settings.database)
    try:
        return [agent.skills for agent in await Directory(engine, _NO_KEY).agents()]
    except (SQLAlchemyError, DatabaseError, OSError):
        return None
    finally:
        await engine.dispose()
