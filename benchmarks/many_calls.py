"""Many calls through menu, queue and agent: what was lost or doubled, and what it cost."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any, Protocol

from benchmarks import floor
from benchmarks.machine import spread_ms, usage
from records import events as e
from telephony.peers.sipp import callers
from telephony.peers.sipp_scenarios import CallerPlan, PhonePlan, Press

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence
    from pathlib import Path

    from callflow.private_server import PrivateServer
    from records.events import Recorded
    from records.folds.call_record import CallRecord
    from telephony.peers.sipp import Message, Offer

RING_MS, TALK_MS, PRESS_AFTER_MS = 200, 1_000, 150
_KEY_S = (PRESS_AFTER_MS + 120) / 1000
"""From a caller's ACK to the end of the pressed key, which is when it counts."""
_FIRST_NUMBER = 4_420_500_000


class Phones(Protocol):
    """What is asked of the phones afterwards (a :class:`telephony.peers.sipp.SippRun`)."""

    def offers(self) -> Sequence[Offer]:
        """Give every INVITE that reached one."""

    def messages(self) -> Sequence[Message]:
        """Give all SIP messages."""


@dataclass(frozen=True)
class Load:
    """What is asked of the server."""

    per_second: int
    seconds: int
    desks: int

    @property
    def calls(self) -> int:
        """How many calls that makes."""
        return self.per_second * self.seconds


async def through_the_queue(server: PrivateServer, load: Load, folder: Path) -> dict[str, Any]:
    """Send ``load`` through menu, queue and agent; count on both sides, SIPp's and the log's."""
    seq = (await server.events())[-1].seq
    phones = PhonePlan(ring_ms=RING_MS, talk_ms=TALK_MS)
    plan = CallerPlan(floor.DIAL, (Press(PRESS_AFTER_MS, "1"),), stay_ms=60_000, first_number=_FIRST_NUMBER)
    async with floor.desk_phones(server, load.desks, phones, folder / "phones") as farm:
        await floor.staff(server, farm, load.desks)
        await floor.make_ready(server, range(load.desks))
        before = usage(server.asterisk_pid), usage(server.controller_pid)
        run = callers(
            server.sip, plan, calls=load.calls, per_second=load.per_second, folder=folder / "callers"
        )
        async with run:
            result = await run.done(load.seconds + 90)
            after = usage(server.asterisk_pid), usage(server.controller_pid)
            await asyncio.sleep(2.0)  # the last wrap-ups, and the database
            events, records = await server.events(seq), await server.records()
            facts = from_log(events, records)
            seen = from_sip(run.messages(), farm, plan, load.calls)
    return {
        "calls": load.calls,
        "per_second": load.per_second,
        "agents": load.desks,
        "lost": max(seen["not_served"], facts["not_served"], load.calls - result.successful),
        "double_offers": max(seen["double_offers"], facts["double_offers"]),
        "agents_with_two_calls": seen["agents_with_two_calls"],
        "non_terminal": facts["non_terminal"],
        "sipp_failures": result.failures,
        "answer_ms": seen["answer_ms"],
        "key_to_agent_invite_ms": seen["key_to_agent_invite_ms"],
        "asterisk_cpu_ms_per_call": _per_call(after[0].cpu_s - before[0].cpu_s, load),
        "controller_cpu_ms_per_call": _per_call(after[1].cpu_s - before[1].cpu_s, load),
    }


async def memory(server: PrivateServer, calls: int, folder: Path) -> dict[str, Any]:
    """Bring ``calls`` up, half of them talking and half waiting with music, and read the memory used."""
    seq = (await server.events())[-1].seq
    talking = calls // 2
    plan = CallerPlan(floor.DIAL, (Press(PRESS_AFTER_MS, "1"),), stay_ms=120_000, first_number=_FIRST_NUMBER)
    async with floor.desk_phones(server, talking, PhonePlan(ring_ms=RING_MS), folder / "phones") as farm:
        await floor.staff(server, farm, talking)
        await floor.make_ready(server, range(talking))
        run = callers(server.sip, plan, calls=calls, per_second=20, folder=folder / "callers")
        async with run:
            await server.until_event(e.QueueEntered, 30 + calls / 10, count=calls, after=seq)
            await server.until_event(e.CallConnected, 30, count=talking, after=seq)
            up = (await server.ask("GET", "/control/status"))["calls"]
            used = usage(server.controller_pid), usage(server.asterisk_pid)
            await floor.send_home(server)
            await run.done(60 + calls / 10)
        await server.until_event(e.CallEnded, 30, count=calls, after=seq)
    return {
        "calls_up": up,
        "talking": talking,
        "controller_rss_mb": round(used[0].rss_mb, 1),
        "asterisk_rss_mb": round(used[1].rss_mb, 1),
    }


