"""The service ``agent_calls``: begins agents' own calls, on the phone and elsewhere, and serves them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from aiohttp import web

from acd.core import inputs as i
from acd.core.dialing import default_queue, may_dial
from acd.core.errors import AcdError, ColleagueNotFree
from acd.core.states import State
from acd.in_call.asking import Wanted
from acd.in_call.doors import BY_PHONE
from acd.in_call.keys import Act
from acd.own_calls import prompts as say
from acd.own_calls.visit import OwnCallVisit
from acd.service import AcdService
from callflow.dialing.numbers import bare_number, e164
from callflow.log import get_logger
from callflow.protocol import Located, OutsideDialer, Placing, Refusal
from records.log import EventLog

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callflow.protocol import PlacedCall, Prompt, Runtime

_log = get_logger(__name__)

PURPOSE = "agent_call"
_COLLEAGUE = {
    State.PAUSED: say.COLLEAGUE_PAUSED,
    State.LOGGED_OUT: say.COLLEAGUE_AWAY,
    State.UNREACHABLE: say.COLLEAGUE_AWAY,
    State.MISSED: say.COLLEAGUE_AWAY,
}
_REFUSALS = {
    "not_logged_in": say.NOT_LOGGED_IN,
    "trunk_full": say.NO_LINE,
    "country_full": say.NO_LINE,
    "country_minutes": say.NOT_ALLOWED,
}


class NotBegun(Exception):  # noqa: N818 - named for what happened
    """A call was not begun; the message says why, and :attr:`prompt` does to who dialed."""

    def __init__(self, reason: str, why: str, prompt: Prompt) -> None:
        super().__init__(why)
        self.reason = reason
        """As in callflow.protocol.Refusal, or busy, unknown_agent, unknown_queue."""
        self.prompt = prompt


class AgentCalls:
    """Agents call outside numbers and each other."""

    needs: ClassVar[tuple[str, ...]] = ("acd", "trunks")
    purpose: ClassVar[str] = PURPOSE

    def __init__(self, runtime: Runtime, acd: AcdService) -> None:
        self._runtime = runtime
        self._acd = acd

    @classmethod
    def create(cls, runtime: Runtime) -> AgentCalls:
        """Make the service."""
        return cls(runtime, runtime.require(AcdService))

    async def start(self) -> None:
        """Get ready: nothing is to be done."""

    async def stop(self) -> None:
        """Let go of nothing; the calls are the runner's."""

    def prompts(self) -> Iterable[Prompt]:
        """Give none: whom an agent calls hears the agent."""
        return ()

    # ── beginning ────────────────────────────────────────────────────────────────────────────────

    def begin(self, phone: str, leg: str, dialed: str) -> str:
        """Begin the call that was dialed on a phone, and give its id; raises :class:`NotBegun`."""
        return self._place(self._acd.agent_on(phone) or "", phone, dialed, leg=leg)

    def dial_out(self, agent: str, number: str, *, queue: str | None = None, by: str = "") -> str:
        """Ring an agent's phone, then dial; gives the call's id.

        ``number``: an outside number, or an agent's.  ``queue``: for which queue, None for the agent's own,
        '' for none.  ``by``: who asks, if it is not the agent.  Raises :class:`NotBegun`.
        """
        phone = self._acd.core.agent(agent).phone
        if not phone:
            why = f"agent {agent} is not logged in; log in on a phone first"
            raise NotBegun("not_logged_in", why, say.NOT_LOGGED_IN)
        return self._place(agent, phone, number, queue=queue, by=by)

    def _place(
        self, agent: str, phone: str, dialed: str, *, leg: str = "", queue: str | None = None, by: str = ""
    ) -> str:
        core = self._acd.core
        colleague = dialed if dialed in core.floor.profiles else ""
        home = next((house.house_country() for house in self._runtime.all_of(Located)), "")
        number = colleague or e164(bare_number(dialed), home) or dialed
        if queue is None:
            queue = "" if colleague or not agent else default_queue(core.floor, agent)
        if colleague and not agent:
            raise NotBegun("not_logged_in", f"nobody is logged in on {phone}", say.NOT_LOGGED_IN)
        asked = i.DialOut("", agent, phone, leg, queue, colleague, by=by)
        self._check(asked)
        shown = agent if colleague else self._shown(queue)
        if not colleague:
            self._check_number(number, agent or phone, shown, logged_in=bool(agent))
        subject = self._runtime.require(EventLog).vault.subject_for(number)
        try:
            call = self._runtime.place_call(
                Placing(
                    purpose=PURPOSE,
                    reference=agent or phone,
                    number=number,
                    phone=core.agent(colleague).phone if colleague else "",
                    route="" if colleague else "any",
                    caller_number=shown,
                    subject=subject,
                )
            )
        except LookupError as error:
            raise NotBegun("busy", str(error), say.NOT_NOW) from error
        self._acd.submit(i.DialOut(call, agent, phone, leg or f"{call}-a0", queue, colleague, subject, by=by))
        return call

    def _check(self, asked: i.DialOut) -> None:
        try:
            may_dial(self._acd.core.floor, asked)
        except ColleagueNotFree as error:
            prompt = _COLLEAGUE.get(State(error.state), say.COLLEAGUE_BUSY)
            raise NotBegun("busy", str(error), prompt) from error
        except AcdError as error:
            raise NotBegun("not_now", str(error), say.NOT_NOW) from error

    def _check_number(self, number: str, by: str, shown: str, *, logged_in: bool) -> None:
        dialer = self._runtime.require(OutsideDialer)
        planned = dialer.plan(number, PURPOSE, by=by, caller_number=shown, logged_in=logged_in)
        if isinstance(planned, Refusal):
            prompt = _REFUSALS.get(planned.reason, say.NOT_ALLOWED)
            raise NotBegun(planned.reason, planned.detail, prompt)

    def _shown(self, queue: str) -> str:
        definition = self._acd.definition(queue)
        return (definition.caller_number if definition else None) or ""

    # ── the calls ────────────────────────────────────────────────────────────────────────────────

    def call_of(self, leg: str) -> str | None:
        """Give the call that was begun on an agent's line, which may be over."""
        return self._acd.core.state.own_legs.get(leg)

    def talk_on(self, phone: str) -> str | None:
        """Give the call in which the agent of a phone talks with a caller; None when they don't."""
        agent = self._acd.agent_on(phone)
        call = self._acd.core.agent(agent).call if agent else ""
        talk = self._acd.core.state.talks.get(call)
        return call if talk is not None and talk.agent == agent else None

    async def consult(self, call: str, leg: str, number: str) -> None:
        """Let an agent consult whoever was dialed on their phone's second line; raises AcdError."""
        await self._acd.ask_in_call(call, Act.CONSULT, BY_PHONE, Wanted(number=number), second=leg)

    def is_on(self, call: str) -> bool:
        """Tell whether an own call is on."""
        return call in self._acd.core.state.own_calls

    def post(self, call: str, message: object) -> None:
        """Hand on what happened to the agent's line."""
        if message is not None:
            self._runtime.post(call, message)

    async def serve_placed(self, call: PlacedCall) -> None:
        """Serve an own call, from its begin to its end."""
        own = self._acd.core.state.own_calls.get(call.id)
        if own is None:  # the controller died between the call's begin and the agent's
            call.outcome = "failed"
            return
        await OwnCallVisit(call, self._acd, own).run_own()

    # ── the command line ─────────────────────────────────────────────────────────────────────────

    def control_routes(self) -> Iterable[web.RouteDef]:
        """Give the route of ``ringhall agents dial``."""
        return [web.post("/control/agents/{agent}/dial", self._dial)]

    async def _dial(self, request: web.Request) -> web.Response:
        body = await request.json() if request.can_read_body else {}
        number = body.get("number") if isinstance(body, dict) else None
        queue = body.get("queue") if isinstance(body, dict) else None
        if not isinstance(number, str) or not isinstance(queue, str | None):
            raise web.HTTPBadRequest(
                text='send {"number": "+46…"}, and "queue" if it is not the agent\'s own'
            )
        try:
            call = self.dial_out(
                request.match_info["agent"], number, queue=queue, by=str(body.get("by") or "")
            )
        except NotBegun as refused:
            raise web.HTTPConflict(text=f"not called ({refused.reason}): {refused}") from None
        return web.json_response({"call": call})
