"""What SIPp's callers and phones do: plans, written as scenario files from the templates beside this."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib import resources
from string import Template
from typing import TYPE_CHECKING, Literal

from telephony.peers.key_capture import key_capture, length_ms

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_STATUS = {
    404: "404 Not Found",
    480: "480 Temporarily Unavailable",
    486: "486 Busy Here",
    500: "500 Server Internal Error",
    503: "503 Service Unavailable",
    603: "603 Decline",
}
_FOR_EVER_MS = 3_600_000


@dataclass(frozen=True)
class Press:
    """Keys that a caller presses."""

    after_ms: int
    """Pause since the answer, or since the end of the keys before."""
    keys: str


@dataclass(frozen=True)
class CallerPlan:
    """What each caller of a run does."""

    dial: str
    presses: tuple[Press, ...] = ()
    stay_ms: int = 5_000
    """How long to stay after the last key, unless the far end hangs up."""
    first_number: int = 4_420_100_000
    """Number of the first caller; the next one has the next number."""
    keys_by: Literal["rfc4733", "info", "best"] = "best"
    """RFC 4733 events need root (SIPp plays captures by a raw socket); ``best`` takes SIP INFO without."""

    def number(self, index: int) -> str:
        """Give the number of the ``index``-th caller."""
        return str(self.first_number + index)

    @property
    def keys_way(self) -> Literal["rfc4733", "info"]:
        """How the keys will really be sent."""
        if self.keys_by == "best":
            return "rfc4733" if os.geteuid() == 0 else "info"
        return self.keys_by


@dataclass(frozen=True)
class PhonePlan:
    """What each phone of a run does when it is called."""

    on_invite: Literal["answer", "reject", "ring", "silent"] = "answer"
    """``ring``: for ever; ``silent``: not even a provisional response."""
    ring_ms: int = 200
    talk_ms: int = _FOR_EVER_MS
    """The phone hangs up after this time, unless the other side did."""
    status: Literal[404, 480, 486, 500, 503, 603] = 486
    """Sent by ``reject``."""
    expires_s: int = 3600


def write_caller(plan: CallerPlan, folder: Path) -> Path:
    """Write the scenario of a caller, and the captures of its keys, and give its path."""
    steps: list[str] = []
    rest_ms = 0
    sequence, timestamp, cseq = 1, 0, 2
    for number, press in enumerate(plan.presses):
        if plan.keys_way == "rfc4733":
            capture = folder / f"keys-{number}.pcap"
            capture.write_bytes(key_capture(press.keys, first_sequence=sequence, first_timestamp=timestamp))
            steps.append(
                _fill("press_rfc4733.xml", after_ms=press.after_ms + rest_ms, step=number, capture=capture)
            )
            rest_ms = length_ms(press.keys)
            sequence += 100 * len(press.keys)
            timestamp += 8 * (rest_ms + press.after_ms)
        else:
            for place, key in enumerate(press.keys):
                after_ms = press.after_ms if place == 0 else 240
                steps.append(
                    _fill("press_info.xml", after_ms=after_ms, step=f"{number}_{place}", key=key, cseq=cseq)
                )
                cseq += 1
    text = _fill(
        "caller.xml", dial=plan.dial, presses="".join(steps), stay_ms=plan.stay_ms + rest_ms, bye_cseq=cseq
    )
    return _write(folder / "caller.xml", text)


def write_phone(plan: PhonePlan, folder: Path) -> tuple[Path, Path]:
    """Write the scenarios of a phone: its registration, and what it does with an INVITE."""
    match plan.on_invite:
        case "answer":
            steps = _fill("phone_answer.xml", ring_ms=plan.ring_ms, talk_ms=plan.talk_ms)
        case "ring":
            steps = _fill("phone_answer.xml", ring_ms=_FOR_EVER_MS, talk_ms=plan.talk_ms)
        case "reject":
            steps = _fill("phone_reject.xml", status=_STATUS[plan.status])
        case "silent":
            steps = _fill("phone_silent.xml")
    register = _fill("register.xml", expires_s=plan.expires_s, expires_ms=plan.expires_s * 1000)
    return (
        _write(folder / "register.xml", register),
        _write(folder / "phone.xml", _fill("phone.xml", on_invite=steps)),
    )


def write_table(path: Path, rows: Sequence[tuple[str, ...]]) -> Path:
    """Write one of SIPp's tables: one row a call, in order.  It may hold secrets: mode 0600."""
    lines = ["SEQUENTIAL", *(";".join(row) for row in rows)]
    return _write(path, "\n".join(lines) + "\n")


def _fill(name: str, **values: object) -> str:
    return Template(resources.files(__package__).joinpath(name).read_text("utf-8")).substitute(values)


def _write(path: Path, text: str) -> Path:
    path.touch(mode=0o600)
    path.write_text(text, "utf-8")
    return path