def from_log(events: Sequence[Recorded], records: Sequence[CallRecord]) -> dict[str, int]:
    """Count what the log says of the calls that arrived in ``events``."""
    arrived: set[str] = set()
    ended: Counter[str] = Counter()
    connected: Counter[str] = Counter()
    open_offers: dict[str, str] = {}
    doubled = 0
    for recorded in events:
        match recorded.event:
            case e.CallArrived(call=call):
                arrived.add(call)
            case e.CallEnded(call=call):
                ended[call] += 1
            case e.OfferMade(call=call, offer=offer):
                doubled += call in open_offers or connected[call] > 0
                open_offers[call] = offer
            case e.OfferEnded(call=call):
                open_offers.pop(call, None)
            case e.CallConnected(call=call):
                connected[call] += 1
            case _:
                pass
    recorded_calls = Counter(record.call for record in records if record.call in arrived and record.outcome)
    return {
        "double_offers": doubled + sum(count > 1 for count in connected.values()),
        "not_served": sum(connected[call] == 0 for call in arrived),
        "non_terminal": sum(ended[call] != 1 or recorded_calls[call] != 1 for call in arrived),
    }


def from_sip(messages: Sequence[Message], farm: Phones, plan: CallerPlan, calls: int) -> dict[str, Any]:
    """Count what callers' and agents' SIP messages say, without asking the server."""
    offers = farm.offers()
    talks, overlapping = _talks(farm.messages()), 0
    answered = {offer.caller for offer in offers if offer.call_id in talks}
    until: dict[str, float] = {}
    for offer in offers:
        overlapping += offer.at < until.get(offer.phone, 0.0)
        until[offer.phone] = talks.get(offer.call_id, (0.0, 0.0))[1]
    invited, accepted = _callers(messages, plan)
    first = {offer.caller: offer.at for offer in reversed(offers)}
    return {
        "not_served": sum(plan.number(index) not in answered for index in range(calls)),
        "double_offers": _doubled(offers, _given_up(farm.messages()), talks),
        "agents_with_two_calls": overlapping,
        "setup_ms": spread_ms([first[number] - at for number, at in invited.items() if number in first]),
        "answer_ms": spread_ms([at - invited[number] for number, at in accepted.items()]),
        "key_to_agent_invite_ms": spread_ms(
            [first[number] - at - _KEY_S for number, at in accepted.items() if number in first]
        ),
    }


def _callers(messages: Sequence[Message], plan: CallerPlan) -> tuple[dict[str, float], dict[str, float]]:
    """Give when each caller, by number, sent the INVITE, and when the 200 OK came."""
    invited: dict[str, float] = {}
    accepted: dict[str, float] = {}
    for message in messages:
        if message.cseq == "1 INVITE":
            # SIPp's Call-ID begins with the call's number in the run
            number = plan.number(int(message.call_id.partition("-")[0]) - 1)
            if message.request:
                invited.setdefault(number, message.at)
            elif message.status == 200:
                accepted.setdefault(number, message.at)
    return invited, accepted


def _talks(messages: Sequence[Message]) -> dict[str, tuple[float, float]]:
    """Give for each call that a phone answered when it was answered and when its BYE passed."""
    talks: dict[str, tuple[float, float]] = {}
    for message in messages:
        if message.cseq.endswith("INVITE") and message.status == 200:
            talks.setdefault(message.call_id, (message.at, inf))
        elif message.request == "BYE" and message.call_id in talks:
            talks[message.call_id] = (talks[message.call_id][0], message.at)
    return talks


def _given_up(messages: Sequence[Message]) -> dict[str, float]:
    """Give for each offer that came to nothing when it ended: by the CANCEL, or the phone's refusal."""
    ended: dict[str, float] = {}
    for message in messages:
        if message.request == "CANCEL" or (message.cseq.endswith("INVITE") and message.status >= 300):
            ended.setdefault(message.call_id, message.at)
    return ended


def _doubled(offers: Sequence[Offer], given_up: Mapping[str, float], talks: Container[str]) -> int:
    """Count the offers of callers who were being offered already, or had been answered.

    Another offer after one that came to nothing is none of them.
    """
    doubled = 0
    engaged: dict[str, float] = {}
    for offer in offers:
        until = engaged.get(offer.caller, 0.0)
        doubled += offer.at < until
        ends = inf if offer.call_id in talks else given_up.get(offer.call_id, inf)
        engaged[offer.caller] = max(until, ends)
    return doubled


def _per_call(cpu_s: float, load: Load) -> float:
    return round(cpu_s * 1000 / load.calls, 2)
