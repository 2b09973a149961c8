"""The service ``acd``: the single owner of agents, queues and offers, a thin shell over the core.

Every input goes through :meth:`AcdService.submit`: the core decides, the facts are recorded, and only then
do the commands go into the inboxes of their calls.  One timer serves all deadlines.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from typing import TYPE_CHECKING, Any, ClassVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from acd.config import QueueDefinition
from acd.control import ControlRoutes
from acd.core import inputs as i
from acd.core.acd import Acd
from acd.core.commands import MakeOffer
from acd.core.errors import AcdError, LoginDenied, NoTalk, PhoneNotThere
from acd.core.inputs import Target
from acd.core.model import AgentProfile
from acd.facts import queue_fact
from acd.in_call.asking import ask
from acd.in_call.control import TalkControl
from acd.in_call.conversation import Conversation
from acd.section import QUEUES
from acd.views import AgentView, BlockView, QueueView, Standing, agent_view, agent_views, queue_views
from callflow.personal import masked
from records.directory import Directory
from records.events import CallEnded, call_of
from records.log import EventLog
from records.vault import NUMBER
from telephony.switch import LegKind, SwitchError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aiohttp import web
    from pydantic import BaseModel

    from acd.core.turn import Decision
    from acd.in_call.asking import Wanted
    from acd.in_call.keys import Act
    from callflow.call_recording.rule import RecordRule
    from callflow.protocol import Call, Runtime, Section
    from records.events import Recorded
    from records.vault import Vault
    from telephony.switch import Survey

_log = structlog.get_logger(__name__)

_SURVEY_AGAIN_S = 0.5
_LONGEST_PAUSE_S = 30.0
_CLOSED = "acd_closed"


class AcdService:
    """Owns the core; all methods are to be called in the controller's event loop."""

    needs: ClassVar[tuple[str, ...]] = ()
    section: ClassVar[Section] = QUEUES

    def __init__(self, runtime: Runtime, directory: Directory) -> None:
        self._runtime = runtime
        self._directory = directory
        self.definitions: dict[str, QueueDefinition] = {}
        """The queues of the live site, as written."""
        self._acd = Acd()
        self._decisions: deque[Decision] = deque()
        self._carrying_out = False
        self._timer: asyncio.TimerHandle | None = None
        self._timer_for: float | None = None
        self._started = False
        self._open = asyncio.Event()
        self._resuming: asyncio.Task[None] | None = None
        self._survey: Survey | None = None
        self._restored: set[str] = set()
        self._ended_calls: list[str] = []
        self._unfoldable = 0
        self._sightings: dict[str, asyncio.TimerHandle] = {}
        """Phone → when it is taken for seen that was seen while it was doubted."""
        self._login_locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @classmethod
    def create(cls, runtime: Runtime) -> AcdService:
        """Make the service; agents come from the directory."""
        return cls(runtime, runtime.require(Directory))

    # ── life ─────────────────────────────────────────────────────────────────────────────────────

    async def start(self) -> None:
        """Take the directory's agents; open at once when nothing was going on before."""
        self._runtime.subscribe(self._hear, CallEnded)
        self._started = True
        if self._unfoldable:
            self._runtime.alarm("acd_log", f"{self._unfoldable} events did not fit the ACD's state")
        await self.reload_agents()
        for call in self._ended_calls:
            self.submit(i.CallGone(call))
        state = self._acd.state
        self._restored = {*state.tickets, *state.talks, *state.exits, *state.transferred, *state.own_calls}
        if not state.tickets and not state.talks:
            self._resume(talks={})

    async def stop(self) -> None:
        """Stop the timer; everything else is in the log."""
        if self._timer is not None:
            self._timer.cancel()
        for waiting in self._sightings.values():
            waiting.cancel()
        if self._resuming is not None:
            self._resuming.cancel()

    def configure(self, parsed: Mapping[str, BaseModel], version: str) -> None:  # noqa: ARG002 - the door's shape
        """Take the queues of a site that goes live."""
        specs = [
            definition.spec(name)
            for name, definition in parsed.items()
            if isinstance(definition, QueueDefinition)
        ]
        self.definitions = {
            name: definition for name, definition in parsed.items() if isinstance(definition, QueueDefinition)
        }
        self._acd.configure_queues(specs)

    def recording_rule(self, queue: str) -> RecordRule | None:
        """Tell which calls of a queue are recorded (:class:`RecordingRules`)."""
        definition = self.definitions.get(queue)
        return None if definition is None else definition.record

    def records_anything(self) -> bool:
        """Tell whether any queue's calls are recorded."""
        return any(definition.record is not None for definition in self.definitions.values())

    async def reload_agents(self) -> None:
        """Take the directory's agents again, after it was changed."""
        accounts = await self._directory.agents()
        profiles = [
            AgentProfile(account.number, account.name, account.skills, account.ranks) for account in accounts
        ]
        self._acd.block(await self._directory.blocked_pairs())
        self._carry_out(self._acd.configure_agents(profiles, self._now()))

    async def block(self, agent: str, caller: str) -> None:
        """Keep an agent from the calls of whoever calls from that number, from now on."""
        subject = self._vault().subject_for(caller)
        await self._directory.block_pair(subject, agent)
        self._acd.block(await self._directory.blocked_pairs())

    async def unblock(self, agent: str, caller: str) -> bool:
        """Take that back; False when it was not so."""
        subject = self._vault().known_subject(caller)
        was = subject is not None and await self._directory.unblock_pair(subject, agent)
        self._acd.block(await self._directory.blocked_pairs())
        return was

    async def blocks(self) -> list[BlockView]:
        """Show who is kept from whom, with the callers' numbers masked."""
        vault = self._vault()
        return [
            BlockView(agent, masked(vault.get(subject, NUMBER) or ""))
            for subject, agents in (await self._directory.blocked_pairs()).items()
            for agent in agents
        ]

    def _vault(self) -> Vault:
        return self._runtime.require(EventLog).vault

    # ── restart ──────────────────────────────────────────────────────────────────────────────────

    def snapshot(self) -> Any:
        """Give the state as JSON-able data."""
        return self._acd.snapshot()

    def restore(self, state: Any) -> None:
        """Take the state of a snapshot."""
        self._acd.restore(state)

    def replay(self, recorded: Recorded) -> None:
        """Apply one event of the log's tail; one that does not fit is counted, never fatal."""
        event = recorded.event
        if isinstance(event, CallEnded) and self._holds(event.call):
            self._ended_calls.append(event.call)
        try:
            self._acd.apply(event, recorded.at.timestamp())
        except (KeyError, ValueError) as error:
            self._unfoldable += 1
            _log.error("event_does_not_fit", seq=recorded.seq, kind=type(event).__name__, error=repr(error))

    def _holds(self, call: str) -> bool:
        state = self._acd.state
        return call in state.tickets or call in state.talks or call in state.own_calls

    def _wake(self) -> None:
        """At the first sign that the switch is there, find out which offers and talks still exist."""
        if self._started and not self._acd.is_open and self._resuming is None:
            self._resuming = asyncio.get_running_loop().create_task(self._look(), name="acd resume")

    async def _look(self) -> None:
        pause, failed = _SURVEY_AGAIN_S, False
        while not self._acd.is_open:
            try:
                self._survey = await self._runtime.switch.survey()
                self._resume(self._survey.talks)
            except SwitchError as error:
                _log.warning("acd_survey_failed", error=str(error))
            except Exception as error:  # noqa: BLE001 - unheard, the queues would stay closed for good
                _log.exception("acd_not_open")
                self._runtime.alarm(_CLOSED, f"the queues could not begin: {error!r}; tried again and again")
                pause, failed = min(2 * pause, _LONGEST_PAUSE_S), True
            else:
                if failed:
                    self._runtime.clear_alarm(_CLOSED)
            if not self._acd.is_open:
                await asyncio.sleep(pause)
        self._open.set()

    def _resume(self, talks: Mapping[str, frozenset[str]]) -> None:
        self._carry_out(self._acd.resume(self._now(), talks))
        self._open.set()

    async def rejoin(self, call: str, leg: str) -> Standing:
        """Tell what a call that was taken over has here, and let it take part again.

        Tells it once: a call that queues again later, under the same controller, begins anew.
        """
        self._wake()
        await self._open.wait()
        if call not in self._restored:
            return Standing()
        self._restored.discard(call)
        state, survey = self._acd.state, self._survey
        self.submit(i.Rejoin(call))
        if call in state.talks:
            agent_leg = state.talks[call].offer
            return Standing(talk=agent_leg, agent_there=survey is not None and agent_leg in survey.legs)
        if call in state.tickets:
            hears = survey is not None and leg in survey.waiting
            return Standing(waits=True, music=state.tickets[call].music, hears_music=hears)
        handed = state.transferred.get(call)
        if handed is not None:
            return Standing(transferred=Target(handed.to_kind, handed.to), music=self._music_of(handed.queue))
        left = state.exits.get(call)
        return Standing(exit_queue=left.queue, outcome=left.outcome) if left else Standing()

    def _music_of(self, queue: str) -> str:
        known = self.definitions.get(queue)
        return known.music if known else "default"

    # ── inputs ───────────────────────────────────────────────────────────────────────────────────

    def submit(self, happened: i.Input) -> None:
        """Take an input in: decide, record, carry out.

        Raises :class:`acd.core.errors.AcdError` or :class:`acd.core.states.IllegalTransition` for what
        a person asked for and can't be; nothing was changed then.
        """
        self._carry_out(self._acd.handle(happened, self._now()))

    def phone_seen(self, phone: str) -> None:
        """Take note that a phone is reachable now; renews its agent's lease.

        What is seen of a phone that is doubted may be older than the doubt: it counts when that is over.
        """
        self._wake()
        self._forget_sighting(phone)
        known, now = self._acd.state.phones.get(phone), self._now()
        if known is not None and known.doubted_until > now:
            again = asyncio.get_running_loop().call_later(known.doubted_until - now, self.phone_seen, phone)
            self._sightings[phone] = again
        self.submit(i.PhoneSeen(phone))

    def _forget_sighting(self, phone: str) -> None:
        if (waiting := self._sightings.pop(phone, None)) is not None:
            waiting.cancel()

    def phone_gone(self, phone: str) -> None:
        """Take note that a phone was lost."""
        self._wake()
        self._forget_sighting(phone)
        self.submit(i.PhoneGone(phone))

    def switch_lost(self, reason: str) -> None:  # noqa: ARG002 - all are alike to the agents
        """Take note that the switch can't be seen: offer nobody, and let no deadline count."""
        self.submit(i.SwitchLost())

    def switch_back(self) -> None:
        """Take note that the switch can be seen again."""
        self.submit(i.SwitchBack())

    def call_lost(self, call: str) -> None:
        """Give back what a call held that ended while no controller watched."""
        self._wake()
        self.submit(i.CallGone(call))

    def _hear(self, recorded: Recorded) -> None:
        """Hear of the end of each call, so that nothing of it is ever left behind."""
        event = recorded.event
        if isinstance(event, CallEnded):
            if self._holds(event.call):
                self.submit(i.CallGone(event.call))
            self._acd.apply(event, recorded.at.timestamp())
            self._restored.discard(event.call)

    def _carry_out(self, decision: Decision) -> None:
        self._decisions.append(decision)
        if self._carrying_out:
            return  # a subscriber of the log asked in the middle: its turn comes after this one
        self._carrying_out = True
        try:
            while self._decisions:
                decided = self._decisions.popleft()
                if decided.events:
                    self._runtime.record(*decided.events)
                for command in decided.commands:
                    there = self._runtime.post(call_of(command.call), command)
                    if not there and isinstance(command, MakeOffer):
                        _log.error("offer_to_nobody", call=command.call, offer=command.offer)
                        self.submit(i.CallGone(command.call))
        finally:
            self._carrying_out = False
        self._arm()

    def _arm(self) -> None:
        due = self._acd.next_deadline()
        if due == self._timer_for:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._timer_for = due
        if due is not None:
            delay = max(0.0, due - self._now())
            self._timer = asyncio.get_running_loop().call_later(delay, self._tick)

    def _tick(self) -> None:
        self._timer = self._timer_for = None
        self.submit(i.Tick())

    def _now(self) -> float:
        return self._runtime.clock.now()

    # ── people at phones and keyboards ───────────────────────────────────────────────────────────

    async def log_in(self, agent: str, phone: str, pin: str) -> None:
        """Log an agent in who says number and PIN on a phone.

        Raises :class:`LoginDenied`, and what :meth:`submit` raises.  Five wrong ones lock the agent's
        number, and the phone, for 5 minutes.  What was typed is never recorded: neither a PIN, nor a number
        that is nobody's (it may be a PIN typed too early).
        """
        known = agent in self._acd.floor.profiles
        named = agent if known else ""
        async with self._login_locks[named]:
            if self._acd.floor.locked(named, phone, self._now()):
                self.submit(i.RefuseLogin(named, phone, "locked"))
                raise LoginDenied(locked=True)
            if not await self._pin_fits(agent, pin) or not known:
                self.submit(i.RefuseLogin(named, phone, "wrong_pin" if known else "unknown_agent"))
                raise LoginDenied(locked=self._acd.floor.locked(named, phone, self._now()))
            self.submit(i.LogIn(agent, phone))

    async def _pin_fits(self, agent: str, pin: str) -> bool:
        try:
            return await self._directory.check_pin(agent, pin)
        except SQLAlchemyError as error:
            _log.error("pin_not_checked", error=str(error))
            raise AcdError("the directory can't be asked now; try again in a minute") from error

    def log_in_trusted(self, agent: str, phone: str, *, by: str = "") -> None:
        """Log an agent in on a phone for somebody who may do so without the PIN.

        Raises :class:`acd.core.errors.PhoneNotThere`, and what :meth:`submit` raises.
        """
        if phone and agent in self._acd.floor.profiles and not self._acd.floor.reachable(phone):
            raise PhoneNotThere(phone)
        self.submit(i.LogIn(agent, phone, by=by))

    # ── doors ────────────────────────────────────────────────────────────────────────────────────

    @property
    def core(self) -> Acd:
        """The core, to be looked at only."""
        return self._acd

    def definition(self, queue: str) -> QueueDefinition | None:
        """Give a queue as the admin defines it now; None when a reload has removed it."""
        return self.definitions.get(queue)

    def agents(self) -> list[AgentView]:
        """Show every agent."""
        return agent_views(self._acd)

    def agent(self, number: str) -> AgentView | None:
        """Show one agent; None when there is none of that number."""
        return agent_view(self._acd, number)

    def queues(self) -> list[QueueView]:
        """Show every queue."""
        return queue_views(self._acd, self._now())

    def fact(self, name: str) -> str | None:
        """Give ``queue.NAME.length`` and its like, for expressions of a dialplan."""
        return queue_fact(self._acd, name, self._now())

    def agent_on(self, phone: str) -> str | None:
        """Give the number of the agent who is logged in on a phone."""
        return self._acd.agent_on(phone)

    def reachable(self, phone: str) -> bool:
        """Tell whether a phone can be offered calls."""
        return self._acd.floor.reachable(phone)

    @property
    def runtime(self) -> Runtime:
        """What the composition root offers."""
        return self._runtime

    def conversation(self, call: Call, agent_leg: str) -> Conversation:
        """Make what serves a talk between a call and the agent on that leg."""
        return Conversation(call, self, self._runtime, agent_leg)

    async def ask_in_call(
        self,
        call: str,
        act: Act,
        by: str,
        to: Wanted | None = None,
        *,
        second: str = "",
        agent: str = "",
    ) -> None:
        """Ask for something in a call's talk, and come back when it was done (:func:`ask`)."""
        if call not in self._acd.state.talks:
            raise NoTalk(call)
        await ask(self._runtime, call, act, by, to, second=second, agent=agent)

    def first_stage(self, kind: LegKind, dialed: str) -> tuple[str, BaseModel] | None:
        """Give the stage for calls from phones: short codes begin with a star, all else is dialed."""
        # the stages need this module
        from acd.agent_line import AgentLineStep  # noqa: PLC0415
        from acd.own_calls.stage import AgentDialStep  # noqa: PLC0415

        if kind is not LegKind.PHONE:
            return None
        if dialed.startswith("*"):
            return "agent_line", AgentLineStep(code=dialed)
        return "agent_dial", AgentDialStep(number=dialed)

    def control_routes(self) -> Iterable[web.RouteDef]:
        """Give the routes of ``ringhall agents`` and ``ringhall talk``."""
        return [
            *ControlRoutes(self, self._directory, self._runtime.record).routes(),
            *TalkControl(self).routes(),
        ]
