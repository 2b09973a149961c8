"""What comes from outside, cut, flipped and reordered: events, sound, keys, and files of the log.

Whatever comes, nothing fails: an event is translated or passed over, sound is heard or dropped, and of a
damaged file everything that is whole is read and the damage told.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import select, update

from acd.in_call.keys import KeyInput
from benchmarks.fuzzing import Surprise
from records import models as models_of_tables
from records.database import backend_of, open_sync_engine
from records.entries import Entry
from records.errors import RecordsError
from records.frames import Kind
from records.journal import Journal
from records.snapshots import SnapshotDraft, load_snapshot, save_snapshot
from telephony.ari import models
from telephony.ari.client import decode
from telephony.asterisk.media_rtp import RtpWay
from telephony.asterisk.media_source import Source
from telephony.asterisk.media_websocket import WebSocketWay
from telephony.asterisk.switch import AsteriskSwitch
from telephony.media import Tap, Timeline

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

_AT = "2026-12-24T18:05:00.120+0000"
_CHANNEL = {
    "id": "1795685233.7", "name": "PJSIP/carrier-00000001", "state": "Up", "protocol_id": "x",
    "accountcode": "", "language": "en",
    "caller": {"name": "", "number": "4420"}, "connected": {"name": "", "number": ""}, "creationtime": _AT,
    "dialplan": {
        "context": "to-controller", "exten": "1000", "priority": 3, "app_name": "Stasis", "app_data": "",
    },
}  # fmt: skip
_BRIDGE = {
    "id": "wait-default", "technology": "holding_bridge", "bridge_type": "holding", "bridge_class": "stasis",
    "creator": "Stasis", "name": "", "channels": ["1795685233.7"], "creationtime": _AT, "video_mode": "none",
}  # fmt: skip
_PLAYBACK = {
    "id": "p1", "media_uri": "sound:hello", "target_uri": "channel:1795685233.7", "language": "en",
    "state": "done",
}  # fmt: skip
_HEAD: dict[str, Any] = {"application": "ringhall", "timestamp": _AT, "asterisk_id": "aa:bb"}
EVENTS: tuple[dict[str, Any], ...] = (
    {"type": "StasisStart", "args": ["trunk", "1000"], "channel": _CHANNEL, **_HEAD},
    {"type": "StasisEnd", "channel": _CHANNEL, **_HEAD},
    {"type": "ChannelDestroyed", "cause": 16, "cause_txt": "Normal", "channel": _CHANNEL, **_HEAD},
    {"type": "ChannelHangupRequest", "cause": 16, "channel": _CHANNEL, **_HEAD},
    {"type": "ChannelDtmfReceived", "digit": "5", "duration_ms": 80, "channel": _CHANNEL, **_HEAD},
    {"type": "ChannelHold", "channel": _CHANNEL, **_HEAD},
    {"type": "ChannelLeftBridge", "bridge": _BRIDGE, "channel": _CHANNEL, **_HEAD},
    {"type": "PlaybackFinished", "playback": _PLAYBACK, **_HEAD},
    {"type": "Dial", "dialstatus": "ANSWER", "peer": _CHANNEL, "caller": _CHANNEL, "dialstring": "", **_HEAD},
    {
        "type": "RecordingFinished",
        "recording": {"name": "r1", "format": "wav", "state": "done", "target_uri": "channel:1795685233.7"},
        **_HEAD,
    },
    {
        "type": "RESTResponse", "transaction_id": "1", "request_id": "1", "status_code": 200,
        "reason_phrase": "OK", "uri": "channels", "content_type": "application/json", "message_body": "[]",
    },
    {"type": "ApplicationReplaced", **_HEAD},
)  # fmt: skip
NOTICES = (
    b'{"event":"MEDIA_START","connection_id":"x","channel":"y","format":"slin"}',
    b'{"event":"MEDIA_XOFF"}',
    b'{"event":"MEDIA_XON"}',
    b'{"event":"MEDIA_MARK_PROCESSED","correlation_id":"m1"}',
)
KEYS = "0123456789*#ABCD"
_ODD: tuple[Any, ...] = (None, "", 0, -1, 1e300, [], {}, [None], "x" * 500, True, "中", "\x00")


# ── mutations ────────────────────────────────────────────────────────────────────────────────────


def mutated(data: bytes, dice: random.Random) -> bytes:
    """Cut, flip, double or reorder a few bytes."""
    content = bytearray(data)
    for _ in range(dice.randrange(1, 6)):
        if not content:
            break
        at = dice.randrange(len(content))
        match dice.randrange(5):
            case 0:
                content[at] ^= 1 << dice.randrange(8)
            case 1:
                del content[at : at + dice.randrange(1, 40)]
            case 2:
                content[at:at] = dice.randbytes(dice.randrange(1, 20))
            case 3:
                piece = content[at : at + dice.randrange(1, 60)]
                content[dice.randrange(len(content)) : 0] = piece
            case _:
                del content[at:]
    return bytes(content)


def bent(value: Any, dice: random.Random) -> Any:
    """Give JSON of the same kind with something missing, added, or of another type."""
    if dice.random() < 0.1:
        return dice.choice(_ODD)
    if isinstance(value, dict):
        changed = {name: bent(one, dice) if dice.random() < 0.3 else one for name, one in value.items()}
        if changed and dice.random() < 0.2:
            del changed[dice.choice(list(changed))]
        if dice.random() < 0.1:
            changed[f"new{dice.randrange(9)}"] = dice.choice(_ODD)
        return changed
    return [bent(one, dice) for one in value] if isinstance(value, list) else value


# ── what is tried ────────────────────────────────────────────────────────────────────────────────


def ari_events(rounds: int, dice: random.Random) -> dict[str, int]:
    """Events of Asterisk, in any order; counts how many were understood."""

    async def play() -> Counter[str]:
        switch = AsteriskSwitch.on("http://127.0.0.1:1", "u", "p", None)
        told: Counter[str] = Counter()
        for _ in range(rounds):
            event = bent(dice.choice(EVENTS), dice)
            text = json.dumps(event).encode()
            if dice.random() < 0.3:
                text = mutated(text, dice)
            sent: str | bytes = text if dice.random() < 0.5 else text.decode(errors="replace")
            try:
                message = decode(sent)
                if isinstance(message, models.RESTResponse | models.ApplicationReplaced):
                    told["answers"] += 1  # the client's own
                else:
                    known = switch._translate(message)  # noqa: SLF001 - where it comes in
                    told["translated" if known else type(message).__name__] += 1
            except Exception as error:
                raise Surprise(f"{sent!r} led to {error!r}") from error
        return told

    told = asyncio.run(play())
    return {"translated": told["translated"], "unknown": told["UnknownEvent"], "tried": told.total()}


def media_frames(rounds: int, dice: random.Random) -> dict[str, int]:
    """Packets and messages of a media stream."""

    async def play() -> int:
        source = Source("leg", 8000, open_line=_no_line, close_line=_no_line, now=lambda: 0.0)
        tap = Tap("leg", 8000, Timeline(8000))
        source.taps.append(tap)
        rtp = RtpWay(8000, source, hears=True)
        websocket = WebSocketWay.__new__(WebSocketWay)
        websocket._may_send, websocket._marks = asyncio.Event(), {}  # noqa: SLF001 - where it comes in
        samples = 0
        packet = bytes([0x80, 11]) + bytes(10) + bytes(320)
        for _ in range(rounds):
            data = mutated(packet, dice)
            try:
                rtp.datagram_received(data, ("", 0))
                source.heard(data[: dice.randrange(0, len(data) + 1)])
                websocket._take(mutated(dice.choice(NOTICES), dice).decode(errors="replace"))  # noqa: SLF001 - where it comes in
                samples += sum(len(frame.samples) for frame in tap.take())
            except Exception as error:
                raise Surprise(f"{data!r} led to {error!r}") from error
        return samples

    return {"tried": rounds, "samples": asyncio.run(play())}


async def _no_line(*_: object) -> Any:
    raise AssertionError("no line is opened here")


def key_sequences(rounds: int, dice: random.Random) -> dict[str, int]:
    """Short codes that an agent presses in a talk, with rests between the keys."""
    wishes, now = 0, 0.0
    for _ in range(rounds):
        keys = KeyInput()
        pressed = ""
        for _ in range(dice.randrange(1, 30)):
            now += dice.choice((0.1, 0.3, 5.9, 6.1))
            pressed += (key := dice.choice(KEYS))
            try:
                wish = keys.press(key, now)
            except Exception as error:
                raise Surprise(f"{pressed!r} led to {error!r}") from error
            if wish is not None:
                wishes += 1
                if not (wish.number == "" or wish.number.isdigit()):
                    raise Surprise(f"{pressed!r} asks for {wish}")
    return {"tried": rounds, "wishes": wishes}


def journals(rounds: int, dice: random.Random) -> dict[str, int]:
    """Files of the journal: what is read is what was written, and what is missing is told."""
    whole = damaged = 0
    with tempfile.TemporaryDirectory(prefix="rh-fuzz-") as name:
        folder = Path(name)
        written = _journal(folder / "first", dice)
        [original] = list((folder / "first").glob("*.journal"))
        content = original.read_bytes()
        (folder / "spoilt").mkdir()
        for _ in range(rounds):
            (folder / "spoilt" / original.name).write_bytes(mutated(content, dice))
            journal = Journal(folder / "spoilt", site="s", node="n")
            told: list[Any] = []
            try:
                read = [(one.entry, one.body) for one in journal.read(told)]
            except RecordsError:
                damaged += 1
                continue
            except Exception as error:
                raise Surprise(f"a damaged journal led to {error!r}") from error
            finally:
                journal.close()
            if invented := set(read) - set(written):
                raise Surprise(f"read what nobody wrote: {invented}")
            if not told and read != written[: len(read)]:  # the end may be cut off between two entries
                raise Surprise(f"{len(set(written) - set(read))} entries are missing, and nothing was told")
            whole += set(read) == set(written)
            damaged += bool(told)
    return {"tried": rounds, "whole": whole, "damage_told": damaged}


def _journal(folder: Path, dice: random.Random) -> list[tuple[int, bytes]]:
    journal = Journal(folder, site="s", node="n")
    written = []
    for number in range(1, 31):
        body = msgspec.json.encode({"type": "CallAnswered", "call": f"c{dice.randrange(9)}", "n": number})
        journal.append(
            Entry(
                kind=Kind.EVENT,
                entry=number,
                seq=number,
                epoch=1,
                at_us=number,
                body=body,
                site="s",
                node="n",
            )
        )
        written.append((number, body))
    journal.close()
    return written


def snapshots(rounds: int, dice: random.Random) -> dict[str, int]:
    """Rows of snapshots: of the last three the newest that is whole is taken, and no other."""
    older = 0
    with tempfile.TemporaryDirectory(prefix="rh-fuzz-") as name:
        url = f"sqlite:///{name}/fuzz.db"
        engine, (backend, _) = open_sync_engine(url), backend_of(url)
        table = models_of_tables.snapshots
        with engine.begin() as connection:
            models_of_tables.metadata.create_all(connection)
            for number in (1, 2, 3):
                draft = SnapshotDraft(number, number, msgspec.json.encode({"calls": [number] * 20}))
                save_snapshot(connection, backend, "main", draft, {"records": number})
            rows = list(connection.execute(select(table).order_by(table.c.seq)).mappings())
            for _ in range(rounds):
                spoilt = {3} if dice.random() < 0.7 else {2, 3}
                for row in rows:
                    wrong = {"state": mutated(row["state"], dice)} if row["seq"] in spoilt else {}
                    connection.execute(
                        update(table).where(table.c.seq == row["seq"]).values(**{**row, **wrong})
                    )
                try:
                    found = load_snapshot(connection, "main")
                except Exception as error:
                    raise Surprise(f"a damaged snapshot led to {error!r}") from error
                if found is None or found.state != {"calls": [found.seq] * 20}:
                    raise Surprise(f"what was loaded is not what was saved: {found}")
                older += found.seq < 3
        engine.dispose()
    return {"tried": rounds, "older_taken": older}


WIRE: dict[str, Callable[[int, random.Random], dict[str, int]]] = {
    "ari events": ari_events,
    "media frames": media_frames,
    "key sequences": key_sequences,
    "journals": journals,
    "snapshots": snapshots,
}
"""By what is tried."""
