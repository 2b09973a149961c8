"""The ACD's core: ``handle(input, now)`` gives a decision, ``next_deadline()`` the time of the next tick.

Pure: no I/O, no clock.  All times are steady seconds (:mod:`callflow.clock`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from acd.core import announcing, calls, dialing, in_call, leaving, people, places, waiting
from acd.core import inputs as i
from acd.core.floor import Floor
from acd.core.model import GATHER_S, LEASE_S, PROGRESS_S
from acd.core.strategies import strategy_type
from acd.core.turn import Decision, Turn

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from acd.core.model import Agent, AgentProfile, FloorState, QueueSpec
    from records.events import Event


class Acd:
    """Agents, queues, router and offers.  Closed after a restore: it offers nothing until :meth:`resume`."""

    def __init__(self, *, lease_s: float = LEASE_S, seed: int = 0) -> None:
        """``seed``: of what is drawn by lot (strategy ``random``)."""
        self.floor = Floor(lease_s, seed)
        self._open = False
        self._blind = False
        self._gather_until: float | None = None
        self._handlers: dict[type[i.Input], Callable[[Turn, Any], None]] = {
            i.Enqueue: waiting.enqueue,
            i.Rejoin: waiting.rejoin,
            i.Announced: announcing.announced,
            i.Leave: leaving.leave,
            i.HoldPlace: places.hold,
            i.GiveUpPlace: places.give_up,
            i.CallGone: dialing.call_gone,
            i.OfferProgress: calls.offer_progress,
            i.OfferAnswered: calls.offer_answered,
            i.OfferConnected: calls.offer_connected,
            i.OfferFailed: calls.offer_failed,
            i.ConnectFailed: calls.connect_failed,
            i.TalkOver: calls.talk_over,
            i.AgentLost: in_call.agent_lost,
            i.HoldTalk: in_call.hold,
            i.ResumeTalk: in_call.resume,
            i.BeginConsult: in_call.begin_consult,
            i.JoinConsult: in_call.join_consult,
            i.EndConsult: in_call.end_consult,
            i.TransferTalk: in_call.transfer,
            i.ReturnTransfer: in_call.give_back,
            i.TakeOver: in_call.take_over,
            i.DialOut: dialing.dial_out,
            i.DialConnected: dialing.dial_connected,
            i.DialOver: dialing.dial_over,
            i.LogIn: people.log_in,
            i.RefuseLogin: people.refuse_login,
            i.LogOut: people.log_out,
            i.Pause: people.pause,
            i.Ready: people.ready,
            i.FinishWrapUp: people.finish_wrap_up,
            i.ExtendWrapUp: people.extend_wrap_up,
            i.PhoneSeen: people.phone_seen,
            i.PhoneGone: people.phone_gone,
            i.SwitchLost: self._switch_lost,
            i.SwitchBack: self._switch_back,
            i.Tick: self._tick,
        }

    @property
    def state(self) -> FloorState:
        """What follows from the events; to be looked at only."""
        return self.floor.state

    def handle(self, happened: i.Input, now: float) -> Decision:
        """Take an input in.

        Raises :class:`acd.core.errors.AcdError` or :class:`acd.core.states.IllegalTransition` for what
        a person asked for and can't be; nothing is changed then.
        """
        turn = Turn(self.floor, now)
        turn.by = happened.by if isinstance(happened, i.Request) else ""
        self._handlers[type(happened)](turn, happened)
        return self._close(turn)

    def next_deadline(self) -> float | None:
        """Tell when :class:`acd.core.inputs.Tick` is to be handled next."""
        if not self._working:
            return None
        first = self.floor.deadlines.first(self.floor.due)
        return min((due for due in (first and first[0], self._gather_until) if due is not None), default=None)

    @property
    def _working(self) -> bool:
        return self._open and not self._blind

    def _switch_lost(self, turn: Turn, lost: i.SwitchLost) -> None:  # noqa: ARG002 - handlers are alike
        self._blind = True

    def _switch_back(self, turn: Turn, back: i.SwitchBack) -> None:  # noqa: ARG002
        """Let everybody be heard before anybody's silence counts."""
        self._blind = False
        self.floor.grace_until = turn.now + PROGRESS_S
        turn.match_all()

    def _tick(self, turn: Turn, tick: i.Tick) -> None:  # noqa: ARG002 - handlers are alike
        while (
            self._working and (first := self.floor.deadlines.first(self.floor.due)) and first[0] <= turn.now
        ):
            _, kind, key = first
            match kind:
                case "offer":
                    calls.offer_deadline(turn, key)
                case "wrap_up":
                    turn.settle(turn.state.agents[key])
                case "max_wait":
                    turn.leave_queue(turn.state.tickets[key], "max_wait")
                case "terms":
                    waiting.terms_due(turn, turn.state.tickets[key])
                case "again":
                    turn.floor.lift_bars(key, turn.now)
                    turn.returned(key)
                case _:
                    people.lease_lapsed(turn, key)

    def _close(self, turn: Turn) -> Decision:
        if self._working and self._gathered(turn):
            turn.match()
        return Decision(events=turn.events, commands=turn.commands)

    def _gathered(self, turn: Turn) -> bool:
        if self._gather_until is None:
            return True
        if turn.now < self._gather_until and not self.floor.present.issuperset(self.state.tickets):
            return False
        self._gather_until = None
        turn.match_all()
        return True

    # ── restart ──────────────────────────────────────────────────────────────────────────────────

    def apply(self, event: Event, at: float) -> None:
        """Fold one event of the log in (replay); ``at`` is its time."""
        self.floor.apply(event, at)

    def snapshot(self) -> Any:
        """Give the state as JSON-able data."""
        return self.floor.snapshot()

    def restore(self, state: Any) -> None:
        """Take the state of a snapshot."""
        self.floor.restore(state)

    @property
    def is_open(self) -> bool:
        """Tell whether calls are offered and deadlines kept."""
        return self._open

    def resume(self, now: float, talks: Mapping[str, Collection[str]]) -> Decision:
        """Open for work, after a restart or at the first start.

        ``talks`` is call → legs in its conversation, as the switch has it.  Offers that were in flight are
        given back, unless the two talk already.  Waiting calls keep places and times, and are offered
        again when all of them :class:`acd.core.inputs.Rejoin`, or 2 s have passed.
        """
        turn = Turn(self.floor, now)
        for offer in list(self.state.offers.values()):
            if offer.offer in talks.get(offer.call, ()):
                calls.begin_talk(turn, offer)
            else:
                turn.end_offer(offer, "withdrawn", withdraw=True)
                turn.settle(self.state.agents[offer.agent])
        for phone in self.floor.on_phone:
            self.floor.seen[phone] = now  # nobody could see it while no controller ran
        self._open = True
        self._gather_until = now + GATHER_S
        return self._close(turn)

    # ── configuration ────────────────────────────────────────────────────────────────────────────

    def configure_queues(self, specs: Iterable[QueueSpec]) -> None:
        """Take the queues of a site; calls that wait finish under the terms they entered with.

        Raises :class:`acd.core.errors.UnknownStrategy`.
        """
        queues = {spec.name: spec for spec in specs}
        for spec in queues.values():
            strategy_type(spec.strategy)
        self.floor.queues = queues

    def block(self, pairs: Mapping[str, list[str]]) -> None:
        """Take who is kept from whom: subject → agents; it counts for calls that come from now on."""
        self.floor.blocked_pairs = dict(pairs)

    def configure_agents(self, profiles: Iterable[AgentProfile], now: float) -> Decision:
        """Take the agents of the directory: skills count at once, who is gone from it is logged out."""
        known = self.floor.profiles
        known.clear()
        known.update((profile.number, profile) for profile in profiles)
        self.floor.rebuild()
        turn = Turn(self.floor, now)
        people.note_profiles(turn)
        for number in list(self.state.agents):
            if number not in known:
                people.log_out(turn, i.LogOut(number))
        turn.match_all()
        return self._close(turn)

    # ── looking ──────────────────────────────────────────────────────────────────────────────────

    def agent(self, number: str) -> Agent:
        """Give an agent's state; one who never logged in is logged out."""
        return self.floor.agent(number)

    def agent_on(self, phone: str) -> str | None:
        """Give the number of the agent who is logged in on a phone."""
        return self.floor.on_phone.get(phone)
