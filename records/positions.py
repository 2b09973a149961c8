"""How far each webhook subscription has come: written often, so not an event each time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from records import models
from records.database import backend_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy.ext.asyncio import AsyncEngine


class Positions:
    """Subscription → its state, as text."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._writing = engine.execution_options(writes=True)
        self._backend = backend_of(engine.url)[0]

    async def all(self) -> dict[str, str]:
        """Give every position."""
        table = models.webhook_positions
        async with self._engine.connect() as connection:
            return {row.subscription: row.state for row in await connection.execute(select(table))}

    async def save(self, states: Mapping[str, str]) -> None:
        """Write some positions, all of them or none."""
        if not states:
            return
        statement = self._backend.upsert(models.webhook_positions)
        async with self._writing.begin() as connection:
            for name, state in states.items():
                await connection.execute(statement.values(subscription=name, state=state))

    async def remove(self, subscriptions: Collection[str]) -> None:
        """Forget some."""
        if not subscriptions:
            return
        table = models.webhook_positions
        async with self._writing.begin() as connection:
            await connection.execute(delete(table).where(table.c.subscription.in_(subscriptions)))
