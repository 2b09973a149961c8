"""Who works here: agents (people) and phones (devices).  Who may use the API is beside it (``tokens``).

An agent is not a device: a person with a number and a PIN logs in on any phone.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import delete, insert, select

from records import models
from records.database import backend_of
from records.errors import DirectoryError
from records.keys import Sealer, derive
from records.pins import hash_pin, pin_matches
from records.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.ext.asyncio import AsyncEngine

_NUMBER = re.compile(r"[0-9]{2,12}")
_PIN = re.compile(r"[0-9]{4,12}")
_PHONE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_SKILL = re.compile(r"[^\W_][\w.-]{0,39}")
_LEVELS = range(1, 6)
_RANKS = range(1, 100)
_MIN_SECRET = 8
_PIN_CHECKS_AT_ONCE = 2
"""Each takes 16 MB for its time."""


class AgentAccount(msgspec.Struct, frozen=True):
    """A person who takes calls."""

    number: str
    """What the agent types to log in: 2 to 12 digits."""
    name: str
    skills: dict[str, int]
    """Skill → level, 1 (least) to 5."""
    has_pin: bool
    """False: can't log in by phone until a PIN is set."""
    ranks: dict[str, int] = {}
    """Queue → rank, 1 (asked first) to 99; queues that are not named count as 1."""


class PhoneRow(msgspec.Struct, frozen=True):
    """A softphone or desk phone that may register."""

    name: str
    secret: str
    """SIP password: a credential, never logged."""

    def __repr__(self) -> str:
        return f"PhoneRow(name={self.name!r})"


