"""The switch as the rest of Ringhall sees it: legs, sounds, keys and bridges, without Asterisk's words.

A *leg* is one party's line into the switch (a caller, or an agent's phone).  Every method that starts
something takes an id chosen by the caller of the method, so that an event about it can never arrive
before its name is known.  Methods return when the switch has accepted the request; what comes of it
arrives as an event.  All methods raise :class:`SwitchError` when the switch refuses, and
:class:`LegGone` when the leg has ended meanwhile; tearing down what is already gone is not an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence


class SwitchError(Exception):
    """The switch refused a request or did not answer it in time."""


class LegGone(SwitchError):  # noqa: N818 - named for what happened
    """The leg that the request names has ended."""


class Cause(StrEnum):
    """Why a leg ended or is to be ended, in the field's words."""

    NORMAL = "normal"
    BUSY = "busy"
    REJECTED = "rejected"
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"
    CONGESTION = "congestion"
    UNALLOCATED = "unallocated"
    FAILURE = "failure"
    ELSEWHERE = "elsewhere"
    """Somebody else took the call: a phone does not count it as missed (RFC 3326, cause 200)."""


class LegKind(StrEnum):
    """Which side of the building a leg that arrived comes from."""

    TRUNK = "trunk"
    PHONE = "phone"


class SwitchEvent(msgspec.Struct, frozen=True, tag=True):
    """Something the switch reports; events of one leg arrive in the order in which they happened."""


class LegArrived(SwitchEvent, frozen=True, tag=True):
    """A call came in and waits for us; it has not been answered."""

    leg: str
    kind: LegKind
    dialed: str
    caller_number: str
    """As the far end sent it: personal data, and possibly empty."""
    endpoint: str
    """The trunk's or phone's name."""


class LegRinging(SwitchEvent, frozen=True, tag=True):
    """A leg that we started gave its first sign of life (any provisional response)."""

    leg: str


class LegAnswered(SwitchEvent, frozen=True, tag=True):
    """A leg that we started was answered."""

    leg: str


class LegEnded(SwitchEvent, frozen=True, tag=True):
    """A leg is gone.  Exactly one for each leg, however it ended."""

    leg: str
    cause: Cause


class KeyPressed(SwitchEvent, frozen=True, tag=True):
    """A party pressed a key."""

    leg: str
    key: str
    """One of ``0123456789*#ABCD``."""


class LegHeld(SwitchEvent, frozen=True, tag=True):
    """A phone's own hold key was pressed; the others in its conversation hear the switch's music."""

    leg: str


class LegResumed(SwitchEvent, frozen=True, tag=True):
    """A phone took its call off hold."""

    leg: str


class TransferAsked(SwitchEvent, frozen=True, tag=True):
    """A phone's own transfer key was pressed (SIP REFER); answer with :meth:`Switch.transfer_done`."""

    leg: str
    to: str
    """The number that was dialed for it; empty when ``other_leg`` says whom."""
    other_leg: str = ""
    """The phone's other line: whoever it is connected with is to have the call (attended)."""


class PlayEnded(SwitchEvent, frozen=True, tag=True):
    """A playback is over: played out, stopped, or failed."""

    leg: str
    playback: str
    failed: bool = False
    sound: str = ""
    """The last sound of it that was begun, or could not be; empty when that is not known."""


class RecordingEnded(SwitchEvent, frozen=True, tag=True):
    """A recording is over, by a key, silence, its longest time, a request, or the leg's end; or it failed."""

    leg: str
    recording: str
    failed: bool = False


class PhoneReachable(SwitchEvent, frozen=True, tag=True):
    """A phone has a live contact."""

    phone: str


class PhoneUnreachable(SwitchEvent, frozen=True, tag=True):
    """A phone has no live contact: unregistered, expired, or silent to the switch's probes."""

    phone: str


class SwitchLost(SwitchEvent, frozen=True, tag=True):
    """The control connection is down, or so slow that what it tells is long past; calls go on."""

    reason: str


class SwitchBack(SwitchEvent, frozen=True, tag=True):
    """The control connection is up (again).  Call :meth:`Switch.survey` and repair what differs."""

    restarted: bool
    """True when the switch itself is a new process, so that none of the old legs exists."""


class LegView(msgspec.Struct, frozen=True):
    """A leg as a survey found it."""

    leg: str
    up: bool
    arrived: LegArrived | None
    """Set for a leg that came in to us, None for one that we started."""
    rings: bool = False
    """A leg that we started has given a sign of life and is not answered."""


class Survey(msgspec.Struct, frozen=True):
    """Everything that exists on the switch at one moment."""

    legs: Mapping[str, LegView]
    talks: Mapping[str, frozenset[str]]
    """Conversation id → legs in it."""
    waiting: frozenset[str]
    """Legs that hear waiting music."""
    phones: Mapping[str, bool]
    """Phone name → reachable."""
    since: float = 0.0
    """Unix seconds at which the switch started, by its clock: no leg is older; 0 when that is not known."""


class Answerer(StrEnum):
    """Who answered, as far as the switch itself can tell."""

    HUMAN = "human"
    MACHINE = "machine"
    UNSURE = "unsure"


