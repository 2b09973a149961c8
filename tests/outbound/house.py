"""A house whose campaigns dial: all is real but Asterisk and the time."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert

from acd.config import QueueDefinition
from acd.core import inputs as i
from callflow.prompt import Prompt
from callflow.stages.trunks import TrunkDefinition
from outbound.campaigns.definition import CampaignDefinition
from outbound.dialer.service import RUNNING, Campaigns
from outbound.leads.numbers import read_number
from outbound.ledger.entry import Attempt
from outbound.ledger.file import read
from outbound.store import leads as stored
from outbound.store.opened import LIVE, OutboundStore
from records import events as e
from records import models
from telephony.ari.fake import Behaviour
from telephony.asterisk.alone import Notes
from tests.callflow.house import AGENT, House, a_house
from tests.virtual_time import EPOCH

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from acd.service import AcdService
    from callflow.runtime import LiveRuntime
    from outbound.ledger.entry import Entry

LIST = "march"
MESSAGE = Prompt((("en", "This is Acme. Press nine to be called no more."),))
QUEUES = {"sales": QueueDefinition(needs={"sales": 2}, wrap_up=5.0, auto_answer=True)}
AGENTS = {"1001": "p1001", "1002": "p1002"}
KEY = bytes(range(32))


def numbers(count: int) -> list[str]:
    """Give so many of somebody's numbers."""
    return [f"+4670918{7000 + n}" for n in range(count)]


def campaign(**terms: Any) -> CampaignDefinition:
    """Give a campaign as a site writes it."""
    plain: dict[str, Any] = {
        "queue": "sales", "list": LIST, "message": MESSAGE, "mode": "progressive", "over": "carrier",
    }  # fmt: skip
    return CampaignDefinition(**(plain | terms))


class Dialing:
    """A house, and what can be seen of its campaigns."""

    def __init__(self, house: House, definitions: dict[str, CampaignDefinition]) -> None:
        self.house = house
        self.definitions = definitions
        self.asterisk = house.asterisk

    @property
    def service(self) -> Campaigns:
        found: Campaigns = self.house.controller.more[0]
        return found

    @property
    def store(self) -> OutboundStore:
        return self.service.books.store

    def seat(self, count: int = 1, answer: Behaviour | None = None) -> None:
        """Seat agents at phones that answer by themselves."""
        acd = self.house.controller.acd
        for agent, phone in list(AGENTS.items())[:count]:
            self.asterisk.phone(phone, answer or Behaviour.answers(0.05))
            acd.phone_seen(phone)
            acd.submit(i.LogIn(agent, phone))
            acd.submit(i.Ready(agent))

    def leads(self, count: int, behaviour: Behaviour, *, first: int = 0, **more: Any) -> list[str]:
        """Put people on the list whose phones behave so."""
        found = numbers(first + count)[first:]
        for number in found:
            stored.add_lead(
                self.store, LIST, read_number(number, "SE", ["SE"]), **({"consent": "form 7"} | more)
            )
            self.asterisk.phone(f"{number}@carrier", behaviour)
        return found

    async def begin(self, name: str = "spring") -> None:
        await self.service.set_state(name, RUNNING, "tester")

    def called(self, number: str) -> int:
        known = self.asterisk.phones.get(f"{number}@carrier")
        return len(known.called) if known else 0

    async def until(self, met: Callable[[], object], seconds: float = 60.0) -> None:
        """Wait until something holds that no event tells of."""
        async with asyncio.timeout(seconds):
            while not met():  # noqa: ASYNC110 - virtual time
                await asyncio.sleep(0.05)

    async def until_over(self, attempts: int, seconds: float = 600.0) -> list[Attempt]:
        """Wait until so many attempts are in the books; gives them."""
        await self.until(lambda: len(self.ledger()) >= attempts, seconds)
        return self.ledger()

    def entries(self) -> list[Entry]:
        return [entry for _, entry in read(self.house.folder / "ledger")]

    def ledger(self) -> list[Attempt]:
        return [entry for entry in self.entries() if isinstance(entry, Attempt)]

    def events(self, kind: type[e.Event]) -> Sequence[Any]:
        return self.house.events(kind)

    def lead(self, number: str) -> Any:
        """Give a lead's row as the lists have it."""
        person = self.store.sealer.person_of(number)
        with self.store.reading() as connection:
            table = models.leads
            return connection.execute(table.select().where(table.c.person == person)).one()


@asynccontextmanager
async def a_dialing_house(
    folder: Path, queues: dict[str, QueueDefinition] | None = None, **campaigns: CampaignDefinition
) -> AsyncIterator[Dialing]:
    definitions = campaigns or {"spring": campaign()}

    def make(runtime: LiveRuntime, acd: AcdService) -> Campaigns:
        store = OutboundStore(f"sqlite:///{folder / 'ringhall.db'}", KEY)
        runtime.add(Notes(folder))
        service = Campaigns(runtime, acd, store)
        service.configure(definitions, "v1")
        return service

    async with a_house(folder, queues or QUEUES, makers=[make]) as house:
        house.trunks = {"carrier": TrunkDefinition(allow=("+46 *",), most_calls=100)}
        house.controller.trunks.configure(house.trunks, "v1")
        dialing = Dialing(house, definitions)
        with dialing.store.writing() as connection:
            connection.execute(
                insert(models.lead_lists).values(
                    name=LIST, version="v1", state=LIVE, imported_at=EPOCH, file="march.csv", home="SE",
                    good=0, refused=0, counter=1,
                )
            )  # fmt: skip
        yield dialing


__all__ = ["AGENT", "Behaviour", "Dialing", "a_dialing_house", "campaign", "numbers"]