class Directory:
    """Agents and phones in the database, and the tokens of the API."""

    def __init__(self, engine: AsyncEngine, master_key: bytes) -> None:
        self._engine = engine
        self._writing = engine.execution_options(writes=True)
        self._backend = backend_of(engine.url)[0]
        self._secrets = Sealer(derive(master_key, "phone secrets"))
        self._pepper = derive(master_key, "pins")
        self._pin_checks = asyncio.Semaphore(_PIN_CHECKS_AT_ONCE)
        self.tokens = Tokens(engine)

    # ── agents ───────────────────────────────────────────────────────────────────────────────────

    async def agents(self) -> list[AgentAccount]:
        """Give all agents by number."""
        return await self._agents(None)

    async def agent(self, number: str) -> AgentAccount | None:
        """Give one agent."""
        found = await self._agents(number)
        return found[0] if found else None

    async def save_agent(
        self,
        number: str,
        name: str,
        skills: Mapping[str, int],
        pin: str | None = None,
        ranks: Mapping[str, int] | None = None,
    ) -> AgentAccount:
        """Add an agent, or change one; without ``pin`` or ``ranks`` the present ones stay.

        Raises DirectoryError.
        """
        _check_agent(number, name, skills)
        _check_ranks(number, ranks or {})
        if pin is not None and not _PIN.fullmatch(pin):
            raise DirectoryError("a PIN has 4 to 12 digits, since it is typed on a phone's keys")
        row: dict[str, object] = {"number": number, "name": name.strip()}
        if pin is not None:
            row["pin_hash"] = await asyncio.to_thread(hash_pin, pin, self._pepper)
        async with self._writing.begin() as connection:
            known = await connection.scalar(
                select(models.agents.c.number).where(models.agents.c.number == number)
            )
            if known is None:
                await connection.execute(insert(models.agents).values(row))
            else:
                await connection.execute(
                    models.agents.update().where(models.agents.c.number == number).values(row)
                )
            await connection.execute(
                delete(models.agent_skills).where(models.agent_skills.c.number == number)
            )
            if skills:
                await connection.execute(
                    insert(models.agent_skills),
                    [{"number": number, "skill": skill, "level": level} for skill, level in skills.items()],
                )
            if ranks is not None:
                await connection.execute(
                    delete(models.agent_ranks).where(models.agent_ranks.c.number == number)
                )
            if ranks:
                await connection.execute(
                    insert(models.agent_ranks),
                    [{"number": number, "queue": queue, "rank": rank} for queue, rank in ranks.items()],
                )
        saved = await self.agent(number)
        if saved is None:
            raise DirectoryError(f"agent {number} was removed by somebody else in this instant; try again")
        return saved

    async def remove_agent(self, number: str) -> list[str] | None:
        """Remove an agent, and their tokens, whose names it gives; None when there is none of that number."""
        async with self._writing.begin() as connection:
            for table in (models.agent_skills, models.agent_ranks, models.blocked_pairs):
                await connection.execute(delete(table).where(table.c.number == number))
            gone = await connection.execute(delete(models.agents).where(models.agents.c.number == number))
        revoked = await self.tokens.remove_of_agent(number)
        return revoked if gone.rowcount else None

    async def check_pin(self, number: str, pin: str) -> bool:
        """Tell whether this is the agent's PIN; takes equally long when nobody has that number."""
        async with self._engine.connect() as connection:
            stored = await connection.scalar(
                select(models.agents.c.pin_hash).where(models.agents.c.number == number)
            )
        async with self._pin_checks:
            return await asyncio.to_thread(pin_matches, pin, stored, self._pepper)

    # ── callers whom an agent is kept from ───────────────────────────────────────────────────────

    async def blocked_pairs(self) -> dict[str, list[str]]:
        """Give subject → the agents who are kept from that person."""
        table = models.blocked_pairs
        pairs: dict[str, list[str]] = {}
        async with self._engine.connect() as connection:
            for row in await connection.execute(select(table).order_by(table.c.subject, table.c.number)):
                pairs.setdefault(row.subject, []).append(row.number)
        return pairs

    async def block_pair(self, subject: str, number: str) -> None:
        """Keep an agent from a person; once is enough."""
        async with self._writing.begin() as connection:
            await connection.execute(
                self._backend.insert_new(models.blocked_pairs).values(subject=subject, number=number)
            )

    async def unblock_pair(self, subject: str, number: str) -> bool:
        """Take that back; False when it was not so."""
        table = models.blocked_pairs
        async with self._writing.begin() as connection:
            gone = await connection.execute(
                delete(table).where((table.c.subject == subject) & (table.c.number == number))
            )
            return bool(gone.rowcount)

    # ── phones ───────────────────────────────────────────────────────────────────────────────────

    async def phones(self) -> list[PhoneRow]:
        """Give all phones by name, with their secrets."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(select(models.phones).order_by(models.phones.c.name))
            return [
                PhoneRow(row.name, self._secrets.unseal(row.sealed_secret, f"phone {row.name}").decode())
                for row in rows
            ]

    async def save_phone(self, name: str, secret: str) -> PhoneRow:
        """Add a phone, or change its secret.  Raises DirectoryError."""
        if not _PHONE.fullmatch(name):
            raise DirectoryError(
                f"{name!r} can't name a phone: a letter or digit, then up to 39 letters, digits, '-' and '_'"
            )
        if len(secret) < _MIN_SECRET or not secret.isascii() or not secret.isprintable() or " " in secret:
            raise DirectoryError(
                f"the secret of phone {name} needs {_MIN_SECRET} or more printable ASCII characters, no space"
            )
        sealed = self._secrets.seal(secret.encode(), f"phone {name}")
        async with self._writing.begin() as connection:
            await connection.execute(
                self._backend.upsert(models.phones).values(name=name, sealed_secret=sealed)
            )
        return PhoneRow(name, secret)

    async def remove_phone(self, name: str) -> bool:
        """Remove a phone; False when there is none of that name."""
        async with self._writing.begin() as connection:
            gone = await connection.execute(delete(models.phones).where(models.phones.c.name == name))
            return bool(gone.rowcount)

    async def _agents(self, number: str | None) -> list[AgentAccount]:
        table, skill_table = models.agents, models.agent_skills
        people = select(table.c.number, table.c.name, table.c.pin_hash).order_by(table.c.number)
        levels = select(skill_table).order_by(skill_table.c.number, skill_table.c.skill)
        if number is not None:
            people = people.where(table.c.number == number)
            levels = levels.where(skill_table.c.number == number)
        order = select(models.agent_ranks)
        if number is not None:
            order = order.where(models.agent_ranks.c.number == number)
        async with self._engine.connect() as connection:
            skills: dict[str, dict[str, int]] = {}
            for row in await connection.execute(levels):
                skills.setdefault(row.number, {})[row.skill] = row.level
            ranks: dict[str, dict[str, int]] = {}
            for row in await connection.execute(order):
                ranks.setdefault(row.number, {})[row.queue] = row.rank
            return [
                AgentAccount(
                    row.number,
                    row.name,
                    skills.get(row.number, {}),
                    row.pin_hash is not None,
                    ranks.get(row.number, {}),
                )
                for row in await connection.execute(people)
            ]


def _check_agent(number: str, name: str, skills: Mapping[str, int]) -> None:
    if not _NUMBER.fullmatch(number):
        raise DirectoryError(
            f"{number!r} can't be an agent's number: 2 to 12 digits, typed on a phone's keys"
        )
    if not name.strip() or len(name) > 80 or not name.isprintable():
        raise DirectoryError(f"agent {number} needs a name of 1 to 80 printable characters")
    for skill, level in skills.items():
        if not _SKILL.fullmatch(skill):
            raise DirectoryError(
                f"{skill!r} can't name a skill of agent {number}: up to 40 letters, digits, '_', '.' and '-'"
            )
        if isinstance(level, bool) or not isinstance(level, int) or level not in _LEVELS:
            raise DirectoryError(
                f"level of skill {skill!r} of agent {number} is {level!r}; levels are 1 to 5"
            )


def _check_ranks(number: str, ranks: Mapping[str, int]) -> None:
    for queue, rank in ranks.items():
        if not queue.strip() or len(queue) > 80:
            raise DirectoryError(f"{queue!r} can't name a queue of agent {number}: 1 to 80 characters")
        if isinstance(rank, bool) or not isinstance(rank, int) or rank not in _RANKS:
            raise DirectoryError(
                f"rank in queue {queue!r} of agent {number} is {rank!r}; ranks are 1 (asked first) to 99"
            )
