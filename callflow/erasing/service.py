"""The service ``erasing``: destroys what is known of a person, on record and without naming them.

What is destroyed is the vault's (:mod:`records.vault`); whoever keeps more of people (recordings, messages,
lists of campaigns) hears of it there, and deletes its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import msgspec
from aiohttp import web

from callflow.erasing.forms import WrongNumber, forms_of
from callflow.live_calls import LiveCalls
from callflow.on_the_machine import ON_THE_MACHINE, answer
from callflow.stages.trunks import TrunksService
from records.events import PersonErased
from records.log import EventLog
from records.queries import Queries
from records.vault import NUMBER

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from callflow.protocol import Runtime
    from records.vault import Vault


class NoSuchCall(LookupError):  # noqa: N818 - named for what is wrong
    """There is no call of that id; the text says so."""


class Erasure(msgspec.Struct, frozen=True):
    """What was erased."""

    people: int
    """How many ids the person had, none when nobody has called from the number; lists of campaigns have it no
    more all the same."""
    forms: int
    """In how many ways of writing the number was looked for; 0 for somebody without one."""


class Erasing:
    """Erases by number and by call."""

    needs: ClassVar[tuple[str, ...]] = ("trunks",)

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    @classmethod
    def create(cls, runtime: Runtime) -> Erasing:
        """Make the service."""
        return cls(runtime)

    async def start(self) -> None:
        """Wait to be asked."""

    async def stop(self) -> None:
        """Let go of nothing: what was asked is done."""

    async def erase_number(self, number: str, by: str) -> Erasure:
        """Erase whoever calls from a number, in whatever form trunks show it.  Raises WrongNumber.

        When this returns neither database nor journal holds what was known.
        """
        forms = forms_of(number, self._countries())
        return await self._done(self._erase_forms(forms), forms, by)

    async def erase_caller(self, call: str, by: str) -> Erasure:
        """Erase whoever is the other side of a call, with or without a number.  Raises NoSuchCall."""
        subject, trunk = await self._other_side(call)
        number = self._vault.get(subject, NUMBER) or ""
        dialed_in = self._runtime.require(TrunksService).country(trunk)
        try:
            forms = forms_of(number, self._countries(), dialed_in) if number else ()
        except WrongNumber:  # shown by a trunk as it is, and known so
            forms = (number,)
        people = self._erase_forms(forms)
        if not people and not self._vault.erased(subject):
            self._vault.erase(subject)
            people = 1
        return await self._done(people, forms, by)

    def _erase_forms(self, forms: Sequence[str]) -> int:
        return sum(self._vault.erase_number(form) for form in forms)

    async def _done(self, people: int, forms: Sequence[str], by: str) -> Erasure:
        self._runtime.record(PersonErased(people=people, by=by))
        await self._runtime.require(EventLog).flush()
        return Erasure(people, len(forms))

    async def _other_side(self, call: str) -> tuple[str, str]:
        """Give who it is, and over which trunk they are."""
        live = self._runtime.require(LiveCalls).get(call)
        if live is not None:
            return live.subject, live.endpoint
        record = await self._runtime.require(Queries).record(call)
        if record is None:
            raise NoSuchCall(f"there is no call {call[:60]}; 'ringhall calls' shows the last ones")
        return record.subject, record.trunk

    def _countries(self) -> list[str]:
        """Give the countries in whose form numbers are shown here."""
        trunks = self._runtime.require(TrunksService)
        named = [trunks.country(""), *map(trunks.country, trunks.trunks)]
        return [country for country in dict.fromkeys(named) if country]

    @property
    def _vault(self) -> Vault:
        return self._runtime.require(EventLog).vault

    # ── for the command line ─────────────────────────────────────────────────────────────────────

    def control_routes(self) -> Iterable[web.RouteDef]:
        """Give the route of ``ringhall erase``."""
        return [web.post("/control/erasures", self._asked)]

    async def _asked(self, request: web.Request) -> web.Response:
        try:
            asked = msgspec.json.decode(await request.read(), type=dict[str, str])
            if call := asked.get("call", ""):
                return answer(await self.erase_caller(call, ON_THE_MACHINE))
            return answer(await self.erase_number(asked.get("number", ""), ON_THE_MACHINE))
        except NoSuchCall as error:
            raise web.HTTPNotFound(text=str(error)) from None
        except (WrongNumber, msgspec.MsgspecError) as error:
            raise web.HTTPBadRequest(text=str(error)) from None
