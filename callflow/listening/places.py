"""What is known of a call when it is asked who may hear it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callflow.call import vault_name
from callflow.dialing.numbers import bare_number, country_of
from callflow.listening.rule import Situation
from callflow.placed import NUMBER as CALLED
from callflow.protocol import House
from callflow.protocol.listeners import About
from callflow.stages.trunks import TrunksService
from records.log import EventLog
from records.vault import NUMBER

if TYPE_CHECKING:
    from callflow.listening.rule import ListenerDefinition
    from callflow.live_calls import LiveCall
    from callflow.protocol import Runtime


class Places:
    """Answers by the live call, the vault and the site."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    @staticmethod
    def is_heard(live: LiveCall) -> bool:
        """Tell whether a call is one of somebody outside: an agent's phone that dials a short code is not."""
        return not live.phone if live.purpose else live.place is not None

    def situation(
        self, live: LiveCall, queue: str, rule: ListenerDefinition, *, agreed: bool | None
    ) -> Situation:
        """Tell where a call is."""
        country = self.country(live) if rule.asks_for_country else ""
        return Situation(queue=queue, dialed=live.dialed, country=country, agreed=agreed)

    def about(self, live: LiveCall, queue: str) -> About:
        """Tell a listener of its call."""
        language = live.language or next((one.house_language() for one in self._runtime.all_of(House)), "")
        return About(call=live.call, language=language, queue=queue, country=self.country(live))

    def country(self, live: LiveCall) -> str:
        """Give the country of whoever stands where a caller does; empty when nobody knows."""
        name = vault_name(live.call, CALLED) if live.purpose else NUMBER
        bare = bare_number(self._runtime.require(EventLog).vault.get(live.subject, name) or "")
        shown_by = "" if live.purpose else live.endpoint
        home = next((trunks.country(shown_by) for trunks in self._runtime.all_of(TrunksService)), "")
        return country_of(bare, home) if bare else ""