class AnswererHeard(msgspec.Struct, frozen=True):
    """The switch's own guess at who answered a leg, and what it heard."""

    answerer: Answerer
    silent: bool
    """Nobody spoke."""
    quiet_s: float
    """How long it has been quiet since the greeting; 0 while somebody speaks, or when that is not known."""
    why: str
    """In words, with the figures that decided."""


class PhoneAccount(msgspec.Struct, frozen=True):
    """A softphone or desk phone that may register."""

    name: str
    secret: str
    """SIP password: a credential, never logged."""


class Switch(Protocol):
    """What Ringhall asks of the machine that carries the calls."""

    def events(self) -> AsyncIterator[SwitchEvent]:
        """Yield every event in order; only one reader."""

    async def survey(self) -> Survey:
        """List what exists now."""

    async def phones(self) -> Mapping[str, bool]:
        """Tell of every phone whether it is reachable."""

    async def playback_alive(self, playback: str) -> bool:
        """Tell whether a playback is still running (for repair after lost events)."""

    async def answer(self, leg: str) -> None:
        """Answer a leg that arrived."""

    async def ring(self, leg: str) -> None:
        """Let a leg hear ringing: as a signal while it is unanswered, as a sound once it is."""

    async def stop_ringing(self, leg: str) -> None:
        """End the ringing that a leg hears; must precede what connects it."""

    async def play(self, leg: str, playback: str, sounds: Sequence[str]) -> None:
        """Start playing sounds one after another.

        ``sounds`` are absolute paths without extension, or names from Asterisk's own sound set.
        The end is reported by :class:`PlayEnded`.  A leg that waits with music stays where it is, hears the
        sounds instead, and the music again after them.
        """

    async def stop(self, playback: str) -> None:
        """Stop a playback; must precede anything that moves the leg (the switch would block on it)."""

    async def wait_with_music(self, leg: str, music: str) -> None:
        """Put a leg among those who wait and hear the music class ``music``."""

    async def leave_music(self, leg: str, music: str) -> None:
        """Take a leg away from the music class ``music``; one that is not there is fine."""

    async def start_leg(
        self, leg: str, phone: str, *, caller_number: str, caller_name: str, headers: Mapping[str, str]
    ) -> None:
        """Call a phone.  Reports :class:`LegRinging`, :class:`LegAnswered`, :class:`LegEnded`."""

    async def start_outside_leg(
        self,
        leg: str,
        number: str,
        trunk: str,
        *,
        caller_number: str,
        caller_name: str,
        alone: tuple[Sequence[str], Sequence[str]] = ((), ()),
    ) -> None:
        """Call an outside number over a trunk.  Whether that is allowed has been decided before.

        ``alone``: sounds that whoever answers hears while no controller runs, and after the key nine then.
        Reports the same events as :meth:`start_leg`; a trunk that is not there ends the leg as unreachable.
        """

    async def not_alone(self, leg: str) -> None:
        """Have a leg that was answered no more told anything when no controller runs: it is served."""

    async def detect_machine(self, leg: str) -> AnswererHeard:
        """Have the switch judge who answered a leg that we started, by the first second and a half of sound.

        The leg hears nothing meanwhile, and must not be moved, played to or recorded; it may end.  A leg is
        judged once: where a controller before us asked, its judgement is waited for, or given again.
        """

    async def record(
        self,
        leg: str,
        recording: str,
        *,
        most_s: float,
        silence_s: float | None = None,
        beep: bool = True,
        end_key: str = "",
    ) -> None:
        """Start recording what a leg says; its end is reported by :class:`RecordingEnded`.

        Ends after ``most_s``, after ``silence_s`` of silence, or by the key ``#`` or ``*`` (``any`` for any).
        Must not be moved meanwhile.  An older recording of the same name is replaced.
        """

    async def stop_recording(self, recording: str) -> None:
        """End a recording; one that is over is fine."""

    async def recording_alive(self, recording: str) -> bool:
        """Tell whether a recording is still being made (for repair after lost events)."""

    async def take_recording(self, recording: str) -> bytes | None:
        """Fetch a recording that is over, as a WAV file (8 kHz, mono), and delete it from the switch.

        None when there is none of that name.
        """

    async def connect(self, talk: str, legs: Sequence[str], *, absorb_keys: bool = False) -> None:
        """Let the legs hear each other in a conversation named ``talk``, made if need be.

        Legs that were waiting, or in another conversation, leave it in the same instant.  Keys that these
        legs press are reported in any case; with ``absorb_keys`` the others don't hear them.
        """

    async def disconnect(self, talk: str) -> None:
        """End a conversation without ending its legs."""

    async def transfer_done(self, leg: str, *, accepted: bool) -> None:
        """Answer a :class:`TransferAsked`: the phone shows whether its transfer came about."""

    async def watch(self, ear: str, leg: str) -> None:
        """Let the line ``ear`` hear what a leg says and hears, heard by nobody itself."""

    async def let_speak(self, ear: str, *, heard: bool) -> None:
        """Let a line that hears another be heard by that one, or where it is connected; or mute it."""

    async def unwatch(self, ear: str) -> None:
        """Hear no more; the line stays.  One that hears nobody is fine."""

    async def hangup(self, leg: str, cause: Cause = Cause.NORMAL) -> None:
        """End a leg."""

    async def push_phones(self, phones: Sequence[PhoneAccount]) -> int:
        """Make exactly these phones known, with no reload and without disturbing those unchanged.

        Returns how many objects were written or removed.
        """
